"""Training and sampling through the program: what they write, refuse and survive."""

import json
import os
import subprocess

import numpy
import pytest
from PIL import Image

SMALL = ["--samples", 640, "--batch-size", 16, "--generator-width", 8, "--discriminator-width", 8]
SMALL += ["--generator-rate", 0.002]  # so few steps of the preset's rate may be a lost game


@pytest.fixture(name="run")
def trained_points(saddle, tmp_path):
    """A finished little run on points."""
    done = saddle("train", "builtin:ring", "--out", "ring", "--json", *SMALL)
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["outcome"] == "finished"
    return tmp_path / "ring"


def test_a_run_directory_holds_what_it_promises(run):
    names = {entry.name for entry in run.iterdir()}
    assert {
        "config.toml",
        "records.jsonl",
        "events.out.tfevents.0.saddle",
        "history.jsonl",
        "samples",
        "checkpoints",
        "report.html",
    } <= names
    events = [json.loads(line)["event"] for line in (run / "history.jsonl").read_text().splitlines()]
    assert events == ["started", "finished"]
    recorded = {json.loads(line)["name"] for line in (run / "records.jsonl").read_text().splitlines()}
    assert {"select/value", "select/jsd_at_least", "train/value", "generator/gradient_norm/minimax"} <= recorded
    assert len(list((run / "checkpoints").iterdir())) == 3


def test_an_estimate_has_a_standard_error_and_no_interval(run):
    lines = [json.loads(line) for line in (run / "records.jsonl").read_text().splitlines()]
    estimates = [line for line in lines if line["name"] in ("standing/jsd", "standing/jsd_blurred", "test/jsd")]
    assert {"standing/jsd", "test/jsd"} <= {line["name"] for line in estimates}
    for line in estimates:
        assert line["standard_error"] > 0 and "lower" not in line and "upper" not in line
    for line in lines:
        if line["name"] == "select/value":
            assert line["lower"] < line["value"] < line["upper"] and "standard_error" not in line
    certified = [line["value"] for line in lines if line["name"].endswith(("certified", "at_least"))]
    assert len(certified) > 8 and all(0 <= value <= 0.6932 for value in certified)


def test_sampling_depends_on_the_seed_alone(saddle, run, tmp_path):
    for name, seed in [("a", 1), ("b", 1), ("c", 2)]:
        assert saddle("sample", run, "--count", 300, "--seed", seed, "--out", f"{name}.npy").returncode == 0
    a, b, c = (numpy.load(tmp_path / f"{name}.npy") for name in "abc")
    assert a.shape == (300, 2) and a.dtype == numpy.float32
    assert (a == b).all() and not (a == c).all()


def test_images_are_sampled_as_a_grid_an_array_and_a_folder(saddle, tmp_path):
    plan = ["--samples", 32, "--batch-size", 16, "--generator-width", 4, "--discriminator-width", 4, "--image-size", 16]
    assert saddle("train", "builtin:faces", "--out", "faces", "--quiet", *plan).returncode == 0
    assert (tmp_path / "faces/samples/nearest.png").exists()
    for target in ["grid.png", "array.npy", "folder"]:
        assert saddle("sample", "faces", "--count", 5, "--out", target).returncode == 0
    assert numpy.load(tmp_path / "array.npy").shape == (5, 16, 16, 3)
    pictures = sorted((tmp_path / "folder").iterdir())
    assert len(pictures) == 5
    assert (numpy.asarray(Image.open(pictures[3])) == numpy.load(tmp_path / "array.npy")[3]).all()
    assert Image.open(tmp_path / "grid.png").width > 16


def test_minutes_are_frozen_into_samples_and_stored(saddle, tmp_path):
    done = saddle("train", "builtin:ring", "--out", "timed", "--minutes", 0.02, "--generator-width", 8)
    assert done.returncode == 0, done
    config = (tmp_path / "timed/config.toml").read_text()
    planned = int(config.split("[plan]\nsamples = ")[1].split()[0])
    assert planned > 0 and f"{planned:,}" in done.stdout
    assert sorted((tmp_path / "timed/checkpoints").iterdir())[-1].name == f"{planned:012}"


