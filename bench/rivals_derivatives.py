"""The problems of bench/derivatives_*.cpp for Python rivals: functions of arrays that NumPy's and PyTorch's names suit, with
the inputs that the programs have too."""
import math
import re

import numpy as np


def inputs(count, seed, low, high):
    """As bench/inputs.hpp makes them."""
    h = (np.arange(count, dtype=np.uint64) + np.uint64(seed * 1000003 + 1)) * np.uint64(0x9E3779B97F4A7C15)
    h = (h ^ (h >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    h ^= h >> np.uint64(32)
    return low + (high - low) * ((h >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def digest(numbers):
    """What bench::row::found() prints of a value and its gradient."""
    value, gradient = math.fsum(numbers[:1]), np.asarray(numbers[1:])
    weights = 1 + np.arange(1, 1 + len(gradient)) % 7
    return " ".join(f"{x:.15g}" for x in (value, math.fsum(gradient), math.fsum(gradient * weights), math.fsum(abs(gradient))))


def problems(lib, as_array):
    """{pattern of rows: maker}; a maker gets the numbers in the row's name and returns a function and its arguments. `lib`
    has exp, log, ..., erfc; `as_array` makes an array of the library of one of NumPy's."""
    exp, log, sqrt = lib.exp, lib.log, lib.sqrt

    def regression(parameters):
        w, rows = parameters - 2, 1000
        x, y = as_array(inputs(w * rows, 7, -1, 1).reshape(w, rows)), as_array(inputs(rows, 8, -1, 1))

        def f(w, b, s):
            r = y - w @ x - b
            return -0.5 * (r * r).sum() / (s * s) - rows * log(s) - 0.5 * (w * w).sum() - 0.5 * b * b - math.log(9.9)
        return f, [inputs(w, 9, -1, 1), np.array(0.3), np.array(1.2)]

    def matrix_product(count):
        n = round(math.sqrt(count / 2))
        return (lambda a, b: (a @ b).sum()), [inputs(n * n, seed, -1, 1).reshape(n, n) for seed in (4, 5)]

    def stochastic_volatility(parameters):
        n = parameters - 3
        y = as_array(inputs(n, 12, -1, 1))
        start = inputs(parameters, 11, -1, 1)
        start[:3] = 0.9, 0.3, -1

        def f(p):
            phi, sigma, mu, e = p[0], p[1], p[2], p[3:]
            h = lib.recur(phi, sigma * e, sigma * e[0] / sqrt(1 - phi * phi)) + mu
            return (-0.5 * h - 0.5 * y * y * exp(-h)).sum() - 0.5 * (e * e).sum() - math.log(5) - log(1 + sigma * sigma / 25) - math.log(10) - log(1 + mu * mu / 100) - math.log(2)
        return f, [start]

    def least_squares(n, m):
        t = -1 + 2.0 * np.arange(n) / (n - 1)
        at, signs, exponents = as_array(t), as_array(np.sign(t)), as_array(np.arange(m))
        return (lambda x: 0.5 * ((signs - (at[:, None] ** exponents) @ x) ** 2).sum()), [inputs(m, 31, -1, 1)]

    def mixture(d, k, n):
        below = d * (d - 1) // 2
        columns, lines = np.triu_indices(d, 1)
        x = as_array(inputs(n * d, 44, 0, 1).reshape(n, d))
        shift = -n * d * 0.5 * math.log(2 * math.pi) - k * (
            -(d + 1) * d * 0.5 * math.log(2) - 0.25 * d * (d - 1) * math.log(math.pi) - sum(math.lgamma(0.5 * (d + 2 - j)) for j in range(1, d + 1)))

        def f(alphas, means, icf):
            diagonal, lower = exp(icf[:, :d]), icf[:, d:]
            q = lib.triangles(lower, lines, columns, k, d)
            centred = x[:, None, :] - means[None]
            z = diagonal[None] * centred + lib.einsum("kij,nkj->nki", q, centred)
            terms = alphas + icf[:, :d].sum(1) - 0.5 * (z * z).sum(2)
            return lib.logsumexp(terms, 1).sum() - n * lib.logsumexp(alphas, 0) + 0.5 * ((diagonal * diagonal).sum() + (lower * lower).sum()) + shift
        return f, [inputs(k, 41, -1, 1), inputs(k * d, 42, 0, 1).reshape(k, d), inputs(k * (d + below), 43, -1, 1).reshape(k, d + below)]

    def price(s, k, v, t):
        deviation = v * sqrt(t)
        d1 = log(s / k) / deviation + 0.5 * deviation
        normal = lambda x: 0.5 * lib.erfc(-x * math.sqrt(0.5))
        return s * normal(d1) - k * normal(d1 - deviation)

    def samples(n):
        return [inputs(n, 21, 90, 110), inputs(n, 22, 90, 110), inputs(n, 23, 0.05, 0.3), inputs(n, 24, 0.5, 1.5)]

    return {
        r"sum\+gradient (\d+)": lambda n: (lambda x: x.sum(), [inputs(n, 1, -1, 1)]),
        r"prod\+gradient (\d+)": lambda n: (lambda x: x.prod(), [inputs(n, 2, 0.9, 1.1)]),
        r"log_sum_exp\+gradient (\d+)": lambda n: (lambda x: log(exp(x).sum()), [inputs(n, 3, -1, 1)]),
        r"matrix_product\+gradient (\d+)": matrix_product,
        r"normal_log_pdf\+gradient (\d+)": lambda n: (lambda x: -0.5 * (((x + 0.56) * (1 / 1.37)) ** 2).sum() - n * math.log(1.37), [inputs(n, 6, -1, 1)]),
        r"regression\+gradient (\d+)": regression,
        r"stochastic_volatility\+gradient (\d+)": stochastic_volatility,
        r"LLSQ\+gradient (\d+)x(\d+)": least_squares,
        r"LSE\+gradient (\d+)": lambda n: (lambda x: lib.logsumexp(x, 0), [inputs(n, 32, -10, 10)]),
        r"GMM\+gradient (\d+)x(\d+)x(\d+)": mixture,
        r"Black-Scholes, value and gradient": lambda: (price, [x.reshape(()) for x in samples(1)]),
        r"Black-Scholes, gradient of 2\^(\d+)": lambda e: (lambda *x: price(*x).sum(), samples(2**e)),
    }


SUITE = {"sum": (1, 16, 16384), "prod": (16, 1024), "log_sum_exp": (16, 1024, 16384), "matrix_product": (8, 968, 65522), "normal_log_pdf": (16, 1024, 16384), "regression": (12, 52, 152),
         "stochastic_volatility": (19, 1027)}
ROWS = [*(f"{name}+gradient {n}" for name, counts in SUITE.items() for n in counts), "LLSQ+gradient 1024x128", "LSE+gradient 2500", "GMM+gradient 10x25x1000",
        "Black-Scholes, value and gradient", "Black-Scholes, gradient of 2^20"]


def jax_rows():
    import jax
    import jax.numpy as jnp

    class library:
        exp, log, sqrt, einsum = jnp.exp, jnp.log, jnp.sqrt, jnp.einsum
        erfc, logsumexp = jax.scipy.special.erfc, jax.scipy.special.logsumexp

        @staticmethod
        def recur(phi, steps, first):
            def step(h, x):
                return (h := x + phi * h), h
            return jnp.concatenate([first[None], jax.lax.scan(step, first, steps[1:])[1]])

        @staticmethod
        def triangles(lower, lines, columns, k, d):
            return jnp.zeros((k, d, d)).at[:, lines, columns].set(lower)

    def row(maker):
        def make(*numbers):
            jax.config.update("jax_enable_x64", True)
            f, start = maker(*numbers)
            compiled, x = jax.jit(jax.value_and_grad(f, tuple(range(len(start))))), [jnp.asarray(a) for a in start]
            return {"JAX": lambda: jax.block_until_ready(compiled(*x))}
        return make
    return {pattern: row(maker) for pattern, maker in problems(library, np.asarray).items()}


def torch_rows():
    import torch

    class library:
        exp, log, sqrt, einsum, erfc, logsumexp = torch.exp, torch.log, torch.sqrt, torch.einsum, torch.special.erfc, torch.logsumexp

        @staticmethod
        def recur(phi, steps, first):
            h = [first]
            for x in steps[1:]:
                h.append(x + phi * h[-1])
            return torch.stack(h)

        @staticmethod
        def triangles(lower, lines, columns, k, d):
            q = torch.zeros(k, d, d, dtype=torch.float64)
            q[:, torch.from_numpy(lines), torch.from_numpy(columns)] = lower
            return q

    def row(pattern, maker):
        def make(*numbers):
            f, start = maker(*numbers)
            x = [torch.from_numpy(a).requires_grad_() for a in start]

            def timed(g):
                def run():
                    value = g(*x)
                    return value, torch.autograd.grad(value, x)
                return run
            sides = {"PyTorch": timed(f)}
            if re.match("LSE|GMM|regression.*|Black-Scholes, gradient", pattern):  # compiling takes many seconds
                sides["PyTorch compiled"] = timed(torch.compile(f, dynamic=False))
            return sides
        return make
    return {pattern: row(pattern, maker) for pattern, maker in problems(library, torch.from_numpy).items()}


def found(result):
    """The digest of a value with gradients."""
    value, gradients = result
    flat = [np.asarray(a.detach() if hasattr(a, "detach") else a).reshape(-1) for a in (value, *gradients)]
    return digest(np.concatenate(flat).astype(np.float64))
