"""Expected numbers of tests/test_statistics.c: python3 evaluation.py > evaluation.txt

numpy, scipy (bootstrap, spearmanr, norm), WEFE's WEAT, and formulas written out for the rest."""
import itertools
import math
from collections import Counter

import numpy as np
from scipy import stats
from wefe.metrics import WEAT


def say(name, field, value):
    print(name, field, repr(float(value)))


# --- the normal distribution
for i, p in enumerate([1e-300, 1e-20, 1e-5, 0.025, 0.2, 0.5, 0.6, 0.975, 0.9999999, 1 - 1e-12]):
    say(f"normal{i}", "p", p)
    say(f"normal{i}", "z", stats.norm.ppf(p))
    say(f"normal{i}", "cdf", stats.norm.cdf(stats.norm.ppf(p)))

# --- BCa intervals; many resamples, so that the oracle itself hardly varies
rng = np.random.default_rng(5)
samples = {
    "normal": rng.normal(2, 0.5, 40),
    "skewed": rng.lognormal(0, 1, 30),
    "heavy": rng.standard_t(2, 100),
    "two_values": np.array([0.0] * 25 + [1.0] * 15),
    "small": np.array([1.0, 2.0, 4.0, 8.0, 16.0]),
}
for name, x in samples.items():
    say(name, "n", len(x))
    for i, v in enumerate(x):
        say(name, f"x{i}", v)
    say(name, "mean", x.mean())
    for method in ["BCa", "percentile"]:
        r = stats.bootstrap((x,), np.mean, n_resamples=200000, method=method, random_state=1)
        say(name, f"{method}_low", r.confidence_interval.low)
        say(name, f"{method}_high", r.confidence_interval.high)
    say(name, "error", x.std() / math.sqrt(len(x)))


# --- differences of categories' means
def drawn(groups, categories_too):
    pick = rng.integers(len(groups), size=len(groups)) if categories_too else range(len(groups))
    return np.mean([rng.choice(groups[i], len(groups[i])).mean() for i in pick])


a = [rng.normal(m, 0.6, 35) for m in [2.0, 2.3, 1.8, 2.6]]
b = [rng.normal(m, 0.4, 30 + 3 * i) for i, m in enumerate([0.6, 0.7, 0.5, 0.8, 0.65, 0.6, 0.9, 0.7])]
for name, groups in [("contrast_a", a), ("contrast_b", b)]:
    say(name, "categories", len(groups))
    for c, x in enumerate(groups):
        say(name, f"n{c}", len(x))
        for i, v in enumerate(x):
            say(name, f"x{c}_{i}", v)
say("contrast", "gap", np.mean([x.mean() for x in a]) - np.mean([x.mean() for x in b]))
for field, too in [("plain", False), ("categories", True)]:
    d = np.array([drawn(a, too) - drawn(b, too) for _ in range(40000)])
    say("contrast", f"{field}_low", np.quantile(d, 0.025))
    say("contrast", f"{field}_high", np.quantile(d, 0.975))

near = [rng.normal(1.0, 0.5, 30)], [rng.normal(0.6, 0.5, 30)]
for name, groups in zip(["above_a", "above_b"], near):
    for i, v in enumerate(groups[0]):
        say(name, f"x{i}", v)
say("above", "p", np.mean([drawn(near[0], False) <= drawn(near[1], False) for _ in range(100000)]))

# --- Holm, by its definition
p = [0.01, 0.04, 0.03, 0.005, 0.5]
for i in range(len(p)):
    steps = sorted(range(len(p)), key=lambda k: p[k])
    rank = steps.index(i)
    say("holm", f"p{i}", p[i])
    say("holm", f"a{i}", min(1, max(p[steps[k]] * (len(p) - k) for k in range(rank + 1))))

# --- ranks, with ties on both sides
x, y = [74, 74, 74, 74, 2, 2, 2, 60, 74, 5], [4.8, 4.9, 5.0, 4.7, 3.0, 2.9, 3.1, 4.7, 4.6, 3.0]
for i in range(len(x)):
    say("ranks", f"x{i}", x[i])
    say("ranks", f"y{i}", y[i])
say("ranks", "rho", stats.spearmanr(x, y).statistic)
say("ranks", "rho6", stats.spearmanr(x[:6], y[:6]).statistic)
orders = [abs(stats.spearmanr(x[:6], o).statistic) for o in itertools.permutations(y[:6])]
say("ranks", "p6", np.mean(np.array(orders) >= abs(stats.spearmanr(x[:6], y[:6]).statistic) - 1e-9))

