"""Writes tests/golden/table_scores.safetensors: scores of small tables by numpy, SciPy and scikit-learn.

Usage: table_scores.py OUT (needs numpy, scipy, scikit-learn, safetensors). Tables `p`, `q` and `train` have three
numbers, one of which may miss and one with few values, and two categories as codes; `shapes`, `pairs`, `exact`,
`distance` and `nearer` are what they should score. `fitted` and `tested` are tables with three classes in the last
column, `auc` the areas that HistGradientBoostingClassifier reaches on the first class against the others and on all
three (macro, one against the rest), `logits`, `truth` and `area` a case with ties.
"""

import itertools
import sys

import numpy as np
from safetensors.numpy import save_file
from scipy.stats import ks_2samp
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

CATEGORICAL = [False, False, False, True, True]
random = np.random.default_rng(23)


def table(rows, shift):
    a = random.normal(shift, 1, rows)
    b = np.exp(0.7 * a + random.normal(0, 0.7, rows))
    b[random.random(rows) < 0.1 + 0.1 * shift] = np.nan
    few = random.integers(0, 3 + int(shift > 0), rows).astype(float)
    level = random.choice([5.0, 17.0, 101.0], rows, p=[0.5, 0.3 - 0.2 * shift, 0.2 + 0.2 * shift])
    other = np.where(a > 0, 3.0, random.choice([2.0, 3.0, 9.0], rows))
    other[random.random(rows) < 0.05] = np.nan
    return np.stack([a.round(2), b, few, level, other], 1)


def shares(values, of):
    return np.array([np.mean(values == value) for value in of])


def as_level(x):
    return np.where(np.isnan(x), -1, x)


def shape(x, y, categorical):
    if categorical:
        x, y = as_level(x), as_level(y)
        levels = np.unique(np.r_[x, y])
        return 1 - np.abs(shares(x, levels) - shares(y, levels)).sum() / 2
    return 1 - ks_2samp(np.where(np.isnan(x), np.inf, x), np.where(np.isnan(y), np.inf, y)).statistic


def binned(x, of, categorical):
    if categorical:
        return as_level(x)
    known = np.sort(of[~np.isnan(of)])
    edges = np.unique(known[[k * len(known) // 10 for k in range(1, 10)]])
    return np.where(np.isnan(x), 99, np.searchsorted(edges, np.nan_to_num(x), side="right"))


def pair(p, q, a, b):
    if not CATEGORICAL[a] and not CATEGORICAL[b]:
        both = [x[~np.isnan(x[:, a]) & ~np.isnan(x[:, b])] for x in (p, q)]
        r = [np.corrcoef(x[:, a], x[:, b])[0, 1] for x in both]
        return 1 - abs(r[0] - r[1]) / 2
    cells = [[f"{u} {v}" for u, v in zip(*(binned(x[:, c], p[:, c], CATEGORICAL[c]) for c in (a, b)))] for x in (p, q)]
    levels = sorted({*cells[0], *cells[1]})
    return 1 - np.abs(shares(np.array(cells[0]), levels) - shares(np.array(cells[1]), levels)).sum() / 2


def distances(x, y, known):
    total = np.zeros((len(x), len(y)))
    for c, categorical in enumerate(CATEGORICAL):
        a, b = x[:, c, None], y[None, :, c]
        if categorical:
            total += as_level(a) != as_level(b)
            continue
        values = known[~np.isnan(known[:, c]), c]
        rank = lambda v: np.array([(np.mean(values < u) + np.mean(values <= u)) / 2 for u in v.ravel()]).reshape(
            v.shape
        )
        missing = np.isnan(a).astype(int) + np.isnan(b)
        total += np.where(missing == 1, 1, np.where(missing == 2, 0, np.abs(rank(a) - rank(b))))
    return total / len(CATEGORICAL)


def classes(rows):
    x = random.normal(size=(rows, 4))
    level = random.integers(0, 8, rows).astype(float)
    score = x[:, 0] * x[:, 1] + np.sin(2 * x[:, 2]) + 0.8 * np.isin(level, [1, 4, 6]) + random.normal(0, 0.7, rows)
    return np.column_stack([x, level, np.digitize(score, [-0.5, 1.2]).astype(float)])


p, q, train = table(160, 0), table(130, 0.5), table(160, 0)
q[:20] = train[40:60]
values = {"p": p, "q": q, "train": train}
values["shapes"] = np.mean([shape(p[:, c], q[:, c], CATEGORICAL[c]) for c in range(5)])
values["pairs"] = np.mean([pair(p, q, a, b) for a, b in itertools.combinations(range(5), 2)])
known = np.concatenate([train, p])
to_train, to_p = distances(q, train, known).min(1), distances(q, p, known).min(1)
values["distance"] = to_train.mean()
values["nearer"] = np.mean((to_train < to_p - 1e-9) + 0.5 * (np.abs(to_train - to_p) <= 1e-9))
values["exact"] = np.mean([any(np.array_equal(a, b, equal_nan=True) for b in train) for a in q])
fitted, tested = classes(2000), classes(2000)
values |= {"fitted": fitted, "tested": tested}
areas = []
for truth in ([fitted[:, -1] == 0, tested[:, -1] == 0], [fitted[:, -1], tested[:, -1]]):
    model = HistGradientBoostingClassifier(categorical_features=[4], random_state=0).fit(fitted[:, :-1], truth[0])
    said = model.predict_proba(tested[:, :-1])
    areas.append(roc_auc_score(truth[1], said[:, 1] if said.shape[1] == 2 else said, multi_class="ovr"))
values["auc"] = np.array(areas)
values["logits"] = random.integers(0, 9, 60).astype(float)
values["truth"] = (values["logits"] + random.integers(0, 9, 60) > 8).astype(float)
values["area"] = roc_auc_score(values["truth"], values["logits"])
save_file({key: np.atleast_1d(np.asarray(value, np.float64)) for key, value in values.items()}, sys.argv[1])
