"""Measures pairs of known densities, here and by a scikit-learn classifier, and prints exact values and errors beside.

Run by ./run bench measure [--images] [--seeds N] [--count N] [--cases FILE] [--only NAME,...] [--peer-seeds N]. With
--images the pairs are cartoon faces whose factors differ, at 2,000, 6,000 and 20,000 a side, without scikit-learn: the
last takes an hour. It may be stopped at any time: results are kept in build/bench_measure.jsonl, and only those of this
very build count. SADDLE_BUILD names the build folder.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from support.kept import BUILD, Kept

HERE = Path(__file__).resolve().parent
OURS = BUILD / "benchmarks/bench_measure"
ENVIRONMENT = {
    **os.environ,
    "OMP_NUM_THREADS": "1",
}  # processor time is counted: threads would only wait for each other
LARGEST_ERROR, LARGEST_BIAS, LARGEST_SECONDS = 0.005, 0.003, 5
IMAGE_COUNTS = (2_000, 6_000, 20_000)
GOLDEN = HERE.parent / "tests/golden"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--images", action="store_true", help="pairs of cartoon faces instead of pairs of densities of points"
    )
    parser.add_argument("--seeds", type=int, help="seeds 1 to N of each case: 5, of images 1")
    parser.add_argument("--peer-seeds", type=int, default=1, help="of scikit-learn, which is slower")
    parser.add_argument("--count", type=int, help="samples a side: 20,000, of images 2,000, 6,000 and 20,000")
    parser.add_argument("--cases", type=Path)
    parser.add_argument("--only", help="names of cases, with commas between")
    options = parser.parse_args()
    options.seeds = options.seeds or (1 if options.images else 5)
    options.cases = options.cases or GOLDEN / ("face_cases.json" if options.images else "public_cases.json")
    options.counts = [options.count] if options.count else IMAGE_COUNTS if options.images else [20_000]
    options.count = options.counts[0]
    return options


def measure_ours(kept, options, names):
    for seed in range(1, options.seeds + 1):
        todo = [name for name in names if [name, seed, options.count] not in kept]
        if not todo:
            continue
        command = [OURS, "run", options.cases, options.count, seed, *todo]
        with subprocess.Popen(list(map(str, command)), env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
            for text in process.stdout:
                line = json.loads(text)
                kept[[line["case"], seed, options.count]] = line
        if process.returncode != 0:
            sys.exit(f"error: {OURS} failed on one of {', '.join(todo)} at seed {seed}")


def measure_peer(kept, options, names):
    for seed in range(1, options.peer_seeds + 1):
        for name in names:
            if [name, seed, options.count] in kept:
                continue
            with tempfile.TemporaryDirectory(prefix="saddle-bench-") as folder:
                p, q = f"{folder}/p.npy", f"{folder}/q.npy"
                subprocess.run(
                    list(map(str, [OURS, "draw", options.cases, options.count, seed, name, p, q])),
                    env=ENVIRONMENT,
                    check=True,
                )
                command = [sys.executable, str(HERE / "peers/measure_sklearn.py"), p, q, str(seed)]
                done = subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True, check=True)
            kept[[name, seed, options.count]] = json.loads(done.stdout)


def root_mean_square(numbers):
    return statistics.fmean(number**2 for number in numbers) ** 0.5


def lines_of(kept, case, options, seeds):
    return [kept[[case["name"], seed, options.count]] for seed in range(1, seeds + 1)]


def report(ours_kept, peer_kept, options, cases):
    print(
        f"{options.count} samples a side, seeds 1 to {options.seeds} (scikit-learn 1 to {options.peer_seeds}); JSD in "
        f"nats; processor seconds"
    )
    print(
        f"rms error: met where at most the larger of {LARGEST_ERROR} and 1.5 times the oracle's standard error (D* "
        f"known)"
    )
    print(
        f"{'case':<20} {'exact':>8} {'estimate':>9} {'bias':>8} {'rms err':>8} {'oracle':>7} {'certified':>9} "
        f"{'above':>6} {'sec':>6} "
        f"{'met':>4} | {'sklearn':>8} {'rms err':>8} {'sec':>6}"
    )
    missed = 0
    for case in cases:
        ours = lines_of(ours_kept, case, options, options.seeds)
        peer = lines_of(peer_kept, case, options, options.peer_seeds)
        mean = {
            key: statistics.fmean(line[key] for line in ours)
            for key in ("estimate", "certified", "oracle_error", "seconds")
        }
        error = root_mean_square(line["estimate"] - case["jsd"] for line in ours)
        bias = mean["estimate"] - case["jsd"]
        above = sum(line["certified"] > case["jsd"] + 1e-12 for line in ours)
        met = (
            error <= max(LARGEST_ERROR, 1.5 * mean["oracle_error"])
            and abs(bias) <= LARGEST_BIAS
            and mean["seconds"] <= LARGEST_SECONDS
        )
        missed += not met
        text = (
            f"{case['name']:<20} {case['jsd']:8.4f} {mean['estimate']:9.4f} {bias:8.4f} {error:8.4f} "
            f"{mean['oracle_error']:7.4f} "
            f"{mean['certified']:9.4f} {above:3d}/{len(ours):<2d} {mean['seconds']:6.2f} {'yes' if met else 'NO':>4} |"
        )
        if peer:
            peer_error = root_mean_square(line["estimate"] - case["jsd"] for line in peer)
            peer_estimate, peer_seconds = (
                statistics.fmean(line[name] for line in peer) for name in ("estimate", "seconds")
            )
            text += f" {peer_estimate:8.4f} {peer_error:8.4f} {peer_seconds:6.2f}"
        print(text)
    print(f"{len(cases) - missed} of {len(cases)} met")


def report_images(kept, options, cases):
    print(
        f"{options.count} pictures a side, seeds 1 to {options.seeds}; JSD in nats; p: the largest; processor seconds "
        f"of the critic, and of the test too"
    )
    print(
        f"{'pictures that differ in':<24} {'exact':>8} {'estimate':>9} {'share':>6} {'certified':>9} {'above':>6} "
        f"{'p':>8} {'sec':>6} {'all':>6}"
    )
    for case in cases:
        lines = lines_of(kept, case, options, options.seeds)
        exact = lines[0]["exact"]
        mean = {
            key: statistics.fmean(line[key] for line in lines)
            for key in ("estimate", "certified", "seconds", "seconds_with_test")
        }
        above = sum(line["certified"] > exact + 1e-6 for line in lines)
        share = f"{mean['estimate'] / exact:6.2f}" if exact > 0 else " " * 6
        print(
            f"{case['name']:<24} {exact:8.4f} {mean['estimate']:9.4f} {share} {mean['certified']:9.4f} "
            f"{above:3d}/{len(lines):<2d} "
            f"{max(line['p_value'] for line in lines):8.2g} {mean['seconds']:6.0f} {mean['seconds_with_test']:6.0f}",
            flush=True,
        )


def main():
    options = arguments()
    cases = json.loads(options.cases.read_text())["cases"]
    if options.only:
        wanted = options.only.split(",")
        cases = [case for case in cases if case["name"] in wanted]
        if len(cases) != len(wanted):
            sys.exit(f"error: --only: expected names of {options.cases}, got {options.only}")
    names = [case["name"] for case in cases]
    ours, peer = Kept("measure", OURS), Kept("measure", None)
    if options.images:
        for count in options.counts:
            options.count = count
            measure_ours(ours, options, names)
            report_images(ours, options, cases)
        return
    measure_ours(ours, options, names)
    measure_peer(peer, options, names)
    report(ours, peer, options, cases)


if __name__ == "__main__":
    main()
