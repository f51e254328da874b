"""Ten steps of each optimizer on a small quadratic, by hand in NumPy and confirmed by Optax."""
import jax
import jax.numpy as jnp
import numpy as np
import optax

from header import Header

jax.config.update("jax_enable_x64", True)
CURVATURE = np.array([1.0, 10.0, 0.1])
CENTRE = np.array([0.5, -1.0, 2.0])
START = np.array([2.0, 1.0, -3.0])
STEPS = 10


def gradient(w):
    """Of f(w) = sum(curvature * (w - centre)^2) / 2."""
    return CURVATURE * (w - CENTRE)


def gradient_descent(rate):
    def step(w, g, t):
        return w - rate * g
    return step


def momentum(rate, mu, nesterov=False):
    """Velocity v = mu v + g; w -= rate v, or with Nesterov w -= rate (g + mu v)."""
    v = np.zeros(3)

    def step(w, g, t):
        nonlocal v
        v = mu * v + g
        return w - rate * (g + mu * v if nesterov else v)
    return step


def adam(rate, beta1, beta2, epsilon, decay=0.0):
    """Kingma and Ba with bias correction, epsilon outside the root; `decay` is AdamW's, decoupled: w -= rate decay w."""
    m, v = np.zeros(3), np.zeros(3)

    def step(w, g, t):
        nonlocal m, v
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        update = (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        return w - rate * (update + decay * w)
    return step


def rmsprop(rate, rho, epsilon):
    """v = rho v + (1 - rho) g^2; w -= rate g / (sqrt(v) + epsilon)."""
    v = np.zeros(3)

    def step(w, g, t):
        nonlocal v
        v = rho * v + (1 - rho) * g * g
        return w - rate * g / (np.sqrt(v) + epsilon)
    return step


def adagrad(rate, epsilon):
    """s += g^2; w -= rate g / (sqrt(s) + epsilon), s from zero."""
    s = np.zeros(3)

    def step(w, g, t):
        nonlocal s
        s = s + g * g
        return w - rate * g / (np.sqrt(s) + epsilon)
    return step


def trajectory(step):
    w, path = START.copy(), []
    for t in range(1, STEPS + 1):
        w = step(w, gradient(w), t)
        path.append(w)
    return np.array(path)


def optax_trajectory(optimizer):
    w, path = jnp.array(START), []
    state = optimizer.init(w)
    for _ in range(STEPS):
        update, state = optimizer.update(jnp.array(gradient(np.asarray(w))), state, w)
        w = optax.apply_updates(w, update)
        path.append(np.asarray(w))
    return np.array(path)


out = Header("optimizers", "Ten steps of each optimizer on sum(curvature * (w - centre)^2) / 2, by hand in NumPy, float64.", (np, optax))
out.array("curvature", CURVATURE)
out.array("centre", CENTRE)
out.array("start", START)
out.constant("steps", STEPS)
out.comment("each path holds w after steps 1 to 10, three numbers a step")
cases = (
    ("gradient_descent", "rate 0.05", gradient_descent(0.05), optax.sgd(0.05)),
    ("momentum", "rate 0.05, mu 0.9: v = mu v + g; w -= rate v", momentum(0.05, 0.9), optax.sgd(0.05, 0.9)),
    ("nesterov", "rate 0.05, mu 0.9: v = mu v + g; w -= rate (g + mu v)", momentum(0.05, 0.9, True), optax.sgd(0.05, 0.9, True)),
    ("adam", "rate 0.1, beta 0.9 and 0.999, epsilon 1e-8 outside the root", adam(0.1, 0.9, 0.999, 1e-8), optax.adam(0.1)),
    ("adam_large_epsilon", "the same with epsilon 0.1, which shows where it stands", adam(0.1, 0.9, 0.999, 0.1), optax.adam(0.1, eps=0.1)),
    ("adamw", "rate 0.1, decay 0.01 decoupled: w -= rate decay w", adam(0.1, 0.9, 0.999, 1e-8, 0.01), optax.adamw(0.1, weight_decay=0.01)),
    ("rmsprop", "rate 0.01, rho 0.99, epsilon 1e-8 outside the root", rmsprop(0.01, 0.99, 1e-8), optax.rmsprop(0.01, 0.99, 1e-8, eps_in_sqrt=False)),
    ("adagrad", "rate 0.1, epsilon 1e-10 outside the root, sum from zero", adagrad(0.1, 1e-10), None),
)
for name, comment, step, other in cases:
    path = trajectory(step)
    if other is not None:
        np.testing.assert_allclose(path, optax_trajectory(other), rtol=1e-12)
    out.array(name, path, comment)
out.write()
