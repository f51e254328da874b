#!/usr/bin/env python3
"""Measures one Python rival on a card for bench/run: rivals_gpu.py torch|jax|cupy --list|--serve.

As bench/rivals.py, but that calls only issue work, and the card is waited for behind each batch of them. Inputs are on the card, the
same numbers as in bench/gpu.hpp; what a side finds at first is told where it is not too much. Without a card or the rival, --list
names no rows.
"""
import math
import os
import pathlib
import re
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PERIOD = 2**20
MOST_COMPARED = 2**22
BATCH_SECONDS = 2e-2


def numbers(shape, seed, least=-1.0, most=1.0):
    """bench::number_at, as an array of this shape."""
    import numpy as np
    count = math.prod(shape)
    h = (np.arange(min(count, PERIOD), dtype=np.uint64) * 2654435761 + seed * 0x9E3779B9) & 0xFFFFFFFF
    h ^= h >> 16
    h = h * 0x85EBCA6B & 0xFFFFFFFF
    h ^= h >> 13
    h = h * 0xC2B2AE35 & 0xFFFFFFFF
    h ^= h >> 16
    f = np.float32
    x = f(least) + f(f(most) - f(least)) * ((h >> 8).astype(f) * f(2.0**-24))
    return np.resize(x, shape)


def chain_inputs(n):
    return [numbers((n,), 1, 0.25, 1.25), numbers((n,), 2, 0.25, 1.25), numbers((n,), 3), numbers((n,), 4, 0.25, 1.25)]


def row_inputs(m, n):
    return numbers((m, n), 1, -4, 4), numbers((m, n), 2), numbers((n,), 3, 0.5, 1.5), numbers((n,), 4)


def labels(m, n):
    import numpy as np
    return (7 * np.arange(m)) % n


def two_layers(batch, inputs, hidden, outputs):
    most = 0.07 if batch == 64 else 0.01
    return numbers((batch, inputs), 1), numbers((batch, outputs), 2), numbers((inputs, hidden), 3, -most, most), numbers((hidden, outputs), 4, -most, most)


def digits():
    """Images and labels that are trained on, as examples/digits_data.hpp splits them; an order for each of 30 epochs."""
    import numpy as np
    lines = (ROOT / "examples" / "data" / "digits.txt").read_text().split("\n")[1:1798]
    kept = [line for i, line in enumerate(lines) if i % 5 != 4]
    images = np.array([[int(c, 17) / 16 for c in line[:64]] for line in kept], np.float32)
    random = np.random.default_rng(0)
    return images, np.array([int(line[65]) for line in kept]), [random.permutation(len(kept)) for _ in range(30)]


def found(results):
    """What bench::row::found tells of these arrays, one behind the other."""
    import numpy as np
    flat = np.concatenate([np.asarray(r, np.float64).reshape(-1) for r in results])
    rest = flat[1:]
    weighted = rest @ (1.0 + np.arange(1, len(flat)) % 7)
    return f"{flat[0]:.15g} {rest.sum():.15g} {weighted:.15g} {np.abs(rest).sum():.15g}"


# Each rival is a function that imports it and returns ({pattern of rows: maker}, wait, to_host), or None where it or a card is missing;
# a maker gets the numbers of the row's name and returns {side: function}, which returns all that it finds.