# --- WEAT
for name, sizes in [("weat_exact", (5, 5, 4, 6)), ("weat_many", (10, 10, 8, 8)), ("weat_uneven", (3, 6, 5, 4))]:
    width = 12
    sets = [rng.normal(0, 1, (n, width)) for n in sizes]
    sets[0] += 0.5 * sets[2].mean(0)
    cos = lambda u, v: u @ v / (np.linalg.norm(u) * np.linalg.norm(v))
    s = lambda w: np.mean([cos(w, a) for a in sets[2]]) - np.mean([cos(w, b) for b in sets[3]])
    both = np.array([s(w) for w in np.concatenate(sets[:2])])
    n_x = sizes[0]
    say(name, "width", width)
    for k, rows in zip("xyab", sets):
        say(name, f"n{k}", len(rows))
        for i, row in enumerate(rows):
            for j, v in enumerate(row):
                say(name, f"{k}{i}_{j}", v)
    weat = WEAT()
    say(name, "effect", weat._calc_effect_size(*[list(s) for s in sets]))
    say(name, "effect_sample", (both[:n_x].mean() - both[n_x:].mean()) / both.std(ddof=1))
    if name == "weat_many":
        draws = np.array([rng.permutation(both)[:n_x].sum() for _ in range(100000)])
        say(name, "p", np.mean(draws >= both[:n_x].sum() - 1e-12))
    else:
        sums = np.array([both[list(c)].sum() for c in itertools.combinations(range(len(both)), n_x)])
        say(name, "p", np.mean(sums >= both[:n_x].sum() - 1e-12))
        say(name, "splits", len(sums))

# --- repetition (self-repetition as the package diversity 0.3.1 computes it)
texts = ["the red fox runs over the red hill and the red fox rests",
         "a red fox runs over the old hill and sleeps",
         "over the red hill and the red fox again and again and again"]
training = ["yesterday the red fox runs over the red hill and sings all day long", "sleeps a red fox"]
grams = lambda t, n: [tuple(t.split()[i:i + n]) for i in range(len(t.split()) - n + 1)]
shares = []
for n in range(1, 5):
    all_grams = [g for t in texts for g in grams(t, n)]
    shares.append(len(set(all_grams)) / len(all_grams))
    say("formulaic", f"distinct{n}", shares[-1])
say("formulaic", "diversity", sum(shares))
each = [set(grams(t, 4)) for t in texts]
count = Counter(g for t in each for g in t)
say("formulaic", "self_repetition", np.mean([math.log(1 + sum(count[g] - 1 for g in t)) for t in each]))
known = set(g for t in training for g in grams(t, 8))
eights = [g for t in texts for g in grams(t, 8)]
say("formulaic", "copied", np.mean([g in known for g in eights]))
say("formulaic", "longest", max(n for n in range(1, 20) if any(
    g in set(h for t in training for h in grams(t, n)) for t in texts for g in grams(t, n))))

# --- what is left of a difference, an example's two values drawn together
rng = np.random.default_rng(77)
before = {"a": [rng.normal(m, 0.6, 35) for m in [2.0, 2.3, 1.8]], "b": [rng.normal(m, 0.3, 40) for m in [0.6, 0.7]]}
after = {
    "a": [0.3 * x + rng.normal(0.25, 0.1, len(x)) for x in before["a"]],
    "b": [x + rng.normal(0.1, 0.05, len(x)) for x in before["b"]],
}
for when, groups in [("before", before), ("after", after)]:
    for side, of in groups.items():
        name = f"{when}_{side}"
        say(name, "categories", len(of))
        for c, x in enumerate(of):
            say(name, f"n{c}", len(x))
            for i, v in enumerate(x):
                say(name, f"x{c}_{i}", v)


def left(draw):
    picks = {side: [draw(len(x)) for x in before[side]] for side in "ab"}
    mean = lambda of, side: np.mean([x[p].mean() for x, p in zip(of[side], picks[side])])
    return (mean(after, "a") - mean(after, "b")) / (mean(before, "a") - mean(before, "b"))


d = [left(lambda n: rng.integers(n, size=n)) for _ in range(40000)]
say("left", "share", left(np.arange))
say("left", "low", np.quantile(d, 0.025))
say("left", "high", np.quantile(d, 0.975))
