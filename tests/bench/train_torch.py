"""Seconds of the fastest step of training a model's shape in PyTorch, whole and forward with backward
alone; fused AdamW, gradients set to none in between.
usage: train_torch.py gpt2|smollm2 SEQUENCES LENGTH THREADS ROUNDS"""
import sys
import time
import torch
from torch.nn import functional as f
from torch_models import make

shape = sys.argv[1]
sequences, length, threads, rounds = map(int, sys.argv[2:6])
torch.set_num_threads(threads)
model = make(shape)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, weight_decay=0, fused=True)
step = there = 1e9
for _ in range(rounds):
    ids = torch.randint(0, model.vocabulary, (sequences, length))
    start = time.perf_counter()
    logits = model(ids)
    f.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten()).backward()
    there = min(there, time.perf_counter() - start)
    optimizer.step()
    optimizer.zero_grad()
    step = min(step, time.perf_counter() - start)
print(f"{step:.4f} {there:.4f}")
