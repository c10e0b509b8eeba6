"""Lets `tare watch run` follow a Keras training: model.fit(x, y, callbacks=[Watched("run")])"""
import json
import os
import keras

class Watched(keras.callbacks.Callback):
    def __init__(self, folder, every=100):  # steps between checkpoints
        super().__init__()
        self.folder, self.every, self.step = folder, every, 0

    def on_train_begin(self, logs=None):
        os.makedirs(self.folder, exist_ok=True)
        self.save()

    def on_train_batch_end(self, batch, logs):
        self.step += 1
        self.log(logs)
        if self.step % self.every == 0:
            self.save()

    def on_epoch_end(self, epoch, logs):
        self.log({k: v for k, v in logs.items() if k.startswith("val_")})

    def log(self, numbers):
        with open(f"{self.folder}/log.jsonl", "a") as f:
            f.write(json.dumps({"step": self.step} | {k: float(v) for k, v in numbers.items()}) + "\n")

    def save(self):  # under another name first: nobody ever sees half of it
        self.model.save_weights(f"{self.folder}/.part.weights.h5")
        os.replace(f"{self.folder}/.part.weights.h5", f"{self.folder}/{self.step}.weights.h5")
