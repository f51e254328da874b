"""Jacobians, Hessians, third derivatives and mapped functions of JAX, float64."""
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erf

from header import Header

jax.config.update("jax_enable_x64", True)
h = Header("modes", "Jacobians, Hessians, third derivatives and mapped functions of JAX, float64.", (np, jax))


def black_scholes(s, k, v, t):
    d1 = (jnp.log(s / k) + (0.02 + 0.5 * v * v) * t) / (v * jnp.sqrt(t))
    d2 = d1 - v * jnp.sqrt(t)
    normal = lambda x: 0.5 * (1.0 + erf(x * 0.70710678118654752))
    return s * normal(d1) - k * jnp.exp(-0.02 * t) * normal(d2)


at = (100.0, 95.0, 0.2, 1.5)
everything = (0, 1, 2, 3)
h.space("options", "black_scholes(s, k, v, t), 2 % interest, at (100, 95, 0.2, 1.5)")
h.array("gradient", np.array(jax.grad(black_scholes, everything)(*at)))
h.array("hessian", np.array(jax.hessian(black_scholes, everything)(*at)))
h.array("third", np.array(jax.jacfwd(jax.hessian(black_scholes, everything), everything)(*at)))
spots = np.linspace(60, 140, 9)
h.array("spots", spots)
h.array("gammas", np.array(jax.vmap(jax.grad(jax.grad(black_scholes)), (0, None, None, None))(spots, *at[1:])), "second derivatives by s over the spots")

n = 4
x = np.sin(np.arange(n) + 1.0)
w = np.cos(np.arange(2 * n, dtype=float)).reshape(2, n)


def net(x, w):
    return jax.nn.softmax(jnp.tanh(w @ x) * jnp.sum(x))


h.space("net", "softmax(tanh(w x) sum(x)); w: cos(0), cos(1), ... (2, 4), x: sin(1), ..., sin(4)")
by_x, by_w = jax.jacfwd(net, (0, 1))(x, w)
h.array("by_x", np.array(by_x), "(2, 4)")
h.array("by_w", np.array(by_w), "(2, 2, 4)")
loss = lambda x, w: jnp.log(net(x, w)[0])
(xx, xw), (wx, ww) = jax.hessian(loss, (0, 1))(x, w)
h.array("xx", np.array(xx), "the Hessian of log(net[0]), by blocks: (4, 4)")
h.array("xw", np.array(xw), "(4, 2, 4)")
h.array("ww", np.array(ww), "(2, 4, 2, 4)")
h.array("diagonal", np.diagonal(np.array(xx)))
batch = np.sin(np.arange(3 * n) + 0.5).reshape(3, n)
h.array("mapped_hessians", np.array(jax.vmap(jax.hessian(loss), (0, None))(batch, w)), "over rows sin(0.5), sin(1.5), ...: (3, 4, 4)")
h.write()