def torch_rival():
    import torch
    if not torch.cuda.is_available():
        return None
    functional = torch.nn.functional

    def put(*arrays):
        tensors = [torch.from_numpy(a).cuda() for a in arrays]
        for t in tensors:
            torch._dynamo.mark_static_address(t)  # else CUDA graphs copy what they are fed
        return tensors

    def compiled(f):
        return torch.compile(f, mode="max-autotune", dynamic=False, fullgraph=True)

    def both(f, arguments):
        g = compiled(f)
        return {"PyTorch": torch.no_grad()(lambda: (f(*arguments),)), "PyTorch compiled": torch.no_grad()(lambda: (g(*arguments),))}

    def gradients(f, of, arguments):
        """f and its gradients: eager by the tape, compiled as one graph."""
        variables = [a.detach().clone().requires_grad_() if i in of else a for i, a in enumerate(arguments)]
        wanted = [variables[i] for i in of]

        def eager():
            value = f(*variables)
            return (value.detach(), *torch.autograd.grad(value, wanted))
        whole = compiled(torch.func.grad_and_value(f, argnums=tuple(of)))

        def at_once():
            slopes, value = whole(*arguments)
            return (value, *slopes)
        return {"PyTorch": eager, "PyTorch compiled": at_once}

    def with_upstream(f, of, dy, arguments):
        """f and the gradients of sum(f dy)."""
        variables = [a.detach().clone().requires_grad_() if i in of else a for i, a in enumerate(arguments)]
        wanted = [variables[i] for i in of]

        def eager():
            y = f(*variables)
            return (y.detach(), *torch.autograd.grad(y, wanted, dy))

        def weighted(*x):
            y = f(*x)
            return (y * dy).sum(), y
        whole = compiled(torch.func.grad(weighted, argnums=tuple(of), has_aux=True))

        def at_once():
            slopes, y = whole(*arguments)
            return (y, *slopes)
        return {"PyTorch": eager, "PyTorch compiled": at_once}

    def chain(a, b, c, d):
        return torch.relu(a * b + c) * d - a

    def softmax(m, n):
        x, dy, _, _ = put(*row_inputs(m, n))
        return with_upstream(lambda x: torch.softmax(x, 1), [0], dy, [x])

    def layer_norm(m, n):
        x, dy, gain, bias = put(*row_inputs(m, n))
        return with_upstream(lambda x, g, b: functional.layer_norm(x, (n,), g, b), [0, 1, 2], dy, [x, gain, bias])

    def cross_entropy(m, n):
        x, l = put(row_inputs(m, n)[0], labels(m, n))
        return gradients(lambda x: functional.cross_entropy(x, l), [0], [x])

    def training(sizes, mode):
        torch.backends.cuda.matmul.allow_tf32 = mode == "tf32"
        x, y, *start = put(*two_layers(*sizes))

        def loss_of(w1, w2):
            with torch.autocast("cuda", torch.bfloat16, enabled=mode == "bf16"):
                out = torch.relu(x @ w1) @ w2
            return ((out.float() - y) ** 2).sum()

        def eager():
            w1, w2 = (w.clone().requires_grad_() for w in start)

            def run():
                loss = loss_of(w1, w2)
                slopes = torch.autograd.grad(loss, (w1, w2))
                with torch.no_grad():
                    torch._foreach_add_([w1, w2], slopes, alpha=-1e-6)
                return (loss.detach(),)
            return run

        def at_once():
            w = put(*two_layers(*sizes)[2:])

            def step(w1, w2):
                slopes, loss = torch.func.grad_and_value(loss_of, argnums=(0, 1))(w1, w2)
                w1.sub_(1e-6 * slopes[0])
                w2.sub_(1e-6 * slopes[1])
                return loss
            g = compiled(step)
            return torch.no_grad()(lambda: (g(*w),))
        return {"PyTorch": eager(), "PyTorch compiled": at_once()}

    def reduction(where, m, n):
        x, = put(numbers((m, n), 5))
        return both((lambda x: x.sum()) if where == "all" else (lambda x: x.sum(int(where[-1]))), [x])

    def digits_epoch():
        pixels, classes, orders = digits()
        images, targets = put(pixels, classes)
        orders = [torch.from_numpy(o).cuda() for o in orders]
        soft = 0.9 * functional.one_hot(targets, 10).float() + 0.01

        def side(wrap):
            n = torch.nn
            net = n.Sequential(n.Linear(64, 128), n.ReLU(), n.Linear(128, 10)).cuda()
            descent = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9, fused=True)
            loss_of = wrap(lambda chosen: functional.cross_entropy(net(images[chosen]), soft[chosen]))
            epoch = 0

            def run():
                nonlocal epoch
                order, epoch = orders[epoch % len(orders)], epoch + 1
                for first in range(0, len(order) - 31, 32):
                    loss = loss_of(order[first : first + 32])
                    descent.zero_grad()
                    loss.backward()
                    descent.step()
            return run
        return {"PyTorch": side(lambda f: f), "PyTorch compiled": side(compiled)}

    rows = {
        r"gpu chain 2\^(\d+)": lambda e: both(chain, put(*chain_inputs(2**e))),
        r"gpu chain\+gradient 2\^(\d+)": lambda e: gradients(lambda *x: chain(*x).sum(), [0, 1, 2, 3], put(*chain_inputs(2**e))),
        r"gpu sum\(a\*b\+c\)\+gradients 2\^(\d+)": lambda e: gradients(lambda a, b, c: (a * b + c).sum(), [0, 1, 2], put(*chain_inputs(2**e)[:3])),
        r"gpu sum (axis 0|axis 1|all) of (\d+)x(\d+)": reduction,
        r"gpu softmax (\d+)x(\d+)": lambda m, n: both(lambda x: torch.softmax(x, 1), put(row_inputs(m, n)[0])),
        r"gpu softmax\+gradient (\d+)x(\d+)": softmax,
        r"gpu layer-norm\+gradient (\d+)x(\d+)": layer_norm,
        r"gpu cross-entropy\+gradient (\d+)x(\d+)": cross_entropy,
        r"gpu (?:mlp )?step (\d+)x(\d+)x(\d+)x(\d+)(?: (tf32|bf16))?": lambda *p: training(p[:4], p[4]),
        r"gpu digits, an epoch": digits_epoch,
    }

    def wait():
        torch.cuda.synchronize()

    def forget():
        torch._dynamo.reset()
        torch.cuda.empty_cache()
    return rows, wait, lambda t: t.float().cpu().numpy(), forget


