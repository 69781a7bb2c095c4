"""Generators fitted to samples, and how far they are from their data: at least, as an estimate, and exactly.

    import saddle
    r = saddle.measure(P, Q)                        # numpy, torch, pandas, paths, densities, runs
    run = saddle.train(X, out="runs/x", minutes=5)  # Ctrl-C stops and keeps
    x = run.sample(1000)                            # as what went in

Divergences are in nats. Options of the program `saddle` (docs/help) are keyword arguments, with underscores.
"""

from saddle._torch import load_libraries

load_libraries()

from saddle._saddle import Error, Record, UsageError, __version__  # noqa: E402
from saddle.estimators import MixtureDensity, TableGenerator, TreeGenerator  # noqa: E402
from saddle.measurement import Divergence, Measurement, measure  # noqa: E402
from saddle.runs import Run, mle, open_run, train, trees  # noqa: E402

for _error in (Error, UsageError):
    _error.__module__ = "saddle"

__all__ = [
    "Divergence",
    "Error",
    "Measurement",
    "MixtureDensity",
    "Record",
    "Run",
    "TableGenerator",
    "TreeGenerator",
    "UsageError",
    "__version__",
    "measure",
    "mle",
    "open_run",
    "train",
    "trees",
]
