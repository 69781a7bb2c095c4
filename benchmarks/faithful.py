"""Plays the game of the article against known densities and asks whether its conditions hold, and what they cost.

Run by ./run bench faithful [--only TABLE,...] [--targets NAME,...] [--seeds N]. It may be stopped at any time: each
game is one line in build/bench_faithful.jsonl, and only lines of this very build count. SADDLE_BUILD names the build
folder.

condition   the preset faithful: D at its maximum before G's steps, and the exact JSD falling while above 0.02
exact       the same games with the exact D*: what G's own steps do
trust       rates of G times 3 to 300: fixed steps and trusted ones, by the exact JSD they end at
cost        samples and seconds to a JSD of 0.1: the preset faithful and fixed numbers of D's steps
losses      minimax and non_saturating from the same seeds: "both come out about the same"
turns       steps of G for each turn of D, by their staleness and the JSD they end at
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from scipy.stats import norm
from support.exact_game import play
from support.kept import BUILD, Kept

SADDLE = BUILD / "saddle"
RATE = 0.002  # of G, which factors are of
POINTS = ["--preset", "points", "--batch-size", "512"]
DENSITIES = {
    "normal": {"type": "normal", "params": {"mean": 3.0, "std": 1.0}},
    "two": {
        "type": "mixture",
        "params": {
            "weights": [0.4, 0.6],
            "components": [
                {"type": "normal", "params": {"mean": -2, "std": 0.5}},
                {"type": "normal", "params": {"mean": 1.5, "std": 0.8}},
            ],
        },
    },
}
TARGETS = ("normal", "two", "ring")


class Games:
    """Games already played by this build, and those that come."""

    def __init__(self):
        self.kept = Kept("faithful", BUILD / "libsaddle-program.so")

    def play(self, target, options, seed):
        """The records of one game by name, each a list of values in the order of G's steps, and its seconds."""
        return self.kept.get([target, *map(str, options), seed], lambda: run(target, options, seed))


