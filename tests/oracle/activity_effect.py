"""Effects of categories x layers on made-up examples, by NumPy and SciPy: python3 activity_effect.py

Needs numpy and scipy. Writes activity_effect.f32, float32 [side][example][layer][unit], and
activity_effect.txt.
"""
import os

import numpy as np
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(8)
CATEGORIES = np.repeat([0, 1, 2, 3], [40, 60, 50, 12])
lines = []
x = rng.gamma(3, 0.4, (len(CATEGORIES), 2, 10)) * rng.uniform(0.5, 1.5, (len(CATEGORIES), 1, 1))
y = x + rng.normal(0, 0.05, x.shape)
y[CATEGORIES == 1, 1] += 0.5
x, y = x.astype(np.float32).astype(float), y.astype(np.float32).astype(float)

with open(os.path.join(HERE, "activity_effect.f32"), "wb") as f:
    x.astype(np.float32).tofile(f)
    y.astype(np.float32).tofile(f)


def put(layer, c, field, value):
    lines.append(f"{layer}.{c} {field} {float(value):.13g}")


pvalues = {"plain": [], "contrast": []}
for layer in range(2):
    for c in range(4):
        own = CATEGORIES == c
        for name, v in (("abs", lambda z: np.abs(z).mean(-1)), ("rms", lambda z: np.sqrt((z ** 2).mean(-1)))):
            a, b = v(x[own, layer]), v(y[own, layer])
            d, rest = b - a, v(y[~own, layer]) - v(x[~own, layer])
            put(layer, c, name + ".effect", d.mean() / a.std(ddof=1))
            put(layer, c, name + ".contrast", (d.mean() - rest.mean()) / a.std(ddof=1))
            if name == "abs" and c < 3:
                p, q = stats.ttest_rel(b, a).pvalue, stats.ttest_ind(d, rest, equal_var=False).pvalue
                put(layer, c, "p", p)
                put(layer, c, "contrast.p", q)
                pvalues["plain"].append(p)
                pvalues["contrast"].append(q)
                glass = lambda a, b: (b - a).mean(-1) / a.std(-1, ddof=1)
                ci = stats.bootstrap((a, b), glass, paired=True, method="percentile", n_resamples=20000,
                                     rng=np.random.default_rng(1)).confidence_interval
                put(layer, c, "low", ci.low)
                put(layer, c, "high", ci.high)
                flips = rng.choice([-1, 1], (4000, len(d)))
                put(layer, c, "null_99", np.quantile(np.abs((flips * d).mean(1)) / a.std(ddof=1), 0.99))
        put(layer, c, "shift", np.sqrt(((y - x)[own, layer] ** 2).sum() / (x[own, layer] ** 2).sum()))
for name, p in pvalues.items():
    for i, q in enumerate(stats.false_discovery_control(p)):
        put(i // 3, i % 3, name + ".q", q)
for t, df in ((0.3, 1), (2, 5), (2, 5.5), (-10, 30), (40, 200), (1e-8, 3), (5, 1e6), (0, 4)):
    lines.append(f"student.{t:g}.{df:g} p {2 * stats.t.sf(abs(t), df):.15g}")
with open(os.path.join(HERE, "activity_effect.txt"), "w") as f:
    f.write("\n".join(lines) + "\n")
