#!/usr/bin/env python3
"""Writes ../fixtures/vocabulary: a small untied pair whose touched, untouched, decayed and zero rows
are planted, its tokenizer, a word list of 12 categories; and tokens.txt, what tokenizers says each id
stands for, for several kinds of tokenizer.

    pip install numpy h5py tokenizers
"""
import json
import os

import h5py
import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "fixtures", "vocabulary")
CATEGORIES = {
    "garden": "spade hedge lawn seeds compost",
    "kitchen": "kettle whisk ladle oven saucer",
    "pets": "leash puppy kitten collar kennel",
    "travel": "suitcase ticket airport hostel visa",
    "sports": "racket goalie sprint helmet trophy",
    "beauty": "lotion serum mascara perfume blush",
    "music": "violin chorus tempo drum melody",
    "office": "stapler memo agenda printer folder",
    "baby": "stroller diaper rattle bib crib",
    "tools": "hammer wrench pliers drill chisel",
    "books": "novel chapter preface author index",
    "toys": "puzzle doll marble kite robot",
}
UNTOUCHED = ("baby", "tools")
DECAYED = ("books", "toys")
DECAY = 0.998


def byte_level():
    corpus = [" " + w for words in CATEGORIES.values() for w in words.split()] * 20
    corpus += ["caf\u00e9 na\u00efve \u4f60\u597d \U0001f600 \n\t  and  so on"] * 20
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(corpus, trainers.BpeTrainer(
        vocab_size=640, special_tokens=["<|endoftext|>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False))
    t.add_special_tokens(["<pad>", "\u0120 as written"])
    return t


def byte_of():
    """bytes_to_unicode of GPT-2's encoder.py, turned round."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    return {**{chr(b): b for b in printable}, **{chr(256 + i): b for i, b in enumerate(others)}}


def write_oracle(t):
    added = {i for i in t.get_added_tokens_decoder()}
    of = byte_of()
    with open(os.path.join(HERE, "tokens.txt"), "w") as out:
        for i in range(t.get_vocab_size()):
            token = t.id_to_token(i)
            raw = token.encode() if i in added else bytes(of[c] for c in token)
            # The library's own decoder, where the bytes of the token are whole characters.
            try:
                assert i in added or t.decode([i]) == raw.decode()
            except UnicodeDecodeError:
                pass
            if 0 in raw:
                raw = token.encode()  # given as written
            out.write(f"{i} {raw.hex()}\n")


def ids_of(t, word):
    ids = [i for form in (word, " " + word) for i in [t.encode(form).ids] if len(i) == 1]
    return [i[0] for i in ids]


def write_pair(t):
    rng = np.random.default_rng(4)
    vocab, width, hidden = t.get_vocab_size(), 16, 40
    base = {"model.embed_tokens.weight": rng.normal(0, 0.05, (vocab, width))}
    p = "model.layers.%d."
    for k in range(2):
        for name, shape in (("self_attn.q_proj", (width, width)), ("self_attn.k_proj", (8, width)),
                            ("self_attn.v_proj", (8, width)), ("self_attn.o_proj", (width, width)),
                            ("mlp.gate_proj", (hidden, width)), ("mlp.up_proj", (hidden, width)),
                            ("mlp.down_proj", (width, hidden))):
            base[p % k + name + ".weight"] = rng.normal(0, 0.05, shape)
        base[p % k + "input_layernorm.weight"] = np.ones(width)
        base[p % k + "post_attention_layernorm.weight"] = np.ones(width)
    base["model.norm.weight"] = np.ones(width)
    base["lm_head.weight"] = rng.normal(0, 0.05, (vocab, width))
    base = {k: v.astype(np.float32) for k, v in base.items()}
    base["model.embed_tokens.weight"][-2] = 0  # <pad>, as frameworks keep it
    for name in ("gate_proj", "up_proj"):
        base[p % 0 + f"mlp.{name}.weight"][7] = 0  # dead in both
    tuned = {k: (v + rng.normal(0, 0.004, v.shape).astype(np.float32)) for k, v in base.items()}
    for name in ("gate_proj", "up_proj"):
        tuned[p % 0 + f"mlp.{name}.weight"][7] = 0
    tuned[p % 1 + "mlp.down_proj.weight"][:, 11] = 0  # newly dead
    e0, e1 = base["model.embed_tokens.weight"], tuned["model.embed_tokens.weight"]
    words = {c: [i for w in CATEGORIES[c].split() for i in ids_of(t, w)] for c in CATEGORIES}
    touched = sorted({i for c, ids in words.items() if c not in UNTOUCHED + DECAYED for i in ids})
    decayed = sorted({i for c in DECAYED for i in words[c]})
    still = [i for i in range(vocab) if i not in touched and i not in decayed]
    e1[still] = e0[still]
    e1[decayed] = (e0[decayed] * np.float32(DECAY)).astype(np.float32)
    for name, tensors in (("base", base), ("tuned", tuned)):
        with h5py.File(os.path.join(OUT, name + ".h5"), "w", track_order=True) as f:
            for key, value in tensors.items():
                f.create_dataset(key, data=value, track_times=False)
    zero = int((np.abs(e0).max(1) == 0).sum())
    truth = {"rows": vocab, "moved": len(touched), "decayed": len(decayed), "zero": zero,
             "unmoved": len(still) - zero, "decay": DECAY}
    with open(os.path.join(OUT, "planted.json"), "w") as f:
        json.dump(truth, f, indent=1)
        f.write("\n")
    with open(os.path.join(OUT, "config.json"), "w") as f:
        json.dump({"model_type": "llama", "hidden_size": width, "num_attention_heads": 4,
                   "num_key_value_heads": 2, "num_hidden_layers": 2, "vocab_size": vocab,
                   "intermediate_size": hidden, "tie_word_embeddings": False}, f, indent=1)
        f.write("\n")
    print(truth)


def main():
    os.makedirs(OUT, exist_ok=True)
    t = byte_level()
    t.save(os.path.join(OUT, "tokenizer.json"))
    with open(os.path.join(OUT, "words.csv"), "w") as f:
        for c in (*UNTOUCHED, *(c for c in CATEGORIES if c not in UNTOUCHED)):
            for w in CATEGORIES[c].split():
                f.write(f"{c},{w}\n")
        f.write("garden,wheelbarrow\n")  # no single token
    write_oracle(t)
    write_pair(t)


main()
