"""Weights and what transformers computes with them, for tests/test_net.c: python3 net_models.py OUT
GRADIENTS (torch, transformers). One tiny random model of each kind that differs in the pass; float32.
Of each weight's gradient, for tests/test_net_gradient.c: its norm and every third element."""
import sys
import numpy as np
import torch
import transformers as tf

torch.manual_seed(20)
torch.set_num_threads(1)
out = open(sys.argv[1], "wb")
gradients = open(sys.argv[2], "wb")
LENGTHS = [17, 1, 40, 6]
VOCABULARY = 61


def put_into(file, name, values, kind):
    """A line of name, type and count, then the values."""
    values = np.ascontiguousarray(np.asarray(values), dtype=kind).reshape(-1)
    file.write(f"{name} {kind[1:]} {values.size}\n".encode())
    file.write(values.tobytes())


def put(name, values, kind="<f4"):
    """A weight brings its gradient along, as an imaginary part."""
    if np.iscomplexobj(values):
        gradient = values.imag.reshape(-1)
        put_into(gradients, name + ".norm", np.linalg.norm(gradient), "<f8")
        put_into(gradients, name, gradient[::3], "<f4")
        values = values.real
    put_into(out, name, values, kind)


def array(t):
    if t.grad is None:
        return t.detach().numpy()
    return t.detach().numpy() + 1j * t.grad.numpy().astype(np.float64)


def lose(name, model, causal=True):
    """The mean loss over the tokens that follow, but for every fifth; an encoder's over some rows,
    whatever stands there. Leaves gradients."""
    chance = torch.Generator().manual_seed(5)
    ids, targets, total = [], [], 0
    for n in LENGTHS:
        s = torch.randint(0, VOCABULARY, (n,), generator=chance)
        t = torch.cat((s[1:], torch.tensor([-100]))) if causal else s.roll(3)
        t[torch.arange(n) % 5 == 2] = -100
        if not causal:
            t[torch.arange(n) % 2 == 1] = -100
        ids.append(s)
        targets.append(t)
    count = sum(int((t >= 0).sum()) for t in targets)
    for s, t in zip(ids, targets):
        total = total + torch.nn.functional.cross_entropy(model(s[None]).logits[0], t,
                                                          reduction="sum") / count
    total.backward()
    put_into(gradients, f"{name}.ids", torch.cat(ids), "<u4")
    put_into(gradients, f"{name}.targets", torch.cat(targets).numpy().astype(np.int32)
             .clip(-1).view(np.uint32), "<u4")
    put_into(gradients, f"{name}.loss", total.item(), "<f8")


def shake(model):
    """Gains and biases too: what is 0 or 1 at first would hide what is left out."""
    for name, p in model.named_parameters():
        with torch.no_grad():
            if p.dim() == 1:
                p.add_(0.2 * torch.randn_like(p))
            else:
                p.copy_(torch.randn_like(p) * 1.5 / p.shape[-1] ** 0.5)


def put_spec(name, model, **spec):
    for key, value in spec.items():
        put(f"{name}.spec.{key}", [value], "<f8")


def put_runs(name, model, causal=True):
    sequences = [torch.randint(0, VOCABULARY, (1, n)) for n in LENGTHS]
    put(f"{name}.lengths", LENGTHS, "<u4")
    put(f"{name}.ids", torch.cat(sequences, 1), "<u4")
    runs = [model(s, output_hidden_states=True, output_attentions=True) for s in sequences]
    put(f"{name}.logits", np.concatenate([array(r.logits)[0] for r in runs]))
    layers = len(runs[0].hidden_states) - 1
    # The last one stands behind the final norm.
    for i in range(layers if causal else layers + 1):
        put(f"{name}.residual{i}", np.concatenate([array(r.hidden_states[i])[0] for r in runs]))
    if causal:
        put(f"{name}.final", np.concatenate([array(r.hidden_states[layers])[0] for r in runs]))
    if causal:
        text = torch.tensor([[3, 14, 15, 9, 26]])
        for _ in range(12):
            text = torch.cat([text, model(text).logits[:, -1:].argmax(-1)], 1)
        put(f"{name}.greedy", text[0, 5:], "<u4")
    for i in range(layers):
        put(f"{name}.attention{i}", array(runs[0].attentions[i])[0])


