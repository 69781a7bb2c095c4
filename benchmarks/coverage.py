"""Counts how often the interval of V holds V of the same critics on 20,000 new rows a side.

Run by ./run bench coverage [--repeats N]. It may be stopped at any time: repeats are kept in
build/bench_coverage.jsonl, and only those of this very build count. The new rows have noise of their own, so that a
little less than 95 % is right.
"""

import argparse
import json
import os
import subprocess
import sys

from support.kept import BUILD, Kept

OURS = BUILD / "benchmarks/bench_coverage"
# rows a side, dimensions, shift of the one normal from the other
SETTINGS = [(500, 5, 0.0), (2000, 5, 0.5), (4000, 2, 0.0)]


def one(rows, dim, shift, number):
    command = [OURS, rows, dim, shift, number, number + 1]
    done = subprocess.run(
        list(map(str, command)), env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True
    )
    if done.returncode != 0:
        sys.exit(f"error: {OURS} failed on {rows} rows, repeat {number}")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=200)
    options = parser.parse_args()
    kept = Kept("coverage", OURS)
    print(f"{'rows':>6} {'dim':>4} {'shift':>6} {'held':>12} {'too high':>9} {'rms error':>10} {'half-width/1.96':>16}")
    for rows, dim, shift in SETTINGS:
        lines = [
            kept.get([rows, dim, shift, number], lambda: one(rows, dim, shift, number))
            for number in range(options.repeats)
        ]
        held = sum(line["lower"] <= line["on_new_rows"] <= line["upper"] for line in lines)
        high = sum(line["lower"] > line["on_new_rows"] for line in lines)
        error = (sum((line["estimate"] - line["on_new_rows"]) ** 2 for line in lines) / len(lines)) ** 0.5
        width = (sum(((line["upper"] - line["lower"]) / 3.92) ** 2 for line in lines) / len(lines)) ** 0.5
        print(
            f"{rows:>6} {dim:>4} {shift:>6} {held:>5} of {len(lines):<3} {high:>9} {error:>10.4f} {width:>16.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
