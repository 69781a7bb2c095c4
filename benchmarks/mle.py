"""Times EM for Gaussian mixtures, here and in scikit-learn, from the same start, and prints a table.

Run by ./run bench mle. Both do the same iterations in float64 on one thread; their likelihoods must agree to 1e-6
before the times are shown. SADDLE_BUILD names the build folder.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
OURS = Path(os.environ.get("SADDLE_BUILD", HERE.parent / "build/release")).resolve() / "benchmarks/bench_mle"
ROUNDS = 3
CASES = [  # rows, dimensions, components, covariance, iterations
    (1_000, 2, 3, "full", 100),
    (16_000, 2, 25, "full", 50),
    (16_000, 10, 10, "full", 50),
    (16_000, 50, 10, "full", 20),
    (16_000, 10, 25, "diag", 50),
    (16_000, 10, 25, "spherical", 50),
    (10_000, 784, 50, "diag", 10),
    (4_000, 256, 10, "full", 5),
]


def make(folder, rows, dimensions, components):
    """Overlapping clusters, and soft responsibilities that begin near them."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(components, dimensions)) * 2 / dimensions**0.5
    label = random.integers(components, size=rows)
    x = centres[label] + random.normal(size=(rows, dimensions))
    start = 0.9 * np.eye(components)[label] + 0.1 / components
    np.save(folder / "x.npy", x)
    np.save(folder / "start.npy", start)


def timed(command):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(list(map(str, command)), env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main():
    print(
        f"one thread; milliseconds an iteration, median of {ROUNDS} rounds in turn (the first M step and the last E "
        f"step count)"
    )
    print(f"{'rows':>7} {'dim':>4} {'K':>3} {'covariance':<10} {'scikit-learn':>12} {'saddle':>9} {'ratio':>7}")
    for rows, dimensions, components, kind, iterations in CASES:
        with tempfile.TemporaryDirectory(prefix="saddle-bench-") as name:
            folder = Path(name)
            make(folder, rows, dimensions, components)
            rest = [folder / "x.npy", folder / "start.npy", kind, iterations]
            runs = [
                (timed([sys.executable, HERE / "peers/mle_sklearn.py", *rest]), timed([OURS, *rest]))
                for _ in range(ROUNDS)
            ]
        for peer, own in runs:
            if abs(peer["log_likelihood"] - own["log_likelihood"]) > 1e-6 or peer["iterations"] != own["iterations"]:
                sys.exit(f"error: the programs fitted different mixtures: {peer} and {own}")
        peer, own = (statistics.median(1e3 * run[i]["seconds"] / iterations for run in runs) for i in (0, 1))
        print(
            f"{rows:>7} {dimensions:>4} {components:>3} {kind:<10} {peer:>12.3f} {own:>9.3f} {peer / own:>6.1f}x",
            flush=True,
        )


if __name__ == "__main__":
    main()
