"""Computes metrics of features here and by the tools that people publish with, and prints numbers, time and memory.

Run by ./run bench metrics [--only PART,...]. The part `peers` [--rows N] [--features D] [--metrics fd,kd] [--float64]
draws features: after a rectifier, correlated, the second sample shifted. Ours and each peer run in turn on the same
files, one thread each; seconds are processor seconds of the computation, without imports and reading. Numbers are
compared on float64 features, since torch-fidelity sums means of float32 features in float32. The other parts
(support/known_cases.py) say what the metrics make of generators of known order, copies, stacks of digits and 50,000
images; they may be stopped at any time, and what needs data is left out where its option names none. SADDLE_BUILD
names the build folder.
"""

import argparse
import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from support import known_cases
from support.kept import BUILD

HERE = Path(__file__).resolve().parent
OURS = BUILD / "benchmarks/bench_metrics"
PEERS = HERE / "peers/metrics_peers.py"
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
ENVIRONMENT = {**os.environ, **dict.fromkeys(THREADS, "1")}

# One line a comparison: what is computed here, by which peer, at least how often as fast, and whether the numbers of
# one name must agree. A peer is a row of PEERS in peers/metrics_peers.py.
COMPARISONS = [
    # metric, peer, goal, agree
    ("fd:bare", "fd:torch-fidelity", 2, True),
    ("fd:bare", "fd:pytorch-fid", 2, True),
    ("fd", "fd:torch-fidelity", None, False),  # with interval, halves and the line through 1/n
    ("kd", "kd:torch-fidelity", 2, True),
    ("kd", "kd:torch-fidelity-blocks", None, False),  # its default: 100 random subsets of 1,000 rows
    ("precision", "prdc", 3, True),  # recall, density and coverage are computed with it
]
LARGEST_DIFFERENCE, LARGEST_MEGABYTES = 1e-6, 1000


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help=f"of {', '.join(PARTS)}, with commas between")
    parser.add_argument("--rows", type=int, default=10_000, help="peers: of each sample")
    parser.add_argument("--features", type=int, default=2_048, help="peers: numbers a row")
    parser.add_argument("--metrics", default="", help="peers: these alone, with commas between")
    parser.add_argument("--float64", action="store_true", help="peers: time float64 features too, not float32 ones")
    known_cases.add_options(parser)
    options = parser.parse_args()
    options.parts = options.only.split(",") if options.only else list(PARTS)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"--only: expected some of {', '.join(PARTS)}, got {', '.join(sorted(unknown))}")
    return options


def draw(rng, rows, features, shift):
    """Rows as networks give them: after a rectifier, correlated, of unequal spread."""
    mix = np.random.default_rng(2).standard_normal((features, features)) / np.sqrt(features)
    spread = (1 + np.arange(features)) ** -0.25
    x = (rng.standard_normal((rows, features)) * spread) @ mix
    return np.maximum(x + 0.2 + shift * (np.arange(features) % 3), 0)


@functools.cache
def run(*command):
    """What a program says of one pair of files; each is run once."""
    done = subprocess.run(list(map(str, command)), env=ENVIRONMENT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))} failed")
    return json.loads(done.stdout)


def difference(ours, theirs):
    """The largest relative difference of numbers of one name."""
    names = ours["numbers"].keys() & theirs["numbers"].keys()
    return max(abs(ours["numbers"][name] - theirs["numbers"][name]) / abs(theirs["numbers"][name]) for name in names)


def compare(metric, peer, goal, agree, files):
    """Runs both on the features that are timed, and where they must agree on float64 ones; prints a line."""
    timed, exact = files
    ours = run(OURS, metric, *timed)
    theirs = run(sys.executable, PEERS, peer, *timed)
    apart = "", ""
    failed = []
    if agree:
        relative = difference(ours, theirs)
        apart = f"{relative:9.1e}", ""
        if timed != exact:
            pair = run(OURS, metric, *exact), run(sys.executable, PEERS, peer, *exact)
            relative = difference(*pair)
            apart = apart[0], f"{relative:9.1e}"
        if relative > LARGEST_DIFFERENCE:
            failed.append("numbers")
    ratio = theirs["seconds"] / ours["seconds"]
    if goal is not None and ratio < goal:
        failed.append("time")
    if ours["megabytes"] > LARGEST_MEGABYTES:
        failed.append("memory")
    name = metric.split(":")[0]
    shown = next(iter(theirs["numbers"]))
    print(
        f"{metric:<8} {peer:<25} {ours['numbers'].get(shown, ours['numbers'][name]):12.8g} "
        f"{theirs['numbers'][shown]:12.8g} {apart[0]:>9} {apart[1]:>9} {ours['seconds']:7.1f} {theirs['seconds']:7.1f} "
        f"{ratio:6.2f} {goal or '':>5} {ours['megabytes']:6.0f} {theirs['megabytes']:6.0f}  "
        f"{'missed: ' + ', '.join(failed) if failed else 'met'}",
        flush=True,
    )
    return ours


def peers(options):
    """Ours beside the tools that people publish with."""
    rng = np.random.default_rng(1)
    wanted = options.metrics.split(",") if options.metrics else []
    with tempfile.TemporaryDirectory(prefix="saddle-bench-") as folder:
        exact, timed = [], []
        for side, shift in (("p", 0.0), ("q", 0.05)):
            x = draw(rng, options.rows, options.features, shift)
            exact.append(f"{folder}/{side}64.npy")
            timed.append(f"{folder}/{side}32.npy")
            np.save(exact[-1], x)
            np.save(timed[-1], x.astype(np.float32))
        del x
        if options.float64:
            timed = exact
        print(
            f"{options.rows} x {options.features} features, {'float64' if options.float64 else 'float32'}; one thread; "
            f"processor seconds; peak MB, program included\n"
            f"{'ours':<8} {'peer':<25} {'ours':>12} {'peer':>12} {'apart':>9} {'float64':>9} {'sec':>7} {'peer':>7} "
            f"{'ratio':>6} {'goal':>5} {'MB':>6} {'peer':>6}"
        )
        for metric, peer, goal, agree in COMPARISONS:
            if not wanted or metric.split(":")[0] in wanted:
                ours = compare(metric, peer, goal, agree, (timed, exact))
                if goal is None:
                    print(
                        "  "
                        + ", ".join(
                            f"{name} {value:.6g}" for name, value in ours["numbers"].items() if value is not None
                        )
                    )


PARTS = {"peers": peers, **known_cases.PARTS}


def main():
    options = arguments()
    for part in options.parts:
        PARTS[part](options)


if __name__ == "__main__":
    main()
