#!/usr/bin/env python3
"""What transformers computes from the models that samples/fetch-models writes (float32).

    real_models.py DIRECTORY > real_models.txt

Lines: "model NAME", then for each sequence "ids ..." and, for every 8th row and the last, "row
NUMBER COLUMN VALUE ..." with the values of 16 columns spread over the logits, or over the last
hidden state of a model without a head; for one with a head "losses ..." of each predicted token.
"""

import json
import os
import sys

import h5py
import torch
import transformers

TEXTS = ["The capital of France is Paris, and the capital of Italy is Rome. 12 + 30 = 42",
         "def add(a, b):\n    return a + b\n",
         "Once upon a time there was a little girl who lived in a village near the forest. " * 3]


def load(folder):
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as f:
        config = json.load(f)
    if config["model_type"] == "llama":
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**config))
    else:
        model = transformers.BertModel(transformers.BertConfig(**config), add_pooling_layer=True)
    with h5py.File(os.path.join(folder, "model.h5")) as f:
        state = {name: torch.from_numpy(f[name][()]) for name in f}
    missing, unexpected = model.load_state_dict(state, strict=False)
    print(folder, "missing", missing, "unexpected", unexpected, file=sys.stderr)
    if getattr(config, "tie_word_embeddings", True) and hasattr(model, "lm_head"):
        model.tie_weights()
    return model.eval()


def show(model, ids):
    with torch.no_grad():
        out = model(torch.tensor([ids]))
    values = (out.logits if "logits" in out else out.last_hidden_state)[0]
    print("ids", *ids)
    for row in sorted({*range(0, len(ids), 8), len(ids) - 1}):
        columns = [(row * 7 + k * values.shape[1] // 16) % values.shape[1] for k in range(16)]
        print("row", row, *("%d %.9g" % (c, values[row, c]) for c in columns))
    if "logits" in out:
        losses = torch.nn.functional.cross_entropy(values[:-1].double(), torch.tensor(ids[1:]),
                                                   reduction="none")
        print("losses", *("%.9g" % x for x in losses))


def main():
    torch.set_num_threads(1)
    for name in ("smollm2-135m", "all-minilm-l6-v2"):
        folder = os.path.join(sys.argv[1], name)
        tokenizer = transformers.PreTrainedTokenizerFast(
            tokenizer_file=os.path.join(folder, "tokenizer.json"))
        model = load(folder)
        print("model", name)
        for text in TEXTS:
            show(model, tokenizer(text)["input_ids"])


main()
