"""Times scikit-learn's EM from given responsibilities: mle_sklearn.py X.npy RESPONSIBILITIES.npy KIND ITERATIONS."""

import json
import sys
import time
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

warnings.filterwarnings("ignore")  # it stops after the iterations asked for, without having converged
x, start, kind = np.load(sys.argv[1]), np.load(sys.argv[2]), sys.argv[3]


class FromResponsibilities(GaussianMixture):
    """scikit-learn's mixture whose first M step takes the given responsibilities, as ours does."""

    def _initialize_parameters(self, rows, random_state, **_):
        self._initialize(rows, start)


model = FromResponsibilities(start.shape[1], covariance_type=kind, tol=0, reg_covar=0, max_iter=int(sys.argv[4]))
began = time.perf_counter()
model.fit(x)
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "iterations": model.n_iter_, "log_likelihood": float(model.score(x))}))
