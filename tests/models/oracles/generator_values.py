"""First words and numbers of the generator, so that its two spellings are compared before anything rests on them."""
import numpy as np

from generator import bits, integers, uniform
from header import Header

out = Header("generator_values", "The first numbers of generator.py, to be met by generator.hpp.")
out.comment("bits(seed, index) for index 0 … 3, as two's complement")
for seed in (0, 1, 12345678901234567890):
    name = {12345678901234567890: "large"}.get(seed, str(seed))
    out.array(f"bits_of_seed_{name}", bits(seed, 4).astype(np.int64))
out.constant("large_seed", np.int64(np.uint64(12345678901234567890).astype(np.int64)), "as two's complement")
out.array("uniform_of_seed_1", uniform(1, 6))
out.array("scaled_of_seed_1", uniform(1, 6, scale=0.03), "scale 0.03")
out.array("float_of_seed_1", uniform(1, 6).astype(np.float32).astype(np.float64), "rounded to float")
out.array("integers_of_seed_1", integers(1, 12, 10), "below 10")
many = uniform(7, 100_000)
out.constant("mean_of_100000", many.mean(), "seed 7; the sum's order may move the last digits")
out.constant("variance_of_100000", many.var(), "1/3 in the limit")
out.write()
