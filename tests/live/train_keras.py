"""A small real Keras training for test_watch_live.c: train_keras.py FOLDER callback|place

callback: with samples/keras_watch.py; place: the whole model saved over itself every epoch, in place,
with Keras's own CSVLogger. Prints a line: saves, and mean seconds of one. Exit 77: no Keras here."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "samples"))
os.environ.setdefault("KERAS_BACKEND", "torch")
try:
    import keras
    import numpy as np
    from keras_watch import Watched
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

folder, how = sys.argv[1:3]
keras.utils.set_random_seed(1)
random = np.random.default_rng(1)
x = random.standard_normal((1024, 64)).astype("float32")
y = (x[:, :8].sum(1, keepdims=True) > 0).astype("float32")
model = keras.Sequential([keras.Input((64,))] + [keras.layers.Dense(256, "relu") for _ in range(4)]
                         + [keras.layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
times = []


def timed(save):
    def run(*args, **kwargs):
        start = time.perf_counter()
        save(*args, **kwargs)
        times.append(time.perf_counter() - start)
    return run


if how == "callback":
    watched = Watched(folder, every=14)
    watched.save = timed(watched.save)
    callbacks = [watched]
else:
    callbacks = [keras.callbacks.CSVLogger(os.path.join(folder, "history.csv")),
                 keras.callbacks.ModelCheckpoint(os.path.join(folder, "model.h5"))]
    model.save = timed(model.save)
model.fit(x, y, batch_size=64, epochs=6, validation_split=0.125, verbose=0, callbacks=callbacks)
print(len(times), sum(times) / len(times))
