"""Tests of `saddle measure`: what it says for people and for programs, for every kind of side."""

import json
import subprocess
import sys

import numpy as np
import pytest
from conftest import PROGRAM, ROOT

JSON_FIELDS = [
    "p",
    "q",
    "confidence",
    "seed",
    "version",
    "seconds",
    "js",
    "value",
    "divergences",
    "two_sample_test",
    "critic_rows",
    "critics",
    "columns",
    "noise_ladder",
    "shared_rows",
    "warnings",
]
DIVERGENCES = [
    "kl",
    "reverse_kl",
    "total_variation",
    "squared_hellinger",
    "pearson_chi2",
    "wasserstein1_sliced",
    "wasserstein2_sliced",
    "mmd2",
    "energy",
]
LOG2 = float(np.log(2))


@pytest.fixture(name="shifted")
def shifted_normals(tmp_path):
    """p.npy and q.npy: 1,500 draws each of N(0, 1) and N(2, 1) in the first of two coordinates; JSD 0.337."""
    rng = np.random.default_rng(1)
    np.save(tmp_path / "p.npy", rng.normal(size=(1500, 2)))
    np.save(tmp_path / "q.npy", rng.normal(size=(1500, 2)) + [2, 0])


def write_density(path, **params):
    path.write_text(json.dumps({"type": "normal", "params": params}))


def write_table(path, rows, header="age,sex,city"):
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")


def people(count, seed, shift=0):
    rng = np.random.default_rng(seed)
    return [
        (round(rng.normal(40 + shift, 10), 2), rng.choice(["f", "m", "?"]), rng.choice(["Bonn", "Ulm"]))
        for _ in range(count)
    ]


def test_json_has_the_documented_fields(measure, shifted):
    found = measure("p.npy", "q.npy", "--seed", 3, "--confidence", 0.9)
    assert list(found) == JSON_FIELDS
    assert found["p"] == {"name": "p.npy", "count": 1500, "dim": 2}
    assert found["confidence"] == 0.9 and found["seed"] == 3
    assert list(found["js"]) == ["estimate", "standard_error", "certified_lower", "exact"]
    assert list(found["value"]) == ["estimate", "lower", "upper", "optimal"]
    assert list(found["divergences"]) == DIVERGENCES
    for entry in found["divergences"].values():
        assert list(entry)[:4] == ["estimate", "kind", "certified_lower", "exact"]
    assert set(found["two_sample_test"]) == {"statistic", "p_value", "smallest_p_value", "accuracy", "detectable_js"}
    assert (
        all(set(critic) == {"name", "held_out_value", "weight", "sees"} for critic in found["critics"])
        and found["critics"]
    )


def test_a_difference_is_measured_bounded_and_found(measure, shifted):
    """The standard error of the JSD is 0.011 and the estimate is biased downwards by some 0.01."""
    found = measure("p.npy", "q.npy")
    js = found["js"]
    assert 0.27 < js["estimate"] < 0.38 and 0.2 < js["certified_lower"] < 0.337 and js["exact"] is None
    assert found["value"]["lower"] < found["value"]["estimate"] < found["value"]["upper"]
    assert abs(found["value"]["estimate"] - (2 * js["estimate"] - 2 * LOG2)) < 1e-9
    assert found["two_sample_test"]["p_value"] <= 0.01
    kl = found["divergences"]["kl"]
    assert kl["kind"] == "plug-in" and 0 < kl["certified_lower"] < 2
    by_column = {column["name"]: column["js"] for column in found["columns"]}
    assert by_column["x0"] > 0.25 and abs(by_column["x1"]) < 0.02


def test_the_text_says_it_in_one_sentence(saddle, shifted):
    text = saddle("measure", "p.npy", "q.npy").stdout
    assert "JSD" in text and "at least" in text
    sentence = text.splitlines()[-1]
    assert (
        sentence.startswith("Q is at least 0.")
        and "nats of 0.693 away from P (95 %)" in sentence
        and "tells them apart" in sentence
    )
    assert "at most" not in text


def test_the_same_call_says_the_same(measure, shifted):
    first, second = (measure("p.npy", "q.npy", "--seed", 5) for _ in range(2))
    del first["seconds"], second["seconds"]
    assert first == second


