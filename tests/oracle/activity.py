"""What two models show on seven sequences, and NumPy's and SciPy's numbers for it: python3 activity.py

Needs numpy and scipy. Writes activity.f32 (float32 values in the order of the passes: batch, side,
site) and activity.txt. test_activity.c has the same shapes.
"""
import os

import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon

HERE = os.path.dirname(os.path.abspath(__file__))
BATCHES = [[(0, 5), (1, 9), (0, 1), (2, 12)], [(2, 18), (0, 16), (1, 11)]]  # category, tokens
BLOCKS, HEADS, HEAD_DIM, HIDDEN, MLP, VOCABULARY, CATEGORIES = 2, 2, 4, 8, 12, 11, 3
LAYERS = ([("residual", b) for b in range(-1, BLOCKS + 1)] + [("heads", b) for b in range(BLOCKS)]
          + [("mlp", b) for b in range(BLOCKS)])
UNITS = {"residual": HIDDEN, "heads": HEADS * HEAD_DIM, "mlp": MLP}

rng = np.random.default_rng(20)
lines = []


def put(case, field, value):
    lines.append(f"{case} {field} {float(value):.13g}")


def softmax_rows(n):
    scores = rng.normal(0, 2, (HEADS, n, n)).astype(np.float32)
    scores[1, :, 0] += 2.5  # a sink
    mask = np.tril(np.ones((n, n), bool))
    e = np.where(mask, np.exp(scores - scores.max(-1, keepdims=True)), 0).astype(np.float32)
    return (e / e.sum(-1, keepdims=True)).astype(np.float32)


def seen_by_base(sequences):
    rows = sum(n for _, n in sequences)
    first = np.cumsum([0] + [n for _, n in sequences])[:-1]
    v = {}
    for kind, block in LAYERS:
        x = rng.normal(0.2, 1, (rows, UNITS[kind])) * rng.uniform(0.5, 2, UNITS[kind])
        if kind == "residual":
            x[first, 2] += 700
        if kind == "mlp":
            x[:, 5] *= 1e-6
            for (c, n), f in zip(sequences, first):
                x[f:f + n, c] += 2 + block
        v[kind, block] = x.astype(np.float32)
    for block in range(BLOCKS):
        for s, (_, n) in enumerate(sequences):
            v["attention", block, s] = softmax_rows(n)
    v["logits"] = rng.normal(0, 2, (rows, VOCABULARY)).astype(np.float32)
    return v


def seen_by_tuned(base, sequences):
    v = {}
    for key, x in base.items():
        if key[0] == "attention":
            mixed = 0.7 * x.astype(np.float64) + 0.3 * softmax_rows(x.shape[1])
            v[key] = mixed.astype(np.float32)
        elif key == "logits":
            v[key] = (x + rng.normal(0, 0.5, x.shape)).astype(np.float32)
        else:
            shift = rng.normal(0, 0.3, x.shape[1])
            y = x * rng.uniform(0.8, 1.2, x.shape[1]) + shift + rng.normal(0, 0.1, x.shape)
            if key[0] == "mlp":
                y[:, 5] = 1e-6 * x[:, 5]
                if key[1] == 1:
                    y[:, 3] *= 1e-7
            v[key] = y.astype(np.float32)
    return v


def dump(f, v, sequences):
    v[LAYERS[0]].tofile(f)
    for block in range(BLOCKS):
        for s in range(len(sequences)):
            v["attention", block, s].tofile(f)
        v["heads", block].tofile(f)
        v["mlp", block].tofile(f)
        v["residual", block].tofile(f)
    v["residual", BLOCKS].tofile(f)
    v["logits"].tofile(f)


batches = []
with open(os.path.join(HERE, "activity.f32"), "wb") as f:
    for sequences in BATCHES:
        base = seen_by_base(sequences)
        tuned = seen_by_tuned(base, sequences)
        batches.append((sequences, base, tuned))
        dump(f, base, sequences)
        dump(f, tuned, sequences)


def rows_of(key, side, category, apart=False):
    """float64 rows, position 0 left out (or alone)."""
    out = []
    for sequences, *sides in batches:
        at = 0
        for c, n in sequences:
            if category in (c, "all"):
                x = sides[side][key][at:at + n].astype(np.float64)
                out.append(x[:1] if apart else x[1:])
            at += n
    return np.concatenate(out)


def levels(case, x, side):
    put(case, f"rms.{side}", np.sqrt((x ** 2).mean()))
    put(case, f"mean.{side}", x.mean())
    put(case, f"max_abs.{side}", np.abs(x).max())
    put(case, f"median_abs.{side}", np.median(np.abs(x)))
    put(case, f"kurtosis.{side}", stats.kurtosis(x, axis=None))
    for q in (0.01, 0.25, 0.5, 0.75, 0.99):
        put(case, f"q{round(100 * q):02d}.{side}", np.quantile(x, q))


def cka(x, y):
    x, y = x - x.mean(0), y - y.mean(0)
    k, l = x @ x.T, y @ y.T  # the Gram form: another way than the feature form
    return (k * l).sum() / np.sqrt((k * k).sum() * (l * l).sum())


