"""Computes one metric of the features in two files as another program does; benchmarks/metrics.py runs it.

Usage: metrics_peers.py PEER P.npy Q.npy   prints one JSON line: the numbers, seconds and peak memory
"""

import contextlib
import io
import json
import resource
import sys
import time

import numpy as np
import torch

torch.set_num_threads(1)


def torch_fidelity_fd(p, q):
    from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_features_to_statistics, fid_statistics_to_metric

    statistics = [fid_features_to_statistics(torch.from_numpy(x)) for x in (p, q)]
    return {"fd": fid_statistics_to_metric(*statistics, verbose=False)[KEY_METRIC_FID]}


def pytorch_fid_fd(p, q):
    from pytorch_fid.fid_score import calculate_frechet_distance

    moments = [(np.mean(x, axis=0), np.cov(x, rowvar=False)) for x in (p, q)]
    return {"fd": float(calculate_frechet_distance(*moments[0], *moments[1]))}


def torch_fidelity_kd(p, q, subsets=1, size=None):
    from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, KEY_METRIC_KID_STD, kid_features_to_metric

    done = kid_features_to_metric(
        torch.from_numpy(p),
        torch.from_numpy(q),
        kid_subsets=subsets,
        kid_subset_size=size or min(len(p), len(q)),
        kid_kernel="poly",
        kid_kernel_poly_degree=3,
        kid_kernel_poly_gamma=None,
        kid_kernel_poly_coef0=1,
        rng_seed=1,
        verbose=False,
    )
    if size is None:
        return {"kd": done[KEY_METRIC_KID_MEAN]}
    return {"kd blocks_mean": done[KEY_METRIC_KID_MEAN], "kd blocks_std": done[KEY_METRIC_KID_STD]}


def prdc_shares(p, q):
    from prdc import compute_prdc

    with contextlib.redirect_stdout(io.StringIO()):  # it says how many rows there are
        return {name: float(value) for name, value in compute_prdc(p, q, nearest_k=5).items()}


PEERS = {
    "fd:torch-fidelity": torch_fidelity_fd,
    "fd:pytorch-fid": pytorch_fid_fd,
    "kd:torch-fidelity": torch_fidelity_kd,
    "kd:torch-fidelity-blocks": lambda p, q: torch_fidelity_kd(p, q, 100, 1000),
    "prdc": prdc_shares,
}

peer = PEERS[sys.argv[1]]
features = [np.load(path) for path in sys.argv[2:4]]
tiny = [x[:1000, :8].copy() for x in features]
peer(*tiny)  # imports
before = time.process_time()
numbers = peer(*features)
seconds = time.process_time() - before
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"numbers": numbers, "seconds": seconds, "megabytes": megabytes}))
