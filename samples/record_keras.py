"""Records what each layer of a Keras model shows on your data, for tare to look at by category.

    python3 record_keras.py MODEL.keras DATA.npz OUT.h5     DATA.npz: x, and category (a name a row)

Run it once for each of the two models on the same data. Positions of a convolution are averaged.
"""
import sys

import h5py
import keras
import numpy as np


def record(model, x, category, path, batch=64):
    names, category = np.unique(np.asarray(category, dtype=str), return_inverse=True)
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    inputs = model.inputs if len(model.inputs) > 1 else model.inputs[0]
    watch = keras.Model(inputs, [layer.output for layer in layers])
    with h5py.File(path, "w") as f:
        f.attrs["recording"] = 1
        f.attrs["categories"] = names.tolist()
        f.attrs["layers"] = [layer.name for layer in layers]
        f["rows/category"] = category.astype("int32")
        for at in range(0, len(x), batch):
            shown = watch.predict_on_batch(x[at:at + batch])
            for layer, values in zip(layers, shown if isinstance(shown, list) else [shown]):
                values = np.asarray(values, dtype="float32")
                if values.ndim > 2:  # channels are last
                    values = values.mean(axis=tuple(range(1, values.ndim - 1)))
                name = "activations/" + layer.name
                if name not in f:
                    f.create_dataset(name, (len(x), values.shape[1]), "float32")
                    if getattr(getattr(layer, "activation", None), "__name__", "") == "relu":
                        f[name].attrs["activation"] = "relu"
                f[name][at:at + batch] = values


if __name__ == "__main__":
    data = np.load(sys.argv[2])
    record(keras.saving.load_model(sys.argv[1]), data["x"], data["category"], sys.argv[3])
