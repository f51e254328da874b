"""P9 to P13: a net with a small output layer by hand, and as two linear layers with biases; descent and Adam."""
import jax
import jax.numpy as jnp
import numpy as np

from generator import uniform
from header import Header

jax.config.update("jax_enable_x64", True)
N, D_IN, H, D_OUT, STEPS = 64, 1000, 100, 10, 500
SHOWN = [0, 1, 2, 3, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 400, 499]


def loss_and_gradients(x, y, weights):
    """loss = sum((y_pred - y)^2); `weights` is (w1, w2) or, with biases, (w1, b1, w2, b2)."""
    biased = len(weights) == 4
    w1, w2 = (weights[0], weights[2]) if biased else weights
    a = x @ w1 + (weights[1] if biased else 0)
    h = np.maximum(a, 0)
    difference = h @ w2 + (weights[3] if biased else 0) - y
    d_pred = 2 * difference
    d_h = (d_pred @ w2.T) * (a > 0)
    loss = np.square(difference).sum()
    if biased:
        return loss, (x.T @ d_h, d_h.sum(axis=0), h.T @ d_pred, d_pred.sum(axis=0))
    return loss, (x.T @ d_h, h.T @ d_pred)


def descent(rate, dtype):
    return lambda weights, gradients, _: tuple(w - dtype(rate) * g for w, g in zip(weights, gradients))


def adam(rate, dtype, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """Kingma and Ba, with bias correction and epsilon outside the root."""
    m, v = {}, {}

    def step(weights, gradients, t):
        result = []
        for k, (w, g) in enumerate(zip(weights, gradients)):
            m[k] = dtype(beta1) * m.get(k, 0) + dtype(1 - beta1) * g
            v[k] = dtype(beta2) * v.get(k, 0) + dtype(1 - beta2) * np.square(g)
            m_hat, v_hat = m[k] / dtype(1 - beta1**t), v[k] / dtype(1 - beta2**t)
            result.append(w - dtype(rate) * m_hat / (np.sqrt(v_hat) + dtype(epsilon)))
        return tuple(result)

    return step


def start(dtype, biased):
    if biased:
        shapes = ((53, (D_IN, H), 0.03), (54, (H,), 0.03), (55, (H, D_OUT), 0.1), (56, (D_OUT,), 0.1))
    else:
        shapes = ((53, (D_IN, H), 1.0), (55, (H, D_OUT), 1.0))
    return tuple(uniform(seed, *shape, scale=scale).astype(dtype) for seed, shape, scale in shapes)


def train(dtype, biased, optimizer):
    x, y = uniform(51, N, D_IN).astype(dtype), uniform(52, N, D_OUT).astype(dtype)
    weights, losses = start(dtype, biased), []
    for t in range(1, STEPS + 1):
        loss, gradients = loss_and_gradients(x, y, weights)
        if t == 1:
            first = gradients
            if dtype is np.float64:
                confirm(x, y, weights, gradients)
        losses.append(loss)
        weights = optimizer(weights, gradients, t)
    return np.array(losses), first, weights


def confirm(x, y, weights, gradients):
    def loss(weights):
        w1, b1, w2, b2 = weights if len(weights) == 4 else (weights[0], 0, weights[1], 0)
        return jnp.sum((jnp.maximum(x @ w1 + b1, 0) @ w2 + b2 - y) ** 2)

    for mine, theirs in zip(gradients, jax.grad(loss)(weights)):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-8)


out = Header("feed_forward", "A net (64, 1000) -> 100 relu -> 10 with loss = sum((y_pred - y)^2), 500 steps, by hand in NumPy.", (np, jax))
for name, value in (("n", N), ("d_in", D_IN), ("h", H), ("d_out", D_OUT), ("steps", STEPS)):
    out.constant(name, value)
out.comment("w1 is (1000, 100) and w2 (100, 10): y_pred = relu(x w1 + b1) w2 + b2")
for leaf, seed in (("x", 51), ("y", 52), ("w1", 53), ("b1", 54), ("w2", 55), ("b2", 56)):
    out.constant(f"seed_{leaf}", seed)
out.array("shown_steps", np.array(SHOWN), "steps whose loss is stored, counted from 0")

for name, comment, biased, rate, method in (
    ("by_hand", "no biases, w1 and w2 in [-1, 1), w -= 1e-6 * gradient", False, 1e-6, descent),
    ("linear_layers", "biases, scales 0.03 for w1 and b1, 0.1 for w2 and b2, w -= 1e-4 * gradient", True, 1e-4, descent),
    ("linear_layers_adam", "the same start, Adam with rate 1e-4, beta 0.9 and 0.999, epsilon 1e-8", True, 1e-4, adam),
):
    out.space(name, comment)
    out.constant("rate", rate)
    if biased:
        out.constant("scale_1", 0.03, "of w1 and b1")
        out.constant("scale_2", 0.1, "of w2 and b2")
    losses, first, weights = train(np.float64, biased, method(rate, np.float64))
    losses32, _, weights32 = train(np.float32, biased, method(rate, np.float32))
    assert np.all(np.isfinite(losses)) and losses[-1] < losses[0] / 10
    out.array("loss", losses[SHOWN], "before the shown steps, in float64")
    out.array("loss_float", losses32[SHOWN], "the same by NumPy in float32")
    distance = np.abs(losses32 - losses)
    out.constant("float_deviation", distance.max() / losses[0], "largest distance of the two over all steps, by the first loss")
    out.constant("float_deviation_of_50", (distance / losses)[:51].max(), "largest relative distance over steps 0 to 50")
    names = ("w1", "b1", "w2", "b2") if biased else ("w1", "w2")
    for leaf, gradient in zip(names, first):
        out.samples(f"first_grad_{leaf}", gradient)
    for leaf, weight in zip(names, weights):
        out.samples(f"last_{leaf}", weight)
    distance = max(np.max(np.abs(a - b)) for a, b in zip(weights, weights32))
    out.constant("float_weight_deviation", distance, "largest absolute distance of a weight in float32")
out.write()
