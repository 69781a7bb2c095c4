"""Scores of a synthetic table beside the real one; prints JSON: TRAIN HOLDOUT NEW TARGET.

Run by benchmarks/tables.py in a process of its own with one thread. TRAIN is what the generator saw, HOLDOUT what
nobody saw, NEW what was generated, as many rows as TRAIN. A column is of numbers where pandas reads all of TRAIN's so.
"""

import json
import sys
import warnings

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SPIKE = 0.1  # the share of the rows from which on a number's most frequent value is a spike
MOST_LEVELS = 255  # of a category, in HistGradientBoosting
SEED = 0


def read(train_path, holdout_path, new_path):
    """The three tables with the same types: float64 for numbers, text for the rest."""
    train = pd.read_csv(train_path)
    numbers = [name for name in train if pd.api.types.is_numeric_dtype(train[name])]
    whole = [name for name in numbers if (train[name].dropna() % 1 == 0).all()]
    tables = [train, pd.read_csv(holdout_path), pd.read_csv(new_path)]
    for table in tables:
        if list(table) != list(train):
            sys.exit(f"error: {new_path}: expected the columns {list(train)}, got {list(table)}")
        for name in train:
            as_text = table[name].astype(str).where(table[name].notna(), "")
            table[name] = pd.to_numeric(table[name], errors="raise").astype(float) if name in numbers else as_text
    return tables, numbers, whole


def features(tables, numbers):
    """The same tables for HistGradientBoosting: levels as categories, those of many levels as their numbers."""
    levels = {name: pd.unique(pd.concat([t[name] for t in tables])) for name in tables[0] if name not in numbers}
    types = {name: pd.CategoricalDtype(sorted(values)) for name, values in levels.items()}
    coded = [table.astype(types) for table in tables]
    for name, values in levels.items():
        if len(values) > MOST_LEVELS:
            for table in coded:
                table[name] = table[name].cat.codes
    return coded


def boosted():
    return HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=SEED)


def logistic():
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def one_hot(table):
    """Numbers as they are, missing ones as 0, and a column for each level."""
    return pd.get_dummies(table, dtype=float).fillna(0.0)


def detection(holdout, new, classifier):
    """AUC of a classifier of held-out against as many new rows, mean of three folds; .5: it cannot tell them apart."""
    x, y = pd.concat([holdout, new], ignore_index=True), np.repeat([1, 0], [len(holdout), len(new)])
    scores = []
    for fitted, judged in StratifiedKFold(3, shuffle=True, random_state=SEED).split(x, y):
        model = classifier().fit(x.iloc[fitted], y[fitted])
        scores.append(roc_auc_score(y[judged], model.predict_proba(x.iloc[judged])[:, 1]))
    return float(np.mean(scores))


def utility(train, holdout, new, target):
    """A classifier of the target learnt from new rows, on held-out real ones; F1 and AUC are of the rarest level."""
    rarest = train[target].value_counts().idxmin()
    learnt, truth = new[target].astype(str), holdout[target].astype(str)
    if learnt.nunique() < 2:
        return {"accuracy": float((truth == learnt.iloc[0]).mean()), "f1": 0.0, "auc": 0.5}
    model = boosted().fit(new.drop(columns=target), learnt)
    shares = model.predict_proba(holdout.drop(columns=target))
    said = model.classes_[shares.argmax(1)]
    of_rarest = shares[:, list(model.classes_).index(rarest)] if rarest in model.classes_ else np.zeros(len(truth))
    return {
        "accuracy": float(accuracy_score(truth, said)),
        "f1": float(f1_score(truth == rarest, said == rarest, zero_division=0)),
        "auc": float(roc_auc_score(truth == rarest, of_rarest)),
    }


def points(train, tables, numbers):
    """Rows as points: the rank among the training values for a number, from 0 to 1; another level is 1 away."""
    columns = [[] for _ in tables]
    for name in train:
        if name in numbers:
            values = np.sort(train[name].dropna())
            for out, table in zip(columns, tables):
                sides = [np.searchsorted(values, table[name], side=side) for side in ("left", "right")]
                rank = np.where(table[name].isna(), -1, np.mean(sides, 0) / max(1, len(values)))
                out.append(rank[:, None])
        else:
            levels = pd.Index(pd.unique(train[name]))
            for out, table in zip(columns, tables):
                codes = levels.get_indexer(table[name])
                out.append((codes[:, None] == np.arange(len(levels))) / np.sqrt(2))
    return [np.hstack(out).astype(np.float32) for out in columns]


def privacy(train, holdout, new, numbers):
    """Exact copies of training rows, and the median distance to the closest of them, of new and of held-out rows."""
    hashes = [pd.util.hash_pandas_object(table, index=False) for table in (train, new)]
    known, unseen, made = points(train, [train, holdout, new.head(len(holdout))], numbers)
    search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(known)
    distances = [float(np.median(search.kneighbors(rows)[0])) for rows in (made, unseen)]
    return {
        "copies": float(hashes[1].isin(set(hashes[0])).mean()),
        "distance": distances[0],
        "distance_holdout": distances[1],
    }


def checks(train, new, numbers, whole):
    """What any program that reads the table would stumble over, and the spikes that hardly any generator keeps."""
    spikes = {}
    for name in numbers:
        counts = train[name].value_counts(normalize=True)
        if len(counts) > 1 and counts.iloc[0] >= SPIKE:
            value = float(counts.index[0])
            spikes[name] = {"value": value, "real": float(counts.iloc[0]), "new": float((new[name] == value).mean())}
    outside = (new[numbers] < train[numbers].min()) | (new[numbers] > train[numbers].max())
    unknown = [~new[name].isin(set(train[name])) for name in train if name not in numbers]
    return {
        "spikes": spikes,
        "outside": float(outside.any(axis=1).mean()),
        "unknown": float(np.any(unknown, axis=0).mean()) if unknown else 0.0,
        "whole": float((new[whole].dropna() % 1 == 0).all(axis=1).mean()) if whole else 1.0,
    }


def customary(train, new, numbers):
    """SDMetrics' quality report as its users run it, and its trend over all pairs; the report leaves out weak ones."""
    from sdmetrics.reports.single_table import QualityReport

    metadata = {"columns": {name: {"sdtype": "numerical" if name in numbers else "categorical"} for name in train}}
    out = {}
    for every in (False, True):
        report = QualityReport()
        if every:  # as before SDMetrics 0.27, and in the tables of papers
            report.real_correlation_threshold = report.real_association_threshold = 0
        report.generate(train, new, metadata, verbose=False)
        scores = dict(report.get_properties().itertuples(index=False))
        out["trend_all" if every else "trend"] = float(scores["Column Pair Trends"])
        out.setdefault("shape", float(scores["Column Shapes"]))
        out.setdefault("quality", float(report.get_score()))
    return out


def main():
    warnings.simplefilter("ignore")
    (train, holdout, new), numbers, whole = read(*sys.argv[1:4])
    target = sys.argv[4]
    if target not in train or target in numbers:
        sys.exit(f"error: --target: expected a column of levels, got '{target}'")
    coded = features([train, holdout, new], numbers)
    head = coded[2].head(len(holdout))
    out = {
        "detection": detection(coded[1], head, boosted),
        "detection_logistic": detection(one_hot(coded[1]), one_hot(head), logistic),
        "utility": utility(*coded, target),
        **privacy(train, holdout, new, numbers),
        **customary(train, new, numbers),
        "checks": checks(train, new, numbers, whole),
    }
    print(json.dumps(out))


if __name__ == "__main__":
    main()
