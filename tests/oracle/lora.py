"""Deltas of the adapters among the fixtures, in float64: python3 lora.py > lora.txt

A line: base, adapter, alpha (0: the rank), tensor, |delta|, sum of delta, |base + delta|, and the
number and value of the element of base + delta with the largest update.
"""
import os
import h5py
import numpy as np

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")


def line(base, adapter, alpha, name, w, delta):
    both = w + delta
    at = int(np.argmax(np.abs(delta)))
    numbers = [np.sqrt((delta * delta).sum()), delta.sum(), np.sqrt((both * both).sum())]
    print(base, adapter, alpha, name, *("%.17g" % x for x in numbers), at,
          "%.17g" % both.reshape(-1)[at])


def peft(base, adapter, alpha):
    with h5py.File(os.path.join(FIXTURES, base)) as b, h5py.File(os.path.join(FIXTURES, adapter)) as f:
        for key in sorted(k for k in f if k.endswith(".lora_A.weight")):
            a = f[key][()].astype(np.float64)
            bb = f[key.replace("lora_A", "lora_B")][()].astype(np.float64)
            name = key[len("base_model.model."):].replace(".lora_A", "")
            w = b[name][()].astype(np.float64)
            line(base, adapter, alpha, name, w, (alpha or a.shape[0]) / a.shape[0] * (bb @ a))


# Index in the flattened list of layers with weights, as keras_hub counts them.
HUB = {
    "gpt2": {9: (0, "value"), 11: (0, "query"), 19: (1, "value"), 21: (1, "query"),
             29: (2, "value"), 31: (2, "query")},
    "llama": {9: (0, "value"), 11: (0, "query"), 20: (1, "value"), 22: (1, "query"),
              31: (2, "value"), 33: (2, "query")},
}
GROUP = {"gpt2": ("transformer_decoder", ""), "llama": ("llama_transformer_decoder", "_")}


def hub(model, alpha):
    base, adapter = f"hub/{model}_tuned/model.weights.h5", f"hub/{model}_lora.lora.h5"
    group, underscore = GROUP[model]
    with h5py.File(os.path.join(FIXTURES, base)) as b, h5py.File(os.path.join(FIXTURES, adapter)) as f:
        for index, (block, part) in HUB[model].items():
            number = f"_{block}" if block else ""
            path = f"layers/{group}{number}/_self_attention_layer/{underscore}{part}_dense/vars/0"
            w = b[path][()].astype(np.float64)
            a = f[f"lora/{index}/vars/lora_kernel_a"][()].astype(np.float64)
            bb = f[f"lora/{index}/vars/lora_kernel_b"][()].astype(np.float64)
            rank = a.shape[-1]
            line(base, adapter, alpha, f"transformer_layer_{block}.self_attention.{part}.kernel", w,
                 (alpha or rank) / rank * (a @ bb))


peft("torch/llama_base_flat.h5", "torch/llama_peft_lora.h5", 8)
peft("torch/llama_base_fp16.h5", "torch/llama_peft_lora.h5", 0)
hub("gpt2", 0)
hub("gpt2", 12)
hub("llama", 0)
