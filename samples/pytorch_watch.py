"""Lets a PyTorch training be followed by `tare watch run`.

    watched = Watched("run")
    watched.log(step, loss=loss.item(), lr=..., val_loss=...)     whatever there is, after a step
    watched.save(step, model)                                    every so many steps, and at 0
"""
import json
import os
import h5py


class Watched:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)

    def log(self, step, **numbers):
        with open(os.path.join(self.folder, "log.jsonl"), "a") as f:
            f.write(json.dumps({"step": step, **numbers}) + "\n")

    def save(self, step, model):  # under another name first: nobody ever sees half of it
        part = os.path.join(self.folder, ".part.h5")
        with h5py.File(part, "w") as f:
            for name, values in model.state_dict().items():
                f[name] = values.detach().cpu().float().numpy()
        os.replace(part, os.path.join(self.folder, f"checkpoint-{step}.h5"))
