"""Tests of measurements by several processes: the same result for any number, and a line for what goes wrong."""

import json
import os
import signal
import subprocess
import time

import numpy
import pytest
from conftest import PROGRAM
from ranks_test import free_port, rank_variables, ranks_of


@pytest.fixture(name="data", scope="module")
def made_data(tmp_path_factory):
    """Two tables, and two folders of pictures in two classes."""
    folder = tmp_path_factory.mktemp("data")
    rng = numpy.random.default_rng(0)
    for name, shift, rows in [("p", 0, 300), ("q", 0.4, 400)]:
        lines = [f"{rng.normal(shift):.3f},{'abc'[rng.integers(3)]},{rng.integers(9)}" for _ in range(rows)]
        (folder / f"{name}.csv").write_text("x,kind,n\n" + "\n".join(lines) + "\n")
        for label, level in [("dark", 60), ("light", 170 + 20 * shift)]:
            (folder / name / label).mkdir(parents=True)
            for i in range(rows // 4):
                grey = numpy.clip(rng.normal(level, 30, size=(8, 8)), 0, 255).astype("uint8")
                (folder / name / label / f"{i}.pgm").write_bytes(b"P5 8 8 255\n" + grey.tobytes())
    return folder


def measure(*arguments, **options):
    """Measures, and returns what the program said and its exit code."""
    return subprocess.run(
        [PROGRAM, "measure", *map(str, arguments)],
        **{"capture_output": True, "text": True, "timeout": 3600, **options},
    )


CASES = {
    "table": ["p.csv", "q.csv", "--noise", "0.5,1"],
    "pictures": ["p", "q", "--training", "p", "--critic", "critic.onnx"],
}


@pytest.mark.parametrize("case", CASES)
def test_any_number_of_ranks_finds_the_same(data, case):
    critic, results = data / "critic.onnx", []
    for ranks in [1, 2, 4]:
        done = measure(*CASES[case], "--threads", 1, "--ranks", ranks, "--json", cwd=data)
        assert done.returncode == 0 and done.stderr == "", done
        results.append({"result": json.loads(done.stdout), "critic": critic.read_bytes() if critic.exists() else None})
        results[-1]["result"].pop("seconds")
        critic.unlink(missing_ok=True)
    assert results[0] == results[1] == results[2]
    assert (results[0]["critic"] is not None) == ("--critic" in CASES[case])


def test_a_page_is_written_once(data, tmp_path):
    page = tmp_path / "page.html"
    done = measure(data / "p.csv", data / "q.csv", "--ranks", 2, "--out", page)
    assert done.returncode == 0 and done.stdout.count(f"page: {page}") == 1, done
    assert "<html" in page.read_text()


def test_ranks_that_read_other_rows_are_named(data):
    port = free_port()
    calls = [
        subprocess.Popen(
            [PROGRAM, "measure", data / "p.csv", data / q],
            env=rank_variables(rank, 2, port),
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank, q in enumerate(["q.csv", "p.csv"])
    ]
    for call in calls:
        said = call.communicate(timeout=600)[1]
        assert call.returncode == 1 and said.count("\n") == 1, said
        assert said.startswith("error: ranks: expected 'Q of 400 rows with the checksum "), said


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["p.csv", "q.csv", "--ranks", "3"], 2, "ranks: expected 1, 2, 4, 8, ... of them"),
        (["p.csv", "-", "--ranks", "2"], 2, "expected files, which each process reads by itself, got standard input"),
        (["p.csv", "q.csv", "--stream", "s.state", "--ranks", "2"], 2, "measure: expected one process with --stream"),
        (["p.csv", "nothing.csv", "--ranks", "2"], 1, "nothing.csv: "),
        (["p.csv", "q.csv", "--ranks", "2", "--divergence", "x"], 2, "--divergence: "),
    ],
)
def test_what_cannot_be_is_said_in_one_line(data, arguments, code, complaint):
    done = measure(*arguments, cwd=data)
    assert done.returncode == code and complaint in done.stderr and done.stderr.count("\n") == 1, done


@pytest.mark.parametrize("end", ["killed", "stopped"])
def test_an_end_before_the_end_leaves_no_process(data, tmp_path, end):
    rng = numpy.random.default_rng(1)
    for name in "pq":
        numpy.save(tmp_path / f"{name}.npy", rng.normal(size=(60_000, 8)))
    command = [PROGRAM, "measure", tmp_path / "p.npy", tmp_path / "q.npy", "--ranks", "2"]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True) as launcher:
        while len(ranks := ranks_of(launcher.pid)) < 2:
            assert launcher.poll() is None
            time.sleep(0.01)
        if end == "killed":
            os.kill(ranks[1], signal.SIGKILL)
        else:
            launcher.send_signal(signal.SIGINT)
        said = launcher.communicate(timeout=600)[1]
    assert not any(os.path.exists(f"/proc/{pid}") for pid in ranks.values())
    if end == "killed":
        assert launcher.returncode == 1 and said == "error: ranks: rank 1 was killed by signal 9 (Killed)\n", said
    else:
        assert launcher.returncode == 130 and said == "", said
