"""P30 and P31: a recurrent step, LSTM and GRU over a sequence, gradients by JAX; the plain step also by hand."""
import jax
import jax.numpy as jnp
import numpy as np

from generator import uniform
from header import Header

jax.config.update("jax_enable_x64", True)
T, HIDDEN, INPUT = 6, 20, 10
out = Header("recurrent", "Back-propagation through time over 6 steps, 10 inputs, 20 hidden units, loss = sum(h_T^2), float64.", (np, jax))
out.constant("t", T)
out.constant("hidden", HIDDEN)
out.constant("input", INPUT)
x, h0 = uniform(91, T, INPUT), uniform(92, HIDDEN)
out.constant("seed_x", 91, "(6, 10)")
out.constant("seed_h0", 92)

out.space("plain", "h' = tanh(W_h h + W_x x), W_h (20, 20) and W_x (20, 10), column vectors")
w_h, w_x = uniform(93, HIDDEN, HIDDEN, scale=0.25), uniform(94, HIDDEN, INPUT, scale=0.25)
out.constant("seed_w_h", 93)
out.constant("seed_w_x", 94)
out.constant("scale", 0.25, "of both")
h = [h0]
for row in x:
    h.append(np.tanh(w_h @ h[-1] + w_x @ row))
d_h, d_w_h, d_w_x, d_x = 2 * h[-1], np.zeros_like(w_h), np.zeros_like(w_x), []
for t in range(T, 0, -1):
    d_z = d_h * (1 - h[t] ** 2)
    d_w_h += np.outer(d_z, h[t - 1])
    d_w_x += np.outer(d_z, x[t - 1])
    d_x.insert(0, w_x.T @ d_z)
    d_h = w_h.T @ d_z


def loss(w_h, w_x, h0, x):
    return jnp.sum(jax.lax.scan(lambda h, row: (jnp.tanh(w_h @ h + w_x @ row), None), h0, x)[0] ** 2)


for mine, theirs in zip((d_w_h, d_w_x, d_h, d_x), jax.grad(loss, argnums=(0, 1, 2, 3))(w_h, w_x, h0, x)):
    np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-14)
out.constant("loss", np.square(h[-1]).sum())
out.array("last_h", h[-1])
out.samples("grad_w_h", d_w_h)
out.samples("grad_w_x", d_w_x)
out.array("grad_h0", d_h)
out.array("grad_x", np.array(d_x))


def gated(name, comment, gates, cell, seeds):
    """`cell(state, row, w, u, b)` with w (10, gates*20), u (20, gates*20), b (gates*20): rows times matrices."""
    out.space(name, comment)
    w, u = uniform(seeds[0], INPUT, gates * HIDDEN, scale=0.25), uniform(seeds[1], HIDDEN, gates * HIDDEN, scale=0.25)
    b = uniform(seeds[2], gates * HIDDEN, scale=0.25)
    for leaf, seed in zip(("w", "u", "b"), seeds):
        out.constant(f"seed_{leaf}", seed)
    out.constant("scale", 0.25, "of all three")

    def run(w, u, b, x, h0):
        state = (h0, jnp.zeros(HIDDEN))
        return jax.lax.scan(lambda s, row: (cell(s, row, w, u, b), None), state, x)[0]

    def total(*leaves):
        return jnp.sum(run(*leaves)[0] ** 2)

    h, c = run(w, u, b, x, h0)
    out.constant("loss", float(total(w, u, b, x, h0)))
    out.array("last_h", np.asarray(h))
    if name == "lstm":
        out.array("last_c", np.asarray(c))
    grads = jax.grad(total, argnums=(0, 1, 2, 3, 4))(w, u, b, x, h0)
    for leaf, grad in zip(("w", "u", "b", "x", "h0"), grads):
        out.samples(f"grad_{leaf}", np.asarray(grad))


def lstm(state, row, w, u, b):
    h, c = state
    i, f, g, o = jnp.split(row @ w + h @ u + b, 4)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


def gru_after(state, row, w, u, b):
    h, c = state
    (xr, xz, xn), (hr, hz, hn), (br, bz, bn) = jnp.split(row @ w, 3), jnp.split(h @ u, 3), jnp.split(b, 3)
    r, z = jax.nn.sigmoid(xr + hr + br), jax.nn.sigmoid(xz + hz + bz)
    n = jnp.tanh(xn + bn + r * hn)
    return (1 - z) * n + z * h, c


def gru_before(state, row, w, u, b):
    h, c = state
    (xr, xz, xn), (ur, uz, un), (br, bz, bn) = jnp.split(row @ w, 3), jnp.split(u, 3, axis=1), jnp.split(b, 3)
    r, z = jax.nn.sigmoid(xr + h @ ur + br), jax.nn.sigmoid(xz + h @ uz + bz)
    n = jnp.tanh(xn + bn + (r * h) @ un)
    return (1 - z) * n + z * h, c


gated("lstm", "gates i f g o in this order, c0 = 0: c' = s(f) c + s(i) tanh(g), h' = s(o) tanh(c')", 4, lstm, (95, 96, 97))
gated("gru", "gates r z n, reset after the product: n = tanh(x w_n + b_n + r (h u_n)), h' = (1 - z) n + z h", 3, gru_after, (98, 99, 100))
gated("gru_reset_before", "the same weights, reset before the product: n = tanh(x w_n + b_n + (r h) u_n)", 3, gru_before, (98, 99, 100))
out.write()