def test_where_nothing_differs_no_bound_is_claimed(saddle, tmp_path):
    rng = np.random.default_rng(2)
    for name in ("a.npy", "b.npy"):
        np.save(tmp_path / name, rng.normal(size=(600, 3)))
    sentence = saddle("measure", "a.npy", "b.npy").stdout.splitlines()[-1]
    assert (
        "No difference between P and Q was found" in sentence
        and "would have been seen with about 80 % probability" in sentence
    )


def test_two_densities_have_exact_values_beside(measure, tmp_path):
    write_density(tmp_path / "p.json", mean=0, std=1)
    write_density(tmp_path / "q.json", mean=1, std=1)
    found = measure("p.json", "q.json", "--count", 3000)
    assert found["p"]["count"] == found["q"]["count"] == 3000
    assert abs(found["js"]["exact"] - 0.11142148218474) < 1e-6
    assert abs(found["value"]["optimal"] - -1.1634513967504) < 1e-6
    assert abs(found["divergences"]["kl"]["exact"] - 0.5) < 1e-6
    assert abs(found["divergences"]["pearson_chi2"]["exact"] - 1.718281828459) < 1e-6
    assert abs(found["js"]["estimate"] - found["js"]["exact"]) < 0.04


def test_a_density_is_sampled_as_often_as_the_other_side(measure, shifted, tmp_path):
    write_density(tmp_path / "p.json", mean=0, std=1)
    np.save(tmp_path / "x.npy", np.random.default_rng(1).normal(size=(700, 1)))
    found = measure("p.json", "x.npy", "--divergence", "kl")
    assert found["p"]["count"] == 700 and list(found["divergences"]) == ["kl"] and found["js"]["exact"] is None


def test_the_same_density_twice_gives_samples_of_their_own(measure, tmp_path):
    write_density(tmp_path / "p.json", mean=0, std=1)
    found = measure("p.json", "p.json", "--count", 800, "--divergence", "kl")
    assert found["js"]["exact"] == 0 and found["js"]["certified_lower"] < 0.01
    assert not any("copies" in warning for warning in found["warnings"])


def test_tables_are_matched_by_name(measure, tmp_path):
    write_table(tmp_path / "p.csv", people(900, 1))
    write_table(tmp_path / "q.csv", [row[::-1] for row in people(900, 2, shift=20)], "city,sex,age")
    found = measure("p.csv", "q.csv")
    assert found["p"]["dim"] == 6
    by_column = {column["name"]: column["js"] for column in found["columns"]}
    assert list(by_column) == ["age", "sex", "city"]
    assert by_column["age"] > 0.2 and abs(by_column["sex"]) < 0.02
    same = measure("p.csv", "q.csv", "--drop", "age", "--divergence", "kl")
    assert same["js"]["certified_lower"] < 0.01 and same["p"]["dim"] == 5
    assert [c["name"] for c in measure("p.csv", "q.csv", "--columns", "sex,city", "--divergence", "kl")["columns"]] == [
        "sex",
        "city",
    ]


def test_warnings_say_what_weakens_the_result(measure, tmp_path):
    rng = np.random.default_rng(3)
    x = np.column_stack([rng.normal(size=(300, 2)), np.full(300, 7.0)])
    y = np.column_stack([rng.normal(size=(300, 2)), np.full(300, 7.0)])
    y[:50] = x[:50]
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    warnings = "\n".join(measure("x.npy", "y.npy", "--divergence", "kl")["warnings"])
    for words in (
        "only 300 samples of x.npy",
        "50 rows of Q (16.7 %) are exact copies of rows of P",
        "constant say nothing: 'x2'",
    ):
        assert words in warnings, warnings
    (tmp_path / "copy.npy").write_bytes((tmp_path / "x.npy").read_bytes())
    assert "the same file" in "\n".join(measure("x.npy", "x.npy", "--divergence", "kl")["warnings"])
    assert "copies of one file" in "\n".join(measure("x.npy", "copy.npy", "--divergence", "kl")["warnings"])


