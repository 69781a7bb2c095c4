"""Mixtures through the program: what `saddle mle` writes, and that it is a run like any other."""

import gzip
import json
import re
import signal
import subprocess

import numpy
import pytest
from conftest import PROGRAM
from safetensors.numpy import load_file
from waiting import until


def two_clusters(path, seed=0):
    """600 points in three dimensions, far apart in two groups of 2 to 1, with correlated coordinates."""
    random = numpy.random.default_rng(seed)
    x = random.normal(size=(600, 3)) @ numpy.array([[1, 0.8, 0], [0, 0.6, 0], [0, 0, 0.1]])
    x[:200] += [10, -10, 3]
    numpy.save(path, x)


@pytest.fixture(name="run")
def fitted_points(saddle, tmp_path):
    two_clusters(tmp_path / "x.npy")
    done = saddle("mle", "x.npy", "--out", "run", "--components", 4, "--select", "bic", "--json")
    assert done.returncode == 0, done
    return json.loads(done.stdout), tmp_path / "run"


def test_bic_finds_the_number_of_components(run):
    result, folder = run
    assert result["outcome"] == "finished" and result["components"] == 2 and result["converged"]
    assert result["parameters"] == 2 * (3 + 6) + 1 and result["count"] == 480
    likelihood = result["log_likelihood"] * result["count"]
    assert result["bic"] == pytest.approx(-2 * likelihood + result["parameters"] * numpy.log(480))
    config = (folder / "config.toml").read_text()
    assert "tried = [1, 2, 3, 4]" in config and "components = 2" in config


def test_a_run_directory_holds_the_mixture_its_curve_and_a_report(run):
    _, folder = run
    tensors = load_file(next((folder / "checkpoints").iterdir()) / "tensors.safetensors")
    weights, means = tensors["mixture.weights"], tensors["mixture.means"]
    assert sorted(weights) == pytest.approx([1 / 3, 2 / 3], abs=0.07)
    assert means[weights.argmin()] == pytest.approx([10, -10, 3], abs=0.4)
    assert tensors["mixture.covariances"].shape == (2, 3, 3)
    events = [json.loads(line)["event"] for line in (folder / "history.jsonl").read_text().splitlines()]
    assert events == ["started", "finished"]
    records = [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]
    assert {"train/log_likelihood", "select/log_likelihood", "train/bic", "samples/grid"} == {
        r["name"] for r in records
    }
    assert "</html>" in (folder / "report.html").read_text()


def test_it_is_sampled_and_reported_like_any_run(saddle, run, tmp_path):
    for name, seed in [("a", 1), ("b", 1), ("c", 2)]:
        assert saddle("sample", "run", "--count", 3000, "--seed", seed, "--out", f"{name}.npy").returncode == 0
    a, b, c = (numpy.load(tmp_path / f"{name}.npy") for name in "abc")
    assert a.shape == (3000, 3) and (a == b).all() and not (a == c).all()
    assert a[a[:, 0] < 5][:, :2].std(axis=0) == pytest.approx([1, 1], abs=0.15)
    assert saddle("report", "run").returncode == 0


def test_the_same_seed_gives_the_same_mixture(saddle, run, tmp_path):
    assert saddle("mle", "x.npy", "--out", "again", "--components", 4, "--select", "bic", "--quiet").returncode == 0
    files = [next((tmp_path / name / "checkpoints").iterdir()) / "tensors.safetensors" for name in ("run", "again")]
    assert files[0].read_bytes() == files[1].read_bytes()


