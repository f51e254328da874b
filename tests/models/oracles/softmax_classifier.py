"""P8: a softmax classifier trained with gradient descent 0.5, and the loss from logits where they are huge."""
import jax
import jax.numpy as jnp
import mpmath
import numpy as np

from generator import integers, uniform
from header import Header

jax.config.update("jax_enable_x64", True)
BATCH, INPUTS, CLASSES, STEPS, RATE = 100, 784, 10, 50, 0.5


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def train(dtype):
    x = np.maximum(uniform(41, BATCH, INPUTS) - 0.5, 0).astype(dtype)
    label = np.eye(CLASSES, dtype=dtype)[integers(42, BATCH, CLASSES)]
    w, b = uniform(43, INPUTS, CLASSES, scale=0.125).astype(dtype), np.zeros(CLASSES, dtype)
    losses = []
    for step in range(STEPS):
        p = softmax(x @ w + b)
        losses.append(np.mean(-np.sum(label * np.log(p), axis=1)))
        dz = (p - label) / dtype(BATCH)
        dw, db = x.T @ dz, dz.sum(axis=0)
        if step == 0:
            first = p, dz, dw, db
            if dtype is np.float64:
                written_out = lambda w, b: jnp.mean(-jnp.sum(label * jnp.log(jax.nn.softmax(x @ w + b)), axis=1))
                for mine, theirs in zip((dw, db), jax.grad(written_out, argnums=(0, 1))(w, b)):
                    np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-14)
        w, b = w - dtype(RATE) * dw, b - dtype(RATE) * db
    right = np.mean(np.argmax(x @ w + b, axis=1) == np.argmax(label, axis=1))
    return np.array(losses), first, (w, b), right


out = Header(
    "softmax_classifier",
    "prediction = softmax(x W + b), loss = mean(-sum(label * log(prediction), axis 1)), gradient descent 0.5, by hand in NumPy.",
    (np, jax, mpmath),
)
for name, value in (("batch", BATCH), ("inputs", INPUTS), ("classes", CLASSES), ("steps", STEPS), ("rate", RATE)):
    out.constant(name, value)
out.constant("seed_x", 41, "x = max(u - 0.5, 0)")
out.constant("seed_label", 42, "one-hot rows of integers below 10")
out.constant("seed_w", 43, "scaled by w_scale")
out.constant("w_scale", 0.125)
losses, (p, dz, dw, db), (w, b), right = train(np.float64)
losses32, _, (w32, b32), _ = train(np.float32)
assert np.all(np.diff(losses) < 0)
out.array("loss", losses, "before each step, in float64")
out.constant("float_deviation", np.max(np.abs(losses32 / losses - 1)), "largest relative distance of NumPy's float32 curve")
out.constant("float_weight_deviation", np.max(np.abs(w - w32)), "largest absolute distance of a weight in float32")
out.constant("last_accuracy", right, "on the batch itself")
out.samples("first_prediction", p)
out.samples("first_grad_logits", dz, comment="(prediction - label) / batch")
out.samples("first_grad_w", dw)
out.array("first_grad_b", db)
out.samples("last_w", w)
out.array("last_b", b)

out.space("huge_logits", "cross-entropy from logits, 4 rows of 3, with 50 digits by mpmath")
logits = np.array([[1000.0, -1000, 0], [-1000, 1000, 1000], [1000, 999, -1000], [-1000, -1000, -1000]])
labels = np.array([1, 2, 0, 1])
mpmath.mp.dps = 50
loss, gradient = [], []
for row, label in zip(logits, labels):
    total = mpmath.fsum(mpmath.exp(mpmath.mpf(v)) for v in row)
    loss.append(float(mpmath.log(total) - mpmath.mpf(row[label])))
    gradient.append([float(mpmath.exp(mpmath.mpf(v)) / total) - (i == label) for i, v in enumerate(row)])
out.array("logits", logits)
out.array("labels", labels)
out.array("loss", np.array(loss), "of each row")
out.constant("mean_loss", float(np.mean(loss)))
out.array("grad_logits", np.array(gradient), "of the sum of the rows' losses")
out.write()