def test_no_test_is_claimed_of_the_same_rows(saddle, measure, tmp_path):
    """1,000 rows against their own permutation were once told apart, p = 0.005."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1000, 3))
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", rng.permutation(x))
    found = measure("x.npy", "y.npy", "--out", "page.html")
    assert found["shared_rows"] == {"count": 1000, "expected": pytest.approx(500), "too_many": True, "same": True}
    assert found["two_sample_test"]["p_value"] is None and found["two_sample_test"]["accuracy"] is None
    assert set(found["js"].values()) == set(found["value"].values()) == {None}
    assert all(found["divergences"][name]["estimate"] is None for name in ("kl", "total_variation"))
    assert all(
        entry["certified_lower"] is None and entry.get("p_value") is None for entry in found["divergences"].values()
    )
    sentence = saddle("measure", "x.npy", "y.npy", "--divergence", "kl").stdout.splitlines()[-1]
    assert sentence.startswith("P and Q hold the same rows (1,000 that both have)") and "no test" in sentence
    assert "P and Q hold the same rows" in (tmp_path / "page.html").read_text()
    np.save(tmp_path / "most.npy", np.concatenate([x[:700], rng.normal(size=(300, 3))]))
    assert measure("x.npy", "most.npy", "--divergence", "kl")["shared_rows"]["same"]


def test_some_shared_rows_are_counted_and_warned_of(measure, tmp_path):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(1000, 2))
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", rng.permutation(np.concatenate([x[:300], rng.normal(size=(700, 2))])))
    found = measure("x.npy", "y.npy", "--divergence", "kl")
    assert found["shared_rows"]["count"] == 300 and not found["shared_rows"]["same"]
    assert found["two_sample_test"]["p_value"] is not None
    assert any("300 rows of Q (30 %) are exact copies of rows of P" in warning for warning in found["warnings"])


def test_twins_of_discrete_rows_are_no_copies(measure, tmp_path):
    write_table(tmp_path / "p.csv", [row[1:] for row in people(600, 1)], "sex,city")
    write_table(tmp_path / "q.csv", [row[1:] for row in people(600, 2)], "sex,city")
    found = measure("p.csv", "q.csv", "--divergence", "kl")
    assert not any("copies" in warning or "the same rows" in warning for warning in found["warnings"])
    assert found["shared_rows"]["count"] > 500 and not found["shared_rows"]["too_many"]


def test_images_are_compared_under_noise_too(measure, tmp_path):
    rng = np.random.default_rng(4)
    np.save(tmp_path / "dark.npy", rng.integers(0, 60, (400, 12, 12), dtype=np.uint8))
    np.save(tmp_path / "light.npy", rng.integers(190, 250, (400, 12, 12), dtype=np.uint8))
    found = measure("dark.npy", "light.npy", "--divergence", "kl")
    assert found["js"]["estimate"] > 0.65 and found["p"]["dim"] == 144
    assert any("log 2" in warning for warning in found["warnings"])
    assert [rung["sigma"] for rung in found["noise_ladder"]] == [0.25, 1, 4]
    js = [rung["js"] for rung in found["noise_ladder"]]
    assert js[0] > 0.65 and js[0] >= js[1] >= js[2]


def test_noise_can_be_asked_for(measure, shifted):
    ladder = measure("p.npy", "q.npy", "--noise", "1,5", "--divergence", "kl")["noise_ladder"]
    assert [rung["sigma"] for rung in ladder] == [1, 5]
    assert ladder[0]["js"] > ladder[1]["js"]


def test_the_example_in_python_runs():
    done = subprocess.run(
        [sys.executable, ROOT / "examples/measure.py", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("JSD at least 0.") and "column x1 by itself" in done.stdout


# ---- runs --------------------------------------------------------------------------------------------------------


@pytest.fixture(name="run")
def image_run(saddle, tmp_path):
    """A run of a few steps on x.npy, 1,000 small images."""
    np.save(tmp_path / "x.npy", np.random.default_rng(5).integers(0, 255, (1000, 16, 16), dtype=np.uint8))
    options = ["--samples", 512, "--generator-width", 8, "--discriminator-width", 8, "--quiet"]
    options += ["--generator-rate", 0.002]
    assert saddle("train", "x.npy", "--out", "run", *options).returncode == 0


def test_a_run_is_measured_on_the_test_part_of_its_data(measure, run):
    found = measure("run", "--divergence", "kl")
    assert found["p"]["count"] == found["q"]["count"] == 100 and found["p"]["name"].endswith("x.npy (test)")
    named = measure("x.npy", "run", "--divergence", "kl")
    assert named["p"] == found["p"]


def test_rows_that_a_generator_trained_on_are_refused(measure, refused, run, tmp_path):
    np.save(tmp_path / "half.npy", np.load(tmp_path / "x.npy")[:500])
    text = refused("measure", "half.npy", "run", code=1)
    assert (
        text.startswith("half.npy: expected rows that the generator of run has not seen")
        and "--include-training" in text
    )
    found = measure("half.npy", "run", "--include-training", "--divergence", "kl")
    assert any("memorised" in warning for warning in found["warnings"]) and found["p"]["count"] == 500
    assert any(
        "memorised" in warning for warning in measure("run", "--include-training", "--divergence", "kl")["warnings"]
    )


def test_equal_rows_of_discrete_data_prove_nothing(saddle, measure, tmp_path):
    rng = np.random.default_rng(7)
    for name in ("x.npy", "y.npy"):
        np.save(tmp_path / name, rng.integers(0, 10, (600, 2)))
    assert saddle("mle", "x.npy", "--out", "dice", "--components", 2, "--quiet").returncode == 0
    assert any("cannot be told" in warning for warning in measure("y.npy", "dice", "--divergence", "kl")["warnings"])


def test_a_run_on_a_density_needs_no_data(saddle, measure):
    options = ["--samples", 2048, "--generator-width", 8, "--discriminator-width", 8, "--quiet"]
    options += ["--generator-rate", 0.002]
    assert saddle("train", "builtin:ring", "--out", "ring", *options).returncode == 0
    found = measure("ring", "--count", 600, "--divergence", "kl")
    assert found["p"]["name"] == "builtin:ring (test)" and found["p"]["count"] == 600
    assert found["js"]["certified_lower"] > 0.2


# ---- the page and the stream ---------------------------------------------------------------------------------------


def test_the_page_needs_no_network_and_holds_the_rows(saddle, tmp_path):
    hostile = '<script>alert("x")</script>'
    write_table(tmp_path / "p.csv", [(a, s, hostile.replace('"', "")) for a, s, _ in people(600, 1)])
    write_table(tmp_path / "q.csv", people(600, 2))
    assert saddle("measure", "p.csv", "q.csv", "--out", "page.html", "--divergence", "kl").returncode == 0
    page = (tmp_path / "page.html").read_text()
    assert "://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "<script>alert" not in page and page.count("<script") == 2 and "\\u003cscript>alert(x)" in page
    assert "Where they differ" in page and "{{" not in page


def test_a_stream_goes_on_and_finds_a_difference(saddle, refused, tmp_path):
    rng = np.random.default_rng(6)
    for i in range(3):
        np.save(tmp_path / f"p{i}.npy", rng.normal(size=(400, 1)))
        np.save(tmp_path / f"q{i}.npy", rng.normal(size=(400, 1)) + 1.5)
    counts, wealth = [], []
    for i in range(3):
        done = saddle("measure", f"p{i}.npy", f"q{i}.npy", "--stream", "state", "--json")
        assert done.returncode == 0, done
        found = json.loads(done.stdout)
        counts.append(found["pairs"])
        wealth.append(found["log_wealth"])
    assert counts == sorted(counts) and counts[0] < counts[2] and wealth[2] > wealth[1]
    assert found["p_value"] < 0.001
    assert "has taken before" in refused("measure", "p0.npy", "q0.npy", "--stream", "state", code=1)


def write_faces(path, **params):
    path.write_text(json.dumps({"type": "faces", "size": 8, "params": params}))


def test_two_densities_of_pictures_have_exact_values(measure, tmp_path):
    write_faces(tmp_path / "p.json")
    write_faces(tmp_path / "q.json", glasses=[0.25, 0.375, 0.375])
    found = measure("p.json", "q.json", "--count", 80)
    assert found["p"] == {"name": "p.json", "count": 80, "dim": 192}
    assert found["js"]["exact"] == pytest.approx(0.0642, abs=5e-5)
    assert found["js"]["certified_lower"] <= found["js"]["exact"]
    assert found["divergences"]["total_variation"]["exact"] == pytest.approx(0.35, abs=1e-9)
    assert found["divergences"]["wasserstein1_sliced"]["exact"] is None


def test_densities_of_pictures_of_two_sizes_are_refused_in_one_line(saddle, tmp_path):
    write_faces(tmp_path / "p.json")
    (tmp_path / "q.json").write_text(json.dumps({"type": "faces", "size": 16}))
    done = saddle("measure", "p.json", "q.json", "--count", 60)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and done.stderr.startswith("error: "), done
