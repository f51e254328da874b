#!/usr/bin/env python3
"""Measures one Python rival for bench/run: rivals.py numpy|jax|torch|tensorflow|onnxruntime --list|--serve.

--list prints the rows that the rival takes part in; --serve reads lines "seconds row" and answers each with lines
"row side seconds flops read written f64", between tabs (the last four are tapeless's to tell), and a line "."; rows of
derivatives end in what the side found (bench::row::found).
Inputs are random, outputs are allocated beforehand where the rival can do that, and a call ends when its results are there.
"""
import math
import os
import re
import sys
import time

import rivals_derivatives

THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))
LAYERS = [(64, 64), (64, 64), (64, 8)]
EXPONENTS = range(8, 25, 2)


def uniform(*shape):
    import numpy
    return numpy.random.default_rng(len(shape)).uniform(-1, 1, shape).astype(numpy.float32)


def labels(rows, columns):
    import numpy
    return numpy.random.default_rng(1).integers(0, columns, rows)


def two_layers(out):
    return uniform(64, 1000), uniform(64, out), uniform(1000, 100) * 0.07, uniform(100, out) * 0.07


def lenet_shapes():
    """Weights of LeNet: two layers of kernels (O, C, H, W), three of (out, in)."""
    return [(6, 1, 5, 5), (16, 6, 5, 5), (120, 400), (84, 120), (10, 84)]


# Each rival is a function of nothing that imports it and returns {pattern of rows: maker}; a maker gets the numbers of the
# row's name and returns {side: function to be timed}.

def numpy_rows():
    import numpy as np

    def step(*sizes):
        x, y, w1, w2 = two_layers(sizes[-1])
        h, d, dh = uniform(64, 100), uniform(64, sizes[-1]), uniform(64, 100)

        def run():
            np.matmul(x, w1, out=h)
            np.maximum(h, 0, out=h)
            np.matmul(h, w2, out=d)
            np.subtract(d, y, out=d)
            loss = np.vdot(d, d)
            np.matmul(d, w2.T, out=dh)
            np.multiply(dh, h > 0, out=dh)
            w2.__isub__((h.T @ d) * np.float32(2e-6))
            w1.__isub__((x.T @ dh) * np.float32(2e-6))
            return loss
        return {"NumPy": run}

    def chain(_, exponent):
        a, b, c, d = (uniform(2**exponent) for _ in range(4))
        y = np.empty_like(a)

        def run():
            np.multiply(a, b, out=y)
            np.add(y, c, out=y)
            np.maximum(y, 0, out=y)
            np.multiply(y, d, out=y)
            np.subtract(y, a, out=y)
        return {"NumPy": run}

    def reduction(f, axis, kind=np.float32):
        x = uniform(1000, 1000)
        out = np.empty((1000,) if axis is not None else (), kind)
        return {"NumPy": lambda: f(x, axis=axis, out=out)}

    rows = {r"step (\d+)x(\d+)x(\d+)x(\d+)": step, r"chain (2)\^(\d+)": chain}
    for name, f in {"sum": np.sum, "mean": np.mean, "max": np.max, "variance": np.var, "arg_max": np.argmax}.items():
        for where, axis in {"axis 0": 0, "axis 1": 1, "all": None}.items():
            kind = np.int64 if name == "arg_max" else np.float32
            rows[f"{name} {where} of 1000x1000"] = lambda *_, f=f, axis=axis, kind=kind: reduction(f, axis, kind)
    return rows


