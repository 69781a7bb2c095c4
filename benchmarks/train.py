"""Times training steps here and in PyTorch, in turn, and prints tables.

Run by ./run bench train [--device cuda] [--rounds N] [--tasks dcgan] [--samples N]. SADDLE_BUILD names the build
folder. Every program has the same weights and inputs, and does the work of pytorch/examples/dcgan's step; their first
three losses must agree before anything is timed. Then `saddle train` is timed as a whole. On the CPU what counts is
processor time (user and system), which other programs disturb less.
"""

import argparse
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
OURS = Path(os.environ.get("SADDLE_BUILD", HERE.parent / "build/release")).resolve() / "benchmarks/bench_train"
PEERS = {"PyTorch, as its example": "plain", "channels_last, fused Adam": "tuned", "torch.compile of that": "compiled"}
BATCH = 128  # of the DCGAN
STEPS = {"dcgan": 4, "mlp": 100, "conv": 40, "residual": 20}  # a round, about a second
TITLES = {
    "dcgan": "DCGAN: 32x32x1 pixels, 64 base channels, latent 100, batch 128, Adam",
    "mlp": "MLP: 3 hidden layers of 128, points in the plane, batch 512, Adam",
    "conv": "the family conv: 28x28x1 pixels, width 32, batch 16; relativistic pairs, R1 and R2 every fourth step",
    "residual": "the family residual, one block a size: the same",
}


class Program:
    """A program that answers one request a line."""

    def __init__(self, command, threads, cache):
        # as the program saddle does; with PyTorch's own long spinning, other work on the machine would be the result
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": str(threads),
            "GOMP_SPINCOUNT": "2000",
            "TORCHINDUCTOR_CACHE_DIR": cache,
        }
        self.process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )

    def ask(self, request, count=1):
        print(request, count, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"error: {self.process.args} ended without an answer to '{request}'")
        return json.loads(line)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def step_flop():
    """Operations of the DCGAN's step by the direct count: G's step computes no gradients for D's weights."""
    pixels, channels = [16 * 16, 8 * 8, 4 * 4], [1, 64, 128, 256]
    d = [16 * p * a * b for p, a, b in zip(pixels, channels, channels[1:])] + [16 * 256]
    g = [100 * 16 * 256] + d[:3]
    discriminator = 5 * sum(d) + 3 * sum(d[1:]) + d[0]  # three forwards, two by weights; three by inputs, or one
    generator = 2 * sum(g) + sum(g[1:])
    return 2 * 128 * (discriminator + generator)


def check_losses(losses):
    """The first three losses of every program must be those of PyTorch's example."""
    expected = losses["PyTorch, as its example"]
    for name, own in losses.items():
        for step, (a, b) in enumerate(zip(sum(own, []), sum(expected, []))):
            if not abs(a - b) <= 1e-5 * abs(b):
                sys.exit(
                    f"error: {name}: expected the losses {expected}, got {own}: they differ at step {step // 2 + 1}"
                )


def spread(values, digits):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def bench(task, threads, arguments, cache):
    device = arguments.device
    kind = "cpu" if device == "cpu" else "wall"
    peer = HERE / "peers/train_torch.py"
    commands = {name: [sys.executable, peer, task, variant, threads, device] for name, variant in PEERS.items()}
    commands["Saddle"] = [OURS, task, threads, device]
    programs = {name: Program(command, threads, cache) for name, command in commands.items()}
    first = {name: program.ask("losses", 3) for name, program in programs.items()}
    check_losses({name: reply["losses"] for name, reply in first.items()})

    seconds = {name: [] for name in programs}
    rates = {"libtorch_product": [], "own_product": []}
    for _ in range(arguments.rounds):
        for name, program in programs.items():
            seconds[name].append(program.ask("steps", STEPS[task])[kind] / STEPS[task])
        for product, values in rates.items():
            reply = programs["Saddle"].ask(product)
            values.append(reply["flop"] / reply[kind] / 1e9)
    for program in programs.values():
        program.end()

    what = "processor time" if kind == "cpu" else "time"
    print(f"\n{TITLES[task]}; {threads} thread{'s'[: threads > 1]} on {device}")
    print(f"{'':<28}{'ms a step: ' + what:>30}{'ratio to Saddle':>26}{'first 3 steps, s':>20}")
    for name, values in seconds.items():
        ratios = [a / b for a, b in zip(values, seconds["Saddle"])]
        milliseconds = [1000 * value for value in values]
        print(f"{name:<28}{spread(milliseconds, 1):>30}{spread(ratios, 2):>26}{first[name]['wall']:>20.1f}")
    if task == "dcgan" and device == "cpu":
        rate = step_flop() / statistics.median(seconds["Saddle"]) / 1e9
        libtorch, own = (statistics.median(values) for values in rates.values())
        print(
            f"{step_flop() / 1e9:.1f} GFLOP a step by the direct count: {rate:.0f} GFLOP/s a processor second, "
            f"{100 * rate / libtorch:.0f} % of LibTorch's float32 matrix product ({libtorch:.0f}) and "
            f"{100 * rate / own:.0f} % of Saddle's ({own:.0f});\nabove 100 % because its convolutions take 9 products "
            f"for 16"
        )
        if arguments.samples > 0:
            whole_program(threads, arguments.samples, statistics.median(seconds["Saddle"]))


def write_images(path, count):
    """An IDX file of smooth grey images of 32x32 pixels: what is in them costs a step nothing."""
    rng = np.random.default_rng(1)
    coarse = rng.integers(0, 256, (count, 8, 8), dtype=np.uint8)
    path.write_bytes(struct.pack(">HBB3I", 0, 8, 3, count, 32, 32) + coarse.repeat(4, 1).repeat(4, 2).tobytes())


def whole_program(threads, samples, step_seconds):
    """`saddle train` from its start to its report: processor time a sample, beside that of a step alone."""
    with tempfile.TemporaryDirectory(prefix="saddle-bench-") as folder:
        images = Path(folder) / "images-idx3-ubyte"
        write_images(images, 10_000)
        command = [
            OURS.parent.parent / "saddle",
            "train",
            images,
            "--out",
            Path(folder) / "run",
            "--preset",
            "dcgan",
            "--batch-size",
            BATCH,
            "--samples",
            samples,
            "--threads",
            threads,
            "--quiet",
        ]
        process = subprocess.Popen(list(map(str, command)), env={**os.environ, "OMP_NUM_THREADS": str(threads)})
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit(f"error: saddle train ended with status {status}")
    each, step = (usage.ru_utime + usage.ru_stime) / samples, step_seconds / BATCH
    print(
        f"the whole program, evaluations, pictures, critics and report and all, on {samples:,} samples: "
        f"{1000 * each:.2f} ms a sample, "
        f"{each / step:.2f} of the {1000 * step:.2f} ms of a step; at most {usage.ru_maxrss // 1024} MB of memory"
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=128_000, help="of the whole program; 0: leave it out")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--tasks", nargs="*", default=list(STEPS), choices=list(STEPS))
    arguments = parser.parse_args()
    for task in arguments.tasks:
        for threads in (1, 2) if arguments.device == "cpu" else (1,):
            with tempfile.TemporaryDirectory(prefix="saddle-bench-") as cache:  # so that torch.compile does compile
                bench(task, threads, arguments, cache)


if __name__ == "__main__":
    main()
