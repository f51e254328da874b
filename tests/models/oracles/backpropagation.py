"""P29: error signals of a deep sigmoid net by the two textbook recurrences, written out in NumPy and confirmed by JAX.

Column vectors as in the books: z^l = W^l a^(l-1) + b^l, a^l = f(z^l), delta^l = dC/dz^l. The stored weights are those W^l,
row-major (outputs, inputs); for rows times a matrix, read them transposed.
"""
import jax
import jax.numpy as jnp
import numpy as np

from generator import uniform
from header import Header

jax.config.update("jax_enable_x64", True)
SIZES = (5, 7, 6, 4, 3)
LAYERS = len(SIZES) - 1
TARGET_CLASS = 1


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def parameters():
    weights = [uniform(60 + l, SIZES[l], SIZES[l - 1], scale=2.0) for l in range(1, LAYERS + 1)]
    biases = [uniform(70 + l, SIZES[l]) for l in range(1, LAYERS + 1)]
    return weights, biases


def backpropagate(softmax_output: bool):
    """Returns loss, activations, and delta by the Hadamard form and by full Jacobians."""
    weights, biases = parameters()
    x, y = uniform(60, SIZES[0]), (uniform(70, SIZES[-1]) + 1) / 2
    a, z = [x], [None]
    for l in range(1, LAYERS + 1):
        z.append(weights[l - 1] @ a[-1] + biases[l - 1])
        a.append(softmax(z[l]) if softmax_output and l == LAYERS else sigmoid(z[l]))

    def jacobian(l):
        if softmax_output and l == LAYERS:
            return np.diag(a[l]) - np.outer(a[l], a[l])
        return np.diag(a[l] * (1 - a[l]))

    if softmax_output:
        loss = -np.log(a[-1][TARGET_CLASS])
        d_a = np.where(np.arange(SIZES[-1]) == TARGET_CLASS, -1 / a[-1], 0.0)
        last = a[-1] - np.eye(SIZES[-1])[TARGET_CLASS]
    else:
        loss = 0.5 * np.square(a[-1] - y).sum()
        d_a = a[-1] - y
        last = d_a * a[-1] * (1 - a[-1])

    hadamard, full = [None] * (LAYERS + 1), [None] * (LAYERS + 1)
    hadamard[LAYERS], full[LAYERS] = last, jacobian(LAYERS).T @ d_a
    for l in range(LAYERS - 1, 0, -1):
        hadamard[l] = (weights[l].T @ hadamard[l + 1]) * a[l] * (1 - a[l])
        full[l] = jacobian(l).T @ weights[l].T @ full[l + 1]
    for one, other in zip(hadamard[1:], full[1:]):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    return loss, a, hadamard[1:], (weights, biases, x, y)


def confirm(loss, a, deltas, given, softmax_output):
    weights, biases, x, y = given

    def cost(biases, weights):
        value = x
        for l in range(LAYERS):
            z = weights[l] @ value + biases[l]
            value = jax.nn.softmax(z) if softmax_output and l == LAYERS - 1 else jax.nn.sigmoid(z)
        return -jnp.log(value[TARGET_CLASS]) if softmax_output else 0.5 * jnp.sum((value - y) ** 2)

    value, (d_biases, d_weights) = jax.value_and_grad(cost, argnums=(0, 1))(biases, weights)
    np.testing.assert_allclose(loss, value, rtol=1e-12)
    for l in range(LAYERS):
        np.testing.assert_allclose(deltas[l], d_biases[l], rtol=1e-10)
        np.testing.assert_allclose(np.outer(deltas[l], a[l]), d_weights[l], rtol=1e-10, atol=1e-18)


out = Header(
    "backpropagation",
    "delta^l of a sigmoid net 5 -> 7 -> 6 -> 4 -> 3 by delta^l = (W^(l+1)^T delta^(l+1)) * f'(z^l), by hand in NumPy, float64.",
    (np, jax),
)
out.array("sizes", np.array(SIZES))
out.constant("layers", LAYERS)
out.constant("seed_x", 60)
out.constant("seed_y", 70, "y = (u + 1) / 2, for the squared error")
out.comment("W^l is (outputs, inputs) from seed 60 + l with scale 2; b^l from seed 70 + l with scale 1; l = 1 … 4")
out.constant("seed_w", 60)
out.constant("seed_b", 70)
out.constant("w_scale", 2.0)
for name, comment, softmax_output in (
    ("squared_error", "every layer sigmoid, C = sum((a^L - y)^2) / 2", False),
    ("cross_entropy", "the last layer softmax with its full Jacobian, C = -log a_r", True),
):
    out.space(name, comment)
    if softmax_output:
        out.constant("r", TARGET_CLASS)
    loss, a, deltas, given = backpropagate(softmax_output)
    confirm(loss, a, deltas, given, softmax_output)
    out.constant("loss", loss)
    for l in range(1, LAYERS + 1):
        out.array(f"activation_{l}", a[l])
    for l in range(1, LAYERS + 1):
        out.array(f"delta_{l}", deltas[l - 1], f"= dC/db^{l}" + ("; dC/dW^l = delta^l a^(l-1)^T" if l == 1 else ""))
    out.array("grad_w_1", np.outer(deltas[0], a[0]), "(7, 5)")
    out.array("grad_w_4", np.outer(deltas[3], a[3]), "(3, 4)")
out.write()
