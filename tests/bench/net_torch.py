"""Seconds of the fastest forward pass of a model's shape in PyTorch: no hooks, no gradients, logits
of every token.
usage: net_torch.py gpt2|smollm2 SEQUENCES LENGTH THREADS ROUNDS"""
import sys
import time
import torch
from torch_models import make

shape = sys.argv[1]
sequences, length, threads, rounds = map(int, sys.argv[2:6])
torch.set_num_threads(threads)
model = make(shape)
best = 1e9
with torch.no_grad():
    for _ in range(rounds):
        ids = torch.randint(0, model.vocabulary, (sequences, length))
        start = time.perf_counter()
        model(ids)
        best = min(best, time.perf_counter() - start)
print(f"{best:.4f}")