def jax_rows():
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    import jax.numpy as jnp
    import numpy as np

    def call(f, *arguments):
        compiled = jax.jit(f)
        fixed = [jnp.asarray(a) for a in arguments]
        return {"JAX": lambda: jax.block_until_ready(compiled(*fixed))}

    def updating(f, state, *arguments):
        """f(state, ...) returns the new state and a number; the state's memory is used again."""
        compiled = jax.jit(f, donate_argnums=0)
        fixed = [jnp.asarray(a) for a in arguments]
        kept = [jax.tree.map(jnp.asarray, state)]

        def run():
            kept[0], value = compiled(kept[0], *fixed)
            jax.block_until_ready((kept[0], value))
        return {"JAX": run}

    def step(*sizes):
        x, y, w1, w2 = two_layers(sizes[-1])

        def f(w, x, y):
            loss, g = jax.value_and_grad(lambda w: jnp.sum((jax.nn.relu(x @ w[0]) @ w[1] - y) ** 2))(w)
            return jax.tree.map(lambda w, g: w - 1e-6 * g, w, g), loss
        return updating(f, (w1, w2), x, y)

    def parameters(layers):
        return [(uniform(*shape) * 0.1, np.zeros(shape[1], np.float32)) for shape in layers]

    def net(p, x, activation):
        for w, b in p[:-1]:
            x = activation(x @ w + b)
        return x @ p[-1][0] + p[-1][1]

    def mlp(layers, activation):
        p = jax.tree.map(jnp.asarray, parameters(layers))
        return call(lambda x: net(p, x, activation), uniform(1, layers[0][0]))  # the weights are constants of the program

    def train(batch):
        p = parameters(LAYERS)
        zero = jax.tree.map(np.zeros_like, p)

        def f(state, x, y):
            p, m, v, t = state
            loss, g = jax.value_and_grad(lambda p: jnp.mean((net(p, x, jax.nn.relu) - y) ** 2))(p)
            t = t + 1
            m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
            v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
            m_scale, v_scale = 1 / (1 - 0.9**t), 1 / (1 - 0.999**t)
            p = jax.tree.map(lambda p, m, v: p - 1e-3 * m * m_scale / (jnp.sqrt(v * v_scale) + 1e-8), p, m, v)
            return (p, m, v, t), loss
        return updating(f, (p, zero, zero, np.float32(0)), uniform(batch, 64), uniform(batch, 8))

    def cross_entropy(x, l):
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), l[:, None], 1))

    def layer_norm(x, gain, bias):
        centred = x - jnp.mean(x, 1, keepdims=True)
        return centred * jax.lax.rsqrt(jnp.mean(centred * centred, 1, keepdims=True) + 1e-5) * gain + bias

    def layer_norm_with_gradient(x, dy, gain, bias):
        y, pullback = jax.vjp(layer_norm, x, gain, bias)
        return y, pullback(dy)

    def convolve(x, w, padding):
        return jax.lax.conv_general_dilated(x, w, (1, 1), [(padding, padding)] * 2)

    def convolution(images, channels, height, width):
        return uniform(images, channels, height, width), uniform(channels, channels, 3, 3)

    def convolution_with_gradients(*sizes):
        x, w = convolution(*sizes)

        def f(x, w, dy):
            y, pullback = jax.vjp(lambda x, w: convolve(x, w, 1), x, w)
            return y, pullback(dy)
        return call(f, x, w, uniform(*sizes))

    def lenet(p, x):
        for (w, b), padding in zip(p[:2], (2, 0)):
            x = jax.nn.relu(convolve(x, w, padding) + b[:, None, None])
            n, c, h, w = x.shape
            x = x.reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5))
        return net(p[2:], x.reshape(x.shape[0], -1), jax.nn.relu)

    def lenet_parameters():
        shapes = lenet_shapes()
        return [(uniform(*s) * 0.1, np.zeros(s[0], np.float32)) for s in shapes[:2]] + parameters([s[::-1] for s in shapes[2:]])

    def infer_lenet(batch):
        p = jax.tree.map(jnp.asarray, lenet_parameters())
        return call(lambda x: lenet(p, x), uniform(batch, 1, 28, 28))

    def train_lenet(batch):
        def f(p, x, l):
            loss, g = jax.value_and_grad(lambda p: cross_entropy(lenet(p, x), l))(p)
            return jax.tree.map(lambda p, g: p - 0.01 * g, p, g), loss
        return updating(f, lenet_parameters(), uniform(batch, 1, 28, 28), labels(batch, 10))

    chain = lambda a, b, c, d: jax.nn.relu(a * b + c) * d - a
    arrays = lambda exponent: [uniform(2**exponent) for _ in range(4)]
    products = jax.value_and_grad(lambda x, y, z: jnp.sum(x * y + z), (0, 1, 2))
    return {
        r"step (\d+)x(\d+)x(\d+)x(\d+)": step,
        r"mlp (8)-8-1 tanh": lambda _: mlp([(8, 8), (8, 1)], jnp.tanh),
        r"mlp (64)-64-64-8 relu": lambda _: mlp(LAYERS, jax.nn.relu),
        r"train mlp, batch (\d+)": train,
        r"softmax (\d+)x(\d+)": lambda m, n: call(jax.nn.softmax, uniform(m, n)),
        r"cross-entropy\+gradient (\d+)x(\d+)": lambda m, n: call(jax.value_and_grad(cross_entropy), uniform(m, n), labels(m, n)),
        r"layer-norm\+gradient (\d+)x(\d+)": lambda m, n: call(layer_norm_with_gradient, uniform(m, n), uniform(m, n), uniform(n), uniform(n)),
        r"chain (2)\^(\d+)": lambda _, e: call(chain, *arrays(e)),
        r"chain\+gradient (2)\^(\d+)": lambda _, e: call(jax.value_and_grad(lambda *x: jnp.sum(chain(*x)), (0, 1, 2, 3)), *arrays(e)),
        r"sum\(x\*y\+z\)\+gradients (\d+)x(\d+)": lambda m, n: call(products, *(uniform(m, n) for _ in range(3))),
        r"conv2d (\d+)x(\d+)x(\d+)x(\d+)": lambda *sizes: call(lambda x, w: convolve(x, w, 1), *convolution(*sizes)),
        r"conv2d\+gradients (\d+)x(\d+)x(\d+)x(\d+)": convolution_with_gradients,
        r"lenet, batch (\d+)": infer_lenet,
        r"lenet step, batch (\d+)": train_lenet,
        **rivals_derivatives.jax_rows(),
    }


