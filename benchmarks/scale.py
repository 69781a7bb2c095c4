"""What several processes cost on one machine, and a model of what they bring on many.

Run by ./run bench scale. Trains a residual network at 32 pixels by one rank with one thread, by two ranks with one
thread each and by one rank with two threads, in rounds at two lengths, so that what a run begins and ends with falls
out of the difference; times sums over two ranks, by the tree (--reduce exact) and by all-reduce (--reduce fast); and
prints the time of a step for more ranks and slower networks than there are here. SADDLE_BUILD names the build folder.

On a machine that does other work too, seconds of processors are what can be compared; the least of the rounds counts.
"""

import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("SADDLE_BUILD", HERE.parent / "build/release")).resolve()
SHARDS, BATCH, WIDTH, STEPS = 8, 64, 32, (2, 8)
OPTIONS = f"--network residual --generator-width {WIDTH} --discriminator-width {WIDTH}".split()
OPTIONS += f"--batch-size {BATCH} --shards {SHARDS}".split()
NEVER = "--evaluate-every 100000000 --checkpoint-every 100000000 --quiet".split()
ROUNDS = 2
WAYS = ((1, 1), (2, 1), (1, 2))  # ranks, and threads of each
RANKS, GIGABITS, SUMS = (8, 64, 512), (10, 100), ("exact", "fast")


def trained(way, steps):
    """Seconds of the clock and of processors that a run of so many steps takes, and its players' parameters."""
    ranks, threads = map(str, way)
    with tempfile.TemporaryDirectory(prefix="saddle-bench-") as name:
        noise = numpy.random.default_rng(0).integers(0, 256, size=(300, 32, 32, 3), dtype=numpy.uint8)
        numpy.save(f"{name}/images.npy", noise)  # few, so that what a run begins and ends with is short
        plan = ["--samples", str(steps * BATCH), "--ranks", ranks, "--threads", threads, "--out", f"{name}/run"]
        began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([BUILD / "saddle", "train", f"{name}/images.npy", *OPTIONS, *NEVER, *plan], check=True)
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        lines = Path(name, "run/config.toml").read_text().splitlines()
        players = [int(line.split("=")[1]) for line in lines if "_parameters" in line]
        processors = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
        return time.monotonic() - began, processors, players


def timed_steps():
    """Milliseconds of a step by the clock and of processors for each way, and the players' parameters."""
    rounds = [[[trained(way, n) for n in STEPS] for way in WAYS] for _ in range(ROUNDS)]
    span = (STEPS[1] - STEPS[0]) / 1e3

    def least(way, i):
        return (min(r[way][1][i] for r in rounds) - min(r[way][0][i] for r in rounds)) / span

    return {WAYS[way]: [least(way, i) for i in (0, 1)] for way in range(len(WAYS))}, rounds[0][0][0][2]


def timed_sums():
    """Of each kind of sum over two ranks: seconds of one number, and seconds that each further number adds."""
    sizes = [str(n) for n in (1, 100_000, 1_000_000, 4_000_000)]
    done = subprocess.run([BUILD / "benchmarks/bench_scale", *sizes], stdout=subprocess.PIPE, text=True, check=True)
    constants = {}
    for kind, seconds in json.loads(done.stdout).items():
        small, large = seconds["1"], seconds["4000000"]
        constants[kind] = small, (large - small) / 4_000_000
        print(f"{kind:>5}" + "".join(f"{1e3 * seconds[n]:>12.3f}" for n in sizes))
    return constants


def rounds_of_sum(kind, ranks, constants):
    """Seconds that a sum of one number takes: the tree there and back, or a barrier and a ring."""
    a_round = constants["exact"][0]
    levels = ranks.bit_length() - 1
    if kind == "exact":
        return 2 * levels * a_round
    return levels * a_round + (ranks - 1) * max(constants["fast"][0] - a_round, 0)


def main():
    print(f"residual, 32 pixels, width {WIDTH}, batch {BATCH} in {SHARDS} shards; a step of each player")
    print(f"the least of {ROUNDS} rounds:")
    print(f"{'ranks x threads':>15} {'clock, ms':>12} {'processors, ms':>15}")
    steps, players = timed_steps()
    for (ranks, threads), (clock, processors) in steps.items():
        print(f"{f'{ranks} x {threads}':>15} {clock:>12.1f} {processors:>15.1f}")
    one, two, threads = (steps[way] for way in WAYS)
    print(f"processors, 2 x 1 over 1 x 1: {two[1] / one[1]:.3f} (at most 1.10)")
    print(f"clock, 2 x 1 over 1 x 2: {two[0] / threads[0]:.3f} (at most 1)")

    print("\na sum over two ranks of so many numbers, in ms")
    print(f"{'':>5}{'1':>12}{'100,000':>12}{'1,000,000':>12}{'4,000,000':>12}")
    constants = timed_sums()

    sample = one[1] / 1e3 / BATCH  # seconds of compute
    print(f"\nsums of {' and '.join(f'{n:,}' for n in players)} numbers in ms, the share of a step that computes where")
    print(f"each rank has {BATCH} samples, and the samples a rank below which sums take more than half of a step")
    print(f"{'':>16}" + "".join(f"{kind:>24}" for kind in SUMS))
    print(f"{'ranks':>7} {'Gbit/s':>8}" + f"{'ms':>10}{'share':>7}{'half':>7}" * 2)
    for gigabits in GIGABITS:
        for ranks in RANKS:
            row = f"{ranks:>7} {gigabits:>8}"
            for kind in SUMS:
                number = constants[kind][1] + 32 / (gigabits * 1e9)  # float32 over the wire
                sent = 2 * sum(players) * (1 - 1 / ranks)
                sums = 2 * rounds_of_sum(kind, ranks, constants) + sent * number
                share = sample * BATCH / (sample * BATCH + sums)
                row += f"{1e3 * sums:>10.1f}{share:>7.2f}{sums / sample:>7.1f}"
            print(row)


if __name__ == "__main__":
    main()
