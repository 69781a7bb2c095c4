"""A run that is interrupted anywhere ends with the same bytes as one that never was (times apart)."""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess

import numpy
import pytest
from conftest import PROGRAM
from PIL import Image
from waiting import until

PLAN = "--samples 2400 --batch-size 8 --image-size 16 --generator-width 4 --discriminator-width 4".split()
PLAN += "--latent-dim 8 --checkpoint-every 48 --evaluate-every 480 --keep 2 --augment flip --quiet".split()


@pytest.fixture(name="folder", scope="module")
def image_folder(tmp_path_factory):
    """Twelve hundred small colour pictures: either half of select has enough of them for the evaluation critic."""
    folder = tmp_path_factory.mktemp("images")
    pixels = numpy.random.default_rng(0).integers(0, 255, (1200, 20, 24, 3), dtype=numpy.uint8)
    for i, picture in enumerate(pixels):
        Image.fromarray(picture).save(folder / f"{i}.png")
    return folder


def command(*arguments):
    return [str(PROGRAM), *map(str, arguments)]


@pytest.fixture(name="whole", scope="module")
def run_that_was_never_interrupted(folder, tmp_path_factory):
    """By one thread; a test that changes it does so to a copy."""
    run = tmp_path_factory.mktemp("runs") / "whole"
    subprocess.run(command("train", folder, "--out", run, "--threads", 1, *PLAN), check=True)
    return run


@pytest.fixture(name="run")
def copy_of_the_whole_run(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "run")


def records(run):
    lines = [json.loads(line) for line in (run / "records.jsonl").read_text().splitlines()]
    for line in lines:
        del line["seconds"]
    return lines


def events(run):
    """The records of TensorBoard's file, each without its wall time (eight bytes after the first tag)."""
    data, at, found = (run / "events.out.tfevents.0.saddle").read_bytes(), 0, []
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        body = data[at + 12 : at + 12 + length]
        found.append(body[:1] + body[9:])
        at += 16 + length
    return found


def last_checkpoint(run):
    folder = sorted((run / "checkpoints").iterdir())[-1]
    return folder.name, {file.name: file.read_bytes() for file in folder.iterdir()}


def best(run):
    return {
        folder.name: {file.name: file.read_bytes() for file in folder.iterdir()} for folder in (run / "best").iterdir()
    }


def pictures(run):
    return {file.name: file.read_bytes() for file in (run / "samples").iterdir()}


def assert_same(run, whole):
    assert last_checkpoint(run) == last_checkpoint(whole)
    assert records(run) == records(whole)
    assert events(run) == events(whole)
    assert pictures(run) == pictures(whole)
    assert best(run) == best(whole)


def is_written_by(run, pid):
    lock = run / "lock"
    return lock.exists() and f"process {pid} " in lock.read_text()


@pytest.mark.parametrize("threads", [1, 2])
def test_twenty_kills_at_random_moments_change_no_byte(folder, whole, tmp_path, threads):
    environment = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}
    killed = tmp_path / "killed"
    if threads > 1:
        whole = tmp_path / "whole"
        arguments = ["train", folder, "--out", whole, "--threads", threads, *PLAN]
        subprocess.run(command(*arguments), check=True, env=environment)
    seconds = json.loads((whole / "records.jsonl").read_text().splitlines()[-1])["seconds"]

    rng, kills = random.Random(threads), 0
    while kills < 20:
        if (killed / "config.toml").exists():
            arguments = ["train", "--resume", killed, "--quiet"]
        else:
            arguments = ["train", folder, "--out", killed, "--threads", threads, *PLAN]
        process = subprocess.Popen(command(*arguments), env=environment)
        until(lambda: process.poll() is not None or is_written_by(killed, process.pid))
        # Reading, stepping, evaluating or writing a checkpoint: anywhere. Twenty of these are most of the run.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(0, 0.08 * seconds))
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
    assert kills >= 10, "too quick to be killed: the test proves little"
    subprocess.run(command("train", "--resume", killed, "--quiet"), check=True, env=environment)
    assert_same(killed, whole)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_says_how_to_go_on_and_changes_no_byte(folder, whole, tmp_path, stop):
    stopped = tmp_path / "stopped"
    plan = [option for option in PLAN if option != "--quiet"]
    process = subprocess.Popen(
        command("train", folder, "--out", stopped, "--threads", 1, *plan), stdout=subprocess.PIPE, text=True
    )
    until(lambda: list((stopped / "samples").glob("000*")))  # it computes
    process.send_signal(stop)
    printed, _ = process.communicate(timeout=600)
    assert process.returncode == 128 + stop
    assert f"saddle train --resume {stopped}" in printed
    assert json.loads((stopped / "history.jsonl").read_text().splitlines()[-1])["event"] == "interrupted"
    subprocess.run(command("train", "--resume", stopped, "--quiet"), check=True)
    assert_same(stopped, whole)


def test_a_second_writer_is_refused_by_name_and_a_stale_lock_frees_itself(folder, tmp_path):
    run = tmp_path / "run"
    process = subprocess.Popen(command("train", folder, "--out", run, *PLAN))
    until(lambda: list((run / "samples").glob("000*")))
    second = subprocess.run(command("train", "--resume", run), capture_output=True, text=True)
    assert second.returncode == 1
    assert re.fullmatch(rf"error: .*process {process.pid} on .*\n", second.stderr)
    process.kill()
    process.wait()
    assert subprocess.run(command("train", "--resume", run, "--quiet")).returncode == 0


def test_a_finished_run_can_be_extended_and_says_so(run):
    again = subprocess.run(command("train", "--resume", run), capture_output=True, text=True, check=True)
    assert "extend it by --samples" in again.stdout
    subprocess.run(command("train", "--resume", run, "--samples", 3200, "--quiet"), check=True)
    history = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    assert [line["event"] for line in history].count("extended") == 1
    assert last_checkpoint(run)[0] == "000000003200"
    shrink = subprocess.run(command("train", "--resume", run, "--samples", 100), capture_output=True, text=True)
    assert shrink.returncode == 2 and "3200" in shrink.stderr


def test_resuming_refuses_another_architecture_and_an_edited_checkpoint(run):

    def refused(*arguments, code=1):
        done = subprocess.run(
            command("train", "--resume", run, "--samples", 8000, *arguments), capture_output=True, text=True
        )
        assert done.returncode == code and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1, done
        return done.stderr

    assert "generator_width" in refused("--generator-width", 8, code=2)
    config = (run / "config.toml").read_text()
    (run / "config.toml").write_text(config.replace("generator_width = 4", "generator_width = 8"))
    assert "generator_width" in refused()
    (run / "config.toml").write_text(config.replace("format_version = 2", "format_version = 3"))
    assert "newer saddle" in refused()
    (run / "config.toml").write_text(config)
    tensors = sorted((run / "checkpoints").iterdir())[-1] / "tensors.safetensors"
    data = bytearray(tensors.read_bytes())
    data[-3] ^= 1
    tensors.write_bytes(data)
    assert "changed since" in refused()


def test_python_reads_a_checkpoint(whole):
    from safetensors.numpy import load_file

    tensors = load_file(sorted((whole / "checkpoints").iterdir())[-1] / "tensors.safetensors")
    assert any(name.startswith("average.") for name in tensors)
    assert all(
        numpy.isfinite(value).all() for name, value in tensors.items() if value.dtype.kind == "f" and name != "last"
    )
