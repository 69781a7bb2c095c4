"""The preset `points` on known densities: modes, games and regularisers, steps too large, and the race with PyTorch.

Run by ./run bench points [modes|wide|table|steps|race] [--seeds N] [--targets ring grid ...] [--threads N]. It may be
stopped at any time: what is measured is kept in build/bench_points.jsonl, and only results of this very build are used;
--page writes the table into docs/points.md.
"""

import argparse
import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from support.kept import BUILD, Kept

HERE = Path(__file__).resolve().parent
OURS = BUILD / "benchmarks/bench_points"
SADDLE = BUILD / "saddle"
PAGE = HERE.parent / "docs/points.md"
MARKS = "<!-- table: written by ./run bench points table --page -->", "<!-- end of table -->"
GAMES = [
    "minimax",
    "non_saturating",
    "least_squares",
    "hinge",
    "wasserstein",
    "relativistic",
    "fgan_kl",
    "fgan_reverse_kl",
    "fgan_pearson_chi2",
    "fgan_neyman_chi2",
    "fgan_squared_hellinger",
    "fgan_jeffrey",
    "fgan_js",
    "fgan_gan",
    "fgan_total_variation",
]
REGULARIZERS = [
    "r2",
    "gradient_penalty",
    "dragan",
    "spectral_norm",
    "weight_clipping",
    "label_smoothing",
]
# Games are compared at few steps, without noise and at the same rates for G and D, so that it is the game and the
# regulariser that count.
COARSE = ["--cells", 15_000]  # of the push-forward, where many are wanted
RATES = ["--generator-rate", 0.002, "--rate-end", 0.1]
BATCH = ["--batch-size", 512]
TABLE_OPTIONS = ["--samples", 2_048_000, *BATCH, "--noise", 0, "--output-noise", 0, *RATES, *COARSE]


class Results:
    """Trained once for each request; a result is the lines that bench_points printed."""

    def __init__(self, threads):
        self.threads = threads
        self.kept = Kept("points", OURS)

    def get(self, target, seed, options):
        request = list(map(str, [as_argument(target), seed, "--threads", self.threads, *options]))
        return self.kept.get(request, lambda: self.train(request))

    def train(self, request):
        done = subprocess.run(
            [OURS, *request],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": str(self.threads)},
        )
        if done.returncode != 0:
            sys.exit(f"error: {OURS} failed on {' '.join(request)}")
        return [json.loads(line) for line in done.stdout.splitlines()]


def normals(means, stds, weights):
    """The text of a mixture of round normals."""
    components = [
        {
            "type": "mvnormal",
            "params": {"mean": mean, "cov": [[std**2 * (i == j) for j in range(len(mean))] for i in range(len(mean))]},
        }
        for mean, std in zip(means, stds, strict=True)
    ]
    shares = [weight / sum(weights) for weight in weights]
    return json.dumps({"type": "mixture", "params": {"weights": shares, "components": components}})


def hexagon():
    """36 equal modes, each at distance 1 of its neighbours."""
    means = [[i + 0.5 * (j % 2), j * math.sqrt(3) / 2] for i in range(6) for j in range(6)]
    return normals(means, [0.04] * 36, [1] * 36)


def uneven():
    """12 modes on a ring of radius 2 with shares of 1 to 4 and standard deviations of 0.02 to 0.04."""
    angles = [2 * math.pi * k / 12 for k in range(12)]
    means = [[2 * math.cos(angle), 2 * math.sin(angle)] for angle in angles]
    return normals(means, [0.02 + 0.01 * (k % 3) for k in range(12)], [1 + k % 4 for k in range(12)])


FILES = {"hexagon": hexagon, "uneven": uneven}  # targets that bench_points reads from a file


def as_argument(target):
    if target not in FILES:
        return target
    path = BUILD / f"points_{target}.json"
    path.write_text(FILES[target]())
    return str(path)


def mode_line(line):
    if "failure" in line:
        return line["failure"]
    modes = (
        f"{line['modes']:>3} of {line['of']:<3} {100 * line['quality']:7.2f} "
        f"{line['reverse_kl'] if line['reverse_kl'] is not None else float('inf'):9.4f}"
        if "modes" in line
        else " " * 28
    )
    return f"{modes} {line['js']:8.4f} {line['js_error']:8.0e} {line['seconds']:7.1f} {line['processor_seconds']:7.1f}"


