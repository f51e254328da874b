"""Elementwise functions with their first two derivatives at chosen doubles, with 700 digits by mpmath.

    python3 curves.py    writes curves.hpp
"""
import pathlib
import sys

import mpmath
from mpmath import mp

mp.dps = 700  # 1 + erf(-30) must keep all its digits

HALF = mp.mpf(1) / 2
SMALL, TINY, NEAR = 2.0**-10, 2.0**-27, 2.0**-17  # powers of two: every x within float's range is exact in float
WIDE = [-700.0, -100.0, -30.0, -8.0, -5.0, -2.5, -1.0, -0.75, -0.125, -SMALL, -TINY,
        0.0, TINY, SMALL, 0.125, 0.75, 1.0, 2.5, 5.0, 8.0, 30.0, 100.0, 700.0]
POSITIVE = [1e-300, 2.0**-100, TINY, SMALL, 0.125, 0.5, 1 - NEAR, 1.0, 1 + NEAR, 2.5, 10.0, 1000.0, 2.0**100, 1e300]
ABOVE_MINUS_ONE = [-1 + NEAR, -0.75, -0.125, -SMALL, -TINY, -(2.0**-100), 0.0, 2.0**-100, TINY, SMALL, 0.125, 1.0, 10.0, 1e10, 1e300]
INSIDE_ONE = [-1 + NEAR, -0.75, -0.5, -0.125, -SMALL, -TINY, 0.0, TINY, SMALL, 0.125, 0.5, 0.75, 1 - NEAR]
ANGLES = [-1000.0, -10.0, -3.0, -1.5, -0.75, -SMALL, -TINY, 0.0, TINY, SMALL, 0.75, 1.5, 3.0, 10.0, 1000.0]
NOT_ZERO = [x for x in WIDE if x != 0]

SELU_SCALE, SELU_ALPHA = mp.mpf("1.0507009873554804934193349852946"), mp.mpf("1.6732632423543772848170429916717")


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def softplus(x):
    return mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x))


def gelu_tanh(x):
    return x * HALF * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3)))


CURVES = {
    "exp": (mp.exp, WIDE),
    "exp2": (lambda x: mp.power(2, x), WIDE),
    "expm1": (mp.expm1, WIDE),
    "log": (mp.log, POSITIVE),
    "log2": (lambda x: mp.log(x) / mp.log(2), POSITIVE),
    "log10": (mp.log10, POSITIVE),
    "log1p": (mp.log1p, ABOVE_MINUS_ONE),
    "sqrt": (mp.sqrt, POSITIVE),
    "rsqrt": (lambda x: 1 / mp.sqrt(x), POSITIVE),
    "cbrt": (lambda x: mp.sign(x) * mp.cbrt(abs(x)), NOT_ZERO),
    "reciprocal": (lambda x: 1 / x, NOT_ZERO),
    "square": (lambda x: x * x, WIDE),
    "sin": (mp.sin, ANGLES),
    "cos": (mp.cos, ANGLES),
    "tan": (mp.tan, ANGLES),
    "asin": (mp.asin, INSIDE_ONE),
    "acos": (mp.acos, INSIDE_ONE),
    "atan": (mp.atan, WIDE),
    "sinh": (mp.sinh, WIDE),
    "cosh": (mp.cosh, WIDE),
    "tanh": (mp.tanh, WIDE),
    "asinh": (mp.asinh, WIDE),
    "acosh": (mp.acosh, [1 + NEAR, 1.125, 1.5, 2.5, 10.0, 1000.0, 1e10]),
    "atanh": (mp.atanh, INSIDE_ONE),
    "erf": (mp.erf, WIDE),
    "erfc": (mp.erfc, WIDE),
    "lgamma": (lambda x: mp.loggamma(x).real, [TINY, 0.125, 0.5, 0.9921875, 1.0, 1.0078125, 1.5, 2.0, 2.5, 10.0, 100.0, 1e4]),
    "digamma": (mp.digamma, [0.125, 0.5, 1.0, 1.5, 2.0, 2.5, 10.0, 100.0, 1e4]),
    "normal_cdf": (lambda x: mp.erfc(-x / mp.sqrt(2)) / 2, WIDE),
    "normal_pdf": (lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi), WIDE),
    "sigmoid": (sigmoid, WIDE),
    "log_sigmoid": (lambda x: -softplus(-x), WIDE),
    "softplus": (softplus, WIDE),
    "softsign": (lambda x: x / (1 + abs(x)), NOT_ZERO),
    "silu": (lambda x: x * sigmoid(x), WIDE),
    "mish": (lambda x: x * mp.tanh(softplus(x)), WIDE),
    "gelu": (lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2, WIDE),
    "gelu_tanh": (gelu_tanh, WIDE),
    "relu": (lambda x: x if x > 0 else mp.mpf(0), NOT_ZERO),
    "leaky_relu": (lambda x: x if x > 0 else mp.mpf("0.01") * x, NOT_ZERO),
    "elu": (lambda x: x if x > 0 else mp.expm1(x), NOT_ZERO),
    "selu": (lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * mp.expm1(x)), NOT_ZERO),
}

