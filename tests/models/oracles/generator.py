"""Test data that Python and C++ make alike, bit for bit; the twin of tests/models/generator.hpp."""
import numpy as np

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def _mix(z: np.ndarray) -> np.ndarray:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def bits(seed: int, count: int) -> np.ndarray:
    """The first `count` 64-bit words of splitmix64 started at mix(seed)."""
    with np.errstate(over="ignore"):
        start = _mix(np.array([(seed + GOLDEN) & MASK], np.uint64))
        index = np.arange(1, count + 1, dtype=np.uint64)
        return _mix(start + index * np.uint64(GOLDEN))


def uniform(seed: int, *shape: int, scale: float = 1.0) -> np.ndarray:
    """Row-major float64 numbers in [-scale, scale); every one a multiple of scale * 2^-52."""
    words = bits(seed, int(np.prod(shape, dtype=np.int64)))
    values = (words >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0
    return (values * scale).reshape(shape)


def integers(seed: int, count: int, below: int) -> np.ndarray:
    """Whole numbers 0 … below-1: the words modulo `below`."""
    return (bits(seed, count) % np.uint64(below)).astype(np.int64)