def run(target, options, seed):
    with tempfile.TemporaryDirectory() as folder:
        where = f"builtin:{target}"
        if target in DENSITIES:
            where = f"{folder}/{target}.json"
            Path(where).write_text(json.dumps(DENSITIES[target]))
        command = [SADDLE, "lab", where, "--out", f"{folder}/run", "--quiet", "--threads", "1", "--draws", "0"]
        began = time.monotonic()
        done = subprocess.run(
            [*map(str, command), *options, "--seed", str(seed)], env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
        seconds = time.monotonic() - began
        if done.returncode not in (0, 3):  # 3: not finite, which is a result here
            raise SystemExit(f"error: saddle lab failed on: {target} {' '.join(options)} --seed {seed}")
        records = {}
        for text in (Path(folder) / "run/records.jsonl").read_text().splitlines():
            record = json.loads(text)
            if record["name"].startswith(("lab/", "staleness/", "critic/", "generator/")) and "value" in record:
                records.setdefault(record["name"], []).append(
                    [record["samples"], record["seconds"], record["value"], record.get("upper")]
                )
        return {"seconds": seconds, "finite": done.returncode == 0, "records": records}


def values(line, name):
    return [row[2] for row in line["records"].get(name, [])]


def final_js(line):
    return values(line, "lab/js_exact")[-1] if line["finite"] else math.log(2)


def interval(numbers):
    """Mean and half-width of the 95 % interval by the normal approximation."""
    return statistics.mean(numbers), 1.96 * statistics.stdev(numbers) / math.sqrt(len(numbers))


NO_CHECKPOINTS = ["--checkpoint-every", "1000000000"]
EVERY_STEP = ["--evaluate-every", "1", *NO_CHECKPOINTS]
AT_THE_END = ["--evaluate-every", "1000000000", *NO_CHECKPOINTS]  # the exact JSD takes seconds in the plane


def condition(games, targets, seeds):
    print(
        "\nthe preset faithful, 100 steps of G: D at max V (exact V within the larger of 0.01 and two standard errors"
        "\nof V), and the exact JSD falls (of the steps from a JSD above 0.02)"
    )
    print(f"{'target':8} {'rate':>7} {'at maximum':>16} {'JSD falls':>16} {'D steps':>9} {'last JSD':>9}")
    for target in targets:
        for rate in ("0.001", "0.01"):
            near = steps = fell = falls = d_steps = 0
            last = []
            for seed in range(1, seeds + 1):
                line = games.play(
                    target, ["--preset", "faithful", "--steps", "100", "--generator-rate", rate, *EVERY_STEP], seed
                )
                js, v = values(line, "lab/js_exact"), values(line, "lab/value_before")
                errors = [(row[3] - row[2]) / 1.96 for row in line["records"]["staleness/value_before"]]
                for before, after, value, error in zip(js, js[1:], v[1:], errors[1:]):
                    steps += 1
                    near += abs(value - 2 * (before - math.log(2))) <= max(0.01, 2 * error)
                    if before > 0.02:
                        falls += 1
                        fell += after < before
                d_steps += sum(values(line, "critic/steps")) / len(values(line, "critic/steps")) / seeds
                last.append(js[-1])
            print(
                f"{target:8} {rate:>7} {near:6} of {steps} {100 * near / steps:3.0f}% {fell:6} of {falls} "
                f"{100 * fell / max(1, falls):3.0f}% {d_steps:7.0f} {statistics.mean(last):9.4f}"
            )


def trust(games, targets, seeds):
    print(
        "\nG's rate times a factor, 5 steps of D a turn, 400 turns (3,000 on the ring): exact JSD at the end, fixed "
        "against trusted steps"
    )
    print(f"{'target':8} {'seed':>4} {'factor':>6} {'fixed':>7} {'trusted':>8} {'shortened':>10}")
    for target in targets:
        for seed in range(1, seeds + 1):
            for factor in (3, 10, 30, 100, 300):
                options = [
                    *POINTS,
                    "--objective",
                    "minimax",
                    "--critic-steps",
                    "5",
                    "--ema-half-life",
                    "0",
                    "--steps",
                    "3000" if target == "ring" else "400",
                    *AT_THE_END,
                    "--staleness-every",
                    "20",
                    "--generator-rate",
                    str(RATE * factor),
                    "--generator-step",
                ]
                fixed = final_js(games.play(target, [*options, "fixed"], seed))
                if fixed <= 0.3 and factor < 300:
                    continue
                line = games.play(target, [*options, "trusted"], seed)
                share = values(line, "generator/shortened_share")
                print(f"{target:8} {seed:4} {factor:6} {fixed:7.3f} {final_js(line):8.3f} {100 * share[-1]:9.0f}%")
                break


def cost(games, targets, seeds):
    print("\nto an exact JSD of 0.1: samples, and seconds of one thread, exact values included")
    print(f"{'target':8} {'game':34} {'reached':>8} {'samples':>12} {'seconds':>8}")
    ways = {
        "faithful": ["--preset", "faithful", "--steps", "600"],
        "minimax, 1 step of D": [*POINTS, "--objective", "minimax", "--samples", "6000000"],
        "minimax, 5 steps of D": [
            *POINTS,
            "--objective",
            "minimax",
            "--critic-steps",
            "5",
            "--samples",
            "6000000",
        ],
        "non_saturating, 1 step of D": [*POINTS, "--samples", "6000000"],
    }
    for target in targets:
        for way, options in ways.items():
            reached = []
            for seed in range(1, seeds + 1):
                line = games.play(
                    target, [*options, "--ema-half-life", "0", "--evaluate-every", "100000", *NO_CHECKPOINTS], seed
                )
                reached += [row[:2] for row in line["records"]["lab/js_exact"] if row[2] <= 0.1][:1]
            medians = [statistics.median(row[i] for row in reached) if reached else math.nan for i in (0, 1)]
            print(f"{target:8} {way:34} {len(reached):3} of {seeds} {medians[0]:12.3g} {medians[1]:8.1f}")


def losses(games, targets, seeds):
    print(
        "\nminimax against non_saturating, the preset points, 2,000,000 samples: exact JSD at the end, paired by seed"
    )
    for target in targets:
        ends = {}
        for name in ("minimax", "non_saturating"):
            ends[name] = [
                final_js(games.play(target, [*POINTS, "--objective", name, "--samples", "2000000", *AT_THE_END], seed))
                for seed in range(1, 2 * seeds + 1)
            ]
        mean, half = interval([a - b for a, b in zip(ends["minimax"], ends["non_saturating"])])
        print(
            f"{target:8} minimax {statistics.mean(ends['minimax']):.4f}, non_saturating "
            f"{statistics.mean(ends['non_saturating']):.4f}; difference {mean:+.4f} ({mean - half:+.4f} to "
            f"{mean + half:+.4f})"
        )


def turns(games, targets, seeds):
    print(
        "\nsteps of G for each turn of D (5 steps), minimax, 2,000 steps of D: staleness at the last step of G's turn, "
        "and the end"
    )
    print(f"{'target':8} {'G steps':>8} {'ratio, median':>14} {'ratio, 90 %':>12} {'JSD':>8}")
    for target in targets:
        for count in (1, 5, 20):
            ratios, ends = [], []
            for seed in range(1, seeds + 1):
                line = games.play(
                    target,
                    [
                        *POINTS,
                        "--objective",
                        "minimax",
                        "--critic-steps",
                        "5",
                        "--generator-steps",
                        str(count),
                        "--samples",
                        "1024000",
                        "--staleness-every",
                        "20",
                        "--ema-half-life",
                        "0",
                        *AT_THE_END,
                    ],
                    seed,
                )
                ratios += values(line, "staleness/ratio")
                ends.append(final_js(line))
            print(
                f"{target:8} {count:8} {statistics.median(ratios):14.3f} "
                f"{statistics.quantiles(ratios, n=10)[-1]:12.3f} "
                f"{statistics.mean(ends):8.4f}"
            )


def on_the_line(target):
    """The density of a target as a function."""
    params = DENSITIES[target]["params"]
    if DENSITIES[target]["type"] == "normal":
        return lambda x: norm.pdf(x, params["mean"], params["std"])
    parts = [component["params"] for component in params["components"]]
    return lambda x: sum(
        weight * norm.pdf(x, part["mean"], part["std"]) for weight, part in zip(params["weights"], parts, strict=True)
    )


def exact(games, targets, seeds):
    print(
        "\nG's steps with the exact D*, in numpy: the JSD falls (of steps from above 0.02), by the latents of a step"
        "\nand Adam's first decay; the lattice is that of P_G itself, so that nothing is drawn"
    )
    print(f"{'target':8} {'latents':>8} {'beta1':>6} {'JSD falls':>17}")
    for target in [target for target in targets if target in DENSITIES]:
        for batch, beta1 in ((512, 0.5), (512, 0), (16384, 0), (0, 0)):
            key = [target, "exact", batch, beta1]
            lines = [
                games.kept.get([*key, seed], lambda s=seed, b=batch, d=beta1: play(on_the_line(target), s, b, d))
                for seed in range(1, seeds + 1)
            ]
            steps = [(before, after) for js in lines for before, after in zip(js, js[1:]) if before > 0.02]
            fell = sum(after < before for before, after in steps)
            print(
                f"{target:8} {batch or 'lattice':>8} {beta1:>6} {fell:7} of {len(steps)} "
                f"{100 * fell / max(1, len(steps)):4.0f}%",
                flush=True,
            )


TABLES = {table.__name__: table for table in (condition, exact, trust, cost, losses, turns)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(TABLES), help="names of tables, with commas between")
    parser.add_argument("--targets", default=",".join(TARGETS), help="names of targets, with commas between")
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    targets = arguments.targets.split(",")
    if not set(targets) <= set(TARGETS):
        raise SystemExit(f"error: --targets: expected names out of {', '.join(TARGETS)}, got {arguments.targets}")
    games = Games()
    for name in arguments.only.split(","):
        if name not in TABLES:
            raise SystemExit(f"error: --only: expected names out of {', '.join(TABLES)}, got {name}")
        TABLES[name](games, targets, arguments.seeds)


if __name__ == "__main__":
    main()
