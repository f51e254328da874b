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
    """{pattern of rows: maker}; a maker gets the numbers in the row's name and returns a function and its arguments, for value
    and gradient; or also "hessian", or "hvp" and a vector. `lib` has exp, log, ..., erfc; `as_array` makes an array of the library
    of one of NumPy's."""
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

    def lstm(layers, rows, characters):
        text, state = as_array(inputs(rows * characters, 55, 0, 1).reshape(rows, characters)), as_array(inputs(4 * characters, 54, -1, 1).reshape(4, characters))

        def f(weights, biases, extra):
            def cell(layer, x, h, c):
                gate = lambda i, value: value * weights[layer, i] + biases[layer, i]
                c = c * lib.sigmoid(gate(0, x)) + lib.sigmoid(gate(1, h)) * lib.tanh(gate(3, h))
                return lib.sigmoid(gate(2, x)) * lib.tanh(c), c

            def step(carried, x):
                a = cell(0, x * extra[0], *carried[:2])
                b = cell(1, a[0], *carried[2:])
                return (*a, *b), b[0] * extra[1] + extra[2]
            predicted = lib.scan(step, tuple(state[i] for i in range(4)), text[:-1])
            return -(text[1:] * (predicted - log(exp(predicted).sum(1) + 2)[:, None])).sum() / ((rows - 1) * characters)
        shape = (layers, 4, characters)
        return f, [inputs(math.prod(shape), 51, -1, 1).reshape(shape), inputs(math.prod(shape), 52, -1, 1).reshape(shape), inputs(3 * characters, 53, -1, 1).reshape(3, characters)]

    def net(batch, outside, hidden, _):
        at = lambda seed, rows, columns, size: inputs(rows * columns, seed, -size, size).astype(np.float32).reshape(rows, columns)
        x, y = as_array(at(61, batch, outside, 1)), as_array(at(62, batch, outside, 1))
        both = [(outside, hidden), (hidden, outside)]
        return (lambda w1, w2: ((lib.relu(x @ w1) @ w2 - y) ** 2).sum()), [at(63 + i, *s, 0.1) for i, s in enumerate(both)], "hvp", [at(65 + i, *s, 0.1) for i, s in enumerate(both)]

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
        r"LSTM\+gradient (\d+)x(\d+)x(\d+)": lstm,
        r"HVP of a net (\d+)x(\d+)x(\d+)x(\d+)": net,
        r"Black-Scholes, Hessian": lambda: (price, [x.reshape(()) for x in samples(1)], "hessian"),
        r"Black-Scholes, value and gradient": lambda: (price, [x.reshape(()) for x in samples(1)]),
        r"Black-Scholes, gradient of 2\^(\d+)": lambda e: (lambda *x: price(*x).sum(), samples(2**e)),
    }


SUITE = {"sum": (1, 16, 16384), "prod": (16, 1024), "log_sum_exp": (16, 1024, 16384), "matrix_product": (8, 968, 65522), "normal_log_pdf": (16, 1024, 16384), "regression": (12, 52, 152),
         "stochastic_volatility": (19, 1027)}
ROWS = [*(f"{name}+gradient {n}" for name, counts in SUITE.items() for n in counts), "LLSQ+gradient 1024x128", "LSE+gradient 2500", "GMM+gradient 10x25x1000", "LSTM+gradient 2x1024x14",
        "HVP of a net 64x1000x100x1000", "Black-Scholes, value and gradient", "Black-Scholes, Hessian", "Black-Scholes, gradient of 2^20"]


def rising(value, gradient, hessian):
    """Value and derivatives in the order of derivatives(): f, s, ss, sk, ..., k, kk, ..."""
    return value, [d for i, g in enumerate(gradient) for d in (g, *hessian[i][i:])]


def jax_rows():
    import jax
    import jax.numpy as jnp

    class library:
        exp, log, sqrt, einsum = jnp.exp, jnp.log, jnp.sqrt, jnp.einsum
        erfc, logsumexp = jax.scipy.special.erfc, jax.scipy.special.logsumexp
        sigmoid, tanh, relu = jax.nn.sigmoid, jnp.tanh, jax.nn.relu

        @staticmethod
        def scan(step, start, xs):
            return jax.lax.scan(step, start, xs)[1]

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
            f, start, *kind = maker(*numbers)
            each, x = tuple(range(len(start))), [jnp.asarray(a) for a in start]
            if not kind:
                g = jax.value_and_grad(f, each)
            elif kind[0] == "hessian":
                g = lambda *x: rising(f(*x), jax.grad(f, each)(*x), jax.hessian(f, each)(*x))
            else:
                v = tuple(jnp.asarray(a) for a in kind[1])
                g = lambda *x: (0.0, jax.jvp(jax.grad(f, each), x, v)[1])
            compiled = jax.jit(g)
            return {"JAX": lambda: jax.block_until_ready(compiled(*x))}
        return make
    return {pattern: row(maker) for pattern, maker in problems(library, np.asarray).items()}


def torch_rows():
    import torch

    class library:
        exp, log, sqrt, einsum, erfc, logsumexp = torch.exp, torch.log, torch.sqrt, torch.einsum, torch.special.erfc, torch.logsumexp
        sigmoid, tanh, relu = torch.sigmoid, torch.tanh, torch.relu

        @staticmethod
        def scan(step, carried, xs):
            found = []
            for x in xs:
                carried, y = step(carried, x)
                found.append(y)
            return torch.stack(found)

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
            f, start, *kind = maker(*numbers)
            each, x = tuple(range(len(start))), [torch.from_numpy(a).requires_grad_() for a in start]
            if kind:
                x = [a.detach() for a in x]
                gradient = torch.func.grad(f, each)
                if kind[0] == "hessian":
                    return {"PyTorch": lambda: rising(f(*x), gradient(*x), torch.func.hessian(f, each)(*x))}
                v = tuple(torch.from_numpy(a) for a in kind[1])
                return {"PyTorch": lambda: (torch.tensor(0.0), torch.func.jvp(gradient, tuple(x), v)[1])}

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
    # a thousand steps of some forty operations each take seconds: too long to take turns with
    return {pattern: row(pattern, maker) for pattern, maker in problems(library, torch.from_numpy).items() if not pattern.startswith("LSTM")}


def found(result):
    """The digest of a value with gradients."""
    value, gradients = result
    flat = [np.asarray(a.detach() if hasattr(a, "detach") else a).reshape(-1) for a in (value, *gradients)]
    return digest(np.concatenate(flat).astype(np.float64))
