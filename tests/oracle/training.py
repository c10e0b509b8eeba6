"""Fine-tunes by PyTorch (float64) that tests/test_training.c repeats: python3 training.py OUT
(torch, transformers). Tiny models, the order of examples and adapters' first values by splitmix64
as core/random.h has it."""
import math
import sys
import numpy as np
import torch
import transformers as tf
from torch.func import functional_call

torch.manual_seed(16)
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
out = open(sys.argv[1], "wb")
VOCABULARY, POSITIONS, STEPS, BATCH, WARMUP, SEED = 37, 16, 20, 4, 3, 5
LENGTHS, PROMPTS = [9, 16, 5, 12, 16, 7], [0, 4, 2, 5, 1, 0]


def put(name, values, kind="<f4"):
    """A line of name, type and count, then the values."""
    values = np.ascontiguousarray(np.asarray(values), dtype=kind).reshape(-1)
    out.write(f"{name} {kind[1:]} {values.size}\n".encode())
    out.write(values.tobytes())


class Random:
    def __init__(self, state):
        self.state = state

    def next(self):
        self.state = self.state + 0x9e3779b97f4a7c15 & 2 ** 64 - 1
        z = self.state
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9 & 2 ** 64 - 1
        z = (z ^ z >> 27) * 0x94d049bb133111eb & 2 ** 64 - 1
        return z ^ z >> 31

    def below(self, n):
        return (self.next() >> 32) * n >> 32

    def unit(self):
        return (self.next() >> 11) * 2.0 ** -53


def order(epoch):
    r = Random(Random(SEED).next() + epoch & 2 ** 64 - 1)
    at = list(range(len(LENGTHS)))
    for i in range(len(at), 1, -1):
        k = r.below(i)
        at[k], at[i - 1] = at[i - 1], at[k]
    return at


def batches():
    epoch, left = 0, order(0)
    while True:
        chosen = []
        while len(chosen) < BATCH:
            if not left:
                epoch, left = epoch + 1, order(epoch + 1)
            chosen.append(left.pop(0))
        yield chosen


def rate(step):
    if step <= WARMUP:
        return step / WARMUP
    return 0.5 * (1 + math.cos(math.pi * (step - 1 - WARMUP) / (STEPS - WARMUP)))


IDS = [torch.randint(0, VOCABULARY, (n,)) for n in LENGTHS]
put("ids", torch.cat(IDS), "<u4")
put("lengths", LENGTHS, "<u4")
put("prompts", PROMPTS, "<u4")


def loss_of(call, chosen):
    """The mean over the batch's target tokens."""
    logits, targets = [], []
    for i in chosen:
        first = max(PROMPTS[i], 1)
        logits.append(call(IDS[i][None])[0, first - 1:-1])
        targets.append(IDS[i][first:])
    return torch.nn.functional.cross_entropy(torch.cat(logits), torch.cat(targets))


def train(name, parameters, call, make):
    """parameters: (factor, decay, tensors) groups."""
    groups = [dict(params=p, weight_decay=d, factor=f) for f, d, p in parameters]
    o = make(groups)
    everything = [p for _, _, ps in parameters for p in ps]
    losses, norms = [], []
    for step, chosen in zip(range(1, STEPS + 1), batches()):
        o.zero_grad()
        loss = loss_of(call, chosen)
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(everything, 1.0)))
        for g in o.param_groups:
            g["lr"] = 2e-3 * rate(step) * g["factor"]
        o.step()
        losses.append(float(loss))
    put(name + ".losses", losses, "<f8")
    put(name + ".norms", norms, "<f8")


def shaken(model):
    """Weights that float32 has exactly."""
    with torch.no_grad():
        for p in model.parameters():
            p.copy_((p + 0.1 * torch.randn_like(p)).float().double())
    return model.double().eval()


def adamw(groups):
    return torch.optim.AdamW(groups, lr=2e-3, betas=(0.9, 0.99), eps=1e-5)


def put_weights(name, model, merged=None):
    for n, p in model.named_parameters():
        put(f"{name}.{n}", (merged or {}).get(n, p).detach())


def gpt2():
    c = tf.GPT2Config(n_layer=2, n_embd=16, n_head=2, n_inner=64, vocab_size=VOCABULARY,
                      n_positions=POSITIONS, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0,
                      attn_implementation="eager")
    m = shaken(tf.GPT2LMHeadModel(c))
    put_weights("gpt2.start", m)
    # transformers keeps biases as vectors and all kernels as matrices.
    decay = [p for p in m.parameters() if p.dim() > 1]
    rest = [p for p in m.parameters() if p.dim() == 1]
    train("gpt2", [(1, 0.1, decay), (1, 0, rest)], lambda x: m(x).logits, adamw)
    put_weights("gpt2.end", m)


def llama_model():
    c = tf.LlamaConfig(num_hidden_layers=2, hidden_size=16, num_attention_heads=4,
                       num_key_value_heads=2, intermediate_size=24, vocab_size=VOCABULARY,
                       max_position_embeddings=POSITIONS, rms_norm_eps=1e-5,
                       tie_word_embeddings=False, attn_implementation="eager")
    return shaken(tf.LlamaForCausalLM(c))


def llama():
    """Block 0 at a tenth of the rate, the embedding frozen."""
    m = llama_model()
    put_weights("llama.start", m)
    named = dict(m.named_parameters())
    named.pop("model.embed_tokens.weight").requires_grad_(False)

    def group(slow, dim):
        return [p for n, p in named.items()
                if n.startswith("model.layers.0.") == slow and (p.dim() > 1) == dim]

    train("llama", [(0.1, 0.1, group(True, True)), (0.1, 0, group(True, False)),
                    (1, 0.1, group(False, True)), (1, 0, group(False, False))],
          lambda x: m(x).logits, adamw)
    put_weights("llama.end", m)


def sgd():
    m = llama_model()
    put_weights("sgd.start", m)
    train("sgd", [(1, 0, list(m.parameters()))], lambda x: m(x).logits,
          lambda groups: torch.optim.SGD(groups, lr=2e-3, momentum=0.9))
    put_weights("sgd.end", m)


def lora(rank=2, alpha=6):
    """Hu et al. 2021 on query and value."""
    m = llama_model()
    put_weights("lora.start", m)
    named = dict(m.named_parameters())
    chosen = [n for n in named if "q_proj" in n or "v_proj" in n]
    r = Random(SEED)
    factors = {}
    for n in chosen:
        rows, columns = named[n].shape
        a = [np.float32(columns ** -0.5 * (2 * r.unit() - 1)) for _ in range(rank * columns)]
        factors[n] = (torch.nn.Parameter(torch.tensor(np.array(a, "f8").reshape(rank, columns))),
                      torch.nn.Parameter(torch.zeros(rows, rank)))

    def merged():
        return {n: named[n].detach() + alpha / rank * b @ a for n, (a, b) in factors.items()}

    train("lora", [(1, 0.1, [p for n in chosen for p in factors[n]])],
          lambda x: functional_call(m, merged(), (x,)).logits, adamw)
    put_weights("lora.end", m, merged())


gpt2()
llama()
sgd()
lora()
