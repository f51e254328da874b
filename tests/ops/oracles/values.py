"""Small cases of the reductions, structured ops and losses: values and gradients by JAX in float64.

    python3 values.py    writes values.hpp

Inputs are multiples of 1/64, so that they are exact in float as well.
"""
import itertools
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import logsumexp

jax.config.update("jax_enable_x64", True)
random = np.random.default_rng(20)
CASES = []


def draw(*shape):
    return np.round(random.uniform(-2, 2, shape) * 64) / 64


def case(name, formula, f, *inputs, differentiable=True):
    """Records f(inputs) and, for the floating inputs, its gradients for a random dy."""
    inputs = [np.asarray(x) for x in inputs]
    y = np.asarray(f(*map(jnp.asarray, inputs)))
    dy, gradients = None, [None] * len(inputs)
    floating = [i for i, x in enumerate(inputs) if x.dtype.kind == "f"]
    if differentiable and floating and y.dtype.kind == "f":
        dy = np.round(random.uniform(-2, 2, y.shape) * 8) / 8 + 1 / 16

        def of_floating(*some):
            every = list(map(jnp.asarray, inputs))
            for i, x in zip(floating, some):
                every[i] = x
            return f(*every)

        back = jax.vjp(of_floating, *(jnp.asarray(inputs[i]) for i in floating))[1](jnp.asarray(dy))
        for i, g in zip(floating, back):
            gradients[i] = np.asarray(g)
            assert np.all(np.isfinite(gradients[i])), name
    CASES.append((name, formula, list(zip(inputs, gradients)), (y, dy)))


def reductions():
    x, m = draw(2, 3, 4), draw(3, 4)
    norm = lambda x, axis=None, keepdims=False: jnp.sqrt(jnp.sum(x * x, axis=axis, keepdims=keepdims))
    functions = (
        ("sum", jnp.sum, "sum"), ("mean", jnp.mean, "mean"), ("prod", jnp.prod, "prod"), ("max", jnp.max, "max"),
        ("min", jnp.min, "min"), ("variance", jnp.var, "var"), ("norm", norm, "norm"), ("logsumexp", logsumexp, "logsumexp"),
    )
    for name, f, spelled in functions:
        case(f"{name}_all", f"{spelled}(x)", f, x if name != "prod" else m)
        case(f"{name}_axis_0", f"{spelled}(x, axis=0)", lambda x: f(x, axis=0), m)
        case(f"{name}_last_axis", f"{spelled}(x, axis=-1)", lambda x: f(x, axis=-1), m)
        case(f"{name}_axes_0_2", f"{spelled}(x, axis=(0, 2))", lambda x: f(x, axis=(0, 2)), x)
        case(f"{name}_axis_1_keepdims", f"{spelled}(x, axis=1, keepdims=True)", lambda x: f(x, axis=1, keepdims=True), x)
    case("variance_sample", "var(x, axis=1, ddof=1)", lambda x: jnp.var(x, axis=1, ddof=1), m)
    case("standard_deviation", "std(x, axis=1)", lambda x: jnp.std(x, axis=1), m)
    case("prod_one_zero", "prod(x, axis=1)", lambda x: jnp.prod(x, axis=1), [[2.0, 0, -3], [1, 4, 5]])
    case("prod_two_zeros", "prod(x, axis=1)", lambda x: jnp.prod(x, axis=1), [[2.0, 0, 0], [0, 4, 5]])
    case("max_ties", "max(x, axis=1), ties share dy", lambda x: jnp.max(x, axis=1), [[1.0, 3, 3, 2], [5, 5, 5, 5]])
    case("min_ties", "min(x, axis=1), ties share dy", lambda x: jnp.min(x, axis=1), [[1.0, 3, 1, 2], [5, 5, 5, 5]])
    huge = [[1000.0, 1000, 999], [-1000, -1001, -1000], [1000, -1000, 0]]
    case("logsumexp_huge", "logsumexp(x, axis=1)", lambda x: logsumexp(x, axis=1), huge)
    inf = np.inf
    case("logsumexp_infinite", "logsumexp(x, axis=1)", lambda x: logsumexp(x, axis=1),
         [[-inf, 0.0], [-inf, -inf], [inf, 0.0]], differentiable=False)
    case("cumsum_axis_0", "cumsum(x, axis=0)", lambda x: jnp.cumsum(x, axis=0), m)
    case("cumsum_axis_1", "cumsum(x, axis=1)", lambda x: jnp.cumsum(x, axis=1), m)
    tied = [[1.0, 7, 7, 2], [-1, -1, -3, -1], [0, 4, 9, 9]]
    for name, f in (("argmax", jnp.argmax), ("argmin", jnp.argmin)):
        case(f"{name}_axis_0", f"{name}(x, axis=0), the first of equals", lambda x: f(x, axis=0), tied)
        case(f"{name}_last_axis", f"{name}(x, axis=1), the first of equals", lambda x: f(x, axis=1), tied)


