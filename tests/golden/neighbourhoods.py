"""Writes tests/golden/neighbourhoods.json: what the packages `prdc` and torch-fidelity say of a few small samples.

Usage: neighbourhoods.py OUT (needs numpy, torch, and the packages prdc and torch-fidelity). Each
case has samples `p` and `q`, `neighbours`, the four of `prdc`, and `closed`: torch-fidelity's precision and recall.
Cases of whole numbers have many equal distances, which both packages then compute without rounding.
"""

import contextlib
import io
import json
import sys

import numpy as np
import torch
from prdc import compute_prdc
from torch_fidelity.metric_prc import calculate_precision_recall_full

random = np.random.default_rng(17)
normal = random.standard_normal


def whole(rows, most):
    return random.integers(-most, most + 1, (rows, 3)).astype(np.float64)


twice = np.concatenate([whole(25, 9), whole(10, 9)])
twice = np.concatenate([twice, twice[:20], twice[:7]])  # rows that come twice and three times
cases = {
    "normals": (normal((40, 5)), normal((50, 5)) * 0.9, 5),
    "shifted": (normal((60, 3)), normal((45, 3)) + 1, 3),
    "far_from_0": (normal((40, 4)).round(3) + 1000, normal((40, 4)).round(3) + 1000, 5),
    "ties": (whole(70, 2), whole(60, 2), 5),
    "duplicates": (twice, np.concatenate([twice[5:30], whole(25, 9)]), 5),
    "nearest_alone": (whole(50, 3), whole(50, 3), 1),
}
result = {}
for name, (p, q, neighbours) in cases.items():
    with contextlib.redirect_stdout(io.StringIO()):
        values = {key: float(value) for key, value in compute_prdc(p, q, neighbours).items()}
    closed = calculate_precision_recall_full(torch.tensor(q), torch.tensor(p), neighbours)
    result[name] = {"p": p.tolist(), "q": q.tolist(), "neighbours": neighbours, **values, "closed": list(closed)}
with open(sys.argv[1], "w") as file:
    file.write("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(case)}" for name, case in result.items()) + "\n}\n")
