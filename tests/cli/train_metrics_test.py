"""Metrics of features while training, and stacks of grey images, through the program."""

import json
import shutil

import numpy
import pytest

METRICS = ["--metrics", "fd,precision", "--features", "random", "--metrics-samples", 200, "--metrics-every", 64]
TINY = ["--samples", 160, "--batch-size", 16, "--generator-width", 4, "--discriminator-width", 4, "--seed", 3]
TINY += ["--evaluate-every", 32, "--generator-rate", 1e-3, "--discriminator-rate", 1e-3]


def records_of(run, names=""):
    """The records of a run whose names begin so, without the time that they took."""
    lines = [json.loads(line) for line in (run / "records.jsonl").read_text().splitlines()]
    return [{**line, "seconds": 0} for line in lines if line["name"].startswith(names)]


def write_images(folder, count):
    """Noisy images 8 x 8, each brighter in one of four rows, with labels beside."""
    random = numpy.random.default_rng(1)
    labels = random.integers(4, size=count, dtype=numpy.uint8)
    images = random.integers(100, size=(count, 8, 8), dtype=numpy.uint8)
    images[numpy.arange(count), 2 * labels] += 100
    for name, array in [("x-images-idx3-ubyte", images), ("x-labels-idx1-ubyte", labels)]:
        sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
        (folder / name).write_bytes(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes())
    return folder / "x-images-idx3-ubyte"


@pytest.fixture(name="images")
def grey_images(tmp_path):
    return write_images(tmp_path, 2400)


def test_metrics_are_recorded_with_intervals_and_change_no_other_number(saddle, images, tmp_path):
    done = saddle("train", images, "--out", "with", "--json", *TINY, *METRICS, "--best-by", "fd")
    assert done.returncode == 0, done
    assert saddle("train", images, "--out", "without", "--quiet", *TINY).returncode == 0
    found = records_of(tmp_path / "with", "metrics/fd")
    values = [line for line in found if line["name"] == "metrics/fd"]
    assert [line["samples"] for line in values] == [64, 128, 160]
    assert all(line["lower"] <= line["value"] <= line["upper"] for line in values)
    told = json.loads(done.stdout)["metrics"]
    assert list(told) == ["fd", "precision"]
    assert told["fd"]["estimate"] == values[-1]["value"] and told["fd"]["samples"] == 160
    games = [
        [
            line
            for line in records_of(tmp_path / name)
            if not line["name"].startswith(("metrics", "test/", "generator/sh", "select/sh"))
        ]
        for name in ("with", "without")
    ]
    assert games[0] == games[1]
    assert "fd" in (tmp_path / "with/report.html").read_text()


def test_a_run_with_metrics_goes_on_exactly(saddle, images, tmp_path):
    plan = [*METRICS, "--best-by", "precision", "--checkpoint-every", 96]
    assert saddle("train", images, "--out", "whole", "--quiet", *TINY, *plan).returncode == 0
    assert saddle("train", images, "--out", "cut", "--quiet", *TINY, *plan).returncode == 0
    for path in (tmp_path / "cut/checkpoints").iterdir():
        if int(path.name) > 96:
            shutil.rmtree(path)
    assert saddle("train", "--resume", "cut", "--quiet").returncode == 0
    assert records_of(tmp_path / "cut", "metrics") == records_of(tmp_path / "whole", "metrics")
    assert [path.name for path in sorted((tmp_path / "cut/best").iterdir())] == [
        path.name for path in sorted((tmp_path / "whole/best").iterdir())
    ]


def test_stacks_are_looked_at_trained_on_and_measured(saddle, tmp_path):
    images = write_images(tmp_path, 600)  # few, since the classifier learns from each of them two hundred times
    seen = json.loads(saddle("data", f"stacked:{images.name}", "--json", "--out", "sheet.png").stdout)
    assert seen["shape"] == [3, 8, 8] and seen["count"] == 200 and len(seen["labels"]) == 64
    assert sum(label["count"] for label in seen["labels"]) == 200
    assert saddle("train", f"stacked:{images.name}", "--out", "run", "--quiet", *TINY).returncode == 0
    assert f"stacked:{tmp_path}" in (tmp_path / "run/config.toml").read_text()
    assert saddle("sample", "run", "--count", 5, "--out", "new.npy").returncode == 0
    assert numpy.load(tmp_path / "new.npy").shape == (5, 8, 8, 3)
    assert saddle("train", "--resume", "run", "--samples", 192, "--quiet").returncode == 0
    measured = saddle("measure", f"stacked:{images.name}", "run", "--include-training", "--json", "--divergence", "kl")
    assert json.loads(measured.stdout)["p"]["count"] == 200, measured


@pytest.mark.parametrize(
    "arguments, code, complaint",
    [
        (["builtin:ring", "--metrics", "fd"], 1, "expected images for --metrics"),
        (["{images}", "--metrics", "fid"], 2, "unknown metric 'fid' (did you mean 'fd'?"),
        (["{images}", "--metrics", "fd,kd,fd"], 2, "expected each metric once, got fd twice"),
        (["{images}", "--best-by", "fd"], 2, "expected jsd or one of --metrics (none), got fd"),
        (["{images}", "--metrics", "fd", "--features", "nothing"], 1, "unknown features 'nothing'"),
        (["{images}", "--metrics", "modes", "--features", "random"], 1, "features that tell classes apart"),
        (["builtin:faces", "--metrics", "modes"], 1, "expected images with labels for --metrics modes"),
        (["{images}", "--metrics", "fd", "--features", "random", "--split", "90,5,5"], 1, "at least 100 rows in the"),
        (
            ["{images}", "--metrics", "fd", "--features", "random", "--metrics-samples", 50],
            1,
            "raise --metrics-samples",
        ),
        (["stacked:builtin:faces"], 1, "expected grey images to stack, got 3 channels"),
        (["stacked:builtin:ring"], 1, "expected grey images to stack, got points"),
    ],
)
def test_metrics_that_cannot_be_had_are_refused(refused, images, tmp_path, arguments, code, complaint):
    arguments = [str(argument).format(images=images) for argument in arguments]
    assert complaint in refused("train", *arguments, "--out", "x", "--quiet", *TINY, code=code)
    assert not (tmp_path / "x").exists()
