"""Generates tables here and by other people's programs, and prints how far each is from held-out rows, and its cost.

Run by ./run bench tables [--only ours,trees,...] [--data adult,diamonds,FILE.csv] [--target COLUMN] [--seeds N]
[--seconds N | --samples N] [--epochs N] [--json FILE]. Every result is kept (build/bench_tables*.jsonl, the tables
beside in build/bench_tables), so that a stopped bench goes on where it was; ours are made again by another build. One
thread each; processor seconds to fit: of Saddle of the whole process, of the peers without their imports and their
reading.

Rows are split by a hash of their content: 80 % for the generators, which make as many new ones, and 20 % held out.
`adult` is the UCI Adult table, adult.csv in the folder that SADDLE_TEST_DATA names, or in shared/data beside the
repository; `diamonds` ships in plotnine's wheel (MIT). Reference rows: `real half`, the training rows' one half in the
place of new rows and their other half in the place of the training rows; `independent columns`, training rows with each
column shuffled by itself.
"""

import argparse
import csv
import hashlib
import importlib.util
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from support.kept import BUILD, Kept

HERE = Path(__file__).resolve().parent
SADDLE = BUILD / "saddle"
PEERS, SCORES = HERE / "peers/tables_peers.py", HERE / "support/table_scores.py"
WORK = BUILD.parent / "bench_tables"
ENVIRONMENT = {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")}
TARGETS = {"adult": "income", "diamonds": "cut"}
HELD_OUT = 0.2
LABELS = {
    "half": "real half",
    "independent": "independent columns",
    "ctgan": "CTGAN, {epochs} epochs",
    "copula": "Gaussian copula",
    "cart": "scikit-learn's trees in sequence",
    "ours": "`saddle train`, {budget}",
    "trees": "`saddle trees`",
}
KINDS = {
    "reference": ["half", "independent"],
    **{name: [name] for name in ("ctgan", "copula", "cart", "ours", "trees")},
}


class Failed(Exception):
    """A program did not do what it was asked to; the text says which, and its last words."""


def run(*command):
    """What a program prints, its processor seconds and its largest memory in bytes; one thread."""
    command = [str(word) for word in command]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=out, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), errors.seek(0)
        if process.returncode != 0:
            last = (errors.read().strip() or "no message").splitlines()[-1]
            raise Failed(f"{' '.join(command)}: ended with {process.returncode}: {last}")
        return out.read(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def checksum(*files):
    return hashlib.sha256(b"".join(hashlib.sha256(Path(file).read_bytes()).digest() for file in files)).hexdigest()[:16]


def read_rows(file):
    with open(file, newline="") as text:
        return list(csv.reader(text, skipinitialspace=True))


def write_rows(file, rows):
    with open(file, "w", newline="") as text:
        csv.writer(text, lineterminator="\n").writerows(rows)
    return file


class Table:
    """A data set of the bench: its split on disk, and the target that its utility is measured on."""

    def __init__(self, source, target):
        path = find_table(source)
        self.name, self.target = Path(source).stem, target or TARGETS.get(source)
        self.folder = WORK / self.name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.train, self.holdout = self.folder / "train.csv", self.folder / "holdout.csv"
        header, *rows = [row for row in read_rows(path) if row]
        if self.target not in header:
            sys.exit(f"error: --target: expected a column of {path} ({', '.join(header)}), got {self.target}")
        parts = [], []
        for row in rows:
            digest = hashlib.blake2b("\0".join(row).encode(), digest_size=8, salt=b"split 0").digest()
            parts[int.from_bytes(digest) < HELD_OUT * 2**64].append(row)
        self.sizes = [len(part) for part in parts]
        for file, part in zip((self.train, self.holdout), parts):
            write_rows(file, [header, *part])
        self.key = [self.name, checksum(self.train, self.holdout)]


def find_table(source):
    """The file of a table: one of ours by name, or any other."""
    places = [Path(source)]
    if source == "adult":
        folders = os.environ.get("SADDLE_TEST_DATA"), HERE.parent.parent / "shared/data"
        places = [Path(folder) / "adult.csv" for folder in folders if folder]
    elif source == "diamonds":
        package = importlib.util.find_spec("plotnine")
        places = [Path(package.origin).parent / "data/diamonds.csv"] if package else []
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        sys.exit(f"error: --data: expected a table, got '{source}', which is not at {', '.join(map(str, places))}")
    return found


def make_ours(table, name, seed, options, new):
    """A run of ours, and a table that is drawn of it."""
    out = new.with_suffix("")
    shutil.rmtree(out, ignore_errors=True)
    command = [SADDLE, "trees", table.train]
    if name == "ours":
        budget = ["--samples", options.samples] if options.samples else ["--minutes", options.seconds / 60]
        command = [SADDLE, "train", table.train, "--preset", "tables", "--threads", 1, *budget]
    _, seconds, memory = run(*command, "--seed", seed, "--out", out, "--quiet")
    _, sampling, _ = run(SADDLE, "sample", out, "--count", table.sizes[0], "--seed", seed, "--out", new, "--quiet")
    return {"fit_seconds": seconds, "sample_seconds": sampling, "memory_bytes": memory}


def make_peer(table, name, seed, options, new):
    epochs = [options.epochs] if name == "ctgan" else []
    text, _, memory = run(sys.executable, PEERS, name, table.train, new, table.sizes[0], seed, *epochs)
    return {**json.loads(text.splitlines()[-1]), "memory_bytes": memory}


def make_reference(table, name, seed, _, new):
    header, *rows = read_rows(table.train)
    rng = random.Random(seed)
    if name == "independent":
        columns = [rng.sample(column, len(column)) for column in zip(*rows)]
        write_rows(new, [header, *zip(*columns)])
    else:
        rng.shuffle(rows)
        half = len(rows) // 2
        write_rows(new, [header, *rows[:half]])
        write_rows(other_half(new), [header, *rows[half : 2 * half]])
    return {"fit_seconds": None, "memory_bytes": None}


def other_half(new):
    return new.with_suffix(".train.csv")


MAKERS = {
    **dict.fromkeys(KINDS["reference"], make_reference),
    **dict.fromkeys(("ctgan", "copula", "cart"), make_peer),
    **dict.fromkeys(("ours", "trees"), make_ours),
}


def score(table, name, new):
    """What does not depend on our program."""
    train = other_half(new) if name == "half" else table.train
    text, _, _ = run(sys.executable, SCORES, train, table.holdout, new, table.target)
    return json.loads(text.splitlines()[-1])


def measure(table, new):
    """The JSD of as many new rows as were held out."""
    head = write_rows(new.with_suffix(".head.csv"), read_rows(new)[: 1 + table.sizes[1]])
    text, seconds, _ = run(SADDLE, "measure", table.holdout, head, "--json", "--threads", 1)
    js = json.loads(text)["js"]
    return {"js": js["estimate"], "at_least": js["certified_lower"], "measure_seconds": seconds}


def result(table, name, seed, options, kept):
    """All that is known of one generated table; makes what is not known."""
    ours = f"{options.samples}-samples" if options.samples else f"{options.seconds:g}"
    budget = {"ours": ours, "ctgan": options.epochs}.get(name)
    of_tables, of_program = kept
    new = table.folder / f"{name}{'' if budget is None else f'-{budget}'}-{seed}.csv"
    fits = of_program if name in ("ours", "trees") else of_tables
    key = [*table.key, name, budget, seed]
    if not new.exists() or key not in fits or fits[key]["content"] != checksum(new):
        say(f"{table.name}: {new.stem}: generating")
        fits[key] = {**MAKERS[name](table, name, seed, options, new), "content": checksum(new)}
    files = [new, *([other_half(new)] if name == "half" else [])]
    content = [*table.key, table.target, name, checksum(*files)]
    scored = ["scores", *content, checksum(SCORES)]
    if scored not in of_tables or ["measure", *content] not in of_program:
        say(f"{table.name}: {new.stem}: scoring")
    scores = of_tables.get(scored, lambda: score(table, name, new))
    distance = of_program.get(["measure", *content], lambda: measure(table, new))
    return {"data": table.name, "generator": name, "budget": budget, "seed": seed, **fits[key], **distance, **scores}


def say(text):
    print(f"# {text}", file=sys.stderr, flush=True)


def cell(results, get, form="{:.3f}"):
    """The median and, in brackets, the range; empty where there is nothing to say."""
    values = [get(r) for r in results]
    if None in values:
        return ""
    middle, low, high = (form.format(f(values)) for f in (statistics.median, min, max))
    return middle if low == high else f"{middle} ({low} to {high})"


def percent(results, get):
    return cell(results, lambda r: 100 * get(r), "{:.2f}")


MAIN = {
    "CPU s": lambda rs: cell(rs, lambda r: r["fit_seconds"], "{:.1f}"),
    "JSD": lambda rs: cell(rs, lambda r: r["js"]),
    "at least": lambda rs: cell(rs, lambda r: r["at_least"]),
    "detection AUC": lambda rs: cell(rs, lambda r: r["detection"]),
    "utility: accuracy": lambda rs: cell(rs, lambda r: r["utility"]["accuracy"]),
    "F1": lambda rs: cell(rs, lambda r: r["utility"]["f1"]),
    "AUC": lambda rs: cell(rs, lambda r: r["utility"]["auc"]),
    "copies %": lambda rs: percent(rs, lambda r: r["copies"]),
}
FURTHER = {
    "logistic detection AUC": lambda rs: cell(rs, lambda r: r["detection_logistic"]),
    "SDMetrics: quality": lambda rs: cell(rs, lambda r: r["quality"]),
    "shape": lambda rs: cell(rs, lambda r: r["shape"]),
    "trend": lambda rs: cell(rs, lambda r: r["trend"]),
    "trend, all pairs": lambda rs: cell(rs, lambda r: r["trend_all"]),
    "distance to training": lambda rs: cell(rs, lambda r: r["distance"]),
    "of held-out rows": lambda rs: cell(rs, lambda r: r["distance_holdout"]),
    "out of range %": lambda rs: percent(rs, lambda r: r["checks"]["outside"]),
    "unknown level %": lambda rs: percent(rs, lambda r: r["checks"]["unknown"]),
    "whole %": lambda rs: percent(rs, lambda r: r["checks"]["whole"]),
    "memory MB": lambda rs: cell(rs, lambda r: r["memory_bytes"] and r["memory_bytes"] / 1e6, "{:.0f}"),
}


def spikes(known):
    """A column of the table for each number that has a spike."""
    return {
        f"{name} = {spike['value']:g}, % of the rows (real {100 * spike['real']:.1f})": (
            lambda rs, name=name: percent(rs, lambda r: r["checks"]["spikes"].get(name, {}).get("new", float("nan")))
        )
        for name, spike in known.items()
    }


def print_table(rows, columns):
    print("\n| | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    for label, results in rows.items():
        print(f"| {label} | " + " | ".join(show(results) for show in columns.values()) + " |")


def report(table, rows, seeds):
    print(
        f"\n{table.name}: {table.sizes[0]:,} rows to train on, {table.sizes[1]:,} held out, target {table.target};",
        end=" ",
    )
    print(f"median and range of {seeds} seeds" if seeds > 1 else "one seed")
    whole = {label: results for label, results in rows.items() if results}
    if not whole:
        return
    print_table(whole, MAIN)
    print_table(whole, FURTHER)
    shown = spikes(list(whole.values())[-1][0]["checks"]["spikes"])  # all but `real half` know all training rows
    if shown:
        print_table(whole, shown)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="adult,diamonds", help="adult, diamonds or files, with commas between")
    parser.add_argument("--target", help="the column of levels that the utility is measured on, of a file of your own")
    parser.add_argument("--only", default=",".join(KINDS), help=f"of {', '.join(KINDS)}, with commas between")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=120, help="to train for, of ours")
    parser.add_argument("--samples", type=int, help="to show D instead, which a busy machine does not shorten; of ours")
    parser.add_argument("--epochs", type=int, default=100, help="of CTGAN")
    parser.add_argument("--json", type=Path, help="write every result into this file, too")
    options = parser.parse_args()
    unknown = [kind for kind in options.only.split(",") if kind not in KINDS]
    if unknown:
        parser.error(f"--only: expected {', '.join(KINDS)}, got {unknown[0]}")
    options.names = [name for kind in KINDS if kind in options.only.split(",") for name in KINDS[kind]]
    return options


def main():
    options = arguments()
    WORK.mkdir(parents=True, exist_ok=True)
    kept = Kept("tables", None), Kept("tables_ours", BUILD / "libsaddle-program.so")
    budget = f"{options.samples:,} samples" if options.samples else f"{options.seconds / 60:g} min"
    everything, failures = [], []
    for source in options.data.split(","):
        table, rows = Table(source, options.target), {}
        for name in options.names:
            label = LABELS[name].format(epochs=options.epochs, budget=budget)
            rows[label] = []
            for seed in range(options.seeds):
                try:
                    rows[label].append(result(table, name, seed, options, kept))
                except Failed as failure:
                    failures.append(f"{table.name}: {label}, seed {seed}: {failure}")
                    say(failures[-1])
                    break
            everything += rows[label]
        report(table, rows, options.seeds)
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1) + "\n")
    if failures:
        sys.exit("\nerror: without a row in the table:\n" + "\n".join(failures))


if __name__ == "__main__":
    main()