def modes(results, arguments):
    """A line a seed of each target: PacGAN's numbers, the exact JSD and the time."""
    print(
        f"{'target':<8} seed {'modes':>10} {'% good':>7} {'rev. KL':>9} {'JSD':>8} {'error':>8} {'s':>7} {'cpu s':>7}"
    )
    for target in arguments.targets or ["ring", "grid", "spiral", "moons", "random", *FILES]:
        for seed in range(arguments.seeds or 10):
            print(f"{target:<8} {seed:>4} {mode_line(results.get(target, seed, [])[-1])}", flush=True)


def ten_normals():
    """Ten normals in 8 dimensions, uneven in share and width, drawn once."""
    draw = random.Random(8)
    components = [
        {"mean": [draw.gauss(0, 2) for _ in range(8)], "std": draw.uniform(0.2, 0.6), "share": draw.uniform(1, 3)}
        for _ in range(10)
    ]
    return normals(*([c[name] for c in components] for name in ("mean", "std", "share")))


def wide(results, arguments):
    """Ten normals in 8 dimensions, by what the critics of saddle measure say of the JSD."""
    target = BUILD / "points_wide.json"
    target.write_text(ten_normals())
    print(f"{'seed':>4} {'at least':>9} {'estimate':>9} {'cpu s':>7}")
    for seed in range(arguments.seeds or 3):
        line = results.kept.get(["wide", seed], lambda seed=seed: train_and_measure(target, seed))
        print(
            f"{seed:>4} {line['at_least']:>9.4f} {line['estimate']:>9.4f} {line['processor_seconds']:>7.0f}", flush=True
        )


def train_and_measure(target, seed):
    with tempfile.TemporaryDirectory(prefix="saddle-bench-") as folder:
        run, threads = f"{folder}/run", ["--threads", "1", "--seed", str(seed)]
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        train = [SADDLE, "train", target, "--out", run, "--preset", "points", "--quiet", *threads]
        subprocess.run([*train, "--evaluate-every", "100000000"], check=True)
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        measure = [SADDLE, "measure", target, run, "--count", "20000", "--metric", "js", "--json", *threads]
        found = json.loads(subprocess.run(measure, check=True, stdout=subprocess.PIPE).stdout)
    seconds = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    js = found["js"]
    return {"at_least": js["certified_lower"], "estimate": js["estimate"], "processor_seconds": seconds}


def cell(lines):
    finite = [line for line in lines if "failure" not in line]
    if not finite:
        return ["not finite", "", "", ""]
    mean = {
        key: statistics.mean(line[key] for line in finite) for key in ("modes", "quality", "js", "processor_seconds")
    }
    failed = f" ({len(lines) - len(finite)} not finite)" if len(finite) < len(lines) else ""
    return [
        f"{mean['modes']:.1f}{failed}",
        f"{100 * mean['quality']:.1f}",
        f"{mean['js']:.3f}",
        f"{mean['processor_seconds']:.0f}",
    ]


