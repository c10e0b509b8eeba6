"""Expected numbers of tests/test_spectrum.c: python3 spectrum.py > spectrum.txt (numpy, scipy, powerlaw 2.0.0,
weightwatcher 0.7.7; its RMT_Util and WW_powerlaw are loaded alone, without torch)."""
import importlib
import importlib.util
import sys
import types

import numpy as np
import powerlaw
import scipy.integrate
import scipy.optimize
import scipy.stats
from scan import bell, uniform


def out(case, field, value):
    print(case, field, repr(float(value)))


def weightwatcher(module):
    if "weightwatcher" not in sys.modules:
        package = types.ModuleType("weightwatcher")
        package.__path__ = importlib.util.find_spec("weightwatcher").submodule_search_locations
        sys.modules["weightwatcher"] = package
    return importlib.import_module("weightwatcher." + module)


def side(case, name, w):
    s = np.linalg.svd(w, compute_uv=False)
    for i in range(0, len(s), 1 if len(s) <= 64 else 16):
        out(case, "%s.sigma%d" % (name, i), s[i])
    out(case, name + ".rank", np.linalg.matrix_rank(w))
    p = s / s.sum()
    q = s * s / (s * s).sum()
    out(case, name + ".effective_rank", np.exp(scipy.stats.entropy(p)))
    out(case, name + ".effective_rank_energy", np.exp(scipy.stats.entropy(q)))
    rmt = weightwatcher("RMT_Util")
    out(case, name + ".stable_rank", rmt.stable_rank(s * s))
    out(case, name + ".plain_entropy", scipy.stats.entropy(q) / np.log(np.linalg.matrix_rank(w)))
    out(case, name + ".entropy", rmt.matrix_entropy(s, max(w.shape)))


def pair(case, base, tuned, out_in):
    """out_in: a row an output; the reference takes the left vectors of [out, in]."""
    delta = tuned - base
    for name, w in (("base", base), ("tuned", tuned), ("delta", delta)):
        side(case, name, w)
    s = np.linalg.svd(delta, compute_uv=False)
    for k in (1, 2, 4, 8, 16, 32, 64):
        out(case, "energy%d" % k, (s[:k] ** 2).sum() / np.linalg.norm(delta) ** 2)
    u0, s0, _ = np.linalg.svd(base if out_in else base.T, full_matrices=False)
    u1, s1, _ = np.linalg.svd(tuned if out_in else tuned.T, full_matrices=False)
    k = min(10, len(s0))
    # reeceshuttle/intruder-dimensions, find_intruder_dimensions.py
    nearest = np.abs(np.einsum("ji,jk->ik", u1, u0)).max(axis=1)[:k]
    out(case, "intruders", (nearest < 0.5).sum())
    out(case, "overlap", np.linalg.norm(u0[:, :k].T @ u1[:, :k]) ** 2 / k)
    out(case, "overlap_random", k / u0.shape[0])
    out(case, "sigma_ratio", s[0] / s0[0])
    dot = (base * delta).sum()
    norm = np.linalg.norm(base)
    out(case, "radial", dot / norm)
    out(case, "decay", (base * tuned).sum() / norm ** 2)
    out(case, "decay_residual", np.linalg.norm(delta - dot / norm ** 2 * base) / norm)


def planted(seed, rows, cols, rank, size):
    """Sum of `rank` outer products, added one after the other."""
    d = np.zeros((rows, cols))
    for r in range(rank):
        d = d + size * np.outer(bell(seed + r, rows), bell(seed + rank + r, cols))
    return d


def noise(seed, rows, cols, size):
    return size * bell(seed, rows * cols).reshape(rows, cols)


def tail(case, lam):
    fit = weightwatcher("WW_powerlaw").WWFit(np.sort(lam))
    out(case, "alpha", fit.alpha)
    out(case, "xmin", fit.xmin)
    out(case, "distance", fit.D)
    fit = powerlaw.Fit(lam, verbose=False)
    out(case, "powerlaw.alpha", fit.power_law.alpha)
    out(case, "powerlaw.xmin", fit.xmin)
    out(case, "powerlaw.distance", fit.power_law.D)


def median(case, ratio):
    low, high = (1 - np.sqrt(ratio)) ** 2, (1 + np.sqrt(ratio)) ** 2

    def share(x):
        def density(t):
            return np.sqrt(max((high - t) * (t - low), 0)) / (2 * np.pi * ratio * t)
        return scipy.integrate.quad(density, low, x, epsabs=1e-13, limit=500)[0]
    out(case, "median", scipy.optimize.brentq(lambda x: share(x) - 0.5, low + 1e-9, high, xtol=1e-14))


if __name__ == "__main__":
    np.seterr(all="ignore")
    shapes = (("square", 60, 60, True), ("tall", 90, 40, True), ("wide", 40, 120, False),
              ("flat", 40, 100, True), ("gram", 300, 320, True), ("gram_tall", 330, 270, True),
              ("gram_wide", 270, 400, False))
    for i, (name, rows, cols, out_in) in enumerate(shapes):
        base = noise(100 + 20 * i, rows, cols, 0.02) + planted(101 + 20 * i, rows, cols, 3, 0.03)
        tuned = base + noise(110 + 20 * i, rows, cols, 0.004) + planted(111 + 20 * i, rows, cols, 2, 0.01)
        pair(name, base, tuned, out_in)
    base = noise(300, 64, 96, 0.02)
    pair("low", base, base + planted(301, 64, 96, 4, 0.05), True)
    pair("decay", base, base * 0.96875, True)
    # An adapter: the product of factors of rank 8, scaled by alpha / rank = 16 / 8.
    base = noise(500, 96, 80, 0.02)
    pair("adapter", base, base + 2.0 * ((0.05 * bell(502, 96 * 8).reshape(96, 8)) @
                                        (0.05 * bell(501, 8 * 80).reshape(8, 80))), True)
    for name, seed, n in (("tail100", 400, 100), ("tail700", 401, 700)):
        x = 1.0009765625 + uniform(seed, n)
        tail(name, 1 / (x * x))
    for ratio in (0.1, 0.5, 0.75, 1.0):
        median("mp%g" % ratio, ratio)
