"""Expected numbers of tests/test_exact.c: python3 exact.py > exact.txt (numpy)."""
import numpy as np
from scan import bell

BINS = 2048


def out(case, field, value):
    print(case, field, repr(float(value)))


def side(case, name, x):
    x = x[np.isfinite(x)]
    for q in (0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999):
        out(case, "%s.q%g" % (name, q), np.quantile(x, q))
    counts, edges = np.histogram(x, BINS)
    out(case, name + ".low", edges[0])
    out(case, name + ".high", edges[-1])
    weight = np.arange(1, BINS + 1, dtype=np.int64)
    out(case, name + ".bins1", counts @ weight)
    out(case, name + ".bins2", counts @ (weight * weight % 1009))
    order = np.lexsort((np.arange(len(x)), -np.abs(x)))[:10]
    for k, i in enumerate(order):
        out(case, "%s.top%d" % (name, k), x[i])
        out(case, "%s.at%d" % (name, k), i)


def case(name, a, b):
    a, b = a.astype("f8"), b.astype("f8")
    side(name, "base", a)
    side(name, "tuned", b)
    with np.errstate(invalid="ignore"):
        side(name, "delta", b - a)


if __name__ == "__main__":
    x = bell(31, 1100000)
    case("f32", x.astype("f4"), (x + 0.01 * bell(32, 1100000)).astype("f4"))
    x = bell(33, 20001)
    case("f64", x, x * 1.001)
    x = np.round(1000 * bell(34, 5000))
    case("i16", x, np.round(x * 1.1))
    case("few", np.array([3.0, -1.0]), np.array([3.0, 5.0]))
    case("constant", np.full(100, 2.5), np.full(100, 2.5))
    x = np.round(4 * bell(35, 3000)) / 4
    case("edges", x, x + 1)
