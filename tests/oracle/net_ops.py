"""What each operation of a pass gives, in float64, for tests/test_net_ops.c: python3 net_ops.py OUT
(numpy, torch). Operands are float32 and stored as such."""
import sys
import numpy as np
import torch
from torch.nn import functional as f

rng = np.random.default_rng(21)
out = open(sys.argv[1], "wb")


def put(name, values, kind="<f8"):
    values = np.ascontiguousarray(np.asarray(values), dtype=kind).reshape(-1)
    out.write(f"{name} {kind[1:]} {values.size}\n".encode())
    out.write(values.tobytes())


def operand(name, *shape, width=1.0):
    x = (rng.standard_normal(shape) * width).astype(np.float32)
    put(name, x, "<f4")
    return torch.from_numpy(x.astype(np.float64))


# activations: the middle, tails, and far beyond what float32's exp can do
x = np.concatenate([np.linspace(-9, 9, 301), [0.0, 1e-30, -1e-20, 1e-4, -1e-4, 20, -20, 88, -88,
                                              100, -100, 1e4, -1e4]]).astype(np.float32)
put("activate.x", x, "<f4")
wide = torch.from_numpy(x.astype(np.float64))
# x (1 + tanh u) / 2 = x sigmoid(2 u), which keeps the digits of the left tail
u = np.sqrt(2 / np.pi) * (wide + 0.044715 * wide ** 3)
put("activate.0", wide * torch.sigmoid(2 * u))
put("activate.1", wide * 0.5 * torch.erfc(-wide / np.sqrt(2)))
put("activate.2", f.silu(wide))
put("activate.3", f.relu(wide))

# norms of 5 rows of 37, one far from 0
x = operand("norm.x", 5, 37)
gain, bias = operand("norm.gain", 37), operand("norm.bias", 37)
put("norm.layer", f.layer_norm(x, (37,), gain, bias, 1e-5))
put("norm.layer.means", x.mean(1))
put("norm.layer.scales", 1 / torch.sqrt(x.var(1, unbiased=False) + 1e-5))
put("norm.rms", f.rms_norm(x, (37,), gain + 1, 1e-6))
put("norm.rms.scales", 1 / torch.sqrt((x ** 2).mean(1) + 1e-6))

# products: 260 rows of 70 to 387 outputs, two tiles and some both ways; a few rows of the result
w, b, x = operand("linear.w", 387, 70), operand("linear.bias", 387), operand("linear.x", 260, 70)
some = [0, 1, 2, 200, 255, 256, 259]
put("linear.rows", some, "<u4")
put("linear.some", (x @ w.T + b)[some])

# attention: 3 sequences, 4 heads on 2 of keys and values, 8 wide; one longer than a tile
lengths = [5, 70, 1]
rows = sum(lengths)
qkv = operand("attention.qkv", rows, 8 * 8, width=1.5)
for name, causal, window in (("causal", True, 0), ("full", False, 0), ("window", True, 6)):
    mixed, logs, at = [], [], 0
    for n in lengths:
        part = qkv[at:at + n]
        q = part[:, :32].reshape(n, 4, 8).transpose(0, 1)
        k = part[:, 32:48].reshape(n, 2, 8).transpose(0, 1).repeat_interleave(2, 0)
        v = part[:, 48:].reshape(n, 2, 8).transpose(0, 1).repeat_interleave(2, 0)
        score = q @ k.transpose(1, 2) / 8 ** 0.5
        i, j = torch.arange(n)[:, None], torch.arange(n)[None]
        hidden = torch.zeros(n, n, dtype=torch.bool)
        if causal:
            hidden |= j > i
        if window:
            hidden |= j <= i - window
        score = score.masked_fill(hidden, -torch.inf)
        logs.append(torch.logsumexp(score, 2).T)
        mixed.append((score.softmax(2) @ v).transpose(0, 1).reshape(n, 32))
        if n == 70 and name == "window":
            put("attention.weights", score.softmax(2), "<f4")
        at += n
    put(f"attention.{name}.out", torch.cat(mixed))
    put(f"attention.{name}.log_sums", torch.cat(logs))

# rotary positions: plain, and Llama 3's stretch; far positions
x = operand("rope.x", 4, 24)
positions = [0, 1, 100, 3000]
for name, factor in (("plain", 0), ("llama3", 8.0)):
    frequency = 10000.0 ** (-np.arange(0, 8, 2) / 8)
    if factor:
        low, high, original = 1.0, 4.0, 64
        wave = 2 * np.pi / frequency
        share = (original / wave - low) / (high - low)
        blend = (1 - share) * frequency / factor + share * frequency
        frequency = np.where(wave < original / high, frequency,
                             np.where(wave > original / low, frequency / factor, blend))
    frequency = frequency.astype(np.float32)
    angle = np.outer(np.array(positions, np.float32), frequency).astype(np.float64)
    c, s = (torch.from_numpy(np.concatenate([g(angle), g(angle)], 1))[:, None]
            for g in (np.cos, np.sin))
    heads = x.reshape(4, 3, 8)[:, :2]
    turned = heads * c + torch.cat([-heads[..., 4:], heads[..., :4]], -1) * s
    put(f"rope.{name}", torch.cat([turned, x.reshape(4, 3, 8)[:, 2:]], 1))

# cross entropy
x = operand("loss.logits", 4, 1003, width=6.0)
targets = [7, 0, 1002, 500]
put("loss.targets", targets, "<u4")
put("loss.losses", f.cross_entropy(x, torch.tensor(targets), reduction="none"))
