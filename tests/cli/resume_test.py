"""Tests that a --resume which is refused leaves the run as it was, whatever refuses it."""

import json
import os
import shutil
import subprocess

import numpy
import pytest
from conftest import PROGRAM


@pytest.fixture(name="folder", scope="module")
def stopped_run(tmp_path_factory):
    """Data, and a run on them that was killed between two checkpoints: there is something to cut back."""
    folder = tmp_path_factory.mktemp("resume")
    numpy.save(folder / "x.npy", numpy.random.default_rng(0).normal(size=(800, 2)).astype("float32"))
    plan = ["--samples", "1024", "--batch-size", "64", "--generator-width", "8", "--discriminator-width", "8"]
    plan += ["--generator-rate", "0.002"]
    subprocess.run([PROGRAM, "train", "x.npy", "--out", "run", *plan, "--quiet"], cwd=folder, check=True)
    with (folder / "run/records.jsonl").open("a") as file:
        file.write('{"samples": 1088, "seconds": 9, "name": "discriminator/loss", "value": 1}\n')
    (folder / "run/samples/000000001088.png").write_bytes(b"later")
    return folder


def state(run):
    """Every file's bytes and time of change, and every folder's."""
    found = {}
    for place, _, names in os.walk(run):
        for path in [place, *(os.path.join(place, name) for name in names)]:
            content = open(path, "rb").read() if os.path.isfile(path) else None
            found[path] = (os.stat(path).st_mtime_ns, content)
    return found


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["--resume", "runn"], 1, "expected a run directory"),
        (["--resume", "run", "--sampels", "9"], 2, "did you mean '--samples'"),
        (["--resume", "run", "--samples", "many"], 2, "expected a whole number"),
        (["--resume", "run", "--objective", "minmax"], 2, "did you mean 'minimax'"),
        (["--resume", "run", "--config", "none.toml"], 1, "none.toml"),
        (["--resume", "run", "--batch-size", "32"], 2, "batch_size"),
        (["--resume", "run", "--samples", "100"], 2, "expected more than the 1024 samples"),
        (["--resume", "run", "--samples", "2048", "--seed", "3"], 2, "seed"),
    ],
)
def test_a_mistyped_resume_leaves_the_run_alone(refused, folder, arguments, code, complaint):
    before = state(folder / "run")
    assert complaint in refused("train", *arguments, code=code, cwd=folder)
    assert state(folder / "run") == before
    assert not (folder / "runn").exists()


def test_data_that_are_gone_leave_the_run_alone(refused, folder):
    before = state(folder / "run")
    (folder / "x.npy").rename(folder / "y.npy")
    try:
        assert "x.npy" in refused("train", "--resume", "run", "--samples", "2048", code=1, cwd=folder)
    finally:
        (folder / "y.npy").rename(folder / "x.npy")
    assert state(folder / "run") == before


def test_a_checkpoint_that_does_not_fit_leaves_the_run_alone(refused, folder, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(folder / "run", run)
    config = (run / "config.toml").read_text()
    (run / "config.toml").write_text(config.replace("generator_width = 8", "generator_width = 16"))
    before = state(run)
    assert "generator_width" in refused("train", "--resume", run, "--samples", "2048", "--quiet", code=1)
    assert state(run) == before


def test_then_the_right_one_goes_on_and_says_so(saddle, folder):
    assert saddle("train", "--resume", "run", "--samples", "2048", "--quiet", cwd=folder).returncode == 0
    records = [json.loads(line) for line in (folder / "run/records.jsonl").read_text().splitlines()]
    assert records[-1]["samples"] == 2048 and all(record["seconds"] != 9 for record in records)
    assert not (folder / "run/samples/000000001088.png").exists()
    events = [json.loads(line)["event"] for line in (folder / "run/history.jsonl").read_text().splitlines()]
    assert events == ["started", "finished", "extended", "resumed", "finished"]


def test_a_run_by_minutes_shows_what_it_began_with(saddle, tmp_path):
    options = ["--minutes", "0.002", "--generator-width", "8", "--discriminator-width", "8", "--quiet"]
    options += ["--generator-rate", "0.002"]
    assert saddle("train", "builtin:ring", "--out", "run", *options).returncode == 0
    assert (tmp_path / "run/samples/000000000000.png").exists()


def test_a_history_that_cannot_be_written_is_an_error(saddle, tmp_path):
    options = ["--samples", "512", "--generator-width", "8", "--discriminator-width", "8", "--quiet"]
    options += ["--generator-rate", "0.002"]
    (tmp_path / "run").mkdir()
    (tmp_path / "run/lock").write_text("of a start that was broken off")
    (tmp_path / "run/history.jsonl").symlink_to("/dev/full")
    done = saddle("train", "builtin:ring", "--out", "run", *options)
    assert (done.returncode, done.stderr) == (
        1,
        "error: run/history.jsonl: cannot be written: No space left on device\n",
    )
