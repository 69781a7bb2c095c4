"""Fitting from Python: runs like the program's, samples as what went in."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import PROGRAM, SHORT

X = np.random.default_rng(5).normal(size=(1200, 2))


def flags(options):
    """The program's arguments for the same options."""
    return [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]


def weights(run):
    """The bytes of the newest checkpoint."""
    return (max(Path(run, "checkpoints").iterdir()) / "tensors.safetensors").read_bytes()


def test_a_run_has_the_bytes_of_the_programs(saddle, program, tmp_path):
    run = saddle.train(X, out=tmp_path / "mine", **SHORT)
    assert run.outcome == "finished" and run.history[-1]["event"] == "finished"
    program("train", "mine/data/points.npy", "--out", "theirs", *flags(SHORT))
    assert weights(run.path) == weights(tmp_path / "theirs")
    program("sample", "theirs", "--count", 50, "--seed", 4, "--out", "x.npy")
    assert (np.load(tmp_path / "x.npy") == run.sample(50, seed=4).astype(np.float32)).all()
    longer = saddle.train(resume=run, samples=3000)
    program("train", "--resume", "theirs", "--samples", 3000)
    assert weights(longer.path) == weights(tmp_path / "theirs")
    assert "</html>" in run.report().read_text() and "data:image/png" in run._repr_html_()


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_points_come_out_in_the_dtype_that_went_in(saddle, tmp_path, dtype):
    run = saddle.mle((X * 10).astype(dtype), tmp_path / "run", components=2)
    made = run.sample(20)
    assert made.dtype == dtype and made.shape == (20, 2)
    assert saddle.open_run(run.path).sample(20).tolist() == made.tolist()
    assert run.sample(20, seed=1).tolist() != made.tolist()


def test_rows_come_out_with_the_dtypes_that_went_in(saddle, frame, tmp_path):
    run = saddle.trees(frame, tmp_path / "run")
    made = run.sample(300, where=["age >= 30", "sex = Female"])
    assert made.dtypes.to_dict() == frame.dtypes.to_dict()
    assert list(made.columns) == list(frame.columns)
    assert made["age"].min() >= 30 and set(made["sex"]) == {"Female"}
    assert set(made["zip"]) <= {"001", "017", "900"} and made["income"].isna().any()
    assert made["grade"].cat.ordered and list(made["sex"].cat.categories) == ["Female", "Male", "Other"]
    assert made["seen"].between(frame["seen"].min(), frame["seen"].max()).all()
    assert made["zoned"].between(frame["zoned"].min(), frame["zoned"].max()).all()
    assert {type(day).__name__ for day in made["day"]} == {"date", "NoneType"}
    assert {type(count) for count in made["count"]} == {int}
    assert (made["born"].dt.normalize() == made["born"]).all()


def test_a_run_of_a_csv_gives_a_frame(saddle, program, tmp_path):
    pytest.importorskip("pandas")
    draw = np.random.default_rng(0)
    rows = "".join(f"{draw.integers(0, 9)},{draw.choice(['x', 'y'])},{draw.normal():.2f}\n" for _ in range(400))
    (tmp_path / "t.csv").write_text("n,c,v\n" + rows)
    program("trees", "t.csv", "--out", "run")
    made = saddle.open_run(tmp_path / "run").sample(100, seed=2)
    assert [str(dtype) for dtype in made.dtypes] == ["int64", "object", "float64"]
    program("sample", "run", "--count", 100, "--seed", 2, "--out", "made.csv")
    lines = [line.split(",") for line in (tmp_path / "made.csv").read_text().splitlines()[1:]]
    assert [[str(row.n), row.c, row.v] for row in made.itertuples()] == [[n, c, float(v)] for n, c, v in lines]


def test_records_are_heard_and_may_stop_the_training(saddle, tmp_path):
    heard = []

    def hear(record):
        heard.append(record)
        return len(heard) < 3

    run = saddle.train(X, tmp_path / "run", on_record=hear, **SHORT)
    assert run.outcome == "stopped" and run.history[-1]["text"] == "stopped by its caller"
    names = {entry["name"] for entry in run.records()}
    assert {record.name for record in heard} <= names and len(heard) >= 3
    assert all(isinstance(record, saddle.Record) for record in heard)
    whole = saddle.train(resume=run)
    assert whole.outcome == "finished"
    saddle.train(X, tmp_path / "straight", **SHORT)
    assert weights(run.path) == weights(tmp_path / "straight")


def test_what_a_listener_throws_ends_the_training_and_keeps_it(saddle, tmp_path):
    def fail(record):
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        saddle.train(X, tmp_path / "run", on_record=fail, **SHORT)
    assert saddle.train(resume=tmp_path / "run").outcome == "finished"


def test_ctrl_c_stops_and_keeps(tmp_path):
    code = f"""
import os, signal, numpy as np, saddle
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a process in the background ignores
def show(label, done, total, text):
    if done > 500 and not os.path.exists("sent"):
        open("sent", "w").close()
        os.kill(os.getpid(), signal.SIGINT)
x = np.random.default_rng(5).normal(size=(1200, 2))
run = saddle.train(x, "run", progress=show, **{SHORT | {"samples": 200_000}})
print(run.outcome, max(os.listdir("run/checkpoints")) < "000000200000")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "stopped True\n", done


def test_a_run_that_another_writes_is_refused(saddle, tmp_path):
    run = saddle.train(X, tmp_path / "run", **SHORT)
    command = [PROGRAM, "train", "--resume", run.path, "--samples", "100000000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        other.stdout.readline()
        for line in other.stdout:  # it goes on once it says where it computes
            if line.startswith("watch"):
                break
        with pytest.raises(saddle.Error, match="process"):
            saddle.train(resume=run, samples=3000)
        other.terminate()


def test_a_game_that_fails_is_an_error_with_advice(saddle, tmp_path):
    with pytest.raises(saddle.Error, match="the last good checkpoint is kept"):
        saddle.train(
            X, tmp_path / "run", **{**SHORT, "generator_rate": 10}, discriminator_rate=10, layers=60, rollbacks=0
        )
    assert saddle.open_run(tmp_path / "run").outcome == "failed"


def test_a_run_is_measured(saddle, tmp_path):
    run = saddle.mle(X, tmp_path / "run", components=1)
    draw = np.random.default_rng(6)
    assert run.measure(threads=1).js.at_least == 0
    assert saddle.measure(draw.normal(size=(300, 2)) + 2, run, threads=1).js.at_least > 0.1
    with pytest.raises(saddle.Error, match="Q: .*trained"):
        saddle.measure(run, X[:500])
    json.dumps(run.config)