def common(config):
    return dict(layers=config.num_hidden_layers, hidden=config.hidden_size,
                heads=config.num_attention_heads, vocabulary=config.vocab_size,
                positions=config.max_position_embeddings)


def gpt2():
    c = tf.GPT2Config(n_layer=2, n_embd=16, n_head=4, vocab_size=VOCABULARY, n_positions=40,
                      resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, attn_implementation="eager")
    m = tf.GPT2LMHeadModel(c).eval()
    shake(m)
    lose("gpt2", m)
    t = m.transformer
    put_spec("gpt2", m, **common(c), kv_heads=4, head_dim=4, intermediate=64, causal=1, pre_norm=1,
             gated=0, tied=1, norm=0, position=0, activation=0, norm_epsilon=c.layer_norm_epsilon,
             embed_scale=1)
    put("gpt2.tokens", array(t.wte.weight))
    put("gpt2.position", array(t.wpe.weight))
    for i, b in enumerate(t.h):
        n = f"gpt2.block{i}."
        put(n + "norm_1", array(b.ln_1.weight))
        put(n + "norm_1_bias", array(b.ln_1.bias))
        put(n + "qkv", array(b.attn.c_attn.weight).T)
        put(n + "qkv_bias", array(b.attn.c_attn.bias))
        put(n + "out", array(b.attn.c_proj.weight).T)
        put(n + "out_bias", array(b.attn.c_proj.bias))
        put(n + "norm_2", array(b.ln_2.weight))
        put(n + "norm_2_bias", array(b.ln_2.bias))
        put(n + "up", array(b.mlp.c_fc.weight).T)
        put(n + "up_bias", array(b.mlp.c_fc.bias))
        put(n + "down", array(b.mlp.c_proj.weight).T)
        put(n + "down_bias", array(b.mlp.c_proj.bias))
    put("gpt2.final_norm", array(t.ln_f.weight))
    put("gpt2.final_norm_bias", array(t.ln_f.bias))
    put_runs("gpt2", m)


def llama_like(name, m, c, **spec):
    shake(m)
    lose(name, m)
    put_spec(name, m, **{**common(c), **dict(
        kv_heads=c.num_key_value_heads, head_dim=m.model.layers[0].self_attn.head_dim,
        intermediate=c.intermediate_size, causal=1, pre_norm=1, gated=1, norm=1, position=1,
        norm_epsilon=c.rms_norm_eps, embed_scale=1), **spec})
    put(f"{name}.tokens", array(m.model.embed_tokens.weight))
    for i, b in enumerate(m.model.layers):
        n = f"{name}.block{i}."
        a = b.self_attn
        put(n + "norm_1", array(b.input_layernorm.weight))
        put(n + "qkv", np.concatenate([array(p.weight) for p in (a.q_proj, a.k_proj, a.v_proj)]))
        put(n + "out", array(a.o_proj.weight))
        for at in ("gate", "up", "down"):
            put(n + at, array(getattr(b.mlp, at + "_proj").weight))
        if hasattr(b, "pre_feedforward_layernorm"):
            put(n + "norm_after_attention", array(b.post_attention_layernorm.weight))
            put(n + "norm_2", array(b.pre_feedforward_layernorm.weight))
            put(n + "norm_after_mlp", array(b.post_feedforward_layernorm.weight))
            put(n + "query_norm", array(a.q_norm.weight))
            put(n + "key_norm", array(a.k_norm.weight))
        else:
            put(n + "norm_2", array(b.post_attention_layernorm.weight))
    put(f"{name}.final_norm", array(m.model.norm.weight))
    if not spec.get("tied"):
        put(f"{name}.head", array(m.lm_head.weight))
    put_runs(name, m)


