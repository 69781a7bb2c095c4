"""Counts how often the certified bound lies above the exact JSD while games are played.

Run by ./run bench bounds [--runs N]. It may be stopped at any time: what is counted is kept in
build/bench_bounds.jsonl, and only counts of this very build are used.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from support.kept import BUILD, Kept

TARGET = {
    "type": "mixture",
    "params": {
        "weights": [0.4, 0.6],
        "components": [
            {"type": "normal", "params": {"mean": -2, "std": 0.5}},
            {"type": "normal", "params": {"mean": 1.5, "std": 0.8}},
        ],
    },
}
TIMES, STEPS, BATCH = 5, 200, 128
SMALL = ["--generator-width", 32, "--discriminator-width", 32, "--layers", 2, "--threads", 1]
BOUNDS = [*SMALL, "--steps", STEPS, "--batch-size", BATCH, "--evaluate-every", STEPS // TIMES * BATCH, "--draws", 500]


def play(options, seed):
    """Plays one game; returns {record: values in their order}."""
    with tempfile.TemporaryDirectory() as folder:
        target, run = Path(folder) / "target.json", Path(folder) / "run"
        target.write_text(json.dumps(TARGET))
        command = [BUILD / "saddle", "lab", target, "--out", run, "--seed", seed, "--quiet", *options]
        done = subprocess.run(list(map(str, command)), env={**os.environ, "OMP_NUM_THREADS": "1"})
        if done.returncode != 0:
            sys.exit(f"error: saddle lab ended with {done.returncode}")
        curves = {}
        for line in (run / "records.jsonl").read_text().splitlines():
            record = json.loads(line)
            curves.setdefault(record["name"], []).append(record.get("value"))
        return curves


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=100)
    options = parser.parse_args()
    kept = Kept("bounds", BUILD / "libsaddle-program.so")

    def pairs_of(seed):
        curves = play(BOUNDS, seed)
        return list(zip(curves["lab/js_certified"], curves["lab/js_exact"]))

    above = [0] * TIMES
    for seed in range(options.runs):
        pairs = kept.get([seed], lambda: pairs_of(seed))
        assert len(pairs) == TIMES
        above = [count + (bound > exact) for count, (bound, exact) in zip(above, pairs)]
    print(
        f"certified at 95 % above the exact JSD, of {options.runs} games, at {TIMES} times: {above}; at most 12 of 100 "
        f"are allowed"
    )


if __name__ == "__main__":
    main()
