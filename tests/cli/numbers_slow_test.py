"""Training on numbers too large or too far from zero for float32: it goes as on the same numbers elsewhere."""

import json

import numpy
import pytest

SMALL = ["--samples", 60000, "--threads", 1, "--quiet", "--evaluate-every", 30000]


def dyadic(random, shape):
    """Draws from N(0, 1), each ten times: rows that repeat so often are dealt by their number, wherever they lie.

    All are multiples of 2^-20, so that moderate shifts and powers of two are exact.
    """
    return numpy.repeat(numpy.round(random.normal(size=(shape[0] // 10, shape[1])) * 2**20) / 2**20, 10, axis=0)


def test_training_is_the_same_wherever_the_data_lie(saddle, tmp_path):
    x = dyadic(numpy.random.default_rng(5), (2000, 2)) * [1, 0.25]
    unit, shift = numpy.array([32.0, 0.5]), numpy.array([1.7e9, -1e6])
    numpy.save(tmp_path / "plain.npy", x)
    numpy.save(tmp_path / "moved.npy", x * unit + shift)
    samples, curves = {}, {}
    for name in ("plain", "moved"):
        done = saddle("train", f"{name}.npy", "--out", name, *SMALL)
        assert done.returncode == 0, done
        assert saddle("sample", name, "--count", 2000, "--out", f"{name}-samples.npy").returncode == 0
        samples[name] = numpy.load(tmp_path / f"{name}-samples.npy")
        records = [json.loads(line) for line in (tmp_path / name / "records.jsonl").read_text().splitlines()]
        curves[name] = [r["value"] for r in records if r["name"] in ("select/value", "standing/jsd", "test/jsd")]
    assert samples["plain"].dtype == numpy.float32 and samples["moved"].dtype == numpy.float64
    assert (samples["moved"] - shift) / unit == pytest.approx(samples["plain"], abs=1e-4)
    # what equals to rounding may still fall on another side of a tree's edge
    assert len(curves["plain"]) >= 5 and curves["moved"] == pytest.approx(curves["plain"], abs=0.02)


def test_a_run_far_from_zero_is_measured_and_resumed_as_any(saddle, tmp_path):
    x = 1e8 + numpy.random.default_rng(6).normal(size=(1500, 1))
    numpy.save(tmp_path / "x.npy", x)
    assert saddle("train", "x.npy", "--out", "a", *SMALL).returncode == 0
    assert saddle("train", "x.npy", "--out", "b", *SMALL[:1], 30000, *SMALL[2:]).returncode == 0
    resumed = saddle("train", "--resume", "b", *SMALL[:2], "--quiet")
    assert resumed.returncode == 0, resumed
    config = (tmp_path / "a/config.toml").read_text()
    assert "center = [" in config and "scale = [" in config
    numpy.save(tmp_path / "copy.npy", x)
    done = saddle("measure", "copy.npy", "a", "--divergence", "js", "--json")
    assert done.returncode == 1 and "has not seen" in done.stderr
    done = saddle("measure", "a", "--divergence", "js", "--json")
    assert done.returncode == 0, done
    measured = json.loads(done.stdout)["js"]["estimate"]
    records = [json.loads(line) for line in (tmp_path / "a/records.jsonl").read_text().splitlines()]
    told = [r["value"] for r in records if r["name"] == "test/jsd"][-1]
    assert measured == pytest.approx(told, abs=0.1)
