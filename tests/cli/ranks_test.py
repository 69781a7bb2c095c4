"""Tests of runs by several processes: the same bytes for any number of them, and a clear line for what goes wrong."""

import json
import os
import signal
import socket
import subprocess
import time

import numpy
import pytest
from conftest import PROGRAM

SMALL = ["--generator-width", "8", "--discriminator-width", "8", "--latent-dim", "4", "--samples", "768"]
EVERY = ["--evaluate-every", "384", "--checkpoint-every", "256", "--batch-size", "32", "--quiet"]
CALM = ["--generator-rate", "0.002"]  # for points, whose preset may lose a game of so few steps
PICTURES = [*SMALL, *EVERY, "--image-size", "16", "--metrics", "none"]


@pytest.fixture(name="data", scope="module")
def made_data(tmp_path_factory):
    """Points, small pictures with labels, and a table."""
    folder = tmp_path_factory.mktemp("data")
    rng = numpy.random.default_rng(0)
    numpy.save(folder / "points.npy", rng.normal(size=(1200, 2)).astype("float32"))
    for name, level in [("dark", 60), ("light", 190)]:
        (folder / "pictures" / name).mkdir(parents=True)
        for i in range(150):
            grey = numpy.clip(rng.normal(level, 30, size=(16, 16)), 0, 255).astype("uint8")
            header = b"P5 16 16 255\n"
            (folder / "pictures" / name / f"{i}.pgm").write_bytes(header + grey.tobytes())
    rows = [f"{rng.normal():.3f},{'abc'[rng.integers(3)]},{rng.integers(5)}" for _ in range(1200)]
    (folder / "table.csv").write_text("x,kind,n\n" + "\n".join(rows) + "\n")
    return folder


def train(*arguments, **options):
    """Trains, and returns what the program said and its exit code."""
    return subprocess.run(
        [PROGRAM, "train", *map(str, arguments)], **{"capture_output": True, "text": True, "timeout": 3600, **options}
    )


def last(run):
    """The bytes of the tensors of a run's last checkpoint, and its facts but those that count lines and seconds."""
    folder = max((run / "checkpoints").iterdir())
    facts = json.loads((folder / "state.json").read_text())["facts"]
    return folder.name, (folder / "tensors.safetensors").read_bytes(), facts


def best(run):
    """The bytes of its best generator, where it has one."""
    return [path.read_bytes() for path in (run / "best").rglob("tensors.safetensors")]


CASES = {
    "points": (
        "points.npy",
        [*SMALL, *EVERY, *CALM, "--generator-step", "trusted", "--noise", "0.3", "--stop", "auto"],
    ),
    "dcgan": (
        "pictures",
        [*PICTURES, "--network", "dcgan", "--regularizer", "r1=10/4", "--augment", "flip,shift,colour"],
    ),
    "residual": (
        "pictures",
        [*PICTURES, "--network", "residual", "--objective", "relativistic", "--regularizer", "r1,r2", "--labels"]
        + ["folder", "--layers", "1"],
    ),
    "table": ("table.csv", [*SMALL, *EVERY, "--condition", "kind", "--latent-dim", "16"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_run_has_the_same_bytes_for_any_number_of_ranks(data, tmp_path, case):
    name, options = CASES[case]
    runs = {}
    for ranks in [1, 2, 4, 8]:
        done = train(data / name, "--out", tmp_path / f"{ranks}", "--shards", 8, "--ranks", ranks, *options)
        assert done.returncode == 0 and done.stderr == "", done
        runs[ranks] = last(tmp_path / f"{ranks}")
        assert best(tmp_path / f"{ranks}") == best(tmp_path / "1")
    assert runs[1] == runs[2] == runs[4] == runs[8]
    records = [
        [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in file]
        for file in [(tmp_path / f"{ranks}/records.jsonl").open() for ranks in runs]
    ]
    assert records[0] == records[1] == records[2] == records[3]


def test_fast_sums_are_the_same_in_all_ranks_and_say_what_they_give_up(data, tmp_path):
    name, options = CASES["dcgan"]
    options = [option for option in options if option != "--quiet"] + ["--shards", 4]
    for ranks, reduce in [(1, "exact"), (1, "fast"), (4, "fast")]:
        run = tmp_path / f"{ranks} {reduce}"
        done = train(data / name, "--out", run, "--ranks", ranks, "--reduce", reduce, *options)
        assert done.returncode == 0 and done.stderr == "", done  # players are compared at every checkpoint
        assert f"reduce = '{reduce}'" in (run / "config.toml").read_text()
        assert ("sums      by all-reduce: the bytes" in done.stdout) == (ranks > 1 and reduce == "fast")
    assert last(tmp_path / "1 exact")[:2] == last(tmp_path / "1 fast")[:2]
    done = train("--resume", tmp_path / "4 fast", "--ranks", 2, "--samples", 1024, "--quiet")
    assert done.returncode == 0 and done.stderr.count("\n") == 1, done
    assert "the run had ranks = 4 and goes on with 2; the bytes of its results may differ" in done.stderr
    done = train("--resume", tmp_path / "4 fast", "--samples", 2048, "--reduce", "exact")
    assert done.returncode == 2 and "expected an option that a run may change" in done.stderr, done


def ranks_of(launcher):
    """The processes that a launcher has started, by their rank."""
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(launcher)], capture_output=True, text=True).stdout
    found = {}
    for pid in children.split():
        with open(f"/proc/{pid}/environ", "rb") as file:
            variables = dict(entry.partition(b"=")[::2] for entry in file.read().split(b"\0"))
        if b"RANK" in variables:
            found[int(variables[b"RANK"])] = int(pid)
    return found


@pytest.mark.parametrize(("killed", "then"), [(1, 4), (0, 1)])
def test_a_run_whose_rank_was_killed_goes_on_with_another_number(data, tmp_path, killed, then):
    options = [*EVERY, *SMALL[:-1], "4096", "--shards", 4]
    assert train(data / "points.npy", *CALM, "--out", tmp_path / "whole", *options).returncode == 0
    run = tmp_path / "run"
    command = [PROGRAM, "train", data / "points.npy", *CALM, "--out", run, "--ranks", 2, *options]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True) as launcher:
        while not (run / "checkpoints").is_dir() or not any(p.name.isdigit() for p in (run / "checkpoints").iterdir()):
            assert launcher.poll() is None
            time.sleep(0.01)
        ranks = ranks_of(launcher.pid)
        began = time.monotonic()
        os.kill(ranks[killed], signal.SIGKILL)
        said = launcher.communicate(timeout=600)[1]
    assert launcher.returncode == 1
    assert said.count("\n") == 1 and said.startswith(f"error: ranks: rank {killed} was killed by signal 9 (Killed)")
    assert not any(os.path.exists(f"/proc/{pid}") for pid in ranks.values())
    assert time.monotonic() - began < 600
    assert last(run)[0] < last(tmp_path / "whole")[0]
    done = train("--resume", run, "--ranks", then, "--quiet")
    assert done.returncode == 0 and done.stderr == "", done
    assert last(run) == last(tmp_path / "whole")


