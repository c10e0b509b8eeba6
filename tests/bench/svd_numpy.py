"""Seconds that numpy.linalg.svd takes for the singular values alone of base, tuned and delta, N x N float32.
usage: svd_numpy.py N"""
import sys
import time

import numpy as np

n = int(sys.argv[1])
random = np.random.default_rng(1)
base = (0.02 * random.standard_normal((n, n))).astype("f4")
tuned = base + (0.001 * random.standard_normal((n, n))).astype("f4")
start = time.perf_counter()
for w in (base, tuned, tuned - base):
    np.linalg.svd(w, compute_uv=False)
print("%.3f" % (time.perf_counter() - start))
