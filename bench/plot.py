#!/usr/bin/env python3
"""Draws time against size from the results of bench/run: plot.py RESULTS.json FOLDER (needs matplotlib)."""
import json
import pathlib
import re
import sys

import matplotlib

matplotlib.use("Agg")
matplotlib.rcParams.update({"svg.hashsalt": "tapeless", "svg.fonttype": "none", "axes.grid": True, "grid.alpha": 0.3, "legend.frameon": False})
import matplotlib.pyplot as plt  # noqa: E402

# file, title, unit on the axis of sizes, rows whose group 1 is the size
SIZES = [
    ("chain", "relu(a*b+c)*d-a", "elements", r"chain 2\^(\d+)", lambda e: 2 ** int(e)),
    ("chain-gradient", "value and gradient of sum(relu(a*b+c)*d-a)", "elements", r"chain\+gradient 2\^(\d+)", lambda e: 2 ** int(e)),
    ("matmul", "product of two n x n matrices, f32", "n", r"matmul (\d+)", int),
]
# file, title, rows whose group 1 is what stands below the bars
GROUPS = [
    ("softmax", "softmax, cross-entropy and layer normalisation", r"((?:softmax|cross-entropy\+gradient|layer-norm\+gradient) .*)"),
    ("mlp", "small nets: one sample, and training steps with Adam", r"((?:train )?mlp.*)"),
    ("step", "training step of a two-layer net", r"step (.*)"),
]
COLOURS = {"tapeless": "#c4232b", "hand": "#555555", "OpenBLAS": "#1f77b4", "Eigen": "#2ca02c", "xtensor": "#17becf", "libtorch": "#ff7f0e", "PyTorch": "#e0a500",
           "PyTorch compiled": "#8c564b", "JAX": "#9467bd", "TensorFlow": "#e377c2", "ONNX Runtime": "#7f9f3f", "NumPy": "#98b4d4"}


def chosen(rows, pattern):
    return [(m.group(1), row["seconds"]) for row in rows if row["threads"] == 1 and (m := re.fullmatch(pattern, row["name"]))]


def save(figure, axes, title, about, path):
    axes.set_title(title)
    figure.legend(loc="outside right center", fontsize=8)
    figure.supxlabel(f"{about['cpu']}, one thread, {about['date'][:10]}", fontsize=7, color="#666666")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def lines(rows, about, file, title, unit, pattern, size, folder):
    found = chosen(rows, pattern)
    if len(found) < 2:
        return
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for side, colour in COLOURS.items():
        points = sorted((size(s), seconds[side] * 1e6) for s, seconds in found if side in seconds)
        if len(points) > 1:
            axes.plot(*zip(*points), label=side, color=colour, marker=".", linewidth=2.2 if side == "tapeless" else 1.1, zorder=3 if side == "tapeless" else 2)
    axes.set(xscale="log", yscale="log", xlabel=unit, ylabel="µs")
    axes.set_xscale("log", base=2)
    save(figure, axes, title, about, folder / f"{file}.svg")


def bars(rows, about, file, title, pattern, folder):
    found = chosen(rows, pattern)
    if not found:
        return
    sides = [side for side in COLOURS if any(side in seconds for _, seconds in found)]
    figure, axes = plt.subplots(figsize=(9, 4.5), layout="constrained")
    for i, side in enumerate(sides):
        points = [(place + (i + 0.5) * 0.84 / len(sides) - 0.42, seconds[side] * 1e6) for place, (_, seconds) in enumerate(found) if side in seconds]
        axes.bar(*zip(*points), 0.8 / len(sides), label=side, color=COLOURS[side])
    axes.set(yscale="log", ylabel="µs")
    axes.set_xticks(range(len(found)), [name.replace("+gradient ", "\n+ gradient\n") for name, _ in found], fontsize=8)
    save(figure, axes, title, about, folder / f"{file}.svg")


def main(results, folder):
    results, folder = json.loads(pathlib.Path(results).read_text()), pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for of in SIZES:
        lines(results["rows"], results["about"], *of, folder)
    for of in GROUPS:
        bars(results["rows"], results["about"], *of, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
