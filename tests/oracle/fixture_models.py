#!/usr/bin/env python3
"""What transformers computes from the fixtures that it wrote itself, with torch and TensorFlow.

    fixture_models.py DIRECTORY      (tests/oracle/models)

NAME.bin for each, in the form that models.py writes: logits, or BERT's last hidden state.
"""

import json
import os
import re
import struct
import sys

import h5py
import numpy
import torch
import transformers as t

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")
FILES = {"torch_gpt2": "torch/gpt2_base_flat.h5", "torch_llama": "torch/llama_base_flat.h5",
         "tf_gpt2": "hf_tf/gpt2_base/tf_model.h5", "tf_bert": "hf_tf/bert_base/tf_model.h5"}
LENGTHS = (12, 1, 7)

# TensorFlow's variables in torch's words.
VARIABLES = {"gamma": "weight", "beta": "bias", "embeddings": "weight", "kernel": "weight"}


def from_torch(f):
    return json.loads(f.attrs["config"]), {name: f[name][()] for name in f}


def from_tensorflow(f, path):
    state = {}

    def visit(name, item):
        if not isinstance(item, h5py.Dataset):
            return
        parts = name[:-2].replace("_._", ".").split("/")[2:]  # without the layer and the model
        last = parts.pop()
        value = item[()]
        if last == "kernel":
            value = value.T
        state[".".join(parts + [VARIABLES.get(last, last)])] = value.squeeze() \
            if last == "bias" else value

    f.visititems(visit)
    with open(os.path.join(os.path.dirname(path), "config.json"), encoding="utf-8") as c:
        return json.load(c), state


def load(path):
    with h5py.File(path) as f:
        config, state = from_torch(f) if "config" in f.attrs else from_tensorflow(f, path)
    kind = config["model_type"]
    config.pop("architectures", None)
    if kind == "gpt2":
        model = t.GPT2LMHeadModel(t.GPT2Config(**config))
    elif kind == "llama":
        model = t.LlamaForCausalLM(t.LlamaConfig(**config))
    else:
        model = t.BertModel(t.BertConfig(**config))
        state = {re.sub("^bert[.]", "", name): v for name, v in state.items()}
    missing, _ = model.load_state_dict({n: torch.tensor(v) for n, v in state.items()}, strict=False)
    assert missing in ([], ["lm_head.weight"]), missing
    if kind == "gpt2":
        model.tie_weights()
        assert model.lm_head.weight is model.transformer.wte.weight
    return model.eval()


def main():
    torch.set_num_threads(1)
    for serial, (name, file) in enumerate(FILES.items()):
        model = load(os.path.join(FIXTURES, file))
        random = numpy.random.default_rng(serial)
        with open(os.path.join(sys.argv[1], name + ".bin"), "wb") as f:
            f.write(struct.pack("<I", len(LENGTHS)))
            for n in LENGTHS:
                ids = [int(i) for i in random.integers(3, 80, n)]
                with torch.no_grad():
                    out = model(torch.tensor([ids]))
                values = (out.logits if "logits" in out else out.last_hidden_state)[0].numpy()
                f.write(struct.pack("<II", *values.shape))
                f.write(numpy.array(ids, "<u4").tobytes())
                f.write(values.astype("<f4").tobytes())
        print(name, values.shape, values.std())


main()