def jax_rival():
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    import jax
    import jax.numpy as jnp
    try:
        card = jax.devices("gpu")[0]
    except RuntimeError:
        return None
    last = [None]

    def put(*arrays):
        return [jax.device_put(a, card) for a in arrays]

    def call(f, arguments):
        g = jax.jit(f)

        def run():
            last[0] = g(*arguments)
            return jax.tree.leaves(last[0])
        return {"JAX": run}

    def updating(f, state, arguments):
        g, kept = jax.jit(f, donate_argnums=0), [state]

        def run():
            kept[0], last[0] = g(kept[0], *arguments)
            return (last[0],)
        return {"JAX": run}

    def chain(a, b, c, d):
        return jax.nn.relu(a * b + c) * d - a

    def with_upstream(f):
        def g(dy, *x):
            y, pullback = jax.vjp(f, *x)
            return y, pullback(dy)
        return g

    def softmax(m, n):
        x, dy, _, _ = put(*row_inputs(m, n))
        return call(with_upstream(lambda x: jax.nn.softmax(x)), [dy, x])

    def layer_norm(m, n):
        x, dy, gain, bias = put(*row_inputs(m, n))

        def f(x, gain, bias):
            centred = x - jnp.mean(x, 1, keepdims=True)
            return centred * jax.lax.rsqrt(jnp.mean(centred * centred, 1, keepdims=True) + 1e-5) * gain + bias
        return call(with_upstream(f), [dy, x, gain, bias])

    def mean_entropy(x, l):
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), l[:, None], 1))

    def training(sizes, mode):
        jax.config.update("jax_default_matmul_precision", "tensorfloat32" if mode == "tf32" else "highest")
        x, y, *w = put(*two_layers(*sizes))

        def product(a, b):
            return jnp.matmul(a.astype(jnp.bfloat16), b.astype(jnp.bfloat16)) if mode == "bf16" else a @ b

        def step(w, x, y):
            loss, g = jax.value_and_grad(lambda w: jnp.sum((product(jax.nn.relu(product(x, w[0])), w[1]).astype(jnp.float32) - y) ** 2))(w)
            return jax.tree.map(lambda w, g: w - 1e-6 * g, w, g), loss
        return updating(step, tuple(w), [x, y])

    def digits_epoch():
        pixels, classes, orders = digits()
        images, targets, *orders = put(pixels, classes, *orders)
        random = jax.random.split(jax.random.key(0))
        weights = [(0.18 * jax.random.normal(random[0], (64, 128)), jnp.zeros(128)), (0.12 * jax.random.normal(random[1], (128, 10)), jnp.zeros(10))]
        state = (weights, jax.tree.map(jnp.zeros_like, weights))

        def loss_of(p, x, l):
            z = jax.nn.relu(x @ p[0][0] + p[0][1]) @ p[1][0] + p[1][1]
            return -jnp.mean(jnp.sum((0.9 * jax.nn.one_hot(l, 10) + 0.01) * jax.nn.log_softmax(z), 1))

        def f(state, images, targets, order, first):
            chosen = jax.lax.dynamic_slice(order, (first,), (32,))
            p, v = state
            g = jax.grad(loss_of)(p, images[chosen], targets[chosen])
            v = jax.tree.map(lambda v, g: 0.9 * v + g, v, g)
            return jax.tree.map(lambda p, v: p - 0.1 * v, p, v), v
        g, kept = jax.jit(f, donate_argnums=0), [state, 0]

        def run():
            order = orders[kept[1] % len(orders)]
            for first in range(0, len(classes) - 31, 32):
                kept[0] = g(kept[0], images, targets, order, first)
            kept[1] += 1
            last[0] = kept[0]
        return {"JAX": run}

    def reduction(where, m, n):
        return call(lambda x: jnp.sum(x, None if where == "all" else int(where[-1])), put(numbers((m, n), 5)))

    rows = {
        r"gpu chain 2\^(\d+)": lambda e: call(chain, put(*chain_inputs(2**e))),
        r"gpu chain\+gradient 2\^(\d+)": lambda e: call(jax.value_and_grad(lambda *x: jnp.sum(chain(*x)), (0, 1, 2, 3)), put(*chain_inputs(2**e))),
        r"gpu sum\(a\*b\+c\)\+gradients 2\^(\d+)": lambda e: call(jax.value_and_grad(lambda a, b, c: jnp.sum(a * b + c), (0, 1, 2)), put(*chain_inputs(2**e)[:3])),
        r"gpu sum (axis 0|axis 1|all) of (\d+)x(\d+)": reduction,
        r"gpu softmax (\d+)x(\d+)": lambda m, n: call(jax.nn.softmax, put(row_inputs(m, n)[0])),
        r"gpu softmax\+gradient (\d+)x(\d+)": softmax,
        r"gpu layer-norm\+gradient (\d+)x(\d+)": layer_norm,
        r"gpu cross-entropy\+gradient (\d+)x(\d+)": lambda m, n: call(jax.value_and_grad(mean_entropy), put(row_inputs(m, n)[0], labels(m, n))),
        r"gpu (?:mlp )?step (\d+)x(\d+)x(\d+)x(\d+)(?: (tf32|bf16))?": lambda *p: training(p[:4], p[4]),
        r"gpu digits, an epoch": digits_epoch,
    }
    import numpy as np
    return rows, lambda: jax.block_until_ready(last[0]), lambda a: np.asarray(a, np.float32), lambda: last.__setitem__(0, None)


