#!/usr/bin/env python3
"""Writes ../fixtures/stored: weights that carry their vocabulary in the ways a file can, a SentencePiece
model, and pieces.txt, what sentencepiece says each of its ids stands for.

    pip install numpy h5py sentencepiece
"""
import io
import json
import os
import shutil

import h5py
import numpy as np
import sentencepiece

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "fixtures", "stored")
WORDS = ["<pad>", "<unk>"] + ["w%d" % i for i in range(16)] + ["na\u00efve", "\u4f60\u597d", "a b", "long" * 12]


def start(name, **options):
    f = h5py.File(os.path.join(OUT, name), "w", **options)
    f["embed_tokens.weight"] = np.arange(len(WORDS) * 2, dtype=np.float32).reshape(-1, 2)
    return f


def keras_config(layer, **config):
    layers = [{"class_name": "InputLayer", "config": {"name": "input"}},
              {"class_name": layer, "config": {"name": "words", **config}}]
    return json.dumps({"class_name": "Functional", "config": {"name": "model", "layers": layers}})


def write_files():
    with start("dataset.h5") as f:
        f["vocabulary"] = WORDS
    with start("user_block.h5", userblock_size=512) as f:
        f.create_group("words")["vocabulary"] = WORDS
    with start("fixed.h5") as f:
        f["vocabulary"] = np.array([w.encode() for w in WORDS])
    with start("attribute.h5") as f:
        f.attrs["vocabulary"] = WORDS
    with start("pieces.h5") as f:
        for i in range(3):
            f["embed_tokens.weight"].attrs["vocabulary%d" % i] = WORDS[8 * i:8 * i + 8]
    with start("lines.h5") as f:
        f.attrs["vocabulary"] = "\n".join(WORDS) + "\n"
    with start("json.h5") as f:
        f.attrs["vocabulary"] = json.dumps(WORDS)
    with start("size.h5") as f:
        f.attrs["vocabulary"] = len(WORDS)
    with start("text_vectorization.h5") as f:
        f.attrs["model_config"] = keras_config("TextVectorization", vocabulary=WORDS[2:])
    with start("string_lookup.h5") as f:
        f.attrs["model_config"] = keras_config("StringLookup", vocabulary=WORDS[2:], num_oov_indices=1,
                                               mask_token="<pad>", oov_token="<unk>")


def write_sentencepiece():
    corpus = ["the quick brown fox jumps over the lazy dog %d times" % i for i in range(40)]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus), model_writer=model, vocab_size=320, model_type="bpe",
        byte_fallback=True, normalization_rule_name="identity", user_defined_symbols=["<mask>"],
        hard_vocab_limit=False)
    os.makedirs(os.path.join(OUT, "piece"), exist_ok=True)
    with open(os.path.join(OUT, "piece", "tokenizer.model"), "wb") as out:
        out.write(model.getvalue())
    sp = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    with open(os.path.join(OUT, "piece", "pieces.txt"), "w") as out:
        for i in range(sp.get_piece_size()):
            out.write(json.dumps(sp.id_to_piece(i), ensure_ascii=False) + "\n")
    shutil.copy(os.path.join(OUT, "size.h5"), os.path.join(OUT, "piece", "model.h5"))


if __name__ == "__main__":
    os.makedirs(OUT, exist_ok=True)
    write_files()
    write_sentencepiece()
