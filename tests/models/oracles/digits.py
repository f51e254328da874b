"""The digits net (64 -> 128 relu -> 10) by hand in NumPy: the first losses to compare with, and what accuracy to expect.

    python3 digits.py          writes digits.hpp
    python3 digits.py --folds  also prints the accuracy with each of the five fifths held out
"""
import pathlib
import sys

import numpy as np

from generator import GOLDEN, MASK, uniform
from header import Header

DATA = pathlib.Path(__file__).resolve().parents[3] / "examples" / "data" / "digits.txt"
HIDDEN, BATCH, EPOCHS, RATE, MU, SMOOTHING = 128, 32, 30, 0.1, 0.9, 0.1
SEEDS = range(10)
# Of 6,000 runs the one whose ReLUs stay furthest from 0 by the measure of float32's roundings. In others a rounding takes an
# input of a ReLU to the other side of 0 sooner or later; from there on two trainings go ways of their own.
SURE_SEED, SURE_EPOCHS = 1698, 4


def load(held_out_remainder=4):
    lines = DATA.read_text().splitlines()[1:]
    images = np.array([["0123456789abcdefg".index(c) for c in line[:64]] for line in lines]) / 16
    labels = np.array([int(line[65]) for line in lines])
    held_out = np.arange(len(lines)) % 5 == held_out_remainder
    return images[~held_out], labels[~held_out], images[held_out], labels[held_out]


def shuffled_order(count, seed):
    """The twin of digits::shuffled_order in examples/digits_data.hpp."""
    order, state = list(range(count)), seed
    for left in range(count, 1, -1):
        state = (state + GOLDEN) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        pick = (z ^ (z >> 31)) % left
        order[left - 1], order[pick] = order[pick], order[left - 1]
    return np.array(order)


def train(seed, dtype, data, epochs=EPOCHS, relu_inputs=None):
    """Epoch e shuffles with seed 1000 * seed + e; the weights come from seeds 1000 * seed + 501 and + 502.

    Losses, the images recognised, and the least distance of a highest logit from the next; relu_inputs takes those of each batch.
    """
    x, y, x_held_out, y_held_out = data
    x, x_held_out = x.astype(dtype), x_held_out.astype(dtype)
    target = np.eye(10)[y] * (1 - SMOOTHING) + SMOOTHING / 10
    target = target.astype(dtype)
    bound_1, bound_2 = np.sqrt(6 / (64 + HIDDEN)), np.sqrt(6 / (HIDDEN + 10))
    weights = [
        uniform(1000 * seed + 501, 64, HIDDEN, scale=bound_1).astype(dtype),
        np.zeros(HIDDEN, dtype),
        uniform(1000 * seed + 502, HIDDEN, 10, scale=bound_2).astype(dtype),
        np.zeros(10, dtype),
    ]
    velocity = [np.zeros_like(w) for w in weights]
    losses = []
    for epoch in range(epochs):
        order = shuffled_order(len(x), 1000 * seed + epoch)
        for first in range(0, len(x) - BATCH + 1, BATCH):  # the last, incomplete batch is left out
            rows = order[first : first + BATCH]
            w1, b1, w2, b2 = weights
            a = x[rows] @ w1 + b1
            if relu_inputs is not None:
                relu_inputs.append(a)
            h = np.maximum(a, 0)
            z = h @ w2 + b2
            z = z - z.max(axis=1, keepdims=True)
            log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
            losses.append(np.mean(-np.sum(target[rows] * log_p, axis=1)))
            d_z = (np.exp(log_p) - target[rows]) / dtype(BATCH)
            d_a = (d_z @ w2.T) * (a > 0)
            gradients = x[rows].T @ d_a, d_a.sum(axis=0), h.T @ d_z, d_z.sum(axis=0)
            velocity = [dtype(MU) * v + g for v, g in zip(velocity, gradients)]
            weights = [w - dtype(RATE) * v for w, v in zip(weights, velocity)]
    w1, b1, w2, b2 = weights
    logits = np.maximum(x_held_out @ w1 + b1, 0) @ w2 + b2
    ordered = np.sort(logits, axis=1)
    return np.array(losses), int((np.argmax(logits, axis=1) == y_held_out).sum()), (ordered[:, -1] - ordered[:, -2]).min()


