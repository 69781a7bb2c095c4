"""Numbers too large, too fine or too far from zero for float32: they come back as they are, or are refused by name."""

import json

import numpy
import pytest
from safetensors.numpy import load_file


def mixture(folder):
    tensors = load_file(next((folder / "checkpoints").iterdir()) / "tensors.safetensors")
    return tensors["mixture.means"], tensors["mixture.covariances"]


def dyadic(random, shape):
    """Draws from N(0, 1), each ten times: rows that repeat so often are dealt by their number, wherever they lie.

    All are multiples of 2^-20, so that moderate shifts and powers of two are exact.
    """
    return numpy.repeat(numpy.round(random.normal(size=(shape[0] // 10, shape[1])) * 2**20) / 2**20, 10, axis=0)


@pytest.mark.parametrize("unit, shift", [(32.0, 1.7e9), (1.0, 1e8), (2.0**300, 0.0), (2.0**-400, 0.0)])
def test_mle_is_the_same_wherever_the_data_lie(saddle, tmp_path, unit, shift):
    x = dyadic(numpy.random.default_rng(3), (1000, 2))
    numpy.save(tmp_path / "plain.npy", x)
    numpy.save(tmp_path / "moved.npy", x * unit + shift)
    found = {}
    for name in ("plain", "moved"):
        done = saddle("mle", f"{name}.npy", "--out", name, "--components", 2, "--json")
        assert done.returncode == 0, done
        found[name] = json.loads(done.stdout)
    (means, covariances), (moved_means, moved_covariances) = (mixture(tmp_path / name) for name in ("plain", "moved"))
    room = 1e-6 + 1e-15 * abs(shift) / unit
    assert (moved_means - shift) / unit == pytest.approx(means, abs=room)
    assert moved_covariances / unit**2 == pytest.approx(covariances, abs=room)
    for key in ("log_likelihood", "select_log_likelihood"):
        assert found["moved"][key] + 2 * numpy.log(unit) == pytest.approx(
            found["plain"][key], abs=1e-6 * numpy.log(abs(unit) + 2) + room
        )
    assert saddle("sample", "moved", "--count", 4000, "--out", "s.npy").returncode == 0
    samples = numpy.load(tmp_path / "s.npy")
    assert samples.dtype == numpy.float64
    assert samples.std(0) / unit == pytest.approx(x.std(0), rel=0.06)


def test_a_narrow_column_beside_a_wide_one_keeps_its_deviation(saddle, tmp_path):
    x = numpy.random.default_rng(4).normal(size=(1000, 2)) * [1e-6, 1e9]
    numpy.save(tmp_path / "x.npy", x)
    assert saddle("mle", "x.npy", "--out", "run", "--components", 1, "--quiet").returncode == 0
    deviations = numpy.sqrt(numpy.diagonal(mixture(tmp_path / "run")[1], axis1=1, axis2=2))[0]
    assert deviations == pytest.approx(x.std(0), rel=0.06)


def test_one_cell_that_float32_cannot_hold_is_refused_by_name(saddle, refused, tmp_path):
    x = numpy.random.default_rng(7).normal(size=(1000, 3))
    x[7, 1] = 1.797e308
    numpy.save(tmp_path / "x.npy", x)
    for command in (
        ["train", "x.npy", "--out", "r"],
        ["mle", "x.npy", "--components", 1, "--out", "r"],
        ["data", "x.npy"],
    ):
        text = refused(*command, code=1)
        assert "column 1" in text and "1.797e+308 in row 7" in text
    assert not (tmp_path / "r").exists()


def test_variances_beyond_float64_are_refused(refused, tmp_path):
    numpy.save(tmp_path / "x.npy", 1e200 * numpy.random.default_rng(8).normal(size=(500, 2)))
    assert "multiply such columns" in refused("mle", "x.npy", "--components", 1, "--out", "r", code=1)


def test_one_huge_cell_hides_no_difference(saddle, tmp_path):
    a, b = numpy.random.default_rng(9).normal(size=(2, 1500, 2))
    b[:, 0] += 1
    a[7, 1] = b[9, 1] = 1.797e308
    numpy.save(tmp_path / "a.npy", a)
    numpy.save(tmp_path / "b.npy", b)
    done = saddle("measure", "a.npy", "b.npy", "--json")
    assert done.returncode == 0, done
    result = json.loads(done.stdout)
    assert result["js"]["estimate"] == pytest.approx(0.1114, abs=0.04)
    assert result["two_sample_test"]["p_value"] < 0.01
    assert result["divergences"]["mmd2"]["p_value"] < 0.01


@pytest.mark.parametrize("form", ["npy", "csv"])
@pytest.mark.parametrize("unit", [1e153, 1e200, 1e-200, 1e-300])  # below 2.3e-308 the program computes with 0
def test_a_shift_is_seen_at_every_scale(saddle, tmp_path, unit, form):
    random = numpy.random.default_rng(10)
    for name, shift in (("p", 0), ("q", 1)):
        x = unit * random.normal(shift, 1, (800, 1))
        if form == "npy":
            numpy.save(tmp_path / f"{name}.npy", x)
        else:
            (tmp_path / f"{name}.csv").write_text("x\n" + "\n".join(repr(float(v)) for v in x[:, 0]) + "\n")
    done = saddle("measure", f"p.{form}", f"q.{form}", "--json")
    assert done.returncode == 0, done
    result = json.loads(done.stdout)
    assert result["js"]["estimate"] == pytest.approx(0.1114, abs=0.05)
    assert result["two_sample_test"]["p_value"] < 0.01
    inner = 1 if form == "csv" else unit  # tables in standard deviations
    spread = 1.12 if form == "csv" else 1
    assert result["divergences"]["wasserstein1_sliced"]["estimate"] / inner == pytest.approx(1 / spread, rel=0.25)
    assert result["divergences"]["mmd2"]["p_value"] < 0.01 and result["divergences"]["energy"]["p_value"] < 0.01


def test_arrays_in_other_forms_are_read_or_named(saddle, refused, tmp_path):
    random = numpy.random.default_rng(11)
    numpy.save(tmp_path / "line.npy", random.normal(size=900))
    numpy.save(tmp_path / "other.npy", random.normal(1, 1, size=900))
    done = saddle("measure", "line.npy", "other.npy", "--divergence", "js", "--json")
    assert json.loads(done.stdout)["js"]["estimate"] == pytest.approx(0.1114, abs=0.05)
    assert saddle("mle", "line.npy", "--out", "run", "--components", 1, "--quiet").returncode == 0
    assert "900" in saddle("data", "line.npy").stdout
    numpy.savez(tmp_path / "x.npz", a=random.normal(size=(10, 2)))
    for command in (
        ["data", "x.npz"],
        ["train", "x.npz", "--out", "r"],
        ["mle", "x.npz", "--out", "r", "--components", 1],
        ["measure", "x.npz", "line.npy"],
    ):
        assert "an .npz archive of arrays" in refused(*command, code=1)


def test_mle_with_fewer_different_points_than_components_is_refused(refused, tmp_path):
    numpy.save(tmp_path / "x.npy", numpy.arange(1000).reshape(-1, 1) % 5)
    text = refused("mle", "x.npy", "--out", "r", "--components", 7, code=1)
    assert "5 different ones among 800" in text and "--components 5" in text


def test_exact_copies_never_stand_in_train_and_test(saddle, tmp_path):
    x = numpy.random.default_rng(12).normal(size=(400, 2))
    numpy.save(tmp_path / "x.npy", numpy.concatenate([x, x, x]))
    assert (
        saddle(
            "train", "x.npy", "--out", "run", "--samples", 2048, "--batch-size", 64, "--quiet", "--split", "50,25,25"
        ).returncode
        == 0
    )
    done = saddle("measure", "run", "--divergence", "js", "--json")
    assert done.returncode == 0, done
    assert not any("exact copies" in text or "has seen" in text for text in json.loads(done.stdout)["warnings"])


def test_a_run_that_was_split_by_number_is_refused_where_its_parts_matter(saddle, refused, tmp_path):
    numpy.save(tmp_path / "x.npy", numpy.random.default_rng(13).normal(size=(400, 2)))
    assert saddle("train", "x.npy", "--out", "run", "--samples", 2048, "--batch-size", 64, "--quiet").returncode == 0
    config = tmp_path / "run/config.toml"
    config.write_text(config.read_text().replace("format_version = 2", "format_version = 1"))
    assert "split by number" in refused("train", "--resume", "run", code=1)
    assert "split by number" in refused("measure", "run", code=1)
    assert saddle("sample", "run", "--count", 5, "--out", "s.npy").returncode == 0


@pytest.mark.parametrize("seed", ["18446744073709551615", "9223372036854775808"])
def test_seeds_have_64_bits_in_every_command(saddle, tmp_path, seed):
    (tmp_path / "own.toml").write_text(f"seed = {seed}\n")
    plan = ["--samples", 2048, "--batch-size", 64, "--generator-rate", 0.002, "--quiet"]
    assert saddle("train", "builtin:ring", "--out", "a", "--seed", seed, *plan).returncode == 0
    assert saddle("train", "builtin:ring", "--out", "b", "--config", "own.toml", *plan).returncode == 0
    configs = [(tmp_path / name / "config.toml").read_text() for name in "ab"]
    assert configs[0] == configs[1] and f"seed = '{seed}'" in configs[0]
    done = saddle("train", "--resume", "a", "--samples", 4000, "--quiet")
    assert done.returncode == 0, done
    for name in "ab":
        assert saddle("sample", "a", "--count", 9, "--seed", seed, "--out", f"{name}.npy").returncode == 0
    done = saddle("sample", "a", "--count", 9, "--seed", seed, "--out", "c.npy", "--json")
    assert str(json.loads(done.stdout)["seed"]) == seed
    assert (numpy.load(tmp_path / "a.npy") == numpy.load(tmp_path / "c.npy")).all()
    done = saddle("measure", "builtin:ring", "a", "--count", 100, "--divergence", "js", "--seed", seed, "--json")
    assert str(json.loads(done.stdout)["seed"]) == seed