def test_a_rank_that_is_cut_off_is_named(data, tmp_path):
    run = tmp_path / "run"
    command = [
        PROGRAM,
        "train",
        data / "points.npy",
        *CALM,
        "--out",
        run,
        "--ranks",
        2,
        *EVERY,
        *SMALL[:-1],
        "10000000",
    ]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True) as launcher:
        while not (run / "checkpoints").is_dir():
            assert launcher.poll() is None
            time.sleep(0.01)
        os.kill(ranks_of(launcher.pid)[1], signal.SIGSTOP)  # as a machine that does not answer, and closes nothing
        said = launcher.communicate(timeout=600)[1]
    assert launcher.returncode == 1
    assert said.startswith("error: ranks: expected signs of life from rank 1, got none for 20 seconds"), said


def test_a_stopped_run_keeps_a_checkpoint_of_all_ranks(data, tmp_path):
    run = tmp_path / "run"
    command = [PROGRAM, "train", data / "points.npy", *CALM, "--out", run, "--ranks", 2, *EVERY, *SMALL[:-1], "1000000"]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True) as launcher:
        while not (run / "checkpoints").is_dir():
            assert launcher.poll() is None
            time.sleep(0.01)
        launcher.send_signal(signal.SIGTERM)
        said = launcher.communicate(timeout=600)[1]
    assert (launcher.returncode, said) == (143, "")
    assert "interrupted" in (run / "history.jsonl").read_text()
    seen = int(last(run)[0])
    done = train("--resume", run, "--ranks", 2, "--samples", seen + 64, "--quiet")
    assert done.returncode == 0, done


def test_a_plan_by_the_minute_is_that_of_the_first_rank(data, tmp_path):
    options = ["--minutes", "0.02", *SMALL[:-2], "--batch-size", "32", "--quiet"]
    done = train(data / "points.npy", *CALM, "--out", tmp_path / "run", "--ranks", 2, *options)
    assert done.returncode == 0 and done.stderr == "", done
    planned = (tmp_path / "run/config.toml").read_text().split("[plan]\nsamples = ")[1].split("\n")[0]
    assert int(last(tmp_path / "run")[0]) == int(planned)


def free_port():
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def rank_variables(rank, size, port, **more):
    """The environment of one rank, as torchrun sets it."""
    place = {"RANK": rank, "WORLD_SIZE": size, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, **more}
    return {**os.environ, **{name: str(value) for name, value in place.items()}}


def together(*calls):
    """Runs several ranks, each a list of arguments and an environment, at once."""
    started = [
        subprocess.Popen([PROGRAM, "train", *map(str, arguments)], env=environment, stderr=subprocess.PIPE, text=True)
        for arguments, environment in calls
    ]
    said = [process.communicate(timeout=600)[1] for process in started]
    return [(process.returncode, text) for process, text in zip(started, said, strict=True)]