def softmaxes():
    x = draw(2, 3, 4)
    for name, f in (("softmax", jax.nn.softmax), ("log_softmax", jax.nn.log_softmax)):
        for axis in (0, 1, 2):
            case(f"{name}_axis_{axis}", f"{name}(x, axis={axis})", lambda x: f(x, axis=axis), x)
        huge = [[1000.0, -1000, 0], [-1000, 1000, 1000], [1000, 999, -1000]]
        case(f"{name}_huge", f"{name}(x, axis=1)", lambda x: f(x, axis=1), huge)
        case(f"{name}_one_class", f"{name}(x, axis=1)", lambda x: f(x, axis=1), draw(3, 1))


def losses():
    logits, classes = draw(4, 5), np.array([3, 0, 4, 3])
    soft = random.dirichlet(np.ones(5), 4)
    soft = np.round(soft * 64) / 64
    soft[:, 0] += 1 - soft.sum(axis=1)
    per_row = lambda z, p: -jnp.sum(p * jax.nn.log_softmax(z, axis=1), axis=1)
    picked = lambda z, c: -jnp.take_along_axis(jax.nn.log_softmax(z, axis=1), c[:, None], axis=1)[:, 0]
    huge, huge_classes = np.array([[1000.0, -1000, 0], [-1000, 1000, 1000], [1000, 999, -1000]]), np.array([1, 2, 0])
    spelled = "-sum(labels * log_softmax(logits), axis=1)"
    case("cross_entropy_dense_rows", spelled, per_row, logits, soft)
    case("cross_entropy_dense_mean", f"mean({spelled})", lambda z, p: jnp.mean(per_row(z, p)), logits, soft)
    case("cross_entropy_one_hot_rows", spelled, per_row, logits, np.eye(5)[classes])
    case("cross_entropy_sparse_rows", "-log_softmax(logits)[row, classes[row]]", picked, logits, classes)
    case("cross_entropy_sparse_mean", "mean of the rows", lambda z, c: jnp.mean(picked(z, c)), logits, classes)
    case("cross_entropy_sparse_huge", "-log_softmax(logits)[row, classes[row]]", picked, huge, huge_classes)
    prediction, target = draw(3, 4), draw(3, 4)
    case("mean_squared_error", "mean((prediction - target)**2)", lambda p, t: jnp.mean((p - t) ** 2), prediction, target)
    case("mean_absolute_error", "mean(abs(prediction - target))", lambda p, t: jnp.mean(jnp.abs(p - t)), prediction, target)

    def huber(p, t):
        e = jnp.abs(p - t)
        return jnp.mean(jnp.where(e <= 1, 0.5 * e * e, e - 0.5))

    case("huber", "mean(e**2 / 2 where |e| <= 1, else |e| - 1/2)", huber, prediction, target)
    z, t = np.array([[-30.0, -1.5, 0, 700], [2, -700, 0.25, 30]]), np.array([[0.0, 1, 0.5, 1], [1, 0, 0.25, 0]])
    binary = lambda z, t: jnp.mean(jax.nn.softplus(z) - z * t)
    case("binary_cross_entropy_from_logits", "mean(softplus(z) - z * t)", binary, z, t)


def products():
    for name, a, b in (
        ("matrices", (2, 3), (3, 4)), ("batched", (2, 2, 3), (2, 3, 2)), ("left_broadcast", (2, 3), (3, 3, 2)),
        ("right_broadcast", (3, 2, 3), (3, 2)), ("both_broadcast", (2, 1, 2, 3), (3, 3, 2)), ("row_vector", (3,), (3, 4)),
        ("column_vector", (2, 3), (3,)), ("two_vectors", (4,), (4,)), ("vector_by_batch", (3,), (2, 3, 2)),
        ("batch_by_vector", (2, 2, 3), (3,)), ("one_by_one", (1, 1), (1, 1)), ("outer", (3, 1), (1, 4)),
    ):
        case(f"matmul_{name}", f"matmul(a, b), {a} by {b}", jnp.matmul, draw(*a), draw(*b))
    case("matmul_transposed_left", "matmul(a.T, b)", lambda a, b: a.T @ b, draw(3, 2), draw(3, 4))
    case("matmul_transposed_right", "matmul(a, b.T)", lambda a, b: a @ b.T, draw(2, 3), draw(4, 3))
    case("dense_layer", "matmul(x, w) + b", lambda x, w, b: x @ w + b, draw(2, 3), draw(3, 4), draw(4))


