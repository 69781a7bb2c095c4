"""Tests what a run needs of memory, by the most that it held: evaluating is to need no more than training."""

import os
import struct
import subprocess

import numpy
import pytest
from conftest import PROGRAM

PEAK_MB = 600  # of 32x32 grey images at the default sizes of the networks; 2,200 with all rows of a look played at once


@pytest.mark.parametrize(
    "preset, measured",
    [("dcgan", ("select/value", "staleness/ratio")), ("images", ("discriminator/overfitting", "standing/jsd_noise/1"))],
)
def test_a_run_that_evaluates_stays_small(tmp_path, preset, measured):
    pixels = numpy.random.default_rng(0).integers(0, 256, (10_000, 8, 8), dtype=numpy.uint8).repeat(4, 1).repeat(4, 2)
    (tmp_path / "images").write_bytes(struct.pack(">HBB3I", 0, 8, 3, *pixels.shape) + pixels.tobytes())
    command = [
        PROGRAM,
        "train",
        "images",
        "--out",
        "run",
        "--preset",
        preset,
        "--samples",
        "1024",
        "--evaluate-every",
        "512",
        "--threads",
        "1",
        "--quiet",
    ]
    process = subprocess.Popen(command, cwd=tmp_path)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    records = (tmp_path / "run/records.jsonl").read_text()
    assert process.returncode == 0
    assert all(name in records for name in (*measured, "standing/jsd", "test/jsd", "generator/sharpness"))
    assert usage.ru_maxrss / 1024 < PEAK_MB
