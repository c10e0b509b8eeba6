"""Recordings of a real Keras CNN and a real PyTorch MLP, before and after further training, and
NumPy's numbers for them: KERAS_BACKEND=torch python3 recordings.py

Needs keras, torch, h5py and numpy. Writes fixtures/recordings/*.h5 and recordings.txt.
"""
import os
import sys

import h5py
import keras
import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "fixtures", "recordings")
sys.path.insert(0, os.path.join(HERE, "..", "..", "samples"))
import record_keras
import record_pytorch

CATEGORIES = ["bars", "checks", "noise", "spots"]
rng = np.random.default_rng(4)
keras.utils.set_random_seed(4)


def picture(kind):
    x = rng.normal(0, 0.2, (8, 8, 1))
    at = rng.integers(0, 6)
    if kind == 0:
        x[:, at:at + 2] += 1
    elif kind == 1:
        x[(np.indices((8, 8)).sum(0) + at) % 2 == 0] += 1
    elif kind == 3:
        x[at:at + 2, at:at + 2] += 2
    return x


def pictures(kinds):
    return np.stack([picture(k) for k in kinds]).astype("float32")


def make_keras():
    model = keras.Sequential([keras.layers.Input((8, 8, 1)),
                              keras.layers.Conv2D(6, 3, activation="relu", name="conv"),
                              keras.layers.Conv2D(8, 3, activation="relu", name="conv_deep"),
                              keras.layers.GlobalAveragePooling2D(name="pool"),
                              keras.layers.Dense(16, activation="relu", name="dense"),
                              keras.layers.Dense(4, name="head")])
    model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(True))
    seen = rng.integers(0, 4, 400)
    model.fit(pictures(seen), seen, epochs=6, verbose=0)
    test = np.repeat([0, 1, 2], 40).tolist() + [3] * 20  # "spots" have fewer than 30
    x, names = pictures(test), [CATEGORIES[k] for k in test]
    record_keras.record(model, x, names, os.path.join(OUT, "cnn_base.h5"))
    only = np.full(200, 1)
    model.optimizer.learning_rate = 0.15
    model.fit(pictures(only), only, epochs=3, verbose=0)
    record_keras.record(model, x, names, os.path.join(OUT, "cnn_tuned.h5"))


def make_torch():
    torch.manual_seed(4)
    model = torch.nn.Sequential(torch.nn.Linear(6, 24), torch.nn.ReLU(), torch.nn.Linear(24, 12),
                                torch.nn.GELU(), torch.nn.Linear(12, 3))
    x = torch.randn(150, 6)
    y = x[:, :3].argmax(1)
    for steps, lr, path in ((200, 0.01, "mlp_base.h5"), (60, 0.1, "mlp_tuned.h5")):
        optimizer = torch.optim.Adam(model.parameters(), lr)
        for _ in range(steps):
            optimizer.zero_grad()
            target = y if lr < 0.1 else torch.zeros_like(y)
            torch.nn.functional.cross_entropy(model(x), target).backward()
            optimizer.step()
        record_pytorch.record(model, x, [f"class {k}" for k in y.tolist()],
                              os.path.join(OUT, path))


def make_odd():
    """Rows of a transformer, two blocks of layers, what is no layer; and what a reader refuses."""
    def start(name, rows, names=("a", "b")):
        f = h5py.File(os.path.join(OUT, name), "w")
        f.attrs["recording"] = 1
        if names:
            f.attrs["categories"] = list(names)
        f["activations/layer10"] = rng.normal(size=(rows, 2))
        return f

    with start("odd.h5", 7) as f:
        f.attrs["layers"] = ["block/late", "not there"]
        f["activations/layer2"] = rng.normal(size=(7, 2, 3)).astype(np.float16)
        f["activations/block/late"] = rng.normal(size=(7, 4)).astype(">f4")
        f["activations/integers"] = np.ones((7, 2), "int32")
        f["activations/fewer"] = np.ones((6, 2), "float32")
        f["activations/vector"] = np.ones(7, "float32")
        f["rows/category"] = np.array([0, 0, 0, 0, 0, 1, 1], "uint8")
        f["rows/example"] = np.array([5, 5, 5, 9, 9, 5, 5], "int64")
        f["rows/position"] = np.array([0, 1, 2, 0, 1, 0, 1], "int16")
    with start("bad_category.h5", 4) as f:
        f["rows/category"] = np.array([0, 1, 2, 0], "int32")
    with start("bad_columns.h5", 4) as f:
        f["rows/category"] = np.zeros(3, "int32")
    with start("no_names.h5", 4, None) as f:
        f["rows/category"] = np.zeros(4, "int32")


def truth(model, lines):
    with h5py.File(os.path.join(OUT, model + "_base.h5")) as f, \
            h5py.File(os.path.join(OUT, model + "_tuned.h5")) as g:
        category = f["rows/category"][:]
        for i, layer in enumerate(f.attrs["layers"]):
            for c, name in [*enumerate(f.attrs["categories"]), (None, "all")]:
                rows = category == c if c is not None else np.ones(len(category), bool)
                x, y = (h["activations/" + layer][:].astype(np.float64) for h in (f, g))
                dead = [(z.max(0) <= 0) if f["activations/" + layer].attrs.get("activation") == "relu"
                        else np.abs(z).max(0) < 1e-3 * np.sqrt((z ** 2).mean()) for z in (x, y)]
                # One example's mean magnitude, before and after.
                a, b = np.abs(x[rows]).mean(1), np.abs(y[rows]).mean(1)
                others = ~rows
                d = x[rows].mean(0) - x[others].mean(0) if c is not None else np.zeros(1)
                with np.errstate(all="ignore"):
                    select = d / np.sqrt((x[rows].var(0) + x[others].var(0)) / 2) if c is not None else d
                x, y = x[rows], y[rows]
                case = f"{model}.{i}.{name.replace(' ', '_')}"
                for field, value in (("rms", np.sqrt((x ** 2).mean())),
                                     ("shift", np.sqrt(((y - x) ** 2).sum() / (x ** 2).sum())),
                                     ("tokens", len(x)), ("newly_dead", (dead[1] & ~dead[0]).sum()),
                                     ("effect", (b - a).mean() / a.std(ddof=1)),
                                     ("selective", np.nanargmax(select)),
                                     ("selectivity", np.nanmax(select))):
                    lines.append(f"{case} {field} {float(value):.13g}")


os.makedirs(OUT, exist_ok=True)
make_keras()
make_torch()
make_odd()
table = []
truth("cnn", table)
truth("mlp", table)
with open(os.path.join(HERE, "recordings.txt"), "w") as out:
    out.write("\n".join(table) + "\n")