def rearrangements():
    a, b, c, x = draw(2, 3), draw(2, 3), draw(2, 3), draw(2, 3, 4)
    for axis in (0, 1):
        case(f"concat_axis_{axis}", f"concatenate((a, b, c), axis={axis})", lambda *t: jnp.concatenate(t, axis), a, b, c)
    case("concat_unequal", "concatenate((a, b), axis=1)", lambda *t: jnp.concatenate(t, 1), a, draw(2, 1))
    for axis in (0, 1, 2):
        case(f"stack_axis_{axis}", f"stack((a, b), axis={axis})", lambda *t: jnp.stack(t, axis), a, b)
    case("pad_zeros", "pad(x, ((1, 2), (0, 1)))", lambda x: jnp.pad(x, ((1, 2), (0, 1))), a)
    case("pad_value", "pad(x, ((0, 1), (2, 0)), constant_values=3)", lambda x: jnp.pad(x, ((0, 1), (2, 0)), constant_values=3.0), a)
    m = draw(4, 5)
    case("slice_range", "x[1:3, 2:5]", lambda x: x[1:3, 2:5], m)
    case("slice_strided", "x[::2, 1:5:3]", lambda x: x[::2, 1:5:3], m)
    case("slice_reversed", "x[::-1, :]", lambda x: x[::-1, :], m)
    case("slice_row", "x[2]", lambda x: x[2], m)
    case("flip", "flip(x, axis=1)", lambda x: jnp.flip(x, 1), a)
    case("gather_rows", "take(x, i, axis=0), a row taken twice", lambda x, i: jnp.take(x, i, axis=0), m, np.array([3, 0, 3]))
    case("gather_columns", "take(x, i, axis=1)", lambda x, i: jnp.take(x, i, axis=1), m, np.array([4, 4, 1, 0]))
    case("gather_matrix_of_rows", "take(x, i, axis=0), i (2, 2)", lambda x, i: jnp.take(x, i, axis=0), m, np.array([[1, 1], [2, 0]]))
    case("take_along_last_axis", "take_along_axis(x, i, axis=1)", lambda x, i: jnp.take_along_axis(x, i, axis=1),
         m, np.array([[0, 0], [4, 1], [2, 3], [3, 3]]))
    case("one_hot", "one_hot(i, 4)", lambda i: jax.nn.one_hot(i, 4, dtype=jnp.float64), np.array([2, 0, 3]))
    case("transpose_all", "transpose(x)", jnp.transpose, x)
    case("transpose_2_0_1", "transpose(x, (2, 0, 1))", lambda x: jnp.transpose(x, (2, 0, 1)), x)
    case("reshape", "reshape(x, (4, 6))", lambda x: jnp.reshape(x, (4, 6)), x)
    case("broadcast_to", "broadcast_to(x, (2, 3, 4)) from (3, 1)", lambda x: jnp.broadcast_to(x, (2, 3, 4)), draw(3, 1))
    case("tile", "tile(x, (2, 3))", lambda x: jnp.tile(x, (2, 3)), draw(2, 2))
    case("repeat", "repeat(x, 3, axis=1)", lambda x: jnp.repeat(x, 3, axis=1), a)
    case("where", "where(c, a, b), b broadcast", jnp.where, a > 0, a, draw(3))
    case("clip", "clip(x, -1, 1)", lambda x: jnp.clip(x, -1.0, 1.0), m)
    case("add_broadcast", "a + b, (3, 1) and (2, 1, 4)", lambda a, b: a + b, draw(3, 1), draw(2, 1, 4))
    case("multiply_broadcast", "a * b, (3, 1) and (2, 1, 4)", lambda a, b: a * b, draw(3, 1), draw(2, 1, 4))


def norms():
    def layer(x, gain, bias):
        centred = x - x.mean(axis=-1, keepdims=True)
        return centred / jnp.sqrt(x.var(axis=-1, keepdims=True) + 1e-5) * gain + bias

    def batch(x, gain, bias):
        return (x - x.mean(axis=0)) / jnp.sqrt(x.var(axis=0) + 1e-5) * gain + bias

    case("layer_norm", "(x - mean) / sqrt(var + 1e-5) * gain + bias over the last axis", layer, draw(3, 5), draw(5), draw(5))
    case("batch_norm", "the same over axis 0, training", batch, draw(6, 3), draw(3), draw(3))
    case("rms_norm", "x / sqrt(mean(x**2) + 1e-5) * gain over the last axis",
         lambda x, gain: x / jnp.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5) * gain, draw(3, 5), draw(5))