def test_ranks_of_torchrun_meet_and_go_on_after_a_restart(data, tmp_path):
    options = [data / "points.npy", *CALM, "--out", tmp_path / "run", *SMALL, *EVERY]
    port = free_port()
    done = together(*[(options, rank_variables(rank, 2, port)) for rank in range(2)])
    assert done == [(0, "")] * 2
    again = [(options, rank_variables(rank, 2, port, TORCHELASTIC_RESTART_COUNT=1)) for rank in range(2)]
    assert together(*again) == [(0, "")] * 2


def test_ranks_of_slurm_meet(data, tmp_path):
    options = [data / "points.npy", *CALM, "--out", tmp_path / "run", *SMALL, *EVERY]
    place = {"SLURM_STEP_NUM_TASKS": "2", "SLURM_JOB_ID": str(free_port()), "SLURM_STEP_NODELIST": "localhost"}
    done = together(*[(options, {**os.environ, **place, "SLURM_PROCID": str(rank)}) for rank in range(2)])
    assert done == [(0, "")] * 2


def test_ranks_that_differ_are_named_before_a_step(data, tmp_path):
    options = [data / "points.npy", *CALM, "--out", tmp_path / "run", *SMALL, *EVERY]
    port = free_port()
    done = together((options, rank_variables(0, 2, port)), ([*options, "--seed", 5], rank_variables(1, 2, port)))
    line = "error: ranks: expected 'seed = 0' in all, as in rank 0, got 'seed = 5' in rank 1\n"
    assert done == [(1, line)] * 2
    assert not (tmp_path / "run").exists()


def test_what_one_rank_cannot_read_is_said_by_all(data, tmp_path):
    options = ["--out", tmp_path / "run", *SMALL, *EVERY]
    port = free_port()
    done = together(
        ([data / "points.npy", *CALM, *options], rank_variables(0, 2, port)),
        ([data / "nothing.npy", *options], rank_variables(1, 2, port)),
    )
    assert [code for code, _ in done] == [1, 1]
    assert done[0][1].startswith("error: ranks: rank 1: ") and "nothing.npy" in done[0][1]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--ranks", 3], "error: ranks: expected 1, 2, 4, 8, ... of them, whose sums make a tree, got 3\n"),
        (["--ranks", 4, "--shards", 2], "--shards: expected at least one shard for each of 4 ranks, got 2"),
        (["--shards", 6], "--shards: expected 1, 2, 4, 8, ..., got 6"),
        (["--ranks", 2, "--batch-size", 20], "cuts a batch of 20 into equal shards of at least 2 samples, got 8"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(data, tmp_path, arguments, complaint):
    done = train(data / "points.npy", *CALM, "--out", tmp_path / "run", *SMALL, *EVERY, *arguments)
    assert done.returncode == 2 and complaint in done.stderr and done.stderr.count("\n") == 1, done
    assert not (tmp_path / "run").exists()


def test_a_rank_that_waits_in_vain_says_for_what(data, tmp_path):
    options = [data / "points.npy", *CALM, "--out", tmp_path / "run", *SMALL, *EVERY, "--rank-wait", "1"]
    port = free_port()
    done = train(*options, env=rank_variables(1, 2, port))
    assert done.returncode == 1 and f"the run's store at 127.0.0.1:{port} within 1 seconds" in done.stderr, done
    assert done.stderr.count("\n") == 1
    done = train(*options, env=rank_variables(0, 2, port))
    assert done.returncode == 1 and f"expected 2 of them at 127.0.0.1:{port} within 1 seconds" in done.stderr, done
    assert "got none with the rank 1" in done.stderr


def test_a_port_in_use_is_named(data, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = train(data / "points.npy", *CALM, "--out", tmp_path / "run", env=rank_variables(0, 2, port))
    assert done.returncode == 1 and f"free port for the run's store, got 127.0.0.1:{port}" in done.stderr, done


@pytest.mark.parametrize(
    ("place", "complaint"),
    [
        ({"RANK": "two", "WORLD_SIZE": "4"}, "RANK: expected a whole number"),
        ({"RANK": "4", "WORLD_SIZE": "4", "MASTER_ADDR": "x", "MASTER_PORT": "1"}, "expected a rank from 0 to 3"),
        ({"RANK": "0", "WORLD_SIZE": "4"}, "MASTER_ADDR: expected"),
        ({"RANK": "0", "WORLD_SIZE": "4", "MASTER_ADDR": "x"}, "MASTER_PORT: expected"),
        ({"SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "x"}, "SLURM_STEP_NUM_TASKS: expected"),
    ],
)
def test_a_broken_environment_is_named(data, tmp_path, place, complaint):
    done = train(data / "points.npy", *CALM, "--out", tmp_path / "run", env={**os.environ, **place})
    assert done.returncode == 2 and complaint in done.stderr, done
