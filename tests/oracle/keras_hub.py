#!/usr/bin/env python3
"""What KerasHub computes from the presets among the fixtures (KerasHub 0.32, Keras 3.15 on torch).

    keras_hub.py DIRECTORY      (tests/oracle/keras)

NAME.bin for each, in the form that models.py writes: logits, or the last hidden state of BERT.
"""

import json
import os
import struct
import sys

os.environ["KERAS_BACKEND"] = "torch"

# Not this file.
sys.path.pop(0)

import keras
import keras_hub
import numpy

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures", "hub")
LENGTHS = (12, 1, 7)


def backbone(folder):
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as f:
        told = json.load(f)
    config = dict(told["config"], dtype="float32")
    model = getattr(keras_hub.models, told["class_name"]).from_config(config)
    model.load_weights(os.path.join(folder, "model.weights.h5"))
    return model


def values_of(model, ids):
    tokens, mask = numpy.array([ids]), numpy.ones((1, len(ids)), "int32")
    if isinstance(model, keras_hub.models.BertBackbone):
        out = model({"token_ids": tokens, "segment_ids": 0 * tokens, "padding_mask": mask})
        return keras.ops.convert_to_numpy(out["sequence_output"])[0]
    out = model({"token_ids": tokens, "padding_mask": mask})
    return keras.ops.convert_to_numpy(model.token_embedding(out, reverse=True))[0]


def main():
    for serial, name in enumerate(("gpt2_base", "llama_base", "llama_bfloat16", "bert_base")):
        model = backbone(os.path.join(FIXTURES, name))
        random = numpy.random.default_rng(serial)
        with open(os.path.join(sys.argv[1], name + ".bin"), "wb") as f:
            f.write(struct.pack("<I", len(LENGTHS)))
            for n in LENGTHS:
                ids = [int(i) for i in random.integers(3, 64, n)]
                values = values_of(model, ids)
                f.write(struct.pack("<II", *values.shape))
                f.write(numpy.array(ids, "<u4").tobytes())
                f.write(values.astype("<f4").tobytes())
        print(name, values.shape, values.std())


main()
