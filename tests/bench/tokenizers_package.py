#!/usr/bin/env python3
"""Ids of a text by the tokenizers package on one thread, in the pieces that bench_tokenizer makes: MB/s.
usage: tokenizers_package.py TOKENIZER TEXT; with a third argument the ids of each line instead"""
import os
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
from tokenizers import Tokenizer

begin = time.perf_counter()
t = Tokenizer.from_file(sys.argv[1])
t.no_truncation()
t.no_padding()
opened = time.perf_counter()
data = open(sys.argv[2], "rb").read()
if len(sys.argv) > 3:
    for line in data.removesuffix(b"\n").split(b"\n"):
        print(" ".join(map(str, t.encode(line.decode("utf-8", "replace"), add_special_tokens=False).ids)))
    sys.exit()
pieces, at = [], 0
while at < len(data):
    stop = data.find(b"\n", at + 4096) + 1 or len(data)
    pieces.append(data[at:stop].decode("utf-8", "replace"))
    at = stop
rounds, start = 0, time.perf_counter()
while time.perf_counter() - start < 1:
    n = sum(len(t.encode(p, add_special_tokens=False)) for p in pieces)
    rounds += 1
print("%.1f MB/s, %d tokens, opened in %.0f ms"
      % (len(data) * rounds / (time.perf_counter() - start) / 1e6, n, (opened - begin) * 1e3))
