"""Writes a C++ header of constants whose first lines say how it was made."""
import pathlib
import sys

import numpy as np


def number(value) -> str:
    """The shortest decimal that reads back as the same number, in C++ spelling."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if np.isnan(value):
        return "std::numeric_limits<double>::quiet_NaN()"
    if np.isinf(value):
        return ("-" if value < 0 else "") + "std::numeric_limits<double>::infinity()"
    return str(value.item()) if isinstance(value, np.float64) else str(value)


def wrapped(items: list[str], indent: str = "    ", width: int = 116) -> str:
    lines, line = [], indent
    for i, item in enumerate(items):
        piece = item + ("," if i + 1 < len(items) else "")
        if len(line) + len(piece) + 1 > width:
            lines.append(line.rstrip())
            line = indent
        line += piece + " "
    lines.append(line.rstrip())
    return "\n".join(lines)


class Header:
    def __init__(self, name: str, summary: str, libraries: tuple = (np,), include: str = "../generator.hpp"):
        made_with = ", ".join(["Python " + sys.version.split()[0]] + [f"{l.__name__} {l.__version__}" for l in libraries])
        self.name = name
        self.open_space = None
        self.noted = 0  # how many parts there were when the last note was written
        self.parts = [
            f"// {summary}\n// Made by: python3 {name}.py ({made_with}); change the script, not this file.",
            f"#pragma once\n\n#include <cstddef>\n#include <cstdint>\n#include <limits>\n\n#include \"{include}\"",
            f"namespace oracle::{name} {{",
        ]

    def space(self, name: str, comment: str) -> None:
        """Closes the inner namespace before it and opens the next."""
        self.end_space()
        self.parts.append(f"namespace {name} {{  // {comment}")
        self.open_space = name

    def end_space(self) -> None:
        if self.open_space:
            self.parts.append(f"}}  // namespace {self.open_space}")
        self.open_space = None

    def comment(self, text: str) -> None:
        """A note of its own; several in a row make one block."""
        if self.noted == len(self.parts):
            self.parts[-1] += "\n// " + text
        else:
            self.parts.append("// " + text)
        self.noted = len(self.parts)

    def constant(self, name: str, value, comment: str = "") -> None:
        kind = "std::int64_t" if isinstance(value, (int, np.integer)) else "double"
        self.parts.append(f"inline constexpr {kind} {name} = {number(value)};" + (f"  // {comment}" if comment else ""))

    def array(self, name: str, values, comment: str = "") -> None:
        values = np.asarray(values)
        kind = "std::int64_t" if values.dtype.kind in "iu" else "double"
        if comment:
            self.parts.append("// " + comment)
        text = ", ".join(number(v) for v in values.ravel())
        line = f"inline constexpr {kind} {name}[] = {{{text}}};"
        if len(line) > 118:
            line = f"inline constexpr {kind} {name}[] = {{\n{wrapped([number(v) for v in values.ravel()])}}};"
        self.parts.append(line)

    def samples(self, name: str, tensor, count: int = 8, comment: str = "") -> None:
        """Elements spread over the tensor, and its sum, its sum of magnitudes and its sum of squares."""
        flat = np.asarray(tensor, np.float64).ravel()
        picks = np.unique(np.linspace(0, flat.size - 1, count).astype(np.int64))
        items = [f"{{{i}, {number(flat[i])}}}" for i in picks]
        if comment:
            self.parts.append("// " + comment)
        self.parts.append(f"inline constexpr sample {name}[] = {{\n{wrapped(items)}}};")
        self.constant(f"{name}_sum", flat.sum())
        self.constant(f"{name}_abs_sum", np.abs(flat).sum())
        self.constant(f"{name}_square_sum", np.square(flat).sum())

    def write(self, folder: pathlib.Path | None = None) -> None:
        self.end_space()
        self.parts.append(f"}}  // namespace oracle::{self.name}\n")
        text = ""
        for i, part in enumerate(self.parts):
            before = self.parts[i - 1] if i > 0 else ""
            tight = i > 1 and part.startswith("inline") and before.startswith(("inline", "//"))
            text += ("" if i == 0 else "\n" if tight else "\n\n") + part
        path = (folder or pathlib.Path(__file__).parent) / f"{self.name}.hpp"
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"{path.name}: {len(text)} bytes")
