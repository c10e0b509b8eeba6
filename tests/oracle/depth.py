"""Expected numbers of tests/test_depth.c: python3 depth.py > depth.txt (numpy, scipy).

Rank correlation, its p value by all orders (up to 8 blocks) and the Theil-Sen slope of the logs."""
import itertools
import numpy as np
from scipy import stats

profiles = {
    "one_rate": [0.179, 0.161, 0.168, 0.157, 0.159, 0.172, 0.192, 0.230],
    "momentum": [0.258, 0.120, 0.097, 0.102, 0.105, 0.108, 0.114, 0.147],
    "decay_by_layer": [0.039, 0.046, 0.066, 0.084, 0.111, 0.152, 0.224, 0.366],
    "early_frozen": [0.0, 0.0, 0.0, 0.0, 0.159, 0.137, 0.135, 0.135],
    "two": [0.02, 0.01],
    "five": [0.01, 0.03, 0.02, 0.05, 0.04],
    "ties": [0.01, 0.01, 0.02, 0.02, 0.01, 0.03],
    "twelve": [0.011, 0.013, 0.009, 0.012, 0.014, 0.018, 0.016, 0.021, 0.019, 0.026, 0.024, 0.031],
    "many": list(0.01 * np.exp(np.sin(np.arange(32) * 1.7) * 0.4 + np.arange(32) / 48)),
    "noisy": list(0.01 * np.exp(np.sin(np.arange(24) * 1.7) * 0.4 + np.arange(24) / 72)),
}


def say(name, field, value):
    print(name, field, repr(float(value)))


for name, r in profiles.items():
    r = np.array(r)
    n = len(r)
    z = (np.arange(n) + 0.5) / n
    say(name, "n", n)
    for i in range(n):
        say(name, f"r{i}", r[i])
    say(name, "rho", stats.spearmanr(r, z).statistic)
    moved = r > 0
    say(name, "slope", stats.theilslopes(np.log(r[moved]), z[moved]).slope)
    ranks = stats.rankdata(r)
    if n <= 8:
        lean = lambda y: abs(np.dot(y - y.mean(), np.arange(n)))
        orders = [lean(np.array(o)) for o in itertools.permutations(ranks)]
        say(name, "p", np.mean(np.array(orders) >= lean(ranks) - 1e-9))
    else:
        say(name, "p_about", stats.spearmanr(r, z).pvalue)
