"""What torch's optimizers and clipping do in 20 steps, and transformers' schedules, for
tests/test_optimizer.c: python3 optimizer.py OUT (torch, transformers)."""
import sys
import numpy as np
import torch
from transformers import optimization

torch.manual_seed(6)
out = open(sys.argv[1], "wb")
N, STEPS = 83, 20


def put(name, values, kind="<f4"):
    """A line of name, type and count, then the values."""
    values = np.ascontiguousarray(np.asarray(values), dtype=kind).reshape(-1)
    out.write(f"{name} {kind[1:]} {values.size}\n".encode())
    out.write(values.tobytes())


start = torch.randn(N) * 0.05
# Of all sizes: where gradients are near epsilon, it counts.
gradients = torch.randn(STEPS, N) * 10 ** (torch.rand(N) * 10 - 9)
put("start", start)
put("gradients", gradients)


def run(name, make, decay=0.0):
    w = torch.nn.Parameter(start.clone())
    o = make(w)
    for g in gradients:
        with torch.no_grad():
            w.mul_(1 - decay)
        w.grad = g.clone()
        o.step()
    put(name, w.detach())


run("adamw", lambda w: torch.optim.AdamW([w], lr=1e-2, weight_decay=0.1))
run("adamw_betas", lambda w: torch.optim.AdamW([w], lr=3e-3, betas=(0.8, 0.95), eps=1e-5, weight_decay=0))
run("sgd", lambda w: torch.optim.SGD([w], lr=1e-2, momentum=0.9))
run("sgd_decay", lambda w: torch.optim.SGD([w], lr=1e-2, momentum=0.5), decay=1e-2 * 0.1)

w = [torch.nn.Parameter(torch.zeros(N)) for _ in range(2)]
for most in (1.0, 1e6):
    for p, g in zip(w, gradients):
        p.grad = g.clone()
    norm = torch.nn.utils.clip_grad_norm_(w, most)
    put(f"norm_{most:g}", [float(norm)], "<f8")
    put(f"clipped_{most:g}", torch.cat([p.grad for p in w]))

WARMUP, TOTAL = 7, 40


def schedule(name, make):
    o = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    f = make(o).lr_lambdas[0]
    put(name, [f(i) for i in range(TOTAL)], "<f8")


schedule("constant", lambda o: optimization.get_constant_schedule_with_warmup(o, WARMUP))
schedule("linear", lambda o: optimization.get_linear_schedule_with_warmup(o, WARMUP, TOTAL))
schedule("cosine", lambda o: optimization.get_cosine_schedule_with_warmup(o, WARMUP, TOTAL))
schedule("cosine_tenth", lambda o: optimization.get_cosine_with_min_lr_schedule_with_warmup(
    o, WARMUP, TOTAL, min_lr_rate=0.1))
