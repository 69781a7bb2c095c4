"""What becomes of output that cannot be printed: a full or closed stdout is an error, a reader that leaves is not."""

import os
import signal
import subprocess

import pytest
from conftest import PROGRAM

SMALL = ["--samples", "512", "--generator-width", "8", "--discriminator-width", "8", "--generator-rate", "0.002"]
TEXTS = [
    [],
    ["--help"],
    ["--version"],
    *([name, "--help"] for name in ("train", "sample", "report", "data", "mle", "trees", "measure", "lab", "view")),
]
COMMANDS = [
    ["data", "builtin:ring"],
    ["data", "builtin:ring", "--json"],
    ["train", "builtin:ring", "--out", "new", *SMALL],
    ["mle", "builtin:ring", "--out", "new", "--components", "2"],
    ["mle", "builtin:ring", "--out", "new", "--components", "2", "--json"],
    ["trees", "levels.csv", "--out", "new", "--split", "98,1,1"],
    ["trees", "levels.csv", "--out", "new", "--split", "98,1,1", "--json"],
    ["sample", "run", "--out", "x.npy"],
    ["sample", "run", "--out", "x.npy", "--json"],
    ["report", "run"],
    ["measure", "a.csv", "b.csv"],
    ["measure", "a.csv", "b.csv", "--json"],
    ["measure", "a.csv", "b.csv", "--stream", "state"],
    ["view", "run"],
]


@pytest.fixture(name="inputs", scope="module")
def run_and_tables(tmp_path_factory):
    """A folder with a run and two tables."""
    folder = tmp_path_factory.mktemp("inputs")
    subprocess.run([PROGRAM, "train", "builtin:ring", "--out", "run", *SMALL, "--quiet"], cwd=folder, check=True)
    for name, step in (("a", 7), ("b", 11)):
        (folder / f"{name}.csv").write_text("x,y\n" + "".join(f"{i * step % 101},{i * step % 13}\n" for i in range(80)))
    (folder / "levels.csv").write_text("x,y\n" + "".join(f"{i % 7},{'abc'[i % 3]}\n" for i in range(120)))
    return folder


def play(inputs, arguments, redirect, **options):
    """Runs the program in a shell, with its stdout redirected, on fresh copies of what it may write."""
    script = f'rm -rf new x.npy state; exec "$0" "$@" {redirect}'
    command = ["sh", "-c", script, str(PROGRAM), *arguments]
    return subprocess.run(command, cwd=inputs, capture_output=True, text=True, timeout=3600, **options)


@pytest.mark.parametrize("arguments", TEXTS + COMMANDS, ids=" ".join)
def test_a_full_stdout_is_an_error_in_one_line(inputs, arguments):
    done = play(inputs, arguments, ">/dev/full")
    assert done.returncode == 1
    assert done.stderr == "error: stdout: expected to print there, got: No space left on device\n"


@pytest.mark.parametrize("arguments", [*TEXTS[:4], COMMANDS[0], COMMANDS[2], COMMANDS[7]], ids=" ".join)
def test_a_closed_stdout_is_an_error_in_one_line(inputs, arguments):
    done = play(inputs, arguments, ">&-")
    assert done.returncode == 1
    assert done.stderr == "error: stdout: expected to print there, got: Bad file descriptor\n"


def test_a_closed_stdout_does_no_harm_where_nothing_is_printed(inputs):
    done = play(inputs, ["train", "builtin:ring", "--out", "new", *SMALL, "--quiet"], ">&- 2>&- <&-")
    assert done.returncode == 0
    lines = (inputs / "new/records.jsonl").read_text().splitlines()
    assert lines and all(line.startswith("{") and line.endswith("}") for line in lines)


@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.parametrize("arguments", [["--help"], COMMANDS[1]], ids=" ".join)
def test_a_reader_that_leaves_ends_the_program_quietly(inputs, arguments, ignored):
    def leave_signals():
        signal.signal(signal.SIGPIPE, signal.SIG_IGN if ignored else signal.SIG_DFL)

    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [PROGRAM, *arguments],
        cwd=inputs,
        stdout=writer,
        stderr=subprocess.PIPE,
        preexec_fn=leave_signals,
        restore_signals=False,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


def test_head_gets_its_line_and_nothing_is_said(inputs):
    line = subprocess.run(
        f"'{PROGRAM}' data builtin:ring --json | head -n 1", shell=True, cwd=inputs, capture_output=True, text=True
    )
    assert (line.stdout, line.stderr) == ("{\n", "")