def torch_rows():
    import torch
    torch.set_num_threads(THREADS)
    tensor = torch.from_numpy
    functional = torch.nn.functional

    def both(run, inference=False):
        """The function as it is, and compiled."""
        compiled = torch.compile(run, dynamic=False)

        def guarded(f):
            def call():
                with torch.inference_mode() if inference else torch.enable_grad():
                    return f()
            return call
        return {"PyTorch": guarded(run), "PyTorch compiled": guarded(compiled)}

    def step(*sizes):
        x, y, w1, w2 = map(tensor, two_layers(sizes[-1]))
        h, d, dh = torch.empty(64, 100), torch.empty(64, sizes[-1]), torch.empty(64, 100)

        def by_hand():
            torch.mm(x, w1, out=h)
            h.clamp_min_(0)
            torch.mm(h, w2, out=d)
            d.sub_(y)
            loss = torch.dot(d.view(-1), d.view(-1))
            torch.mm(d, w2.t(), out=dh)
            dh.mul_(h > 0)
            w2.addmm_(h.t(), d, alpha=-2e-6)
            w1.addmm_(x.t(), dh, alpha=-2e-6)
            return loss

        v1, v2 = w1.clone(), w2.clone()

        @torch.compile(dynamic=False)
        def fused():
            h = (x @ v1).relu()
            d = h @ v2 - y
            dh = (d @ v2.t()) * (h > 0)
            v2.sub_(2e-6 * (h.t() @ d))
            v1.sub_(2e-6 * (x.t() @ dh))
            return (d * d).sum()
        guarded = lambda f: torch.inference_mode()(f)
        return {"PyTorch": guarded(by_hand), "PyTorch compiled": torch.no_grad()(fused)}

    def net(layers, activation):
        modules = []
        for i, (n, m) in enumerate(layers):
            modules += [torch.nn.Linear(n, m)] + ([activation()] if i + 1 < len(layers) else [])
        return torch.nn.Sequential(*modules)

    def infer(layers, activation):
        f, x = net(layers, activation).eval(), tensor(uniform(1, layers[0][0]))
        return both(lambda: f(x), True)

    def train(batch):
        x, y = tensor(uniform(batch, 64)), tensor(uniform(batch, 8))

        def make(wrap):
            f = net(LAYERS, torch.nn.ReLU)
            adam = torch.optim.Adam(f.parameters(), 1e-3, fused=True)
            loss_of = wrap(lambda: functional.mse_loss(f(x), y))

            def run():
                adam.zero_grad()
                loss = loss_of()
                loss.backward()
                adam.step()
                return loss
            return run
        return {"PyTorch": make(lambda f: f), "PyTorch compiled": make(lambda f: torch.compile(f, dynamic=False))}

    def gradients(f, arguments, by, dy=None):
        """f and its gradients by some of the arguments."""
        for a in by:
            a.requires_grad_()

        def make(g):
            def run():
                value = g(*arguments)
                return value, torch.autograd.grad(value, by, dy)
            return run
        return {"PyTorch": make(f), "PyTorch compiled": make(torch.compile(f, dynamic=False))}

    def softmax(m, n):
        x, y = tensor(uniform(m, n)), torch.empty(m, n)
        sides = both(lambda: torch.softmax(x, 1), True)
        sides["PyTorch"] = torch.inference_mode()(lambda: torch.softmax(x, 1, out=y))
        return sides

    def cross_entropy(m, n):
        x, l = tensor(uniform(m, n)), tensor(labels(m, n))
        return gradients(lambda x: functional.cross_entropy(x, l), [x], [x])

    def layer_norm(m, n):
        x, dy, gain, bias = tensor(uniform(m, n)), tensor(uniform(m, n)), tensor(uniform(n)), tensor(uniform(n))
        return gradients(lambda x, g, b: functional.layer_norm(x, (n,), g, b), [x, gain, bias], [x, gain, bias], dy)

    def formats(make):
        """Sides for images stored by channels and by places, of which the better counts."""
        sides = [make(torch.contiguous_format), make(torch.channels_last)]
        return {name: [s[name] for s in sides] for name in sides[0]}

    def convolution(*sizes):
        def make(order):
            x, w = tensor(uniform(*sizes)).to(memory_format=order), tensor(uniform(sizes[1], sizes[1], 3, 3)).to(memory_format=order)
            return both(lambda: functional.conv2d(x, w, padding=1), True)
        sides = formats(make)
        layer = torch.nn.Conv2d(sizes[1], sizes[1], 3, padding=1, bias=False).eval()
        packed, x = torch.utils.mkldnn.to_mkldnn(layer), tensor(uniform(*sizes)).to_mkldnn()
        sides["PyTorch"].append(torch.inference_mode()(lambda: packed(x)))
        return sides

    def convolution_with_gradients(*sizes):
        def make(order):
            x, w, dy = (tensor(a).to(memory_format=order) for a in (uniform(*sizes), uniform(sizes[1], sizes[1], 3, 3), uniform(*sizes)))
            return gradients(lambda x, w: functional.conv2d(x, w, padding=1), [x, w], [x, w], dy)
        return formats(make)

    def lenet():
        n = torch.nn
        return n.Sequential(n.Conv2d(1, 6, 5, padding=2), n.ReLU(), n.MaxPool2d(2), n.Conv2d(6, 16, 5), n.ReLU(), n.MaxPool2d(2), n.Flatten(),
                            n.Linear(400, 120), n.ReLU(), n.Linear(120, 84), n.ReLU(), n.Linear(84, 10))

    def infer_lenet(batch):
        def make(order):
            f, x = lenet().eval().to(memory_format=order), tensor(uniform(batch, 1, 28, 28)).to(memory_format=order)
            return both(lambda: f(x), True)
        return formats(make)

    def train_lenet(batch):
        def make(order, wrap):
            f, x, l = lenet().to(memory_format=order), tensor(uniform(batch, 1, 28, 28)).to(memory_format=order), tensor(labels(batch, 10))
            descent = torch.optim.SGD(f.parameters(), 0.01, fused=True)
            loss_of = wrap(lambda: functional.cross_entropy(f(x), l))

            def run():
                descent.zero_grad()
                loss = loss_of()
                loss.backward()
                descent.step()
                return loss
            return run
        return formats(lambda order: {"PyTorch": make(order, lambda f: f), "PyTorch compiled": make(order, lambda f: torch.compile(f, dynamic=False))})

    def chain(_, e):
        a, b, c, d = (tensor(uniform(2**e)) for _ in range(4))
        y = torch.empty_like(a)

        def eager():
            torch.addcmul(c, a, b, out=y)
            return y.relu_().mul_(d).sub_(a)
        sides = both(lambda: torch.relu(a * b + c) * d - a, True)
        sides["PyTorch"] = torch.inference_mode()(eager)
        return sides

    def chain_gradient(_, e):
        x = [tensor(uniform(2**e)) for _ in range(4)]
        return gradients(lambda a, b, c, d: (torch.relu(a * b + c) * d - a).sum(), x, x)

    def products(m, n):
        x = [tensor(uniform(m, n)) for _ in range(3)]
        return gradients(lambda x, y, z: (x * y + z).sum(), x, x)

    return {
        r"step (\d+)x(\d+)x(\d+)x(\d+)": step,
        r"mlp (8)-8-1 tanh": lambda _: infer([(8, 8), (8, 1)], torch.nn.Tanh),
        r"mlp (64)-64-64-8 relu": lambda _: infer(LAYERS, torch.nn.ReLU),
        r"train mlp, batch (\d+)": train,
        r"softmax (\d+)x(\d+)": softmax,
        r"cross-entropy\+gradient (\d+)x(\d+)": cross_entropy,
        r"layer-norm\+gradient (\d+)x(\d+)": layer_norm,
        r"chain (2)\^(\d+)": chain,
        r"chain\+gradient (2)\^(\d+)": chain_gradient,
        r"sum\(x\*y\+z\)\+gradients (\d+)x(\d+)": products,
        r"conv2d (\d+)x(\d+)x(\d+)x(\d+)": convolution,
        r"conv2d\+gradients (\d+)x(\d+)x(\d+)x(\d+)": convolution_with_gradients,
        r"lenet, batch (\d+)": infer_lenet,
        r"lenet step, batch (\d+)": train_lenet,
        **rivals_derivatives.torch_rows(),
    }