def table(results, arguments):
    """Games with none and with R1, and regularisers with non_saturating, on ring and grid."""
    targets = arguments.targets or ["ring", "grid"]
    rows = [(game, regularizer) for game in GAMES for regularizer in ("none", "r1")]
    rows += [("non_saturating", regularizer) for regularizer in REGULARIZERS]
    lines = [
        "| game | regulariser | " + " | ".join(f"{t}: modes | % good | JSD | cpu s" for t in targets) + " |",
        "|---|---|" + "---|" * 4 * len(targets),
    ]
    print("\n".join(lines), flush=True)
    for game, regularizer in rows:
        options = [*TABLE_OPTIONS, "--objective", game, "--regularizer", regularizer]
        cells = [
            c for t in targets for c in cell([results.get(t, s, options)[-1] for s in range(arguments.seeds or 3)])
        ]
        lines.append(f"| {game} | {regularizer} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    if arguments.page:
        text = PAGE.read_text()
        before, after = text.split(MARKS[0])[0], text.split(MARKS[1])[1]
        PAGE.write_text(before + "\n".join([MARKS[0], *lines, MARKS[1]]) + after)


def steps(results, arguments):
    """G's rate of 0.004 times a factor, 8,000 steps: the exact JSD with fixed and with trusted steps of G."""
    print(f"{'target':<8} {'game':<15} factor seed {'fixed':>8} {'trusted':>8}")
    for target in arguments.targets or ["ring"]:
        for game in ("non_saturating", "minimax"):
            for factor in (3, 10, 30):
                for seed in range(1, 1 + (arguments.seeds or 5)):
                    options = ["--samples", 4_096_000, *BATCH, "--objective", game, "--generator-rate", 0.004 * factor]
                    ends = [
                        results.get(target, seed, [*options, "--generator-step", how]) for how in ("fixed", "trusted")
                    ]
                    cells = [f"{end[-1]['js']:8.4f}" if "js" in end[-1] else f"{'failed':>8}" for end in ends]
                    print(f"{target:<8} {game:<15} {factor:>6} {seed:>4} {' '.join(cells)}", flush=True)


def reached(lines):
    """Seconds until all modes are there, and until the JSD is at most 0.1; None: never."""
    goals = lambda line: line.get("modes", 0) == line.get("of"), lambda line: line.get("js", 1) <= 0.1
    return [next((line["seconds"] for line in lines if goal(line)), None) for goal in goals]


# What each peer may choose from: Adam's rate, beta1 and beta2.
PEERS = {
    "gan": [(1e-3, 0.5, 0.999), (2e-4, 0.5, 0.999), (1e-3, 0.0, 0.99), (2e-4, 0.0, 0.99)],
    "wgan_gp": [(1e-3, 0.0, 0.9), (2e-4, 0.0, 0.9), (1e-3, 0.5, 0.9), (2e-4, 0.5, 0.9)],
}


def peer_lines(method, setting, target, seed, steps, looks, threads):
    with tempfile.TemporaryDirectory(prefix="saddle-bench-") as folder:
        command = [
            sys.executable,
            HERE / "peers/points_torch.py",
            method,
            target,
            seed,
            steps,
            looks,
            threads,
            folder,
            *setting,
        ]
        with subprocess.Popen(
            list(map(str, command)),
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": str(threads)},
        ) as process:
            lines = [json.loads(line) for line in process.stdout]
        for line in lines:
            done = subprocess.run(
                [*map(str, [OURS, target, seed, "--measure", line["file"], *COARSE])],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            line.update(json.loads(done.stdout))
    return lines


def best_setting(method, target, seconds, threads):
    """The setting with the smallest JSD after the time of our whole run, and its steps a second."""
    trials = {}
    for setting in PEERS[method]:
        pace = 200 / peer_lines(method, setting, target, 0, 200, 1, threads)[-1]["seconds"]
        trials[setting] = (
            peer_lines(method, setting, target, 0, max(200, int(pace * seconds)), 1, threads)[-1]["js"],
            pace,
        )
    best = min(trials, key=lambda setting: trials[setting][0])
    print(
        f"# {method} on {target}: Adam {best[0]:g}, betas {best[1]:g} and {best[2]:g}, of "
        + ", ".join(f"{setting}: JSD {js:.3f}" for setting, (js, _) in trials.items()),
        flush=True,
    )
    return best, trials[best][1]


def race(results, arguments):
    """Time to all modes and to JSD <= 0.1, ours and the peers' at their best, in turn; capped at so many times ours."""
    print(f"{'target':<8} seed {'program':<10} {'s to all modes':>15} {'s to JSD <= 0.1':>16} {'s in all':>9}")
    for target in arguments.targets or ["ring", "grid"]:
        settings = {}
        for seed in range(arguments.seeds or 3):
            own = results.get(target, seed, ["--looks", 40, *COARSE])
            answers = {"saddle": own}
            for method in PEERS:
                if method not in settings:
                    settings[method] = best_setting(method, target, own[-1]["seconds"], arguments.threads)
                setting, pace = settings[method]
                steps = max(200, int(pace * arguments.cap * own[-1]["seconds"]))
                answers[method] = peer_lines(method, setting, target, seed, steps, 40, arguments.threads)
            for name, lines in answers.items():
                end = lines[-1].get("seconds", 0)
                cells = [f"> {end:.0f}" if t is None else f"{t:.1f}" for t in reached(lines)]
                print(f"{target:<8} {seed:>4} {name:<10} {cells[0]:>15} {cells[1]:>16} {end:>9.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    kinds = {"modes": modes, "wide": wide, "table": table, "steps": steps, "race": race}
    parser.add_argument("kind", nargs="?", default="race", choices=list(kinds))
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--targets", nargs="*", default=[])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cap", type=float, default=10, help="of the race: the peers' time in times of our whole run")
    parser.add_argument("--page", action="store_true", help="write the table into docs/points.md")
    arguments = parser.parse_args()
    kinds[arguments.kind](Results(arguments.threads), arguments)


if __name__ == "__main__":
    main()
