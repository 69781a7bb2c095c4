"""What several processes cost on one machine, and a model of what they bring on many.

Run by ./run bench scale. Trains a residual network at 32 pixels by one and by two ranks, twice each at two lengths, so
that what a run begins and ends with falls out of the difference; times sums over two ranks; and prints the time of a
step for more ranks and slower networks than there are here. SADDLE_BUILD names the build folder.
"""

import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("SADDLE_BUILD", HERE.parent / "build/release")).resolve()
SHARDS, BATCH, STEPS = 8, 64, (10, 40)
OPTIONS = f"builtin:faces --image-size 32 --network residual --batch-size {BATCH} --shards {SHARDS} --threads 1".split()
NEVER = "--evaluate-every 100000000 --checkpoint-every 100000000 --quiet".split()
ROUNDS = 2
RANKS, GIGABITS = (8, 64, 512), (10, 100)


def trained(ranks, steps):
    """Seconds of the clock and of processors that a run of so many steps takes, and its number of parameters."""
    with tempfile.TemporaryDirectory(prefix="saddle-bench-") as name:
        plan = ["--samples", str(steps * BATCH), "--ranks", str(ranks), "--out", f"{name}/run"]
        began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([BUILD / "saddle", "train", *OPTIONS, *NEVER, *plan], check=True)
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        lines = Path(name, "run/config.toml").read_text().splitlines()
        players = [int(line.split("=")[1]) for line in lines if "_parameters" in line]
        processors = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
        return time.monotonic() - began, processors, players


def main():
    print(f"residual, 32 pixels, batch {BATCH} in {SHARDS} shards, one thread a rank; least of {ROUNDS} rounds")
    print(f"{'ranks':>5} {'clock, ms a step':>17} {'processors, ms a step':>22}")
    steps, players = {}, []
    for ranks in (1, 2):
        rounds = [[trained(ranks, n) for n in STEPS] for _ in range(ROUNDS)]
        players = rounds[0][0][2]
        span = STEPS[1] - STEPS[0]
        clock, processors = ((min(r[1][i] for r in rounds) - min(r[0][i] for r in rounds)) / span for i in (0, 1))
        steps[ranks] = processors
        print(f"{ranks:>5} {1e3 * clock:>17.1f} {1e3 * processors:>22.1f}")
    print(f"processors, 2 ranks over 1: {steps[2] / steps[1]:.3f}")

    sizes = [str(n) for n in (1, 100_000, 1_000_000, 4_000_000)]
    done = subprocess.run([BUILD / "benchmarks/bench_scale", *sizes], stdout=subprocess.PIPE, text=True, check=True)
    seconds = {int(n): s for n, s in json.loads(done.stdout).items()}
    small, (most, large) = seconds[1], max(seconds.items())
    number = (large - small) / most
    print(f"\na sum over two ranks: {1e6 * small:.0f} us and {1e9 * number:.2f} ns a number")

    print(f"\na step of {BATCH} samples a rank, in ms: compute {1e3 * steps[1]:.1f}, and sums of")
    print(f"{' and '.join(f'{n:,}' for n in players)} numbers, with the share of the step that computes")
    print(f"{'ranks':>5}" + "".join(f"{f'sums at {g} Gbit/s':>20} {'share':>6}" for g in GIGABITS))
    for ranks in RANKS:
        rounds = ranks.bit_length() - 1
        row = f"{ranks:>5}"
        for gigabits in GIGABITS:
            wire = 2 * 32 / (gigabits * 1e9)  # seconds a number: float32, there and back
            sums = sum(2 * rounds * small + n * (number + wire) for n in players)
            row += f"{1e3 * sums:>20.2f} {steps[1] / (steps[1] + sums):>6.2f}"
        print(row)


if __name__ == "__main__":
    main()
