"""Writes tests/golden/metrics.safetensors: distances of features by the tools that people publish with.

Usage: metrics.py OUT (in the bench environment: pytorch-fid, torch-fidelity, scipy, safetensors).
For each case NAME: `NAME/p`, `NAME/q`, float64 features; `NAME/fd`, by pytorch-fid and by torch-fidelity; `NAME/kd`, by
torch-fidelity from one subset of all rows, where both sides have as many. `more_features` has fewer rows than
features, where both tools' square roots of a singular product lose digits: its `fd` is by the singular values of the
centred rows' products.
"""

import sys

import numpy as np
import torch
from pytorch_fid.fid_score import calculate_frechet_distance
from safetensors.numpy import save_file
from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, kid_features_to_metric

rng = np.random.default_rng(1)


def features(n, d, shift, scale):
    """Rows as networks give them: after a rectifier, correlated, of unequal spread, far from 0."""
    mix = np.random.default_rng(2).standard_normal((d, d)) / np.sqrt(d) + np.eye(d)
    spread = 1 / np.sqrt(1 + np.arange(d))
    return np.maximum(rng.standard_normal((n, d)) * spread @ mix * scale + 0.3 + shift, 0) + 2


CASES = {
    "equal": (features(100, 8, 0, 1), features(100, 8, 0, 1)),
    "shifted": (features(100, 8, 0, 1), features(100, 8, 0.2, 1.2)),
    "uneven": (features(80, 10, 0, 1), features(50, 10, 0.1, 1)),
    "more_features": (features(20, 30, 0, 1), features(20, 30, 0.3, 1)),
}


def frechet(name, p, q):
    if name == "more_features":
        x, y = ((z - z.mean(0)) / np.sqrt(len(z) - 1) for z in (p, q))
        nuclear = np.linalg.svd(x @ y.T, compute_uv=False).sum()
        return [((p.mean(0) - q.mean(0)) ** 2).sum() + (x**2).sum() + (y**2).sum() - 2 * nuclear]
    theirs = [fid_features_to_statistics(torch.from_numpy(x)) for x in (p, q)]
    moments = [(x.mean(0), np.cov(x, rowvar=False)) for x in (p, q)]
    return [
        calculate_frechet_distance(*moments[0], *moments[1]),
        fid_statistics_to_metric(*theirs, verbose=False)[KEY_METRIC_FID],
    ]


def kernel(p, q):
    done = kid_features_to_metric(
        torch.from_numpy(p),
        torch.from_numpy(q),
        kid_subsets=1,
        kid_subset_size=len(p),
        kid_kernel="poly",
        kid_kernel_poly_degree=3,
        kid_kernel_poly_gamma=None,
        kid_kernel_poly_coef0=1,
        rng_seed=1,
        verbose=False,
    )
    return [done[KEY_METRIC_KID_MEAN]]


tensors = {}
for name, (p, q) in CASES.items():
    tensors |= {name + "/p": p, name + "/q": q, name + "/fd": np.array(frechet(name, p, q))}
    if len(p) == len(q):
        tensors[name + "/kd"] = np.array(kernel(p, q))
save_file(tensors, sys.argv[1])