def people(count, seed=0):
    """A table of what generators take: whole numbers, an amount with its sign, a date, a truth."""
    random = numpy.random.default_rng(seed)
    rows = ["day;age;income;member"]
    for _ in range(count):
        day = numpy.datetime64("2024-01-01") + int(random.integers(0, 300))
        income = f"{random.normal(2000, 300):.2f}".replace(".", ",")
        rows.append(f"{day};{random.integers(18, 90)};{income} €;{random.choice(['True', 'False'])}")
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("zipped", [False, True])
def test_a_table_is_fitted_and_sampled_as_the_table_that_it_is(saddle, refused, tmp_path, zipped):
    name = "people.csv.gz" if zipped else "people.csv"
    (tmp_path / name).write_bytes(gzip.compress(people(600).encode()) if zipped else people(600).encode())
    assert saddle("mle", name, "--out", "run", "--components", 2, "--drop", "age", "--quiet").returncode == 0
    schema = json.loads((tmp_path / "run/schema.json").read_text())
    assert [column["name"] for column in schema["columns"]] == ["day", "income", "member"]
    assert saddle("sample", "run", "--count", 500, "--out", "new.csv").returncode == 0
    lines = (tmp_path / "new.csv").read_text().splitlines()
    assert lines[0] == "day;income;member" and len(lines) == 501
    for line in lines[1:]:
        assert re.fullmatch(r"20(23|24|25)-[01]\d-[0-3]\d;-?\d+,\d\d €;(True|False)", line), line
    assert saddle("sample", "run", "--count", 2, "--out", "new.tsv").returncode == 0
    assert (tmp_path / "new.tsv").read_text().startswith("day\tincome\tmember\n")
    (tmp_path / "fresh.csv").write_text(people(300, seed=1))
    for arguments in (["run"], ["fresh.csv", "run"], ["fresh.csv", "new.csv", "--drop", "age"]):
        found = json.loads(saddle("measure", *arguments, "--divergence", "js", "--threads", 1, "--json").stdout)
        assert sorted(column["name"] for column in found["columns"]) == ["day", "income", "member"]
    assert "whose columns are taken" in refused("measure", "fresh.csv", "run", "--drop", "age", code=2)


def test_a_run_on_no_table_writes_none(refused, run):
    assert "run: expected a run whose data are a table for --out new.csv" in refused(
        "sample", "run", "--out", "new.csv", code=1
    )


def test_images_are_fitted_with_a_blur_that_the_sharpness_shows(saddle, tmp_path):
    plan = ["--components", 3, "--image-size", 16, "--iterations", 5, "--quiet"]
    assert saddle("mle", "builtin:faces", "--out", "faces", *plan).returncode == 0
    records = [json.loads(line) for line in (tmp_path / "faces/records.jsonl").read_text().splitlines()]
    last = {record["name"]: record.get("value") for record in records}
    assert 0 < last["generator/sharpness"] < 0.8 * last["select/sharpness"]
    assert saddle("sample", "faces", "--count", 4, "--out", "new.npy").returncode == 0
    assert numpy.load(tmp_path / "new.npy").shape == (4, 16, 16, 3)
    assert (tmp_path / "faces/samples/nearest.png").exists()


def test_an_interrupted_fit_leaves_nothing_or_its_best(tmp_path):
    numpy.save(tmp_path / "x.npy", numpy.random.default_rng(0).normal(size=(20000, 5)))
    command = [
        PROGRAM,
        "mle",
        "x.npy",
        "--out",
        "run",
        "--components",
        "40",
        "--iterations",
        "1000000",
        "--tolerance",
        "1e-300",
        "--quiet",
    ]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    records = tmp_path / "run/records.jsonl"
    until(lambda: process.poll() is not None or (records.exists() and records.read_text()))
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert process.stderr.read() == ""
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "arguments, code, complaint",
    [
        (["mle", "builtin:ring", "--out", "x"], 2, "--components K"),
        (["mle", "--components", 2, "--out", "x"], 2, "DATA"),
        (["mle", "builtin:ring", "--out", "x", "--components", 0], 2, "from 1 to"),
        (["mle", "builtin:ring", "--out", "x", "--components", 2, "--covariance", "fulll"], 2, "did you mean 'full'"),
        (["mle", "builtin:ring", "--out", "x", "--components", 2, "--select", "aic"], 2, "bic"),
        (["mle", "builtin:ring", "--out", "x", "--components", 2, "--tolerance", -1], 2, "above 0"),
        (["mle", "builtin:ring", "--out", "x", "--components", 50000], 1, "fewer --components"),
        (["mle", "builtin:faces", "--out", "x", "--components", 2, "--covariance", "full", "--quiet"], 1, "diag"),
        (["mle", "nowhere", "--out", "x", "--components", 2], 1, "nowhere"),
    ],
)
def test_what_cannot_work_is_refused_and_nothing_is_written(refused, tmp_path, arguments, code, complaint):
    assert complaint in refused(*arguments, code=code)
    assert not (tmp_path / "x").exists()


def test_a_mixture_is_no_run_to_train_on(refused, run):
    assert "saddle mle" in refused("train", "--resume", run[1], code=2)
    assert "choose another --out" in refused("mle", "builtin:ring", "--out", run[1], "--components", 2, code=1)
