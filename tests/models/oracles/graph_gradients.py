"""P2, P27, P28: gradients on small graphs, by hand in NumPy and checked against JAX."""
import jax
import jax.numpy as jnp
import numpy as np

from generator import uniform
from header import Header

jax.config.update("jax_enable_x64", True)
out = Header("graph_gradients", "Gradients of small graphs, written out by hand and confirmed by JAX, float64.", (np, jax))

for name, rows, columns in (("at_3_4", 3, 4), ("at_3000_4000", 3000, 4000)):
    out.space(name, f"a = x * y; b = a + z; c = sum(b), at ({rows}, {columns})")
    x, y, z = (uniform(seed, rows, columns) for seed in (21, 22, 23))
    out.constant("rows", rows)
    out.constant("columns", columns)
    for leaf, seed in (("x", 21), ("y", 22), ("z", 23)):
        out.constant(f"seed_{leaf}", seed)
    out.constant("c", (x * y + z).sum())
    out.constant("c_magnitude", np.abs(x * y).sum() + np.abs(z).sum(), "sum of the magnitudes that were added up")
    grad_x, grad_y, grad_z = y, x, np.ones_like(z)
    if rows == 3:
        found = jax.grad(lambda x, y, z: jnp.sum(x * y + z), argnums=(0, 1, 2))(x, y, z)
        for mine, theirs in zip((grad_x, grad_y, grad_z), found):
            assert np.array_equal(mine, theirs)
    out.samples("grad_x", grad_x)
    out.samples("grad_y", grad_y)
    out.samples("grad_z", grad_z)

out.space("chain", "e = (a + b) * (b + 1) at a = 3, b = 2")
e = lambda a, b: (a + b) * (b + 1)
de_da, de_db = jax.grad(e, argnums=(0, 1))(3.0, 2.0)
assert (e(3, 2), de_da, de_db) == (15, 3, 8)
out.constant("e", 15.0)
out.constant("de_da", 3.0)
out.constant("de_db", 8.0, "both paths summed: (a + b) + (b + 1)")

out.space("jacobian", "(x1 + x2 * x3, 2 * x3) at (2, 3, 5): [[1, x3, x2], [0, 0, 2]]")
found = jax.jacobian(lambda x: jnp.array([x[0] + x[1] * x[2], 2 * x[2]]))(jnp.array([2.0, 3.0, 5.0]))
expected = np.array([[1.0, 5, 3], [0, 0, 2]])
assert np.array_equal(found, expected)
out.array("point", np.array([2.0, 3, 5]))
out.array("value", np.array([17.0, 10]))
out.array("rows", expected)
out.write()
