"""What metrics of images say of known cases: generators of known order, copies, stacks of digits, and their memory."""

import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from support.kept import BUILD, Kept

SADDLE, BENCH = BUILD / "saddle", BUILD / "benchmarks/bench_metrics"
RUNS = BUILD.parent / "bench_metrics"  # what was trained, and arrays made once
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
IMAGENET = (
    Path(os.environ.get("SADDLE_CACHE", Path.home() / ".cache/saddle")) / "features/efficientnet-lite0.safetensors"
)
SHARES = (5, 10, 20, 40, 70, 100)  # per cent of a run
OF_ROWS, OF_CLASSES = "fd,kd,precision,recall,density,coverage", "modes,reverse_kl_modes"
LEVEL, COPIED = 0.05, 0.02
STACKS, FLOOR = 26_000, 999 / 52_000
MOST_MEGABYTES = 1000


def add_options(parser):
    parser.add_argument("--fashion", type=Path, help="ranking, copies: Fashion-MNIST's train-images-idx3-ubyte.gz")
    parser.add_argument("--faces-orl", type=Path, help="copies: a folder of photographs sP_NN.png, P the person")
    parser.add_argument("--digits", type=Path, help="stacked: MNIST's t10k-images-idx3-ubyte.gz, labels beside")
    parser.add_argument("--samples", type=int, default=400_000, help="ranking: that the run is trained on")
    parser.add_argument("--count", type=int, default=5_000, help="ranking, copies: images a side")
    parser.add_argument("--imagenet-count", type=int, default=150, help="ranking: of features imagenet, 15 a second")
    parser.add_argument("--repeats", type=int, default=40, help="copies: of each case")
    parser.add_argument("--images", type=int, default=50_000, help="memory: a side, of 32 x 32 pixels")


def call(*command):
    """What a program prints as JSON, and its peak of memory in MB."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(list(map(str, command)), env=ENVIRONMENT, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit(f"error: {' '.join(map(str, command))} failed")
        out.seek(0)
        text = out.read()
    return json.loads(text) if text else None, used.ru_maxrss / 1024


def kept_results():
    return Kept("metrics", BUILD / "libsaddle-program.so")


def read_idx(path):
    """The images of an IDX file, [n, h, w]."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return np.frombuffer(data, np.uint8, offset=16).reshape(-1, *np.frombuffer(data, ">i4", 2, 8))


def data_sets(options):
    """name: data, and what stands for P, that no run has seen: an array, or a density of which every draw is fresh."""
    RUNS.mkdir(exist_ok=True)
    faces = RUNS / "faces.json"
    faces.write_text('{"type": "faces", "size": 32, "params": {}}')
    sets = {"faces": ("builtin:faces", lambda count: faces)}
    if options.fashion:
        held_out = read_idx(options.fashion.with_name(options.fashion.name.replace("train-", "t10k-")))
        sets["fashion"] = (options.fashion, lambda count: saved(RUNS / f"fashion-{count}.npy", held_out[:count]))
    return sets


def saved(path, array):
    np.save(path, array)
    return path


