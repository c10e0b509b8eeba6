"""Makes tests/fixtures/renamed: a base and a tuned side whose tensors have other names, another
order, and every other matrix transposed, so that only what they hold tells which is which."""
import pathlib

import h5py
import numpy as np

folder = pathlib.Path(__file__).parent.parent / "fixtures" / "renamed"
random = np.random.default_rng(5)
order = [2, 0, 3, 1]
with h5py.File(folder / "base.h5", "w") as base, h5py.File(folder / "tuned.h5", "w") as tuned:
    for i, to in enumerate(order):
        weight = (0.02 * random.standard_normal((24, 40))).astype(np.float32)
        gain = (1 + 0.05 * random.standard_normal(24)).astype(np.float32)
        base[f"encoder/{i}/matrix"] = weight
        base[f"encoder/{i}/gain"] = gain
        moved = weight + (0.001 * random.standard_normal(weight.shape)).astype(np.float32)
        tuned[f"stack/{to}/w"] = moved.T.copy() if i % 2 else moved
        tuned[f"stack/{to}/g"] = gain