@pytest.mark.parametrize(
    "arguments, code, complaint",
    [
        (["train", "--out", "x"], 2, "expected DATA"),
        (["train", "builtin:ring"], 2, "--out RUN"),
        (["train", "builtin:ring", "--out", "x", "--samples", 10, "--minutes", 1], 2, "got both"),
        (["train", "builtin:ring", "--resume", "x"], 2, "without DATA and --out"),
        (["train", "--resume", "nowhere"], 1, "got a path where there is nothing"),
        (["train", "nowhere", "--out", "x"], 1, "nowhere"),
        (["train", "builtin:ring", "--out", "x", "--device", "cuda"], 1, "expected a CUDA GPU"),
        (["train", "builtin:ring", "--out", "x", "--network", "dcgan", "--quiet"], 1, "dcgan"),
        (["train", "builtin:ring", "--out", "full"], 1, "choose another --out"),
        (["sample", "nowhere", "--out", "x.png"], 1, "got a path where there is nothing"),
    ],
)
def test_what_cannot_work_is_refused_and_nothing_is_written(refused, tmp_path, arguments, code, complaint):
    if "cuda" in arguments and os.path.exists("/dev/nvidia0"):
        pytest.skip("there is a GPU here, so that asking for one is no mistake")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/letter.txt").write_text("keep me")
    assert complaint in refused(*arguments, code=code)
    assert [entry.name for entry in tmp_path.iterdir()] == ["full"]
    assert (tmp_path / "full/letter.txt").read_text() == "keep me"


def test_an_existing_run_is_refused_as_out(refused, run):
    assert "--resume" in refused("train", "builtin:ring", "--out", run, code=1)


def test_the_best_generator_is_kept_sampled_and_measured(saddle, refused, run, tmp_path):
    looks = [json.loads(line) for line in (run / "records.jsonl").read_text().splitlines()]
    looks = [line for line in looks if line["name"] == "standing/jsd"]
    assert len(looks) >= 4
    done = saddle("sample", run, "--which", "best", "--count", 9, "--out", "best.npy", "--json")
    assert done.returncode == 0, done
    best = json.loads(done.stdout)["samples"]
    assert best in [line["samples"] for line in looks]
    chosen = next(line for line in looks if line["samples"] == best)
    smallest = min(looks, key=lambda line: line["value"])
    assert chosen["value"] <= max(0.6, smallest["value"] + 4 * smallest["standard_error"])  # chosen on other rows
    assert saddle("measure", run, "--which", "best", "--count", 200).returncode == 0
    assert "best" in refused("sample", run, "--which", "first", "--out", "x.png", code=2)


def test_the_end_of_a_run_says_how_far_it_is_from_test(saddle, tmp_path):
    done = saddle("train", "builtin:ring", "--out", "ring", "--json", *SMALL)
    result = json.loads(done.stdout)
    assert 0 <= result["jsd"]["certified_lower"] <= result["jsd"]["estimate"] <= 0.6932
    assert (tmp_path / f"ring/best/{result['best']:012}").is_dir()


@pytest.fixture(name="few")
def few_pictures(tmp_path):
    """So few pictures that select and test have twelve each."""
    folder = tmp_path / "few"
    folder.mkdir()
    for i, pixels in enumerate(numpy.random.default_rng(0).integers(0, 255, (120, 16, 16), dtype=numpy.uint8)):
        Image.fromarray(pixels).save(folder / f"{i}.png")
    return folder