SURFACES = {
    "pow": (mp.power, [(0.5, 0.5), (2.0, 10.0), (2.0, -3.0), (1.5, 2.5), (10.0, 0.125), (SMALL, 3.0), (1.0, 5.0), (100.0, -1.5), (1 + NEAR, 1e5)]),
    "atan2": (lambda y, x: mp.atan2(y, x), [(1.0, 2.0), (1.0, -2.0), (-1.0, 2.0), (-1.0, -2.0), (TINY, 1.0), (1.0, TINY), (3.0, 4.0), (1e10, 1.0)]),
    "hypot": (lambda x, y: mp.sqrt(x * x + y * y), [(3.0, 4.0), (-3.0, 4.0), (TINY, 1.0), (1e200, 1e200), (1e-200, 1e-200), (5.0, -12.0)]),
    "log_add_exp": (lambda x, y: mp.log(mp.exp(x) + mp.exp(y)), [(0.0, 0.0), (1.0, 2.0), (700.0, 700.0), (-700.0, -690.0), (30.0, -30.0), (-1.5, 2.5)]),
    "divide": (lambda x, y: x / y, [(1.0, 3.0), (-2.0, 7.0), (TINY, 0.125), (5.0, -0.125), (0.0, 2.0)]),
}


def at(value):
    """What reads as a double in C++."""
    number = float(value)
    if number in (float("inf"), float("-inf")):
        return ("-" if number < 0 else "") + "std::numeric_limits<double>::infinity()"
    return repr(number + 0.0)


def derivative(f, x, order):
    """A central difference whose error is far below a double's: the step is 1e-120 of x, the digits are 700."""
    h = mp.mpf(10) ** -120 * (abs(x) or 1)
    return (f(x + h) - f(x - h)) / (2 * h) if order == 1 else (f(x + h) - 2 * f(x) + f(x - h)) / (h * h)


def partial(f, x, y, which):
    return derivative((lambda t: f(t, y)) if which == 0 else (lambda t: f(x, t)), (x, y)[which], 1)


def main():
    blocks = [
        "// Elementwise functions and their derivatives at chosen doubles, with 700 digits by mpmath.\n"
        f"// Made by: python3 curves.py (Python {sys.version.split()[0]}, mpmath {mpmath.__version__}); change the script, not this file.\n"
        '#pragma once\n\n#include <limits>\n\n#include "op_case.hpp"\n\nnamespace oracle::curves {'
    ]
    for name, (f, xs) in CURVES.items():
        rows = []
        for x in xs:
            exact = mp.mpf(x)
            rows.append(f"    {{{x!r}, {at(f(exact))}, {at(derivative(f, exact, 1))}, {at(derivative(f, exact, 2))}}}")
        blocks.append(f'inline constexpr curve {name}{{"{name}", {{\n' + ",\n".join(rows) + "}};")
    for name, (f, pairs) in SURFACES.items():
        rows = []
        for x, y in pairs:
            a, b = mp.mpf(x), mp.mpf(y)
            rows.append(f"    {{{x!r}, {y!r}, {at(f(a, b))}, {at(partial(f, a, b, 0))}, {at(partial(f, a, b, 1))}}}")
        blocks.append(f'inline constexpr surface {name}{{"{name}", {{\n' + ",\n".join(rows) + "}};")
    blocks.append("}  // namespace oracle::curves\n")
    path = pathlib.Path(__file__).parent / "curves.hpp"
    path.write_text("\n\n".join(blocks), encoding="utf-8", newline="\n")
    print(f"{path.name}: {len(CURVES)} curves, {len(SURFACES)} surfaces")


if __name__ == "__main__":
    main()
