"""Tests of `saddle lab`: a game against a known density as a run like any other, and what it refuses."""

import json
import shutil

import pytest

SMALL = [
    "--steps",
    30,
    "--batch-size",
    64,
    "--generator-width",
    16,
    "--discriminator-width",
    16,
    "--layers",
    1,
    "--draws",
    60,
]


def density(folder, name, kind, **params):
    (folder / name).write_text(json.dumps({"type": kind, "params": params}))
    return name


def records(run):
    lines = [json.loads(line) for line in (run / "records.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def test_objectives_are_played_side_by_side_in_runs_that_sample_and_report(saddle, tmp_path):
    target = density(tmp_path, "normal.json", "normal", mean=3, std=1)
    done = saddle("lab", target, "--out", "runs", "--objective", "minimax,non_saturating", "--json", *SMALL)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)["runs"]
    assert [result["objective"] for result in results] == ["minimax", "non_saturating"]
    for result in results:
        run = tmp_path / result["run"]
        assert 0 <= result["js_exact"] <= 0.6932 and result["value"] <= result["value_max"] + 1e-6
        exact = [line["value"] for line in records(run) if line["name"] == "lab/js_exact"]
        assert exact[-1] == pytest.approx(result["js_exact"])
        lab = json.loads((run / "lab.json").read_text())
        assert set(lab["objectives"]) == {"minimax", "non_saturating"} and lab["dim"] == 1
        assert len(lab["moments"][-1]["x"]) == len(lab["moments"][-1]["d_star"])
        assert saddle("report", run).returncode == 0
        assert saddle("sample", run, "--count", 3, "--out", f"{result['objective']}.npy").returncode == 0
    assert results[0]["js_exact"] != results[1]["js_exact"]


def test_the_same_seed_gives_the_same_records_and_pictures(saddle, tmp_path):
    target = density(tmp_path, "normal.json", "normal", mean=3, std=1)
    for run in ("a", "b"):
        assert saddle("lab", target, "--out", run, *SMALL).returncode == 0
    assert records(tmp_path / "a") == records(tmp_path / "b")
    assert (tmp_path / "a/lab.json").read_text() == (tmp_path / "b/lab.json").read_text()


def test_what_has_no_push_forward_is_refused(refused, tmp_path):
    three = density(tmp_path, "three.json", "mvnormal", mean=[0, 0, 0], cov=[[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    assert "on the line or in the plane, got 3 dimensions" in refused("lab", three, "--out", "r", code=1)
    normal = density(tmp_path, "normal.json", "normal", mean=3, std=1)
    assert refused("lab", normal, "--out", "r", "--output-noise", 0, "--latent-dim", 2, code=2) == (
        "--latent-dim: expected 1, the dimension of normal.json, got 2 (only then P_G has a density, "
        "or with --output-noise)"
    )
    assert "did you mean 'ring'?" in refused("lab", "builtin:rng", "--out", "r", code=1)
    assert "nothing.json" in refused("lab", "nothing.json", "--out", "r", code=1)
    assert "minimax" in refused("lab", normal, "--out", "r", "--objective", "minmax", code=2)
    assert "each objective once" in refused("lab", normal, "--out", "r", "--objective", "minimax,minimax", code=2)
    assert not (tmp_path / "r").exists()


def checkpoints(run):
    return sorted(path.name for path in (run / "checkpoints").iterdir())


def test_an_interrupted_lab_goes_on_as_if_it_had_not_been(saddle, tmp_path):
    """Both games are cut back to a moment in the middle: the first has a checkpoint there, the second was not begun."""
    target = density(tmp_path, "normal.json", "normal", mean=3, std=1)
    options = [
        "--objective",
        "minimax,hinge",
        "--preset",
        "faithful",
        "--converged-over",
        5,
        "--checkpoint-every",
        1,
        "--keep",
        1000,
        *SMALL,
    ]
    assert saddle("lab", target, "--out", "whole", *options).returncode == 0
    shutil.copytree(tmp_path / "whole", tmp_path / "cut")
    shutil.rmtree(tmp_path / "cut/hinge")
    run = tmp_path / "cut/minimax"
    for name in checkpoints(run)[11:]:
        shutil.rmtree(run / "checkpoints" / name)
    history = (run / "history.jsonl").read_text().splitlines(keepends=True)
    (run / "history.jsonl").write_text("".join(line for line in history if '"finished"' not in line))
    (run / "lab.json").unlink()
    done = saddle("lab", "--resume", "cut")
    assert done.returncode == 0, done.stderr
    for name in ("minimax", "hinge"):
        assert records(tmp_path / "cut" / name) == records(tmp_path / "whole" / name)
        assert (tmp_path / "cut" / name / "lab.json").read_text() == (
            tmp_path / "whole" / name / "lab.json"
        ).read_text()
        assert checkpoints(tmp_path / "cut" / name) == checkpoints(tmp_path / "whole" / name)
    assert '"resumed"' in (run / "history.jsonl").read_text()
    before = (run / "records.jsonl").read_bytes()
    assert saddle("lab", "--resume", "cut").returncode == 0  # nothing is left to do
    assert (run / "records.jsonl").read_bytes() == before


def test_what_cannot_be_resumed_is_said(saddle, refused, tmp_path):
    target = density(tmp_path, "normal.json", "normal", mean=3, std=1)
    assert saddle("lab", target, "--out", "r", *SMALL).returncode == 0
    assert "saddle lab --resume" in refused("train", "--resume", "r", code=2)
    assert "the run knows" in refused("lab", target, "--resume", "r", code=2)
    assert "the run knows" in refused("lab", "--resume", "r", "--steps", 60, code=2)
    assert saddle("lab", target, "--out", "two", "--objective", "minimax,hinge", *SMALL).returncode == 0
    assert "the folder of all games (minimax,hinge)" in refused("lab", "--resume", "two/hinge", code=2)
    config = (tmp_path / "r/config.toml").read_text()
    (tmp_path / "r/config.toml").write_text(config.replace("turns = 0", 'turns = "some"'))
    assert refused("lab", "--resume", "r", code=1) == "r/config.toml: expected a number for lab.turns, got some"
    assert saddle("train", "builtin:ring", "--out", "t", "--samples", 256, "--batch-size", 64).returncode == 0
    assert "expected a run of saddle lab, got t" in refused("lab", "--resume", "t", code=2)
    assert "nowhere" in refused("lab", "--resume", "nowhere", code=1)