def cupy_rival():
    import cupy as cp
    if cp.cuda.runtime.getDeviceCount() == 0:
        return None

    def chain(e):
        fused = cp.fuse(lambda a, b, c, d: cp.maximum(a * b + c, 0) * d - a)
        of = [cp.asarray(x) for x in chain_inputs(2**e)]
        return {"CuPy": lambda: (fused(*of),)}
    return {r"gpu chain 2\^(\d+)": chain}, cp.cuda.runtime.deviceSynchronize, cp.asnumpy, cp.get_default_memory_pool().free_all_blocks


RIVALS = {"torch": torch_rival, "jax": jax_rival, "cupy": cupy_rival}
ROWS = [*(f"gpu {what} 2^{e}" for e in (10, 14, 20, 24, 28) for what in ("chain", "chain+gradient", "sum(a*b+c)+gradients")),
        *(f"gpu sum {where} of {shape}" for shape in ("16384x16384", "1048576x256") for where in ("axis 0", "axis 1", "all")),
        *(f"gpu {what} {shape}" for shape in ("4096x1024", "16384x4096", "65536x4096")
          for what in ("softmax", "softmax+gradient", "layer-norm+gradient", "cross-entropy+gradient")),
        "gpu step 64x1000x100x1000", *(f"gpu mlp step 8192x4096x4096x1024{mode}" for mode in ("", " tf32", " bf16")), "gpu digits, an epoch"]


