"""Expected numbers of tests/test_scan.c: python3 scan.py > scan.txt (numpy, scipy).

Sums by math.fsum or in long double; values as in tests/support/values.h and test_scan.c."""
import math
import numpy as np
from scipy import stats


def bits(seed, i):
    with np.errstate(over="ignore"):
        z = np.uint64((seed << 40) & (2**64 - 1)) + (i + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def uniform(seed, n):
    return (bits(seed, np.arange(n, dtype=np.uint64)) >> np.uint64(11)).astype("f8") * 2.0**-52 - 1


def bell(seed, n):
    i = np.arange(n, dtype=np.uint64)
    return sum((bits(seed * 3 + k, i) >> np.uint64(40)).astype("f8") * 2.0**-23 - 1 for k in range(3))


def f32(x):
    return x.astype("f4").astype("f8")


def cases():
    yield "bell", bell(1, 5000), bell(1, 5000) + 0.01 * bell(2, 5000)
    x = f32(0.02 * bell(3, 2500000))
    yield "blocks", x, f32(x + 0.0005 * bell(4, 2500000))
    x = 1e8 + bell(5, 2500000)
    yield "offset", x, x + 1e-3 * bell(6, 2500000)
    x = f32(1 + 1e-4 * bell(7, 300000))
    yield "gain", x, f32(x * 1.001)
    x = 1e300 * bell(8, 4000)
    yield "huge", x, x * 1.25
    x = 1e-310 * bell(9, 4000)
    yield "subnormal", x, x + 1e-312 * bell(10, 4000)
    x = bell(11, 70000) ** 3
    yield "heavy", x, -x
    x = np.full(1200000, np.float64(np.float32(0.1)))
    yield "constant", x, np.full(1200000, np.float64(np.float32(0.3)))
    x = np.round(20 * bell(12, 9000))
    yield "integers", x, np.round(x + 2 * bell(13, 9000))
    x = 1e-60 * bell(14, 3000)
    yield "tiny_change", x, x * (1 + 2.0**-50)


def out(case, field, value):
    print(case, field, repr(float(value)))


def side(case, name, x):
    scale = 2.0 ** math.frexp(np.abs(x).max())[1] if np.abs(x).max() > 0 else 1.0
    if scale < 1e-300:
        x, scale = x * 2.0**1000, scale * 2.0**1000
        factor = 2.0**-1000
    else:
        factor = 1.0
    y = x / scale
    n = len(y)
    mean = math.fsum(y) / n
    d = (y - mean).astype(np.longdouble)
    d -= d.sum() / n
    m2, m3, m4 = ((d**k).sum() / n for k in (2, 3, 4))

    def put(field, value):
        out(case, name + "." + field, value * scale * factor)

    put("l1", math.fsum(np.abs(y)))
    put("l2", math.sqrt(math.fsum(y * y)))
    put("mean", mean)
    put("std", np.sqrt(m2))
    put("min", y.min())
    put("max", y.max())
    out(case, name + ".min_at", y.argmin())
    out(case, name + ".max_at", y.argmax())
    out(case, name + ".zeros", (y == 0).sum())
    if m2 > 0:
        out(case, name + ".skewness", m3 / m2 ** np.longdouble(1.5))
        out(case, name + ".kurtosis", m4 / (m2 * m2) - 3)
    for q in (0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999):
        put("q%g" % q, np.quantile(y, q))


def pair(case, a, b):
    d = b - a
    side(case, "base", a)
    side(case, "tuned", b)
    side(case, "delta", d)
    unit = 2.0 ** math.frexp(np.abs(a).max())[1]
    up = 2.0**600 if unit < 1e-200 else 1.0
    a, d, unit = a * up, d * up, unit * up
    x, y = (a / unit).astype(np.longdouble), (d / unit).astype(np.longdouble)
    aa, ad, dd = (x * x).sum(), (x * y).sum(), (y * y).sum()
    bb = ((x + y) ** 2).sum()
    cosine = (aa + ad) / np.sqrt(aa * bb)
    c = ad / aa
    across = ((y - c * x) ** 2).sum() / bb
    out(case, "relative", np.sqrt(dd / aa))
    out(case, "cosine_distance", across / (1 + cosine) if cosine > 0 else 1 - cosine)
    out(case, "unchanged", (d == 0).sum())
    out(case, "sign_flips", ((a > 0) & (b < 0) | (a < 0) & (b > 0)).sum())


def distances(case, a, b):
    unit = np.abs(a).max()
    out(case, "w1", stats.wasserstein_distance(a / unit, b / unit) * unit)
    out(case, "ks", stats.ks_2samp(a, b).statistic)


if __name__ == "__main__":
    for name, a, b in cases():
        pair(name, a, b)
        if len(a) < 100000 and name not in ("subnormal",):
            distances(name, a, b)
