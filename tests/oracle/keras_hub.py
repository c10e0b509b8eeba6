#!/usr/bin/env python3
"""What KerasHub computes from its presets (KerasHub 0.32, Keras 3.15 on torch).

    keras_hub.py DIRECTORY      (tests/oracle/keras)

NAME.bin for each, in the form that models.py writes: logits, or the last hidden state of an encoder.
Of the presets among the fixtures, and of small random ones of further classes, which are written
into directories NAME: model.weights.h5 as KerasHub has it, but copied into HDF5's latest format,
which takes half the room.
"""

import json
import os
import struct
import sys

os.environ["KERAS_BACKEND"] = "torch"

# Not this file.
sys.path.pop(0)

import h5py
import keras
import keras_hub
import numpy

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures", "hub")
LENGTHS = (12, 1, 7)

SMALL = dict(vocabulary_size=48, num_layers=2, hidden_dim=16, intermediate_dim=24)
GROUPED = dict(SMALL, num_query_heads=4, num_key_value_heads=2)
ENCODER = dict(SMALL, num_heads=2, max_sequence_length=16)
MODELS = {
    "mistral": ("MistralBackbone", dict(GROUPED, sliding_window=4, rope_scaling_factor=2.0)),
    "gemma": ("GemmaBackbone", dict(SMALL, intermediate_dim=48, num_query_heads=4,
                                    num_key_value_heads=2, head_dim=8)),
    "qwen": ("QwenBackbone", dict(GROUPED, tie_word_embeddings=True)),
    "qwen3": ("Qwen3Backbone", dict(GROUPED, head_dim=8, tie_word_embeddings=True)),
    "phi3": ("Phi3Backbone", GROUPED),
    "llama3": ("Llama3Backbone", dict(GROUPED, rope_max_wavelength=500,
                                      rope_frequency_adjustment_factor=4.0, rope_low_freq_factor=1.0,
                                      rope_high_freq_factor=4.0,
                                      rope_pretraining_sequence_length=16)),
    "roberta": ("RobertaBackbone", ENCODER),
    "distil_bert": ("DistilBertBackbone", ENCODER),
}


def preset(folder):
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as f:
        told = json.load(f)
    config = dict(told["config"], dtype="float32")
    model = getattr(keras_hub.models, told["class_name"]).from_config(config)
    model.load_weights(os.path.join(folder, "model.weights.h5"))
    return model


def copy(old, new):
    for name, value in old.attrs.items():
        new.attrs[name] = value
    for name, item in old.items():
        if isinstance(item, h5py.Group):
            copy(item, new.create_group(name))
        else:
            new.create_dataset(name, data=item[()]).attrs.update(item.attrs)


def repack(path):
    with h5py.File(path) as old, h5py.File(path + ".new", "w", libver="latest") as new:
        copy(old, new)
    os.replace(path + ".new", path)


def random_model(name, folder, random):
    """Every part counts: norms away from 1 (Gemma's from 0), biases away from 0."""
    made, config = MODELS[name]
    model = getattr(keras_hub.models, made)(**config)
    for v in model.weights:
        values = random.normal(size=v.shape) * 0.3
        if v.name in ("scale", "gamma") and name != "gemma":
            values += 1
        v.assign(values.astype("float32"))
    model.save_to_preset(folder)
    os.remove(os.path.join(folder, "metadata.json"))
    repack(os.path.join(folder, "model.weights.h5"))
    return model


def values_of(model, ids):
    tokens, mask = numpy.array([ids]), numpy.ones((1, len(ids)), "int32")
    inputs = {"token_ids": tokens, "padding_mask": mask}
    if isinstance(model, keras_hub.models.BertBackbone):
        out = model(dict(inputs, segment_ids=0 * tokens))["sequence_output"]
    else:
        out = model(inputs)
    if not hasattr(model, "num_heads") or isinstance(model, keras_hub.models.GPT2Backbone):
        out = model.token_embedding(out, reverse=True)
    return keras.ops.convert_to_numpy(out)[0]


def write(path, model, random):
    with open(path, "wb") as f:
        f.write(struct.pack("<I", len(LENGTHS)))
        for n in LENGTHS:
            ids = [int(i) for i in random.integers(3, 48, n)]
            values = values_of(model, ids)
            f.write(struct.pack("<II", *values.shape))
            f.write(numpy.array(ids, "<u4").tobytes())
            f.write(values.astype("<f4").tobytes())
    print(path, values.shape, values.std())


def main():
    for serial, name in enumerate(("gpt2_base", "llama_base", "llama_bfloat16", "bert_base")):
        write(os.path.join(sys.argv[1], name + ".bin"), preset(os.path.join(FIXTURES, name)),
              numpy.random.default_rng(serial))
    for serial, name in enumerate(MODELS):
        random = numpy.random.default_rng(100 + serial)
        folder = os.path.join(sys.argv[1], name)
        model = random_model(name, folder, random)
        write(os.path.join(folder, "expected.bin"), model, random)


main()