def make(rows, name):
    for pattern, maker in rows.items():
        if match := re.fullmatch(pattern, name):
            return maker(*(int(p) if p and p.isdigit() else p for p in match.groups()))
    return {}


def elapsed(f, repeats, wait):
    start = time.perf_counter()
    for _ in range(repeats):
        f()
    wait()
    return (time.perf_counter() - start) / repeats


def least_times(sides, seconds, wait):
    """{side: least seconds of a call}; the sides take turns."""
    repeats = {side: max(1, min(100000, int(BATCH_SECONDS / elapsed(f, 3, wait)))) for side, f in sides.items()}
    least, start, rounds = {}, time.perf_counter(), 0
    while rounds < 2 or time.perf_counter() - start < seconds * len(sides):
        for side, f in sides.items():
            least[side] = min(least.get(side, math.inf), elapsed(f, repeats[side], wait))
        rounds += 1
    return least


def prepare(rows, name, wait, to_host):
    """The sides that work, and what each found at first; a side that fails is left out with a word."""
    sides, digests = {}, {}
    for side, f in make(rows, name).items():
        try:
            results = f()
            wait()
            if results is not None and sum(math.prod(r.shape) for r in results) <= 5 * MOST_COMPARED and "sum axis" not in name and "sum all" not in name:
                digests[side] = "\t" + found([to_host(r) for r in results])
            for _ in range(3):  # compilers measure and record in the first calls
                f()
            wait()
            sides[side] = f
        except Exception as problem:  # of whatever kind: the others of the row still count
            print(f"{name}: {side}: {str(problem).splitlines()[:1]}", file=sys.stderr)
    return sides, digests


def main(name_of_rival, mode):
    try:
        rival = RIVALS[name_of_rival]()
    except ImportError:
        rival = None
    except Exception as problem:  # a rival that does not start on this machine
        print(f"{name_of_rival}: {str(problem).splitlines()[:1]}", file=sys.stderr)
        rival = None
    if mode == "--list":
        if rival:
            print("\n".join(name for name in ROWS if any(re.fullmatch(pattern, name) for pattern in rival[0])))
        return
    if rival is None:
        sys.exit(f"{name_of_rival}: no card")
    rows, wait, to_host, forget = rival
    current, sides, digests = None, {}, {}
    for line in sys.stdin:
        seconds, name = line.rstrip("\n").split(" ", 1)
        if name != current:
            current, sides = name, {}
            forget()
            sides, digests = prepare(rows, name, wait, to_host)
        for side, least in (least_times(sides, float(seconds), wait) if sides else {}).items():
            print(f"{name}\t{side}\t{least:.9g}\t0\t0\t0\t0{digests.get(side, '')}")
        print(".", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