def cells():
    for key in LAYERS:
        for c in [0, 1, 2, "all"]:
            case = f"{key[0]}.{key[1]}.{c}"
            x, y = rows_of(key, 0, c), rows_of(key, 1, c)
            put(case, "tokens", len(x))
            levels(case, x, 0)
            levels(case, y, 1)
            put(case, "shift", np.sqrt(((y - x) ** 2).sum() / (x ** 2).sum()))
            cos = (x * y).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
            put(case, "cosine", cos.mean())
            others = [i for i in range(3) if i != c]
            for u in range(x.shape[1] if key[0] == "mlp" else 0):
                put(case, f"unit{u}.change", (y[:, u].mean() - x[:, u].mean()) / x[:, u].std())
                put(case, f"unit{u}.shift", np.sqrt(((y - x)[:, u] ** 2).sum() / (x[:, u] ** 2).sum()))
                for side, z in ((0, x), (1, y)):
                    put(case, f"unit{u}.mean.{side}", z[:, u].mean())
                    put(case, f"unit{u}.sd.{side}", z[:, u].std())
                    put(case, f"unit{u}.most.{side}", np.abs(z[:, u]).max())
                    if c != "all":
                        w = np.concatenate([rows_of(key, side, o) for o in others])[:, u]
                        d = z[:, u].mean() - w.mean()
                        put(case, f"unit{u}.selectivity.{side}", d / np.sqrt((z[:, u].var() + w.var()) / 2))
        case = f"{key[0]}.{key[1]}.all"
        x, y = rows_of(key, 0, "all", True), rows_of(key, 1, "all", True)
        put(case, "first.rms.0", np.sqrt((x ** 2).mean()))
        put(case, "first.shift", np.sqrt(((y - x) ** 2).sum() / (x ** 2).sum()))
        put(case, "cka", cka(rows_of(key, 0, "all"), rows_of(key, 1, "all")))
        mu = np.array([(rows_of(key, 1, c) - rows_of(key, 0, c)).mean(0) for c in range(3)])
        put(case, "generic", (mu.mean(0) ** 2).sum() / (mu ** 2).sum(1).mean())
        for c in range(3):
            o = mu[[i for i in range(3) if i != c]].mean(0)
            put(f"{key[0]}.{key[1]}.{c}", "direction", mu[c] @ o / np.linalg.norm(mu[c]) / np.linalg.norm(o))


def dead():
    for block in range(BLOCKS):
        gone = []
        for side in (0, 1):
            x = rows_of(("mlp", block), side, "all")
            gone.append(np.abs(x).max(0) < 1e-3 * np.sqrt((x ** 2).mean()))
            put(f"mlp.{block}.all", f"dead.{side}", gone[-1].sum())
        put(f"mlp.{block}.all", "newly_dead", (gone[1] & ~gone[0]).sum())


def compute_attention_sink(attention_scores, epsilon):
    """sail-sg/Attention-Sink, eval_sink_open_source.py, in NumPy: [samples][layers][heads][T][T]."""
    n = attention_scores.shape[-1]
    ratios = np.arange(n, 0, -1, dtype=attention_scores.dtype)[None, None, None, None, :]
    importance_scores = (attention_scores / ratios).sum(-2)
    return (importance_scores > epsilon).mean(axis=(0, 1, 2))[0]


def heads():
    for block in range(BLOCKS):
        for h in range(HEADS):
            for c in [0, 1, 2, "all"]:
                case = f"head.{block}.{h}.{c}"
                sums = {k: ([], []) for k in ("entropy", "first", "previous", "self", "distance", "sink")}
                shift = []
                for sequences, *sides in batches:
                    for s, (category, n) in enumerate(sequences):
                        if c not in (category, "all"):
                            continue
                        a = [side["attention", block, s][h].astype(np.float64) for side in sides]
                        for side in (0, 1):
                            for i in range(1, n):
                                r = a[side][i]
                                sums["entropy"][side].append(stats.entropy(r[:i + 1]) / np.log(i + 1))
                                sums["first"][side].append(r[0])
                                sums["previous"][side].append(r[i - 1])
                                sums["self"][side].append(r[i])
                                sums["distance"][side].append(((i - np.arange(i + 1)) * r[:i + 1]).sum())
                            if n >= 10:
                                one = sides[side]["attention", block, s][None, None, h:h + 1]
                                sums["sink"][side].append(compute_attention_sink(one, 0.3))
                        shift += [jensenshannon(a[0][i], a[1][i], base=2) for i in range(1, n)]
                for k, (x, y) in sums.items():
                    if x:
                        put(case, f"{k}.0", np.mean(x))
                        put(case, f"{k}.1", np.mean(y))
                put(case, "shift", np.mean(shift))
                put(case, "queries", len(shift))


def output():
    for c in [0, 1, 2, "all"]:
        kl, same = [], []
        for sequences, base, tuned in batches:
            at = 0
            for category, n in sequences:
                if c in (category, "all"):
                    for i in range(at, at + n):
                        p, q = (np.exp(v["logits"][i].astype(np.float64)) for v in (base, tuned))
                        kl.append(stats.entropy(p, q))
                        same.append(p.argmax() == q.argmax())
                at += n
        case = f"output.{c}"
        for field, value in (("mean", np.mean(kl)), ("median", np.median(kl)),
                             ("p99", np.quantile(kl, 0.99)), ("agreement", np.mean(same))):
            put(case, field, value)


cells()
dead()
heads()
output()
with open(os.path.join(HERE, "activity.txt"), "w") as f:
    f.write("\n".join(lines) + "\n")