def tensorflow_rows():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    import tensorflow as tf
    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(1)

    def call(f, *arguments):
        """The better of the graph and the same compiled by XLA counts."""
        fixed = [tf.constant(a) for a in arguments]
        sides = []
        for xla in (False, True):
            g = tf.function(f, jit_compile=xla)
            sides.append(lambda g=g: tf.nest.map_structure(lambda t: t.numpy() if t.shape.rank == 0 else t, g(*fixed)))
        return {"TensorFlow": sides}

    def updating(loss_of, variables, update):
        sides = []
        for xla in (False, True):
            state = [tf.Variable(v) for v in variables]
            step = update(state)

            def f(state=state, step=step):
                with tf.GradientTape() as tape:
                    loss = loss_of(*state)
                step(tape.gradient(loss, state))
                return loss
            g = tf.function(f, jit_compile=xla)
            sides.append(lambda g=g: g().numpy())
        return {"TensorFlow": sides}

    def step(*sizes):
        x, y, w1, w2 = map(tf.constant, two_layers(sizes[-1]))

        def descend(state):
            return lambda gradients: [v.assign_sub(1e-6 * g) for v, g in zip(state, gradients)]
        return updating(lambda w1, w2: tf.reduce_sum((tf.nn.relu(x @ w1) @ w2 - y) ** 2), (w1, w2), descend)

    def net(p, x, activation):
        for i in range(0, len(p), 2):
            x = x @ p[i] + p[i + 1]
            x = activation(x) if i + 2 < len(p) else x
        return x

    def parameters(layers):
        return [a for n, m in layers for a in (uniform(n, m) * 0.1, uniform(m) * 0)]

    def train(batch):
        x, y = tf.constant(uniform(batch, 64)), tf.constant(uniform(batch, 8))

        def adam(state):
            means, squares = [tf.Variable(tf.zeros_like(v)) for v in state], [tf.Variable(tf.zeros_like(v)) for v in state]
            t = tf.Variable(0.0)

            def update(gradients):
                t.assign_add(1)
                rate = 1e-3 * tf.sqrt(1 - 0.999**t) / (1 - 0.9**t)
                for p, m, v, g in zip(state, means, squares, gradients):
                    m.assign(0.9 * m + 0.1 * g)
                    v.assign(0.999 * v + 0.001 * g * g)
                    p.assign_sub(rate * m / (tf.sqrt(v) + 1e-8))
            return update
        return updating(lambda *p: tf.reduce_mean((net(p, x, tf.nn.relu) - y) ** 2), parameters(LAYERS), adam)

    def mlp(layers, activation):
        p = [tf.constant(a) for a in parameters(layers)]
        return call(lambda x: net(p, x, activation), uniform(1, layers[0][0]))

    def with_gradient(f, *arguments, dy=None, constants=()):
        fixed = [tf.constant(c) for c in constants]

        def g(*x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = f(*x, *fixed)
            return value, tape.gradient(value, x, dy)
        return call(g, *arguments)

    def cross_entropy(m, n):
        return with_gradient(lambda x, l: tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(l, x)), uniform(m, n), constants=[labels(m, n)])

    def layer_norm(m, n):
        def f(x, gain, bias):
            centred = x - tf.reduce_mean(x, 1, keepdims=True)
            return centred * tf.math.rsqrt(tf.reduce_mean(centred * centred, 1, keepdims=True) + 1e-5) * gain + bias
        return with_gradient(f, uniform(m, n), uniform(n), uniform(n), dy=tf.constant(uniform(m, n)))

    chain = lambda a, b, c, d: tf.nn.relu(a * b + c) * d - a
    return {
        r"step (\d+)x(\d+)x(\d+)x(\d+)": step,
        r"mlp (8)-8-1 tanh": lambda _: mlp([(8, 8), (8, 1)], tf.tanh),
        r"mlp (64)-64-64-8 relu": lambda _: mlp(LAYERS, tf.nn.relu),
        r"train mlp, batch (\d+)": train,
        r"softmax (\d+)x(\d+)": lambda m, n: call(tf.nn.softmax, uniform(m, n)),
        r"cross-entropy\+gradient (\d+)x(\d+)": cross_entropy,
        r"layer-norm\+gradient (\d+)x(\d+)": layer_norm,
        r"chain (2)\^(\d+)": lambda _, e: call(chain, *(uniform(2**e) for _ in range(4))),
        r"chain\+gradient (2)\^(\d+)": lambda _, e: with_gradient(lambda *x: tf.reduce_sum(chain(*x)), *(uniform(2**e) for _ in range(4))),
        r"sum\(x\*y\+z\)\+gradients (\d+)x(\d+)": lambda m, n: with_gradient(lambda x, y, z: tf.reduce_sum(x * y + z), *(uniform(m, n) for _ in range(3))),
    }


