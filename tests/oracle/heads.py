"""Norms of every attention head of the fixtures' pairs, by slicing the arrays: python3 heads.py > heads.txt

Needs numpy and h5py. The tuned norms are compared with the heads.truth.json that the frameworks'
own scripts left beside the fixtures.
"""
import json
import os

import h5py
import numpy as np

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")
PARTS = ("query", "key", "value", "output")


def read(path):
    arrays = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            arrays[name] = np.asarray(item, dtype=np.float64)

    with h5py.File(os.path.join(FIXTURES, path)) as f:
        f.visititems(visit)
    return arrays


def keras(a, layer, prefix=""):
    """[hidden, heads, dim] and [heads, dim, hidden]: part -> list of arrays, one a head."""
    get = lambda name: a[f"{layer}/{prefix}{name}_dense/vars/0"]
    heads = {p: list(np.moveaxis(get(p), 1, 0)) for p in PARTS[:3]}
    heads["output"] = list(get("output"))
    return heads


def columns(m, n):
    return np.split(m, n, axis=1)


def gpt2(fused, output, n):
    """Conv1D: columns are outputs, queries before keys before values."""
    q, k, v = np.split(fused, 3, axis=1)
    return {"query": columns(q, n), "key": columns(k, n), "value": columns(v, n),
            "output": np.split(output, n, axis=0)}


def block_name(stem, i):
    return stem if i == 0 else f"{stem}_{i}"


def hub(stem, i, prefix=""):
    layer = f"layers/{block_name(stem, i)}/_self_attention_layer"
    return lambda a: keras(a, layer, prefix)


def hf_gpt2(i):
    at = f"transformer/tfgpt2lm_head_model/transformer/h_._{i}/attn"
    return lambda a: gpt2(a[f"{at}/c_attn/weight:0"], a[f"{at}/c_proj/weight:0"], 4)


def hf_bert(i):
    at = f"bert/tf_bert_for_sequence_classification/bert/encoder/layer_._{i}/attention"

    def heads(a):
        out = {p: columns(a[f"{at}/self/{p}/kernel:0"], 4) for p in PARTS[:3]}
        out["output"] = np.split(a[f"{at}/output/dense/kernel:0"], 4, axis=0)
        return out

    return heads


def torch_gpt2(i):
    at = f"transformer.h.{i}.attn"
    return lambda a: gpt2(a[f"{at}.c_attn.weight"], a[f"{at}.c_proj.weight"], 4)


def torch_llama(i):
    at = f"model.layers.{i}.self_attn"
    return lambda a: {"query": np.split(a[f"{at}.q_proj.weight"], 4, axis=0),
                      "key": np.split(a[f"{at}.k_proj.weight"], 2, axis=0),
                      "value": np.split(a[f"{at}.v_proj.weight"], 2, axis=0),
                      "output": columns(a[f"{at}.o_proj.weight"], 4)}


def t5(stack, i, kind):
    at = f"{stack}.block.{i}.layer.{0 if kind == 'SelfAttention' else 1}.{kind}"

    def heads(a):
        out = {p: np.split(a[f"{at}.{p[0]}.weight"], 2, axis=0) for p in PARTS[:3]}
        out["output"] = columns(a[f"{at}.o.weight"], 2)
        return out

    return heads


CASES = [
    ("torch_gpt2", "torch/gpt2_%s_flat.h5", [torch_gpt2(i) for i in range(3)]),
    ("torch_llama", "torch/llama_%s_flat.h5", [torch_llama(i) for i in range(12)]),
    ("hub_gpt2", "hub/gpt2_%s/model.weights.h5", [hub("transformer_decoder", i) for i in range(3)]),
    ("hub_llama", "hub/llama_%s/model.weights.h5",
     [hub("llama_transformer_decoder", i, "_") for i in range(3)]),
    ("hub_bert", "hub/bert_%s/model.weights.h5", [hub("transformer_encoder", i) for i in range(2)]),
    ("hf_tf_gpt2", "hf_tf/gpt2_%s/tf_model.h5", [hf_gpt2(i) for i in range(3)]),
    ("hf_tf_bert", "hf_tf/bert_%s/tf_model.h5", [hf_bert(i) for i in range(2)]),
    ("keras3_zoo", "keras3/k3_zoo_%s.weights.h5",
     [lambda a: keras(a, "layers/multi_head_attention")]),
    ("t5", "transformers/t5_%s/model.h5",
     [t5("encoder", i, "SelfAttention") for i in range(2)] +
     [t5("decoder", i, kind) for i in range(3) for kind in ("SelfAttention", "EncDecAttention")]),
]


def truth_of(case, path, block, head):
    folder = path.split("/")[0]
    if folder == "transformers":
        return {}
    with open(os.path.join(FIXTURES, folder, "heads.truth.json")) as f:
        truth = json.load(f)
    if folder == "torch":
        return truth["l2"][f"{case.split('_')[1]}/{block}/{head}"]
    layers = truth["heads"][path[len(folder) + 1:] % "tuned"]
    return list(layers.values())[block][head]


def main():
    for case, path, blocks in CASES:
        base, tuned = read(path % "base"), read(path % "tuned")
        for block, heads in enumerate(blocks):
            a, b = heads(base), heads(tuned)
            n, kv = len(a["query"]), len(a["key"])
            for head in range(n):
                kv_head = head * kv // n
                truth = truth_of(case, path, block, head)
                squares = np.zeros(2)
                assert truth.get("kv_head", head) == kv_head
                for part in PARTS:
                    i = kv_head if part in ("key", "value") else head
                    x, y = a[part][i], b[part][i]
                    norms = [np.linalg.norm(v) for v in (x, y, y - x)]
                    # some of the truth tables were summed in single precision
                    assert not truth or abs(norms[1] - truth[part[0]]) <= 1e-6 * norms[1], (case, block, head, part)
                    squares += norms[0] ** 2, norms[2] ** 2
                    for side, norm in zip(("base", "tuned", "delta"), norms):
                        print(f"{case} {block}.{head}.{part}.{side} {float(norm)!r}")
                print(f"{case} {block}.{head}.kv_head {kv_head}")
                print(f"{case} {block}.{head}.relative {float(np.sqrt(squares[1] / squares[0]))!r}")


main()
