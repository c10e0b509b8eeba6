"""Records what the modules of a PyTorch model show on your data, for tare to look at by category.

    from record_pytorch import record
    record(model, x, category, "before.h5")     x: a tensor, rows first; category: a name a row

Run it for each of the two models on the same data. Axes between row and channel are averaged;
channels: which axis of more than two they are on (1 for images, -1 for sequences).
"""
import h5py
import numpy as np
import torch


def record(model, x, category, path, batch=64, channels=1):
    names, category = np.unique(np.asarray(category, dtype=str), return_inverse=True)
    leaves = [(name, m) for name, m in model.named_modules() if name and not list(m.children())]
    with h5py.File(path, "w") as f, torch.no_grad():
        f.attrs["recording"] = 1
        f.attrs["categories"] = names.tolist()
        f.attrs["layers"] = [name for name, _ in leaves]
        f["rows/category"] = category.astype("int32")

        def hook(name):
            def save(module, inputs, values):
                if values.ndim > 2:
                    values = values.movedim(channels, -1).flatten(1, -2).mean(1)
                if "activations/" + name not in f:
                    d = f.create_dataset("activations/" + name, (len(x), values.shape[1]), "float32")
                    d.attrs["activation"] = type(module).__name__.lower()
                f["activations/" + name][at:at + len(values)] = values.float().cpu().numpy()
            return save

        hooks = [m.register_forward_hook(hook(name)) for name, m in leaves]
        model.eval()
        for at in range(0, len(x), batch):
            model(x[at:at + batch])
        for h in hooks:
            h.remove()
