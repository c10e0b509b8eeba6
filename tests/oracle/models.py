#!/usr/bin/env python3
"""Tiny random transformers of each kind with what transformers computes from them.

    models.py DIRECTORY      (tests/oracle/models)

For each: NAME.h5 (the state dict under its names) and NAME.json (the configuration) in a directory
of its own, as model.h5 and config.json, and expected.bin beside them, little-endian: uint32 number
of sequences, then of each uint32 length, uint32 columns, the ids as uint32 and float32
[length][columns]: logits, or the last hidden state of a model without a head.

Made with torch 2.15 and transformers 5.24 on one thread.
"""

import json
import os
import struct
import sys

import h5py
import numpy
import torch
import transformers as t

VOCABULARY = 48
LENGTHS = (12, 1, 7)
SMALL = dict(vocab_size=VOCABULARY, bos_token_id=0, eos_token_id=0, pad_token_id=0)
LLAMA = dict(SMALL, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
             num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=32)
BERT = dict(vocab_size=VOCABULARY, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
            num_attention_heads=3, max_position_embeddings=16, type_vocab_size=2)


def models():
    gpt2 = t.GPT2Config(**SMALL, n_positions=16, n_embd=24, n_layer=2, n_head=3)
    yield "gpt2", t.GPT2LMHeadModel(gpt2), torch.float32
    yield "gpt2_f16", t.GPT2LMHeadModel(gpt2), torch.float16
    yield "llama", t.LlamaForCausalLM(t.LlamaConfig(**LLAMA, head_dim=8, rms_norm_eps=1e-5,
                                                    tie_word_embeddings=False)), torch.float32
    stretched = dict(rope_type="llama3", rope_theta=500.0, factor=4.0, low_freq_factor=1.0,
                     high_freq_factor=4.0, original_max_position_embeddings=16)
    yield "llama_tied", t.LlamaForCausalLM(t.LlamaConfig(
        **LLAMA, head_dim=8, rope_parameters=stretched, tie_word_embeddings=True)), torch.bfloat16
    linear = dict(rope_type="linear", rope_theta=10000.0, factor=2.0)
    yield "llama_biased", t.LlamaForCausalLM(t.LlamaConfig(
        **dict(LLAMA, num_key_value_heads=4), rope_parameters=linear, attention_bias=True,
        mlp_bias=True, tie_word_embeddings=False)), torch.float32
    yield "mistral", t.MistralForCausalLM(t.MistralConfig(
        **LLAMA, head_dim=8, sliding_window=4, tie_word_embeddings=False)), torch.float32
    yield "qwen2", t.Qwen2ForCausalLM(t.Qwen2Config(
        **dict(LLAMA, hidden_size=32), tie_word_embeddings=True)), torch.float32
    yield "qwen3", t.Qwen3ForCausalLM(t.Qwen3Config(
        **LLAMA, head_dim=8, tie_word_embeddings=True)), torch.float32
    yield "gemma", t.GemmaForCausalLM(t.GemmaConfig(
        **dict(LLAMA, num_key_value_heads=1), head_dim=8)), torch.float32
    yield "phi3", t.Phi3ForCausalLM(t.Phi3Config(
        **dict(LLAMA, hidden_size=32), tie_word_embeddings=False)), torch.float32
    yield "bert", t.BertForMaskedLM(t.BertConfig(**BERT)), torch.float32
    yield "roberta", t.RobertaForMaskedLM(t.RobertaConfig(
        **dict(BERT, max_position_embeddings=18, type_vocab_size=1), pad_token_id=1,
        bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5)), torch.float32
    yield "distilbert", t.DistilBertForMaskedLM(t.DistilBertConfig(
        vocab_size=VOCABULARY, dim=24, hidden_dim=40, n_layers=2, n_heads=3,
        max_position_embeddings=16)), torch.float32
    yield "minilm", t.BertModel(t.BertConfig(**BERT), add_pooling_layer=True), torch.float32


def shake(model, generator, dtype):
    """Weights that make every part count; norms away from 1, biases away from 0."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            scale = 0.3 if p.dim() > 1 else 0.2
            values = torch.randn(p.shape, generator=generator) * scale
            if p.dim() == 1 and name.endswith("weight") and "gemma" not in type(model).__name__.lower():
                values += 1
            p.copy_(values.to(dtype).to(torch.float32))


def write(path, model, dtype):
    """Shared tensors once, as save_pretrained does."""
    seen = set()
    with h5py.File(path, "w") as f:
        for name, v in model.state_dict().items():
            if v.data_ptr() in seen:
                continue
            seen.add(v.data_ptr())
            if dtype == torch.bfloat16:
                bits = v.to(dtype).view(torch.int16).numpy().view(numpy.uint16)
                f.create_dataset(name, data=bits).attrs["torch_dtype"] = "bfloat16"
            else:
                f.create_dataset(name, data=v.to(dtype).numpy())


def expected(model, ids):
    with torch.no_grad():
        out = model(torch.tensor([ids]))
    return (out.logits if "logits" in out else out.last_hidden_state)[0].numpy()


def main():
    torch.set_num_threads(1)
    for serial, (name, model, dtype) in enumerate(models()):
        folder = os.path.join(sys.argv[1], name)
        os.makedirs(folder, exist_ok=True)
        model.eval()
        model.config._attn_implementation = "eager"
        shake(model, torch.Generator().manual_seed(serial), dtype)
        write(os.path.join(folder, "model.h5"), model, dtype)
        config = {k: v for k, v in model.config.to_dict().items()
                  if k not in ("id2label", "label2id", "transformers_version", "dtype")}
        with open(os.path.join(folder, "config.json"), "w") as f:
            json.dump(config, f, indent=1, sort_keys=True)
            f.write("\n")
        random = numpy.random.default_rng(serial)
        with open(os.path.join(folder, "expected.bin"), "wb") as f:
            f.write(struct.pack("<I", len(LENGTHS)))
            for n in LENGTHS:
                ids = [int(i) for i in random.integers(3, VOCABULARY, n)]
                values = expected(model, ids)
                f.write(struct.pack("<II", *values.shape))
                f.write(numpy.array(ids, "<u4").tobytes())
                f.write(values.astype("<f4").tobytes())
        print(name, os.path.getsize(os.path.join(folder, "model.h5")), float(numpy.std(values)))


main()