def trained(name, data, samples):
    """A run of so many samples that keeps every twentieth of it."""
    run = RUNS / f"{name}-{samples}"
    if not run.exists():
        every = ["--checkpoint-every", samples // 20, "--keep", 20]
        call(SADDLE, "train", data, "--out", run, "--image-size", 32 if name == "faces" else 0, "--samples", samples,
             "--generator-width", 16, "--discriminator-width", 16, "--threads", 1, "--quiet", *every)  # fmt: skip
    elif '"finished"' not in (run / "history.jsonl").read_text():
        call(SADDLE, "train", "--resume", run, "--quiet")
    return run


def snapshot(run, share, folder):
    """A copy of the run as it was at that share, in per cent, of its samples."""
    copy = Path(folder) / f"{share}"
    shutil.copytree(run, copy, ignore=shutil.ignore_patterns("checkpoints", "best"))
    moments = sorted((run / "checkpoints").iterdir())
    wanted = int(moments[-1].name) * share / 100
    nearest = min(moments, key=lambda moment: abs(int(moment.name) - wanted))
    shutil.copytree(nearest, copy / "checkpoints" / nearest.name)
    return copy


def costs_of(measured):
    """name: what is the smaller the better, of all metrics and of the JSD, also under noise."""
    costs = {}
    for name, metric in measured.get("metrics", {}).items():
        value = metric["estimate"]
        costs[name] = abs(value - metric["expected"]) if metric["better"] == 0 else -metric["better"] * value
    if "js" in measured:
        costs["js"] = measured["js"]["estimate"]
        costs.update({f"js, noise {rung['sigma']:g}": rung["js"] for rung in measured["noise_ladder"]})
    return costs


def kendall(costs):
    """Kendall's tau of falling costs: 1 where each is below all before it."""
    pairs = [np.sign(a - b) for i, a in enumerate(costs) for b in costs[i + 1 :]]
    return sum(pairs) / len(pairs)


def ranking(options):
    """One run's snapshots, worst to best, by every metric."""
    kept = kept_results()
    for name, (data, held_out) in data_sets(options).items():
        kinds = [("random", OF_ROWS + ",js", options.count)]
        if name == "fashion":
            kinds.append(("builtin", f"{OF_ROWS},{OF_CLASSES}", options.count))
        if IMAGENET.exists():
            kinds.append(("imagenet", OF_ROWS, options.imagenet_count))
        for features, metrics, count in kinds:
            found = []
            for share in SHARES:

                def measured(share=share, features=features, metrics=metrics, count=count):
                    asked = ["--metric", metrics, "--features", features, "--divergence", "kl", "--count", count]
                    with tempfile.TemporaryDirectory() as folder:
                        run = snapshot(trained(name, data, options.samples), share, folder)
                        result, _ = call(SADDLE, "measure", held_out(count), run, *asked, "--threads", 1, "--json")
                    return costs_of(result)

                found.append(kept.get(["ranking", name, options.samples, features, metrics, count, share], measured))
            print(f"{name}, features {features}, {count} a side, at {SHARES} % of {options.samples} samples; cost, tau")
            for metric in found[0]:
                costs = [one[metric] for one in found]
                print(
                    f"  {metric:<16} {'  '.join(f'{cost + 0:9.4g}' for cost in costs)}  {kendall(costs):5.2f}",
                    flush=True,
                )


def p_of_copies(folder, p, q, train, groups=()):
    arrays = [saved(Path(folder) / f"{i}.npy", x) for i, x in enumerate((p, q, train, *groups))]
    return call(BENCH, "copies", *arrays)[0]["numbers"]["copies p"]


def print_rates(kept, what, key, repeats, p_value):
    """How often copies are said to be there, where there are none and where there are."""
    rates = []
    for copied in (False, True):
        found = [kept.get([*key, copied, i], lambda i=i: p_value(i, copied)) <= LEVEL for i in range(repeats)]
        rates.append(statistics.fmean(found))
    print(f"{what}: false alarms {rates[0]:.1%}, found {rates[1]:.1%}, of {repeats} each", flush=True)


def copies(options):
    """A perfect sampler, with and without repeats of training images."""
    kept = kept_results()
    count, train = options.count, 4 * options.count
    for name, (data, _) in data_sets(options).items():
        path = RUNS / f"{name}-{options.count}-random.npy"
        if not path.exists():
            source = RUNS / "faces.json" if name == "faces" else data
            call(SADDLE, "features", source, "--features", "random", "--count", train + 4 * count, "--out", path,
                 "--threads", 1, "--quiet")  # fmt: skip
        features = np.load(path, mmap_mode="r")

        def of_images(i, copied, features=features):
            rng = np.random.default_rng(i)
            rows = rng.permutation(len(features))[: train + 2 * count]
            x = features[rows]
            q, some = x[count : 2 * count].copy(), round(COPIED * count)
            if copied:  # to within a hundredth of what each feature varies
                q[:some] = x[-some:] + 0.01 * x.std(0) * rng.standard_normal((some, x.shape[1]))
            with tempfile.TemporaryDirectory() as folder:
                return p_of_copies(folder, x[:count], q.astype(np.float32), x[2 * count :])

        what = f"copies of {COPIED:.0%} of {count} {name}, {train} training images, features random"
        print_rates(kept, what, ["copies", name, count], options.repeats, of_images)
    if options.faces_orl:
        photographs(kept, options)


def photographs(kept, options):
    """Photographs of 16, 12 and 12 people of 40; copies: one of a training person's for half of Q's people."""
    from PIL import Image  # noqa: PLC0415, which only this part needs

    files = sorted(options.faces_orl.glob("s*_*.png"))
    person = np.array([int(file.name[1:].split("_")[0]) - 1 for file in files])
    x = np.stack([np.asarray(Image.open(file), np.float32)[::4, ::4].ravel() for file in files])

    def of_people(i, copied):
        who = np.random.default_rng(i).permutation(person.max() + 1)
        train, p, q = (np.flatnonzero(np.isin(person, some)) for some in (who[:16], who[16:28], who[28:]))
        rows = x[q].copy()
        if copied:
            rows[:60:10] = x[train[:60:10]]
        with tempfile.TemporaryDirectory() as folder:
            return p_of_copies(folder, x[p], rows, x[train], (person[p], person[q]))

    print_rates(kept, "copies of photographs, people kept together", ["photographs"], options.repeats, of_people)


def stacked(options):
    """A perfect sampler of three digits as colours, by a classifier of each."""
    if not options.digits:
        print("stacked: left out, since --digits names no file")
        return
    digits, data = read_idx(options.digits), f"stacked:{options.digits}"

    def measured():
        rows = np.random.default_rng(0).integers(len(digits), size=(STACKS, 3))
        with tempfile.TemporaryDirectory() as folder:
            q = saved(Path(folder) / "q.npy", np.moveaxis(digits[rows], 1, -1))
            result, _ = call(SADDLE, "measure", data, q, "--training", data, "--metric", OF_CLASSES, "--threads", 1,
                             "--json")  # fmt: skip
        return [result["metrics"][name]["estimate"] for name in OF_CLASSES.split(",")]

    modes, kl = kept_results().get(["stacked", STACKS], measured)
    print(
        f"stacked digits, a perfect sampler of {STACKS}: {modes:.0f} modes, reverse KL {kl:.4f}, its floor {FLOOR:.4f}"
    )


def memory(options):
    """The peak of memory of a measurement of many images."""

    def measured():
        rng = np.random.default_rng(0)
        with tempfile.TemporaryDirectory() as folder:
            sides = [
                saved(Path(folder) / f"{side}.npy", rng.integers(0, 256, (options.images, 32, 32, 3), dtype=np.uint8))
                for side in "pq"
            ]
            return call(
                SADDLE, "measure", *sides, "--metric", OF_ROWS, "--features", "random", "--threads", 1, "--json"
            )[1]

    megabytes = kept_results().get(["memory", options.images], measured)
    verdict = "met" if megabytes <= MOST_MEGABYTES else "missed"
    print(f"{options.images} images a side, {OF_ROWS}: peak {megabytes:.0f} MB, at most {MOST_MEGABYTES}: {verdict}")


PARTS = {"ranking": ranking, "copies": copies, "stacked": stacked, "memory": memory}
