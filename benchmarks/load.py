"""Times a folder of 10,000 PNG files of 64 x 64 pixels, here and in torchvision, in turn, and prints a table.

Run by ./run bench load. Both use two workers and batches of 128, cut and resize to 64 pixels and scale to [-1, 1];
each epoch's mean must agree before the times are shown. SADDLE_BUILD names the build folder.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
OURS = Path(os.environ.get("SADDLE_BUILD", HERE.parent / "build/release")).resolve() / "benchmarks/bench_load"
COUNT, ROUNDS = 10_000, 3
SMALL_MEMORY, LARGE_MEMORY = 40_000_000, 2_000_000_000  # bytes; the images take 123,000,000


def epochs_of(command):
    """Runs a program that prints one JSON line an epoch."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}  # reading is no work for LibTorch's own threads
    done = subprocess.run(list(map(str, command)), env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_agreement(runs):
    """Every program must have read the same images."""
    epochs = [epoch for rounds in runs.values() for one in rounds for epoch in one]
    means = [epoch["mean"] for epoch in epochs]
    if max(means) - min(means) > 1e-5 or {epoch["images"] for epoch in epochs} != {COUNT}:
        sys.exit(f"error: the programs read different images: {epochs}")


def summarise(rounds, pick):
    """Median and range, over the rounds, of the chosen epochs' seconds."""
    result = {}
    for kind in ("wall", "processor"):
        seconds = [statistics.mean(epoch[kind] for epoch in pick(one)) for one in rounds]
        result[kind] = (statistics.median(seconds), min(seconds), max(seconds))
    return result


def main():
    with tempfile.TemporaryDirectory(prefix="saddle-bench-") as folder:
        subprocess.run([str(OURS), "make", folder, str(COUNT)], check=True)
        programs = {
            "torchvision": [sys.executable, HERE / "peers/load_torchvision.py", folder],
            "saddle": [OURS, "time", folder, LARGE_MEMORY],
            "saddle, mapped file": [OURS, "time", folder, SMALL_MEMORY],
        }
        runs = {name: [] for name in programs}
        for _ in range(ROUNDS):
            for name, command in programs.items():
                runs[name].append(epochs_of(command))
    check_agreement(runs)

    print(
        f"{COUNT} PNG files of 64 x 64 pixels, two workers; seconds an epoch: median (range) of {ROUNDS} rounds in turn"
    )
    print(f"{'epoch':<8} {'program':<22} {'wall':>22} {'processor':>22} {'ratio wall':>11} {'processor':>10}")
    for label, pick in (("first", lambda one: one[:1]), ("later", lambda one: one[1:])):
        peer = summarise(runs["torchvision"], pick)
        for name, rounds in runs.items():
            own = summarise(rounds, pick)
            cells = [f"{own[kind][0]:.3f} ({own[kind][1]:.3f}-{own[kind][2]:.3f})" for kind in own]
            ratios = [peer[kind][0] / own[kind][0] for kind in own]
            print(f"{label:<8} {name:<22} {cells[0]:>22} {cells[1]:>22} {ratios[0]:>10.1f}x {ratios[1]:>9.1f}x")


if __name__ == "__main__":
    main()
