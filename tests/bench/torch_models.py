"""The shapes of GPT-2 (124M) and SmolLM2 (135M) in PyTorch, with random weights."""
import torch
from torch import nn
from torch.nn import functional as f


class Gpt2Block(nn.Module):
    def __init__(self, n, heads):
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(n), nn.LayerNorm(n)
        self.qkv, self.out = nn.Linear(n, 3 * n), nn.Linear(n, n)
        self.up, self.down = nn.Linear(n, 4 * n), nn.Linear(4 * n, n)

    def forward(self, x):
        b, t, n = x.shape
        q, k, v = (y.view(b, t, self.heads, -1).transpose(1, 2)
                   for y in self.qkv(self.norm_1(x)).split(n, 2))
        y = f.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, n))
        return x + self.down(f.gelu(self.up(self.norm_2(x)), approximate="tanh"))


class Gpt2(nn.Module):
    def __init__(self, vocabulary=50257, n=768, heads=12, layers=12, positions=1024):
        super().__init__()
        self.vocabulary = vocabulary
        self.tokens, self.position = nn.Embedding(vocabulary, n), nn.Embedding(positions, n)
        self.blocks = nn.ModuleList(Gpt2Block(n, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(n)

    def forward(self, ids):
        x = self.tokens(ids) + self.position(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        return f.linear(self.norm(x), self.tokens.weight)


class LlamaBlock(nn.Module):
    def __init__(self, n, heads, kv_heads, intermediate):
        super().__init__()
        self.dim, self.repeat = n // heads, heads // kv_heads
        self.norm_1, self.norm_2 = nn.RMSNorm(n, 1e-5), nn.RMSNorm(n, 1e-5)
        kv = kv_heads * self.dim
        self.q, self.k, self.v, self.out = (nn.Linear(n, m, bias=False) for m in (n, kv, kv, n))
        self.gate, self.up = (nn.Linear(n, intermediate, bias=False) for _ in range(2))
        self.down = nn.Linear(intermediate, n, bias=False)

    def forward(self, x, cosine, sine):
        b, t, n = x.shape
        y = self.norm_1(x)
        q, k, v = (m(y).view(b, t, -1, self.dim).transpose(1, 2) for m in (self.q, self.k, self.v))

        def turn(z):
            low, high = z.chunk(2, -1)
            return z * cosine + torch.cat((-high, low), -1) * sine

        k, v = (z.repeat_interleave(self.repeat, 1) for z in (turn(k), v))
        y = f.scaled_dot_product_attention(turn(q), k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, n))
        y = self.norm_2(x)
        return x + self.down(f.silu(self.gate(y)) * self.up(y))


class Llama(nn.Module):
    def __init__(self, vocabulary=49152, n=576, heads=9, kv_heads=3, intermediate=1536, layers=30):
        super().__init__()
        self.vocabulary, self.dim = vocabulary, n // heads
        self.tokens = nn.Embedding(vocabulary, n)
        self.blocks = nn.ModuleList(LlamaBlock(n, heads, kv_heads, intermediate)
                                    for _ in range(layers))
        self.norm = nn.RMSNorm(n, 1e-5)

    def forward(self, ids):
        frequency = 100000 ** (-torch.arange(0, self.dim, 2) / self.dim)
        angle = torch.outer(torch.arange(ids.shape[1]).float(), frequency)
        angle = torch.cat((angle, angle), -1)
        x = self.tokens(ids)
        for block in self.blocks:
            x = block(x, angle.cos(), angle.sin())
        return f.linear(self.norm(x), self.tokens.weight)


def make(shape):
    torch.manual_seed(1)
    model = Gpt2() if shape == "gpt2" else Llama()
    for p in model.parameters():
        if p.dim() > 1:
            nn.init.normal_(p, 0, 0.02)
    return model