def main():
    data = load()
    held_out = len(data[3])
    out = Header(
        "digits",
        "Digits net 64 -> 128 relu -> 10, smoothed softmax cross-entropy, momentum, every fifth image held out, by hand in NumPy.",
    )
    for name, value in (("hidden", HIDDEN), ("batch", BATCH), ("epochs", EPOCHS), ("rate", RATE), ("mu", MU)):
        out.constant(name, value)
    out.constant("smoothing", SMOOTHING, "target = (1 - smoothing) one_hot + smoothing / 10")
    out.constant("train_size", len(data[0]))
    out.constant("held_out_size", held_out)
    out.comment("run s: W1 (64, 128) from generator seed 1000 s + 501, W2 (128, 10) from 1000 s + 502, scaled to Glorot's bounds")
    out.comment("sqrt(6 / (64 + 128)) and sqrt(6 / (128 + 10)), zero biases; epoch e = 0 … takes shuffled_order(1438, 1000 s + e)")
    out.comment("in batches of 32 and leaves the last 30 images out; v = mu v + g; w -= rate v")
    losses, _, _ = train(0, np.float64, data)
    losses32, _, _ = train(0, np.float32, data)
    per_epoch = len(data[0]) // BATCH
    out.array("first_order", shuffled_order(len(data[0]), 0)[:12], "shuffled_order(1438, 0), its beginning")
    out.array("first_loss", losses[:per_epoch], "of run 0: each batch of epoch 0, in float64")
    distance = np.abs(losses32[:per_epoch] / losses[:per_epoch] - 1).max()
    out.constant("float_deviation", distance, "largest relative distance of NumPy's float32 losses over that epoch")
    out.array("epoch_loss", losses.reshape(EPOCHS, per_epoch).mean(axis=1), "of run 0: mean over each epoch, in float64")
    right = np.array([train(seed, np.float32, data)[1] for seed in SEEDS])
    out.array("right", right, "held-out images recognised after the last epoch, of 359, runs 0 … 9 in float32")
    out.constant("least_accuracy", float(right.min() / held_out))
    out.constant("mean_accuracy", float(right.mean() / held_out))
    out.comment("a run after which every right implementation recognises the same images: roundings change neither the side of 0 that an")
    out.comment("input of a ReLU is on, nor which logit of a held-out image is the highest")
    inputs, inputs32 = [], []
    _, sure_right, lead = train(SURE_SEED, np.float64, data, SURE_EPOCHS, inputs)
    train(SURE_SEED, np.float32, data, SURE_EPOCHS, inputs32)
    assert all(((a > 0) == (b > 0)).all() for a, b in zip(inputs, inputs32))
    out.constant("sure_run", SURE_SEED)
    out.constant("sure_epochs", SURE_EPOCHS)
    out.constant("sure_right", sure_right, "held-out images recognised, in float64")
    out.constant("sure_distance", min(np.abs(a).min() for a in inputs), "of the ReLUs' inputs from 0, the least")
    out.constant("sure_deviation", max(np.abs(a - b).max() for a, b in zip(inputs, inputs32)), "of NumPy's float32 inputs, the most")
    out.constant("sure_lead", lead, "of a held-out image's highest logit over the next, the least")
    out.write()
    print("accuracy %:", " ".join(f"{100 * r / held_out:.2f}" for r in right))
    if "--folds" in sys.argv:
        for remainder in range(5):
            fold = load(remainder)
            share = np.array([100 * train(seed, np.float32, fold)[1] / len(fold[3]) for seed in SEEDS])
            print(f"index % 5 == {remainder} held out: least {share.min():.2f}, mean {share.mean():.2f}")


if __name__ == "__main__":
    main()
