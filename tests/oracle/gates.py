"""Norms of every gate of the fixtures' LSTM and GRU layers, by slicing the arrays:
python3 gates.py > gates.txt

Needs numpy and h5py. Keras keeps an LSTM's gates as input, forget, cell, output along the last axis,
a GRU's as update, reset, candidate."""
import os

import h5py
import numpy as np

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")
CASES = [
    ("keras3_zoo", "keras3/k3_zoo_%s.weights.h5", "layers/lstm/", "layers/bidirectional/"),
    ("keras3_legacy", "keras3/k3_zoo_legacy_%s.h5", "model_weights/lstm/", "model_weights/bidirectional/"),
    ("keras2_zoo", "keras2/k2_zoo_weights_%s.h5", "lstm/", "bidirectional/"),
    ("keras2_weights", "keras2/k2_zoo_%s.weights.h5", "layers/lstm/", "layers/bidirectional/"),
]


def read(path):
    arrays = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            arrays[name] = np.asarray(item, dtype=np.float64)

    with h5py.File(os.path.join(FIXTURES, path)) as f:
        f.visititems(visit)
    return arrays


for case, path, lstm, gru in CASES:
    base, tuned = read(path % "base"), read(path % "tuned")
    for name in base:
        letters = "ifco" if name.startswith(lstm) else "zrh" if name.startswith(gru) else ""
        if not letters or base[name].ndim < 2:
            continue
        a, b = (np.split(m[name], len(letters), axis=-1) for m in (base, tuned))
        for letter, x, y in zip(letters, a, b):
            norms = [np.linalg.norm(v) for v in (x, y, y - x)]
            for side, norm in zip(("base", "tuned", "delta"), norms):
                print(f"{case} /{name}.{letter}.{side} {float(norm)!r}")
            print(f"{case} /{name}.{letter}.relative {float(norms[2] / norms[0])!r}")
