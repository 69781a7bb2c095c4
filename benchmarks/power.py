"""Power of the two-sample test at level 0.05 on the arrays of the MMD-FUSE paper, its level there, and their figures.

Run by ./run bench power [--repeats N] [--null-repeats N]. It may be stopped at any time: what is counted is kept in
build/bench_power.jsonl, and only counts of this very build are used.
"""

import argparse
import os
import subprocess
import sys

from support.kept import BUILD, Kept

OURS = BUILD / "benchmarks/bench_power"
COUNTS = [1000, 1500, 2000, 2500, 3000]
PUBLISHED_REPEATS = 200
# Biggs, Schrab and Gretton 2023, MMD-FUSE: the arrays that its authors released.
PUBLISHED = {
    "mixture": {"MMD-FUSE": [0.380, 0.635, 0.765, 0.880, 0.970], "MMDAgg": [0.385, 0.665, 0.785, 0.890, 0.990]},
    "perturbed_uniform": {
        "MMD-FUSE": [0.430, 0.725, 0.790, 0.925, 0.985],
        "MMDAgg": [0.470, 0.785, 0.875, 0.965, 0.990],
    },
}
BLOCK = 50  # repeats a call: what a stop loses


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=1000)
    parser.add_argument("--null-repeats", type=int, default=1000)
    options = parser.parse_args()
    kept = Kept("power", OURS)

    def rejected(array, hypothesis, count, first):
        command = [OURS, array, hypothesis, count, first, first + BLOCK]
        done = subprocess.run(
            list(map(str, command)), env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True
        )
        if done.returncode != 0:
            sys.exit(f"error: {OURS} failed on {array}, {hypothesis}, {count}")
        return int(done.stdout)

    def share(array, hypothesis, count, repeats):
        firsts = range(0, repeats, BLOCK)
        keys = [[array, hypothesis, count, first] for first in firsts]
        return sum(kept.get(key, lambda: rejected(*key)) for key in keys) / (len(firsts) * BLOCK)

    print(
        f"level 0.05, {options.repeats} repeats ({options.null_repeats} at P = Q); published figures are of "
        f"{PUBLISHED_REPEATS} repeats"
    )
    for array, published in PUBLISHED.items():
        power = [share(array, "alternative", count, options.repeats) for count in COUNTS]
        level = [share(array, "null", count, options.null_repeats) for count in COUNTS]
        print(f"\n{array:<18} {'n a side':>9} " + " ".join(f"{count:>7}" for count in COUNTS) + "    mean")
        rows = {"saddle": power, **published, "saddle at P = Q": level}
        for name, values in rows.items():
            print(
                f"{'':<18} {name:>9.9} "
                + " ".join(f"{value:7.3f}" for value in values)
                + f" {sum(values) / len(values):7.3f}"
                + ("   level" if name not in ("saddle", *published) else "")
            )
        for name, values in published.items():
            errors = [
                (ours - theirs)
                / max(1e-9, (ours * (1 - ours) / options.repeats + theirs * (1 - theirs) / PUBLISHED_REPEATS) ** 0.5)
                for ours, theirs in zip(power, values)
            ]
            print(f"{'':<18} ahead of {name}, in standard errors: " + " ".join(f"{e:+.1f}" for e in errors))


if __name__ == "__main__":
    main()
