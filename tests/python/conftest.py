"""What the tests of the Python package share; they run in the environment that environment.py makes."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(sys.executable).parent / "saddle"
SHORT = {"samples": 2000, "batch_size": 64, "generator_width": 16, "discriminator_width": 16, "threads": 1}
SHORT["generator_rate"] = 0.002  # so few steps of the preset's rate may be a lost game


@pytest.fixture(name="saddle", scope="session")
def package():
    """The package."""
    import saddle

    return saddle


@pytest.fixture(name="torch", scope="session")
def pytorch(saddle):
    """PyTorch, which takes the libraries that the package has loaded; skips where there are its libraries alone."""
    torch = pytest.importorskip("torch", exc_type=ImportError)
    if not hasattr(torch, "Tensor"):
        pytest.skip("no PyTorch beside LibTorch (./run test fetches it)")
    return torch


@pytest.fixture(name="program")
def run_program(tmp_path):
    """Runs the wheel's program in a new folder; returns what it printed."""

    def run(*arguments):
        done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done
        return done.stdout

    return run


@pytest.fixture(name="sides")
def two_sides():
    """Two arrays of points that differ by a shift: float64 [300, 2] and [250, 2]."""
    draw = np.random.default_rng(1)
    return draw.normal(size=(300, 2)), draw.normal(size=(250, 2)) + 0.6


@pytest.fixture(name="frame")
def mixed_frame():
    """A DataFrame with every dtype that comes back."""
    pd = pytest.importorskip("pandas")
    draw = np.random.default_rng(2)
    n = 600
    gaps = draw.random(n) < 0.1
    start = pd.Timestamp("2024-01-01")
    frame = pd.DataFrame(
        {
            "age": draw.integers(18, 90, n).astype("int16"),
            "income": np.where(gaps, np.nan, draw.normal(5e4, 1e4, n).round(2)),
            "height": draw.normal(1.7, 0.1, n).astype("float32"),
            "sex": pd.Categorical(draw.choice(["Female", "Male"], n), categories=["Female", "Male", "Other"]),
            "grade": pd.Categorical(draw.choice([1, 2, 3], n), categories=[1, 2, 3], ordered=True),
            "zip": draw.choice(["001", "017", "900"], n),
            "member": draw.random(n) < 0.3,
            "opinion": pd.array(np.where(gaps, None, draw.random(n) < 0.5), dtype="boolean"),
            "children": pd.array(np.where(gaps, None, draw.integers(0, 5, n)), dtype="Int64"),
            "seen": start + pd.to_timedelta(draw.integers(0, 10**7, n), unit="s"),
            "born": start - pd.to_timedelta(draw.integers(0, 20_000, n), unit="D"),
            "zoned": start.tz_localize("Europe/Berlin") + pd.to_timedelta(draw.integers(0, 10**6, n), unit="s"),
        }
    )
    frame["day"] = frame["born"].dt.date.where(~gaps, None)  # objects
    frame["count"] = frame["age"].astype(object)
    frame[7] = draw.integers(0, 2, n)  # a name that is no text
    return frame


def without_names(found):
    """A measurement's dictionary without what names and clocks put into it."""
    found = json.loads(json.dumps(found))
    found.pop("seconds")
    found["warnings"] = len(found["warnings"])  # which name the sides
    for side in ("p", "q"):
        found[side].pop("name")
    return found
