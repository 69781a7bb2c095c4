"""Trains on images here and in PyTorch's DCGAN example for equal processor seconds, and scores the samples.

Run by ./run bench images [--parts fashion,ablation,...] [--seeds N] [--seconds 60,240,480,1200]. Every result is kept
(build/bench_images.jsonl), so that a stopped bench goes on where it was. One thread; processor seconds of training,
without reading, scoring or writing samples. Fashion-MNIST is Debian's package dataset-fashion-mnist: both train on its
first 50,000 images; a classifier learnt from the 10,000 others gives the 128 features of the score, which is the
Frechet distance of 10,000 samples to the 10,000 test images, in units in which 10,000 training images are 0.01 away.
"""

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np
from support.kept import BUILD, Kept

HERE = Path(__file__).resolve().parent
OURS = BUILD / "benchmarks/bench_images"
PEER = HERE / "peers/images_torch.py"
FASHION = Path("/usr/share/datasets/fashion-mnist")
WORK = BUILD.parent / "bench_images"
ENVIRONMENT = {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")}
GOALS = {60: 1.0, 240: 0.4, 480: 0.25, 1200: 0.15}

# The recipe less one part each, or one part replaced.
ABLATIONS = {
    "the recipe": [],
    "non-saturating instead of relativistic pairs": ["objective=non_saturating"],
    "without R1 and R2": ["regularizer=none"],
    "without R2": ["regularizer=r1=0.25/4"],
    "two passes of D (alternating)": ["updates=alternating"],
    "batch 128": ["batch_size=128"],
    "Adam (0.5, 0.999)": ["beta1=0.5", "beta2=0.999"],
    "rates 2e-4": ["generator_rate=2e-4", "discriminator_rate=2e-4"],
    "rates that do not fall": ["rate_decay=0"],
    "without G's average": ["ema_half_life=0"],
    "penalties that fall to a tenth": ["penalty_end=0.1"],
    "the family residual, a block a size": ["network=residual", "layers=1"],
}


def run(*command):
    done = subprocess.run(list(map(str, command)), env=ENVIRONMENT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))} ended with {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def idx(name):
    raw = gzip.open(FASHION / f"{name}.gz").read()
    return (
        np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)
        if "idx3" in name
        else np.frombuffer(raw, np.uint8, offset=8)
    )


def prepare():
    """The files that all programs read."""
    if not FASHION.exists():
        sys.exit(f"error: no {FASHION}: install Debian's package dataset-fashion-mnist")
    WORK.mkdir(exist_ok=True)
    images, labels = idx("train-images-idx3-ubyte"), idx("train-labels-idx1-ubyte")
    if not (WORK / "test.npy").exists():
        np.save(WORK / "train.npy", images[:50_000])
        np.save(WORK / "real.npy", images[:10_000])
        np.save(WORK / "rest.npy", images[50_000:])
        np.save(WORK / "rest_labels.npy", labels[50_000:])
        np.save(WORK / "test.npy", idx("t10k-images-idx3-ubyte"))
    if not (WORK / "classifier.pt").exists():
        print("learning the classifier of the score (two minutes)", flush=True)
        run(sys.executable, PEER, "classifier", WORK / "rest.npy", WORK / "rest_labels.npy", WORK / "classifier.pt")


def score(samples):
    return run(sys.executable, PEER, "score", *(WORK / f for f in ("classifier.pt", "test.npy", "real.npy")), samples)[
        0
    ]["distance"]


def ours(kept, seconds, seed, settings=()):
    """The distance after so many seconds, of a run planned for them, and the samples it has seen."""

    def make():
        out = WORK / "ours.npy"
        seen = run(OURS, WORK / "train.npy", seconds, out, f"seed={seed}", *settings)[-1]
        return {"distance": score(out), "samples": seen["samples"]}

    return kept.get(["ours", seconds, seed, *settings], make)


def peer(kept, seconds, seed, batch=128, rate=2e-4):
    """The same of the peer, at all budgets of one run."""

    def make():
        budgets, out = ",".join(map(str, seconds)), WORK / "peer"
        lines = run(sys.executable, PEER, "dcgan", WORK / "train.npy", out, budgets, seed, batch, rate)
        return [{"distance": score(f"{out}_{s}.npy"), "samples": line["samples"]} for s, line in zip(seconds, lines)]

    return kept.get(["dcgan", seconds, seed, batch, rate], make)


def median(results):
    return statistics.median(r["distance"] for r in results), statistics.median(r["samples"] for r in results)


def fashion(options, kept, peers):
    print(f"\nFashion-MNIST 28 x 28: Frechet distance, median of {options.seeds} seeds (samples seen)")
    print(f"{'seconds':>8} {'Saddle':>20} {'goal':>6} {'DCGAN, batch 128':>20} {'DCGAN, batch 32':>20}")
    seeds = range(options.seeds)
    theirs = {b: [peer(peers, options.seconds, seed, b) for seed in seeds] for b in (128, 32)}
    for i, seconds in enumerate(options.seconds):
        cells = [median([ours(kept, seconds, seed) for seed in seeds])]
        cells += [median([runs[i] for runs in theirs[b]]) for b in (128, 32)]
        own, *others = (f"{distance:9.3f} ({samples:9,.0f})" for distance, samples in cells)
        print(f"{seconds:8} {own:>20} {GOALS.get(seconds, ''):>6} " + " ".join(f"{o:>20}" for o in others), flush=True)


def ablation(options, kept, _):
    seconds = 240
    print(
        f"\nFashion-MNIST, {seconds} s, median of {options.seeds} seeds (samples seen): the recipe less one part each"
    )
    for name, settings in ABLATIONS.items():
        distance, samples = median([ours(kept, seconds, seed, tuple(settings)) for seed in range(options.seeds)])
        print(f"{name:<46} {distance:8.3f} ({samples:9,.0f})", flush=True)


PARTS = {"fashion": fashion, "ablation": ablation}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default=",".join(PARTS), help="with commas between")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", default="60,240,480,1200", type=lambda text: [int(s) for s in text.split(",")])
    options = parser.parse_args()
    prepare()
    kept, peers = Kept("images", OURS), Kept("images_peers", None)
    for part in options.parts.split(","):
        PARTS[part](options, kept, peers)


if __name__ == "__main__":
    main()
