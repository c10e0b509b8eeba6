"""Makes tests/fixtures/transformers with the library's own models, tiny: t5_base and t5_tuned (flat
state dicts with config.json beside them), and names.txt, the names and shapes of more families.

Needs torch, transformers 5 and h5py. A line of names.txt is "@ architecture type heads kv_heads
head_dim blocks model", or a tensor's name and its dimensions."""
import json
import pathlib

import h5py
import torch
import transformers as tf

folder = pathlib.Path(__file__).parent.parent / "fixtures" / "transformers"
decoder = dict(vocab_size=24, hidden_size=12, intermediate_size=20, num_hidden_layers=2,
               num_attention_heads=3, num_key_value_heads=1, head_dim=4, max_position_embeddings=16,
               pad_token_id=0, bos_token_id=1, eos_token_id=2)
encoder = dict(vocab_size=24, hidden_size=12, intermediate_size=20, num_hidden_layers=2,
               num_attention_heads=3, max_position_embeddings=16, pad_token_id=0)
t5 = dict(vocab_size=24, d_model=12, d_kv=4, d_ff=20, num_layers=2, num_decoder_layers=3, num_heads=2)


def t5_config(act):
    return tf.T5Config(**t5, feed_forward_proj=act, tie_word_embeddings=act == "relu")


MODELS = [
    ("t5", "t5 1.0", tf.T5ForConditionalGeneration, t5_config("relu")),
    ("t5", "t5 1.1", tf.T5ForConditionalGeneration, t5_config("gated-gelu")),
    ("t5", "t5 encoder", tf.T5EncoderModel, t5_config("relu")),
    ("gpt_neox", "neox", tf.GPTNeoXForCausalLM,
     tf.GPTNeoXConfig(**encoder, bos_token_id=1, eos_token_id=2)),
    ("gpt2", "gpt2", tf.GPT2LMHeadModel,
     tf.GPT2Config(vocab_size=24, n_embd=12, n_layer=2, n_head=3, n_positions=16)),
    ("llama", "llama", tf.LlamaForCausalLM, tf.LlamaConfig(**decoder)),
    ("llama", "mistral", tf.MistralForCausalLM, tf.MistralConfig(**decoder)),
    ("llama", "gemma", tf.GemmaForCausalLM, tf.GemmaConfig(**decoder)),
    ("llama", "gemma2", tf.Gemma2ForCausalLM, tf.Gemma2Config(**decoder)),
    ("llama", "gemma3", tf.Gemma3ForCausalLM, tf.Gemma3TextConfig(**decoder)),
    ("llama", "qwen2", tf.Qwen2ForCausalLM, tf.Qwen2Config(**decoder)),
    ("llama", "qwen3", tf.Qwen3ForCausalLM, tf.Qwen3Config(**decoder)),
    ("llama", "phi3", tf.Phi3ForCausalLM, tf.Phi3Config(**decoder)),
    ("bert", "bert", tf.BertForMaskedLM, tf.BertConfig(**encoder)),
    ("bert", "bert classifier", tf.BertForSequenceClassification, tf.BertConfig(**encoder)),
    ("bert", "roberta", tf.RobertaForMaskedLM, tf.RobertaConfig(**encoder, bos_token_id=1, eos_token_id=2)),
    ("bert", "distilbert", tf.DistilBertForMaskedLM,
     tf.DistilBertConfig(vocab_size=24, dim=12, hidden_dim=20, n_layers=2, n_heads=3,
                         max_position_embeddings=16)),
]


def write(name, state, config):
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")
    seen = {}
    with h5py.File(folder / name / "model.h5", "w", libver="latest") as f:
        for key, value in state.items():
            if value.data_ptr() in seen:
                f[key] = f[seen[value.data_ptr()]]
            else:
                seen[value.data_ptr()] = key
                f[key] = value.numpy()


def write_t5():
    torch.manual_seed(4)
    config = t5_config("relu")
    model = tf.T5ForConditionalGeneration(config).float()
    said = {k: v for k, v in config.to_dict().items()
            if k in {*t5, "model_type", "feed_forward_proj", "tie_word_embeddings"}}
    write("t5_base", model.state_dict(), said)
    for value in {v.data_ptr(): v for v in model.state_dict().values()}.values():
        value += 0.01 * value.abs().mean() * torch.randn_like(value)
    write("t5_tuned", model.state_dict(), said)


def main():
    write_t5()
    with open(folder / "names.txt", "w") as out:
        for arch, title, kind, config in MODELS:
            model = kind(config)
            heads = config.num_attention_heads
            kv = getattr(config, "num_key_value_heads", None) or heads
            dim = getattr(config, "head_dim", None) or getattr(config, "d_kv", None)
            dim = dim or config.hidden_size // heads
            blocks = config.num_hidden_layers
            if arch == "t5" and "encoder" not in title:
                blocks += config.num_decoder_layers
            print("@", arch, config.model_type, heads, kv, dim, blocks, title, file=out)
            for key, value in model.state_dict().items():
                print(key, *value.shape, file=out)


main()
