"""What the tests through the program share."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
sys.path += [str(ROOT / "tests/support"), str(ROOT / "examples")]
PROGRAM = Path(os.environ.get("SADDLE_BUILD", ROOT / "build/release")).resolve() / "saddle"


@pytest.fixture(name="saddle")
def saddle_program(tmp_path):
    """Runs the program in a new folder, with the given arguments; returns what it printed and its exit code."""

    def run(*arguments, **options):
        command = [str(PROGRAM), *map(str, arguments)]
        return subprocess.run(
            command, **{"cwd": tmp_path, "capture_output": True, "text": True, "timeout": 3600, **options}
        )

    return run


@pytest.fixture(name="refused")
def refused_call(saddle):
    """Runs the program and checks that it refuses: one line on stderr, nothing on stdout; returns that line."""

    def run(*arguments, code, **options):
        done = saddle(*arguments, **options)
        assert done.returncode == code, done
        assert done.stdout == ""
        assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1 and done.stderr.endswith("\n"), (
            done.stderr
        )
        return done.stderr[len("error: ") : -1]

    return run


@pytest.fixture(name="torch", scope="session")
def pytorch():
    """PyTorch: this Python's, or the one that ./run makes beside LibTorch; where there is none, the test is skipped."""
    libtorch = Path(os.environ.get("SADDLE_LIBTORCH") or Path.home() / ".cache/saddle/libtorch-2.15.0/torch")
    if (libtorch.parent / "python").exists():
        sys.path.append(str(libtorch.parent / "python"))
    return pytest.importorskip("torch", exc_type=ImportError, reason="no PyTorch here (./run test fetches it)")


@pytest.fixture(name="measure")
def measured(saddle):
    """Runs `saddle measure` and returns its JSON object."""

    def run(*arguments):
        done = saddle("measure", *arguments, "--json")
        assert done.returncode == 0 and done.stderr == "", done
        return json.loads(done.stdout)

    return run
