#!/usr/bin/env python3
"""Writes digits.txt from the copy of the UCI digits test set that the Python package scikit-learn ships.

    pip install scikit-learn
    python3 make_digits.py digits.txt
"""
import hashlib
import pathlib
import sys

from sklearn.datasets import load_digits

INK = "0123456789abcdefg"  # one character a pixel, 0 .. 16


def main() -> None:
    pixels, labels = load_digits(return_X_y=True)
    pixels = pixels.astype(int)
    assert pixels.shape == (1797, 64) and pixels.min() == 0 and pixels.max() == 16
    lines = [f"digits {len(pixels)} 8 8 16"]
    for image, label in zip(pixels, labels):
        lines.append("".join(INK[value] for value in image) + f" {label}")
    text = "\n".join(lines) + "\n"
    path = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "digits.txt")
    path.write_text(text, encoding="ascii", newline="\n")
    print(f"{path}: {len(pixels)} images, {len(text)} bytes, pixel sum {pixels.sum()}, label sum {labels.sum()}")
    print(f"sha256 {hashlib.sha256(text.encode()).hexdigest()}")


if __name__ == "__main__":
    main()