def onnxruntime_rows():
    import onnxruntime as ort
    from onnx import TensorProto, helper, numpy_helper

    def run(nodes, inputs, output, constants=()):
        """A model of these nodes, with inputs and output bound to memory."""
        values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, a.shape) for name, a in inputs.items()]
        result = helper.make_tensor_value_info("y", TensorProto.FLOAT, output)
        graph = helper.make_graph(nodes, "bench", values, [result], [numpy_helper.from_array(a, name) for name, a in constants])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        options = ort.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.inter_op_num_threads = 1
        session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        binding = session.io_binding()
        for name, a in inputs.items():
            binding.bind_ortvalue_input(name, ort.OrtValue.ortvalue_from_numpy(a))
        binding.bind_ortvalue_output("y", ort.OrtValue.ortvalue_from_numpy(uniform(*output)))
        return {"ONNX Runtime": lambda: session.run_with_iobinding(binding)}

    def mlp(layers, activation):
        nodes, constants, x = [], [], "x"
        for i, (n, m) in enumerate(layers):
            last = i + 1 == len(layers)
            constants += [(f"w{i}", uniform(n, m) * 0.1), (f"b{i}", uniform(m))]
            nodes.append(helper.make_node("Gemm", [x, f"w{i}", f"b{i}"], ["y" if last else f"z{i}"]))
            if not last:
                nodes.append(helper.make_node(activation, [f"z{i}"], [x := f"h{i}"]))
        return run(nodes, {"x": uniform(1, layers[0][0])}, (1, layers[-1][1]), constants)

    def chain(_, e):
        ops = [("Mul", "ab", "t"), ("Add", "tc", "u"), ("Relu", "u", "v"), ("Mul", "vd", "w"), ("Sub", "wa", "y")]
        return run([helper.make_node(op, list(x), [y]) for op, x, y in ops], {name: uniform(2**e) for name in "abcd"}, (2**e,))

    def convolution(*sizes):
        w = uniform(sizes[1], sizes[1], 3, 3)
        return run([helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])], {"x": uniform(*sizes)}, sizes, [("w", w)])

    def lenet(batch):
        nodes, constants, x = [], [], "x"

        def then(op, *operands, **attributes):
            nonlocal x
            nodes.append(helper.make_node(op, [x, *operands], [x := "y" if len(constants) == 10 and op == "Gemm" else f"v{len(nodes)}"], **attributes))

        for i, shape in enumerate(lenet_shapes()):
            constants += [(f"w{i}", uniform(*shape) * 0.1), (f"b{i}", uniform(shape[0]))]
            if len(shape) == 4:
                then("Conv", f"w{i}", f"b{i}", pads=[2 * (i == 0)] * 4)
                then("Relu")
                then("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
            else:
                if i == 2:
                    then("Flatten")
                then("Gemm", f"w{i}", f"b{i}", transB=1)
                if i < 4:
                    then("Relu")
        return run(nodes, {"x": uniform(batch, 1, 28, 28)}, (batch, 10), constants)

    return {
        r"conv2d (\d+)x(\d+)x(\d+)x(\d+)": convolution,
        r"lenet, batch (\d+)": lenet,
        r"mlp (8)-8-1 tanh": lambda _: mlp([(8, 8), (8, 1)], "Tanh"),
        r"mlp (64)-64-64-8 relu": lambda _: mlp(LAYERS, "Relu"),
        r"softmax (\d+)x(\d+)": lambda m, n: run([helper.make_node("Softmax", ["x"], ["y"], axis=1)], {"x": uniform(m, n)}, (m, n)),
        r"chain (2)\^(\d+)": chain,
    }


NETWORKS = ["step 64x1000x100x1000", "step 64x1000x100x10", "mlp 8-8-1 tanh", "mlp 64-64-64-8 relu", "train mlp, batch 1", "train mlp, batch 32",
            *(f"{what} 1x64x28x28" for what in ("conv2d", "conv2d+gradients")), *(f"{what}, batch {n}" for what in ("lenet", "lenet step") for n in (1, 64))]
ROWS = [*NETWORKS, *(f"{what} {shape}" for what in ("softmax", "cross-entropy+gradient", "layer-norm+gradient") for shape in ("64x1000", "4096x1024")),
        *(f"chain{what} 2^{e}" for what in ("", "+gradient") for e in EXPONENTS), "sum(x*y+z)+gradients 3000x4000",
        *(f"{what} {where} of 1000x1000" for what in ("sum", "mean", "max", "variance", "arg_max") for where in ("axis 0", "axis 1", "all")), *rivals_derivatives.ROWS]
RIVALS = {"numpy": numpy_rows, "jax": jax_rows, "torch": torch_rows, "tensorflow": tensorflow_rows, "onnxruntime": onnxruntime_rows}


def make(rows, name):
    for pattern, maker in rows.items():
        if found := re.fullmatch(pattern, name):
            return maker(*map(int, found.groups()))
    return None


def least_times(sides, seconds):
    """{side: least seconds of a call}; the sides, and the variants of a side, take turns."""
    def elapsed(f, repeats):
        start = time.perf_counter()
        for _ in range(repeats):
            f()
        return (time.perf_counter() - start) / repeats

    variants = [(side, f) for side, fs in sides.items() for f in (fs if isinstance(fs, list) else [fs])]
    repeats = [max(1, min(1000, int(1e-3 / elapsed(f, 3)))) for _, f in variants]
    least, start, rounds = {}, time.perf_counter(), 0
    while rounds < 3 or time.perf_counter() - start < seconds:
        for (side, f), n in zip(variants, repeats):
            least[side] = min(least.get(side, math.inf), elapsed(f, n))
        rounds += 1
    return least


def main(rival, mode):
    rows = RIVALS[rival]()
    if mode == "--list":
        print("\n".join(name for name in ROWS if any(re.fullmatch(pattern, name) for pattern in rows)))
        return
    current, sides, digests = None, None, {}
    for line in sys.stdin:
        seconds, name = line.rstrip("\n").split(" ", 1)
        if name != current:
            current, sides = name, None  # the memory of the row before goes first
            sides = make(rows, name)
            digests = {}
            if name in rivals_derivatives.ROWS:
                digests = {side: "\t" + rivals_derivatives.found(f()) for side, f in sides.items()}
        for side, found in least_times(sides, float(seconds)).items():
            print(f"{name}\t{side}\t{found:.9g}\t0\t0\t0\t0{digests.get(side, '')}")
        print(".", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
