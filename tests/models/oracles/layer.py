"""P1: h = relu(x W + b), one graph fed with one row and with a hundred."""
import numpy as np

from generator import uniform
from header import Header

INPUTS, UNITS = 784, 100

out = Header("layer", "h = relu(x W + b) with W (784, 100) in [-1, 1), b zeros, x fed as (1, 784) and (100, 784), float64.")
out.constant("seed_w", 11)
out.constant("seed_x", 12, "the one row fed alone is the first of the hundred")
w = uniform(11, INPUTS, UNITS)
x = uniform(12, 100, INPUTS)
b = np.zeros(UNITS)
for name, rows in (("one", x[:1]), ("hundred", x)):
    h = np.maximum(rows @ w + b, 0)
    out.samples(f"h_{name}", h, 12)
    out.constant(f"h_{name}_positive", int((h > 0).sum()), "how many units are on")

out.comment("b = 0.5 everywhere instead, as a later run of the same graph sees it after an assignment")
out.samples("h_shifted", np.maximum(x @ w + 0.5, 0), 12)
out.write()