def test_few_samples_get_no_jsd_and_the_run_says_why(saddle, refused, few, tmp_path):
    plan = ["--samples", 64, "--batch-size", 16, "--generator-width", 4, "--discriminator-width", 4]
    assert "the part select has 12 samples" in refused(
        "train", few, "--out", "auto", "--stop", "auto", "--quiet", *plan, code=2
    )
    done = saddle("train", few, "--out", "run", "--json", *plan)
    assert json.loads(done.stdout)["jsd"] is None
    texts = [json.loads(line).get("text", "") for line in (tmp_path / "run/records.jsonl").read_text().splitlines()]
    assert [text for text in texts if "select has 12" in text] and [text for text in texts if "test has 12" in text]
    assert not (tmp_path / "run/best").exists()
    assert saddle("sample", "run", "--which", "best", "--count", 4, "--out", "x.png").returncode == 0


def test_a_run_that_stands_still_stops_by_itself_and_can_go_on(saddle, tmp_path):
    plan = [
        "--samples",
        64000,
        "--batch-size",
        64,
        "--generator-width",
        8,
        "--discriminator-width",
        8,
        "--generator-rate",
        1e-9,
        "--patience",
        20000,
    ]
    done = saddle("train", "builtin:ring", "--out", "run", "--json", "--stop", "auto", *plan)
    result = json.loads(done.stdout)
    assert result["outcome"] == "finished" and "not improved" in result["why"] and result["samples"] < 64000
    last = json.loads((tmp_path / "run/history.jsonl").read_text().splitlines()[-1])
    assert last["event"] == "finished" and "not improved" in last["text"]
    again = saddle("train", "--resume", "run")
    assert again.returncode == 0 and "--stop samples" in again.stdout
    assert json.loads(saddle("train", "--resume", "run", "--stop", "samples", "--json").stdout)["samples"] == 64000


def test_fewer_images_than_a_batch_are_refused(refused, tmp_path):
    folder = tmp_path / "few"
    folder.mkdir()
    for i in range(12):
        Image.new("L", (16, 16), i * 20).save(folder / f"{i}.png")
    assert "smaller --batch-size" in refused("train", folder, "--out", "x", "--quiet", code=1)
    assert not (tmp_path / "x").exists()


def test_a_value_that_is_not_finite_sends_the_game_back_and_then_ends_it_with_3(saddle, tmp_path):
    # sixty layers, each of whose weights moves by 10 a step: logits soon overflow float32
    plan = ["--generator-rate", 10, "--discriminator-rate", 10, "--layers", 60]
    done = saddle("train", "builtin:ring", "--out", "run", "--quiet", *SMALL, *plan, "--rollbacks", 0)
    assert done.returncode == 3, done
    assert done.stderr.startswith("error: run: ") and done.stderr.count("\n") == 1
    assert "not finite" in done.stderr and " at step " in done.stderr and "try smaller --generator-rate" in done.stderr
    assert json.loads((tmp_path / "run/history.jsonl").read_text().splitlines()[-1])["event"] == "failed"

    saddle("train", "builtin:ring", "--out", "again", "--quiet", *SMALL, *plan, "--samples", 64)
    events = [json.loads(line) for line in (tmp_path / "again/history.jsonl").read_text().splitlines()]
    assert events[1]["event"] == "went back" and "step sizes times 0.5 (1 of 3)" in events[1]["text"]


def test_a_full_disk_is_named_and_the_run_goes_on_after_it(saddle, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("cannot mount a small tmpfs here")
    try:
        plan = ["--samples", 6400, "--batch-size", 16, "--generator-width", 64, "--keep", 30, "--checkpoint-every", 320]
        done = saddle("train", "builtin:ring", "--out", disk / "run", "--quiet", *plan)
        assert done.returncode == 1, done
        assert "No space left" in done.stderr and done.stderr.count("\n") == 1
        checkpoints = list((disk / "run/checkpoints").iterdir())
        assert checkpoints and all(entry.suffix == "" for entry in checkpoints)
        subprocess.run(["mount", "-o", "remount,size=60m", disk], check=True)
        assert saddle("train", "--resume", disk / "run", "--quiet").returncode == 0
    finally:
        subprocess.run(["umount", disk], check=True)