SIZES = dict(num_hidden_layers=2, hidden_size=16, num_attention_heads=4, num_key_value_heads=2,
             intermediate_size=24, vocab_size=VOCABULARY, attn_implementation="eager")


def llama():
    c = tf.LlamaConfig(**SIZES, max_position_embeddings=64, rope_parameters=dict(
        rope_type="llama3", rope_theta=500.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=16), tie_word_embeddings=False)
    llama_like("llama", tf.LlamaForCausalLM(c).eval(), c, tied=0, activation=2, rope_base=500,
               rope_factor=4, rope_low=1, rope_high=4, rope_original=16)


def mistral():
    c = tf.MistralConfig(**SIZES, max_position_embeddings=64, sliding_window=5,
                         rope_parameters=dict(rope_type="linear", rope_theta=1000.0, factor=2.0),
                         tie_word_embeddings=False)
    llama_like("mistral", tf.MistralForCausalLM(c).eval(), c, tied=0, activation=2, rope_base=1000,
               window=5, rope_factor=2)


def gemma():
    c = tf.GemmaConfig(**SIZES, head_dim=8, max_position_embeddings=64, tie_word_embeddings=True,
                       hidden_act="gelu_pytorch_tanh")
    llama_like("gemma", tf.GemmaForCausalLM(c).eval(), c, tied=1, activation=0, rope_base=10000,
               norm_offset=1, embed_scale=4)


def gemma3():
    c = tf.Gemma3TextConfig(**SIZES, head_dim=8, query_pre_attn_scalar=8, sliding_window=64,
                            max_position_embeddings=64, tie_word_embeddings=True,
                            rope_parameters={k: dict(rope_type="default", rope_theta=10000.0) for k
                                             in ("full_attention", "sliding_attention")})
    llama_like("gemma3", tf.Gemma3ForCausalLM(c).eval(), c, tied=1, activation=0, rope_base=10000,
               norm_offset=1, embed_scale=4)


def bert():
    c = tf.BertConfig(num_hidden_layers=2, hidden_size=16, num_attention_heads=4,
                      intermediate_size=24, vocab_size=VOCABULARY, max_position_embeddings=40,
                      attn_implementation="eager")
    m = tf.BertForMaskedLM(c).eval()
    shake(m)
    lose("bert", m, causal=False)
    e, h = m.bert.embeddings, m.cls.predictions
    put_spec("bert", m, **common(c), kv_heads=4, head_dim=4, intermediate=24, causal=0, pre_norm=0,
             gated=0, tied=1, norm=0, position=0, activation=1, norm_epsilon=c.layer_norm_eps,
             embed_scale=1)
    put("bert.tokens", array(e.word_embeddings.weight))
    put("bert.position", array(e.position_embeddings.weight))
    put("bert.type_0", array(e.token_type_embeddings.weight)[0])
    put("bert.embed_norm", array(e.LayerNorm.weight))
    put("bert.embed_norm_bias", array(e.LayerNorm.bias))
    for i, b in enumerate(m.bert.encoder.layer):
        n = f"bert.block{i}."
        s = b.attention.self
        put(n + "qkv", np.concatenate([array(p.weight) for p in (s.query, s.key, s.value)]))
        put(n + "qkv_bias", np.concatenate([array(p.bias) for p in (s.query, s.key, s.value)]))
        for at, p in (("out", b.attention.output.dense), ("up", b.intermediate.dense),
                      ("down", b.output.dense), ("norm_1", b.attention.output.LayerNorm),
                      ("norm_2", b.output.LayerNorm)):
            put(n + at, array(p.weight))
            put(n + at + "_bias", array(p.bias))
    put("bert.head_dense", array(h.transform.dense.weight))
    put("bert.head_dense_bias", array(h.transform.dense.bias))
    put("bert.head_norm", array(h.transform.LayerNorm.weight))
    put("bert.head_norm_bias", array(h.transform.LayerNorm.bias))
    put("bert.head_bias", array(h.bias))
    put_runs("bert", m, causal=False)


for make in (gpt2, llama, mistral, gemma, gemma3, bert):
    make()
