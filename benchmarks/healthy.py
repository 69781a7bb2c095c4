"""Plays games that nothing is wrong with, and counts the alarms of the detectors of failures.

Run by ./run bench healthy [--seeds N] [--samples N]. It may be stopped at any time: what is played is kept in
build/bench_healthy.jsonl, and only games of this very build count.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from support.kept import BUILD, Kept

TARGETS = ("ring", "grid", "spiral", "moons")


def alarms_of(target, seed, samples):
    """The sentences with which the game went back or gave up."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [
            BUILD / "saddle",
            "train",
            f"builtin:{target}",
            "--out",
            run,
            "--quiet",
            "--threads",
            1,
            "--seed",
            seed,
            "--samples",
            samples,
        ]
        done = subprocess.run(list(map(str, command)), env={**os.environ, "OMP_NUM_THREADS": "1"})
        if done.returncode not in (0, 3):
            sys.exit(f"error: saddle train ended with {done.returncode}")
        history = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
        return [line["text"] for line in history if line["event"] in ("went back", "failed")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5, help="seeds 1 to N of each of ring, grid, spiral and moons")
    parser.add_argument("--samples", type=int, default=600_000)
    options = parser.parse_args()
    kept = Kept("healthy", BUILD / "libsaddle-program.so")
    loud = 0
    for target in TARGETS:
        for seed in range(1, options.seeds + 1):
            alarms = kept.get([target, seed, options.samples], lambda: alarms_of(target, seed, options.samples))
            loud += bool(alarms)
            for alarm in alarms:
                print(f"{target}, seed {seed}: {alarm}")
    print(f"games with an alarm, of {options.samples} samples each: {loud} of {len(TARGETS) * options.seeds}")


if __name__ == "__main__":
    main()
