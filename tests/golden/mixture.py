"""Writes tests/golden/mixture.safetensors: EM as scikit-learn does it on Iris, from given responsibilities.

Usage: mixture.py OUT (needs scikit-learn, safetensors, and the files of plotnine, which has Old Faithful's eruptions).
`faithful` holds those, for their published likelihoods. For each kind of covariance: `KIND/start`, the
responsibilities that EM starts from; `KIND/history`, the mean log-likelihood before each of 30 iterations;
`KIND/score`, that of the result; and its parameters. No floor is added to the variances.
"""

import importlib.util
import sys
import warnings
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.mixture import GaussianMixture
from sklearn.mixture._gaussian_mixture import _compute_precision_cholesky, _estimate_gaussian_parameters

warnings.filterwarnings("ignore")  # 30 iterations need not converge
x = load_iris().data.astype(np.float64)
labels = KMeans(3, n_init=1, random_state=1).fit(x).labels_
start = 0.9 * np.eye(3)[labels] + 0.1 / 3
plotnine = Path(importlib.util.find_spec("plotnine").origin).parent
faithful = np.loadtxt(plotnine / "data/faithful.csv", delimiter=",", skiprows=1)
tensors = {"x": x, "start": start, "faithful": faithful}
for kind, name in (("full", "full"), ("diag", "diagonal"), ("spherical", "spherical")):
    counts, means, covariances = _estimate_gaussian_parameters(x, start, 0, kind)
    root = _compute_precision_cholesky(covariances, kind)
    precisions = root @ root.transpose(0, 2, 1) if kind == "full" else root**2
    model = GaussianMixture(
        3,
        covariance_type=kind,
        tol=0,
        reg_covar=0,
        max_iter=30,
        weights_init=counts / len(x),
        means_init=means,
        precisions_init=precisions,
    ).fit(x)
    tensors[name + "/history"] = np.array(model.lower_bounds_)
    tensors[name + "/score"] = np.array([model.score(x)])
    tensors[name + "/weights"] = model.weights_
    tensors[name + "/means"] = model.means_
    tensors[name + "/covariances"] = model.covariances_
    tensors[name + "/bic"] = np.array([model.bic(x)])
    tensors[name + "/log_prob"] = model.score_samples(x)
    tensors[name + "/responsibilities"] = model.predict_proba(x)
save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, sys.argv[1])
