"""Other people's generators of tables, one a process: NAME TRAIN OUT COUNT SEED [EPOCHS]; prints JSON.

CTGAN's numbers are rounded to the decimals that the training rows have and kept within their range, as SDV does and
`ctgan` itself does not. The copula has the margins of the training rows; categories are intervals of a uniform number,
the most frequent first. `cart` draws each column by a tree of those before it, a training row of the leaf for each.
"""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd

LEAF = 50  # rows, at least, of cart's leaves


def numbers_of(table):
    return [name for name in table if pd.api.types.is_numeric_dtype(table[name])]


def decimals(values):
    """The fewest decimals that keep every value, 9 at most."""
    return next((d for d in range(9) if np.allclose(np.round(values, d), values, rtol=0, atol=1e-12)), 9)


def as_trained(new, train):
    """Numbers with the decimals and the range of the training rows, and the share of rows that were out of it."""
    outside = np.zeros(len(new), bool)
    for name in numbers_of(train):
        lowest, highest, places = train[name].min(), train[name].max(), decimals(train[name].dropna())
        rounded = new[name].astype(float).round(places)
        outside |= (rounded < lowest) | (rounded > highest)
        new[name] = rounded.clip(lowest, highest)
        if places == 0 and not new[name].isna().any():
            new[name] = new[name].astype(np.int64)
    return new, float(outside.mean())


def ctgan(train, seed, epochs):
    import torch
    from ctgan import CTGAN

    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    discrete = [name for name in train if name not in numbers_of(train)]
    model = CTGAN(epochs=epochs, enable_gpu=False)
    model.set_random_state(seed)
    model.fit(train, discrete)
    return model.sample


def copula(train, seed, _):
    from scipy.special import ndtr, ndtri

    rng = np.random.default_rng(seed)
    rows, numbers = len(train), numbers_of(train)
    scores, ordered = [], {}
    for name in train:
        if name in numbers:
            key = train[name].to_numpy(float)
        else:
            counts = train[name].value_counts(dropna=False)
            key = train[name].map({level: i for i, level in enumerate(counts.index)}).to_numpy()
        order = np.lexsort((rng.random(rows), key))  # ties, and rows of one level, in random order
        rank = np.empty(rows)
        rank[order] = np.arange(rows)
        scores.append(ndtri((rank + 0.5) / rows))
        ordered[name] = train[name].to_numpy()[order]
    factor = np.linalg.cholesky(np.corrcoef(scores) + 1e-9 * np.eye(len(scores)))

    def sample(count):
        places = (ndtr(rng.standard_normal((count, len(scores))) @ factor.T) * rows).astype(int).clip(0, rows - 1)
        return pd.DataFrame({name: ordered[name][places[:, i]] for i, name in enumerate(train)})

    return sample


def cart(train, seed, _):
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    rng = np.random.default_rng(seed)
    numbers, names = numbers_of(train), list(train)
    codes = {name: {v: i for i, v in enumerate(sorted(train[name].unique(), key=str))} for name in names}

    def seen(table, name):
        return table[name].fillna(-1e9) if name in numbers else table[name].map(codes[name])

    inputs, trees = np.column_stack([seen(train, name) for name in names]), []
    for i, name in enumerate(names[1:], 1):
        kind = DecisionTreeRegressor if name in numbers else DecisionTreeClassifier
        tree = kind(min_samples_leaf=LEAF, random_state=seed).fit(inputs[:, :i], inputs[:, i])
        trees.append((tree, tree.apply(inputs[:, :i])))

    def sample(count):
        donors = rng.integers(len(train), size=count)
        out = {names[0]: train[names[0]].to_numpy()[donors]}
        known = inputs[donors, :1]
        for i, (tree, leaves) in enumerate(trees, 1):
            order = np.argsort(leaves, kind="stable")
            wanted = tree.apply(known)
            first, last = (np.searchsorted(leaves[order], wanted, side=side) for side in ("left", "right"))
            donors = order[(first + rng.random(count) * (last - first)).astype(int)]
            out[names[i]] = train[names[i]].to_numpy()[donors]
            known = np.column_stack([known, inputs[donors, i]])
        return pd.DataFrame(out)

    return sample


GENERATORS = {"ctgan": ctgan, "copula": copula, "cart": cart}


def main():
    warnings.simplefilter("ignore")
    name, train_path, out, count, seed = sys.argv[1:6]
    train = pd.read_csv(train_path)
    began = time.process_time()
    sample = GENERATORS[name](train, int(seed), int(sys.argv[6]) if len(sys.argv) > 6 else 0)
    fitted = time.process_time()
    new, outside = as_trained(sample(int(count)), train)
    new[list(train)].to_csv(out, index=False)
    times = {"fit_seconds": fitted - began, "sample_seconds": time.process_time() - fitted}
    print(json.dumps({**times, "outside_before": outside}))


if __name__ == "__main__":
    main()
