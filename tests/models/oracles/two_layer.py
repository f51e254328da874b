"""P3 to P7: the two-layer ReLU net, 50 steps of gradient descent, by hand in NumPy."""
import jax
import jax.numpy as jnp
import numpy as np

from generator import uniform
from header import Header

jax.config.update("jax_enable_x64", True)
N, D, H, STEPS = 64, 1000, 100, 50


def loss_and_gradients(x, y, w1, w2, mean_over_all: bool):
    """loss = mean(sum((h w2 - y)^2, axis 1)), or the mean over all elements."""
    count = N * D if mean_over_all else N
    h = np.maximum(x @ w1, 0)
    difference = h @ w2 - y
    loss = np.square(difference).sum() / count
    d_pred = difference * x.dtype.type(2.0 / count)
    d_h = (d_pred @ w2.T) * (h > 0)
    return loss, x.T @ d_h, h.T @ d_pred


def train(dtype, rate, mean_over_all=False, autoencoder=False):
    x = uniform(31, N, D).astype(dtype)
    y = x if autoencoder else uniform(32, N, D).astype(dtype)
    w1, w2 = uniform(33, D, H).astype(dtype), uniform(34, H, D).astype(dtype)
    losses = []
    for step in range(STEPS):
        loss, g1, g2 = loss_and_gradients(x, y, w1, w2, mean_over_all)
        if step == 0:
            first = g1, g2
        losses.append(loss)
        w1 = w1 - dtype(rate) * g1
        w2 = w2 - dtype(rate) * g2
    return np.array(losses), first, (w1, w2)


def check_against_jax():
    x, y, w1, w2 = uniform(31, N, D), uniform(32, N, D), uniform(33, D, H), uniform(34, H, D)
    loss = lambda w1, w2: jnp.mean(jnp.sum((jnp.maximum(x @ w1, 0) @ w2 - y) ** 2, axis=1))
    value, (g1, g2) = jax.value_and_grad(loss, argnums=(0, 1))(w1, w2)
    mine = loss_and_gradients(x, y, w1, w2, False)
    np.testing.assert_allclose(mine[0], value, rtol=1e-12)
    np.testing.assert_allclose(mine[1], g1, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(mine[2], g2, rtol=1e-9, atol=1e-9)


check_against_jax()
out = Header("two_layer", "Two-layer ReLU net (64, 1000) -> 100 -> 1000, 50 steps of w -= rate * gradient, by hand in NumPy.", (np, jax))
for name, value in (("n", N), ("d", D), ("h", H), ("steps", STEPS)):
    out.constant(name, value)
for leaf, seed in (("x", 31), ("y", 32), ("w1", 33), ("w2", 34)):
    out.constant(f"seed_{leaf}", seed, "uniform in [-1, 1)" if leaf == "x" else "")
for name, comment, rate, options in (
    ("summed", "loss = mean(sum((h w2 - y)^2, axis 1)), rate 1e-5", 1e-5, {}),
    ("mean_squared", "loss = mean((h w2 - y)^2) over all elements, rate 1e-3", 1e-3, {"mean_over_all": True}),
    ("autoencoder", "the same mean over all elements with y = x, rate 1e-3", 1e-3, {"mean_over_all": True, "autoencoder": True}),
):
    out.space(name, comment)
    out.constant("rate", rate)
    losses, (g1, g2), (w1, w2) = train(np.float64, rate, **options)
    losses32, _, (w1_32, w2_32) = train(np.float32, rate, **options)
    assert np.all(np.isfinite(losses)) and np.all(np.diff(losses) < 0)
    out.array("loss", losses, "before each step, in float64")
    out.array("loss_float", losses32, "the same by NumPy in float32")
    out.constant("float_deviation", np.max(np.abs(losses32 / losses - 1)), "largest relative distance of the two")
    out.samples("first_grad_w1", g1)
    out.samples("first_grad_w2", g2)
    out.samples("last_w1", w1)
    out.samples("last_w2", w2)
    deviation = max(np.max(np.abs(w1 - w1_32)), np.max(np.abs(w2 - w2_32)))
    out.constant("float_weight_deviation", deviation, "largest absolute distance of any weight in float32")
out.write()
