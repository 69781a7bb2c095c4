"""Counts how often the certified bound lies above the exact JSD while games are played, and how often G's steps help.

Run by ./run bench bounds [--runs N] [--seeds N]. It may be stopped at any time: what is counted is kept in
build/bench_bounds.jsonl, and only counts of this very build are used.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

BUILD = Path(os.environ.get("SADDLE_BUILD", Path(__file__).resolve().parent.parent / "build/release")).resolve()
RESULTS = BUILD.parent / "bench_bounds.jsonl"
TARGET = {"type": "mixture", "params": {"weights": [0.4, 0.6], "components": [
    {"type": "normal", "params": {"mean": -2, "std": 0.5}}, {"type": "normal", "params": {"mean": 1.5, "std": 0.8}}]}}
TIMES, STEPS, BATCH = 5, 200, 128
SMALL = ["--generator-width", 32, "--discriminator-width", 32, "--layers", 2, "--threads", 1]
BOUNDS = [*SMALL, "--steps", STEPS, "--batch-size", BATCH, "--evaluate-every", STEPS // TIMES * BATCH, "--draws", 500]
FAITHFUL = [*SMALL, "--preset", "faithful", "--steps", 60, "--evaluate-every", 1, "--draws", 0]
FAR = 0.02  # nats: nearer than this, steps need not help


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
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    build = hashlib.sha256((BUILD / "libsaddle-program.so").read_bytes()).hexdigest()[:16]
    known = {}
    if RESULTS.exists():
        for text in RESULTS.read_text().splitlines():
            line = json.loads(text)
            if line["build"] == build:
                known[line["what"], line["seed"]] = line["result"]

    def result(what, seed, flags, read):
        if (what, seed) not in known:
            known[what, seed] = read(play(flags, seed))
            with RESULTS.open("a") as file:
                file.write(json.dumps({"build": build, "what": what, "seed": seed, "result": known[what, seed]}) + "\n")
        return known[what, seed]

    above = [0] * TIMES
    for seed in range(options.runs):
        pairs = result("bounds", seed, BOUNDS, lambda c: list(zip(c["lab/js_certified"], c["lab/js_exact"])))
        assert len(pairs) == TIMES
        above = [count + (bound > exact) for count, (bound, exact) in zip(above, pairs)]
    print(f"certified at 95 % above the exact JSD, of {options.runs} games, at {TIMES} times: {above}; at most 12 of 100 are allowed")

    falls = steps = 0
    for seed in range(options.seeds):
        js = result("faithful", seed, FAITHFUL, lambda c: c["lab/js_exact"])
        far = [after < before for before, after in zip(js, js[1:]) if before > FAR]
        falls, steps = falls + sum(far), steps + len(far)
        print(f"faithful, seed {seed}: exact JSD {js[0]:.4f} to {js[-1]:.4f}; it fell in {sum(far)} of {len(far)} steps while above {FAR}")
    if steps:
        print(f"faithful: it fell in {100 * falls / steps:.1f} % of {steps} steps; 95 % are asked for")


if __name__ == "__main__":
    main()