def convolutions():
    def conv(stride, padding, dilation=1):
        return lambda x, w: lax.conv_general_dilated(x, w, (stride, stride), padding, rhs_dilation=(dilation, dilation),
                                                     dimension_numbers=("NHWC", "HWIO", "NHWC"))

    x, w = draw(1, 4, 5, 2), draw(3, 3, 2, 3)
    for name, stride, padding in (("same", 1, "SAME"), ("valid", 1, "VALID"), ("same_stride_2", 2, "SAME"), ("valid_stride_2", 2, "VALID")):
        case(f"conv2d_{name}", f"NHWC image, HWIO kernel, {padding} padding, stride {stride}", conv(stride, padding), x, w)
    case("conv2d_dilated", "NHWC image, HWIO kernel, VALID padding, dilation 2", conv(1, "VALID", 2), draw(1, 6, 5, 2), draw(2, 2, 2, 2))
    case("conv2d_even_same", "NHWC image, a 2 x 2 kernel, SAME padding: the odd pixel is added below and right",
         conv(1, "SAME"), draw(1, 4, 5, 2), draw(2, 2, 2, 2))
    images = draw(1, 4, 6, 2)
    window = ((1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    case("max_pool_2", "2 x 2 windows, stride 2, NHWC", lambda x: lax.reduce_window(x, -jnp.inf, lax.max, *window), images)
    case("average_pool_2", "2 x 2 windows, stride 2, NHWC", lambda x: lax.reduce_window(x, 0.0, lax.add, *window) / 4, images)


def spelled(value):
    if value.dtype.kind != "f":
        return lambda v: str(int(v))
    names = {np.inf: "inf", -np.inf: "-inf"}
    return lambda v: names.get(float(v)) or repr(float(v) + 0.0).removesuffix(".0")


def braces(values):
    text = ", ".join(map(spelled(values), values.ravel()))
    return "{" + text + "}"


def wrap(text, indent, width=116):
    """Breaks after commas; lines after the first stand four columns further in."""
    lines, inner = [], indent + "    "
    while len(indent + text) > width:
        cut = text.rfind(", ", 0, width - len(indent)) + 1
        lines.append(indent + text[:cut])
        text, indent = text[cut + 1 :], inner
    return "\n".join(lines + [indent + text])


def tensor(values, gradient, indent, opening="{", closing="}"):
    shape = "{" + ", ".join(map(str, values.shape)) + "}"
    fields = [f".elements = {braces(values)}", ".gradient = " + ("{}" if gradient is None else braces(gradient))]
    inner = [wrap(field, indent + " ") for field in fields]
    return ",\n".join([f"{indent}{opening}.shape = {shape}", *inner]) + closing


def main():
    for group in (reductions, softmaxes, losses, products, rearrangements, norms, convolutions):
        group()
    parts = [
        "// Small cases of the reductions, structured ops and losses: values and gradients by JAX in float64.\n"
        f"// Made by: python3 values.py (Python {sys.version.split()[0]}, jax {jax.__version__}, numpy {np.__version__}); "
        "change the script, not this file.\n"
        '#pragma once\n\n#include <limits>\n\n#include "op_case.hpp"\n\nnamespace oracle::values {\n\n'
        "inline constexpr double inf = std::numeric_limits<double>::infinity();"
    ]
    for name, formula, inputs, output in CASES:
        text = f'inline constexpr op_case {name}{{\n    .name = "{name}",\n    .formula = "{formula}",\n    .inputs = {{\n'
        text += ",\n".join(tensor(*one, " " * 8) for one in inputs)
        text += "},\n" + tensor(*output, " " * 4, ".output = {", "}};")
        parts.append(text)
    names = ", ".join("&" + name for name, *_ in CASES)
    parts.append(wrap(f"inline constexpr const op_case* all[] = {{{names}}};", ""))
    parts.append("}  // namespace oracle::values\n")
    path = pathlib.Path(__file__).parent / "values.hpp"
    path.write_text("\n\n".join(parts), encoding="utf-8", newline="\n")
    largest = max(max(v.size for v, _ in inputs + [output]) for _, _, inputs, output in CASES)
    print(f"{path.name}: {len(CASES)} cases, the largest tensor has {largest} elements, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
