#!/usr/bin/env python3
"""What a careful user of NumPy would write to compare two checkpoints: blocks that fit the cache,
buffers made once, BLAS for the sums of squares, a histogram by counting the leading bits.
usage: stats_numpy.py BASE TUNED"""
import sys

import h5py
import numpy as np

BLOCK = 1 << 18
BINS = 2048


class Moments:
    def __init__(self):
        self.count = self.zeros = 0
        self.sum = self.squares = self.magnitudes = 0.0
        self.low, self.high = np.inf, -np.inf
        self.bins = np.zeros(BINS, np.int64)

    def add(self, x, scratch, bits):
        self.count += x.size
        self.zeros += x.size - int(np.count_nonzero(x))
        self.sum += float(x.sum())
        self.squares += float(np.dot(x, x))
        self.low = min(self.low, float(x.min()))
        self.high = max(self.high, float(x.max()))
        self.magnitudes += float(np.abs(x, out=scratch).sum())
        np.right_shift(x.view(np.uint32), 21, out=bits)
        self.bins += np.bincount(bits.view(np.int32), minlength=BINS)

    @property
    def l2(self):
        return self.squares**0.5


def datasets(file):
    names = []
    file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    return names


def compare(base, tuned, buffers):
    """base, tuned: flat arrays; returns the three Moments and the dot product."""
    scratch, bits, delta = buffers
    a, b, d, dot = Moments(), Moments(), Moments(), 0.0
    for start in range(0, base.size, BLOCK):
        x, y = base[start : start + BLOCK], tuned[start : start + BLOCK]
        z = np.subtract(y, x, out=delta[: x.size])
        for moments, values in ((a, x), (b, y), (d, z)):
            moments.add(values, scratch[: x.size], bits[: x.size])
        dot += float(np.dot(x, y))
    return a, b, d, dot


def main():
    with h5py.File(sys.argv[1], "r") as base, h5py.File(sys.argv[2], "r") as tuned:
        names = datasets(base)
        largest = max(base[name].size for name in names)
        sides = np.empty(largest, np.float32), np.empty(largest, np.float32)
        buffers = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.float32)
        moved = total = 0.0
        for name in names:
            flat = []
            for file, side in ((base, sides[0]), (tuned, sides[1])):
                data = file[name]
                whole = side[: data.size]
                data.read_direct(whole.reshape(data.shape))
                flat.append(whole)
            a, b, d, dot = compare(*flat, buffers)
            moved += d.squares
            total += a.squares
    print(f"relative {(moved / total) ** 0.5:.6f}")


if __name__ == "__main__":
    main()
