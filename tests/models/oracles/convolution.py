"""A small convolutional net trained with gradient descent: conv 5x5, relu, max-pool, conv 3x3 with stride 2, tanh, average-pool, dense."""
import jax
import jax.numpy as jnp
import numpy as np

from generator import integers, uniform
from header import Header

jax.config.update("jax_enable_x64", True)
BATCH, SIZE, CLASSES, STEPS, RATE = 8, 14, 5, 30, 0.2
SHAPES = {"w1": (6, 1, 5, 5), "b1": (6,), "w2": (9, 6, 3, 3), "b2": (9,), "w3": (36, CLASSES), "b3": (CLASSES,)}
SEEDS = {name: 71 + i for i, name in enumerate(SHAPES)}
SCALES = {"w1": 0.3, "b1": 0.1, "w2": 0.2, "b2": 0.1, "w3": 0.3, "b3": 0.1}


def net(p, x):
    def conv(x, w, b, stride, padding):
        return jax.lax.conv_general_dilated(x, w, (stride, stride), padding) + b[:, None, None]

    def pool(x, start, combine):
        return jax.lax.reduce_window(x, start, combine, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")

    h = jax.nn.relu(conv(x, p["w1"], p["b1"], 1, ((2, 2), (2, 2))))
    h = pool(h, -jnp.inf, jax.lax.max)
    h = jnp.tanh(conv(h, p["w2"], p["b2"], 2, ((1, 2), (1, 2))))
    h = pool(h, 0.0, jax.lax.add) / 4
    return h.reshape(BATCH, -1) @ p["w3"] + p["b3"]


def loss(p, x, label):
    return -jnp.mean(jnp.sum(label * jax.nn.log_softmax(net(p, x)), axis=1))


def train(dtype):
    x = uniform(69, BATCH, 1, SIZE, SIZE).astype(dtype)
    label = np.eye(CLASSES, dtype=dtype)[integers(70, BATCH, CLASSES)]
    p = {name: uniform(SEEDS[name], *shape, scale=SCALES[name]).astype(dtype) for name, shape in SHAPES.items()}
    step, losses = jax.jit(jax.value_and_grad(loss)), []
    for t in range(STEPS):
        value, gradients = step(p, x, label)
        losses.append(float(value))
        if t == 0:
            first = gradients
        p = {name: p[name] - dtype(RATE) * gradients[name] for name in p}
    return np.array(losses), first, p


out = Header("convolution", __doc__.splitlines()[0] + " By JAX.", (np, jax))
for name, value in (("batch", BATCH), ("size", SIZE), ("classes", CLASSES), ("steps", STEPS)):
    out.constant(name, value)
out.constant("rate", RATE)
out.constant("seed_x", 69)
out.constant("seed_label", 70, "one-hot rows of integers below classes")
for name in SHAPES:
    out.constant(f"seed_{name}", SEEDS[name])
    out.constant(f"scale_{name}", SCALES[name])
losses, first, last = train(np.float64)
losses32, _, last32 = train(np.float32)
assert np.all(np.isfinite(losses)) and losses[-1] < losses[0] / 2
out.array("loss", losses, "before each step, in float64")
out.constant("float_deviation", np.max(np.abs(losses32 / losses - 1)), "largest relative distance of the curve in float32")
out.constant("float_weight_deviation", max(float(np.max(np.abs(last[n] - last32[n]))) for n in SHAPES), "largest absolute distance of a weight in float32")
for name in SHAPES:
    out.samples(f"first_grad_{name}", first[name])
for name in SHAPES:
    out.samples(f"last_{name}", last[name])
out.write()
