"""P17 and P18: a conditional and a fold, gradients by JAX and by the recurrence written out in NumPy."""
import jax
import jax.numpy as jnp
import numpy as np

from generator import uniform
from header import Header

jax.config.update("jax_enable_x64", True)
out = Header("control_flow", "Gradients through a branch and through a loop, by hand in NumPy and confirmed by JAX, float64.", (np, jax))

N, D, H = 3, 4, 5
out.space("conditional", "y = z > 0 ? x w1 : x w2, loss = sum(y^2)")
for name, value in (("n", N), ("d", D), ("h", H)):
    out.constant(name, value)
x, w1, w2 = uniform(81, N, D), uniform(82, D, H), uniform(83, D, H)
for leaf, seed in (("x", 81), ("w1", 82), ("w2", 83)):
    out.constant(f"seed_{leaf}", seed)
loss = lambda z, x, w1, w2: jnp.sum(jax.lax.cond(z > 0, lambda: x @ w1, lambda: x @ w2) ** 2)
for name, z, w in (("positive", 10.0, w1), ("negative", -10.0, w2)):
    y = x @ w
    grads = {"x": 2 * y @ w.T, "w1": 2 * x.T @ y * (z > 0), "w2": 2 * x.T @ y * (z < 0)}
    found = jax.grad(loss, argnums=(1, 2, 3))(z, x, w1, w2)
    for mine, theirs in zip(grads.values(), found):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-15)
    out.constant(f"loss_{name}", np.square(y).sum(), f"z = {z:g}")
    for leaf, grad in grads.items():
        out.array(f"grad_{leaf}_{name}", grad + 0.0)

T, D = 3, 4
out.space("fold", "y_t = (y_(t-1) + x_t) * w, t = 1 … T; loss = sum of the last y")
out.constant("t", T)
out.constant("d", D)
x, y0, w = uniform(84, 5, D), uniform(85, D), uniform(86, D)
for leaf, seed in (("x", 84), ("y0", 85), ("w", 86)):
    out.constant(f"seed_{leaf}", seed, "(5, 4), of which the first three rows make the fold of T = 3" if leaf == "x" else "")


def last(x, y0, w):
    return jax.lax.scan(lambda y, row: ((y + row) * w, None), y0, x)[0].sum()


for steps in (T, 5):
    rows, y, previous = x[:steps], y0, []
    for row in rows:
        previous.append(y)
        y = (y + row) * w
    d_y, d_w, d_x = np.ones(D), np.zeros(D), []
    for t in reversed(range(steps)):
        d_w = d_w + d_y * (previous[t] + rows[t])
        d_y = d_y * w
        d_x.insert(0, d_y)
    for mine, theirs in zip((d_x, d_y, d_w), jax.grad(last, argnums=(0, 1, 2))(rows, y0, w)):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)
    suffix = "" if steps == T else "_of_5"
    out.array(f"y{suffix}", y, f"after {steps} rows")
    out.array(f"grad_x{suffix}", np.array(d_x))
    out.array(f"grad_y0{suffix}", d_y)
    out.array(f"grad_w{suffix}", d_w)
out.write()
