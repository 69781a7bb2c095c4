"""Tests that what cannot be measured is refused in one line that says where and why."""

import json

import numpy as np
import pytest

RNG = np.random.default_rng(1)


def save(folder, **arrays):
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)


def density(kind, **params):
    return json.dumps({"type": kind, "params": params})


def test_sides_of_different_dimensions_are_refused(refused, tmp_path):
    save(tmp_path, p=RNG.normal(size=(60, 2)), q=RNG.normal(size=(60, 3)))
    assert refused("measure", "p.npy", "q.npy", code=1) == "q.npy: expected samples of the shape of p.npy, [2], got [3]"


def test_images_of_different_sizes_are_refused(refused, tmp_path):
    save(
        tmp_path,
        p=RNG.integers(0, 255, (60, 28, 28), dtype=np.uint8),
        q=RNG.integers(0, 255, (60, 32, 32), dtype=np.uint8),
    )
    assert refused("measure", "p.npy", "q.npy", code=1) == (
        "q.npy: expected images like those of p.npy, 28 x 28 grey, got 32 x 32 grey (bring them together by "
        "--image-size 28)"
    )


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_values_that_are_not_finite_are_refused_with_their_place(refused, tmp_path, value, word):
    x = RNG.normal(size=(60, 3))
    y = x.copy()
    y[7, 2] = value
    save(tmp_path, p=x, q=y)
    assert (
        refused("measure", "p.npy", "q.npy", code=1)
        == f"q.npy: expected finite numbers, got {word} in row 7, column 2 (counted from 0)"
    )


def test_fewer_than_fifty_samples_are_refused(refused, tmp_path):
    save(tmp_path, p=RNG.normal(size=(60, 1)), q=RNG.normal(size=(49, 1)))
    assert refused("measure", "p.npy", "q.npy", code=1).startswith("q.npy: expected at least 50 samples, got 49")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (density("mvnormal", mean=[0, 0], cov=[[1, 2], [2, 1]]), "positive definite"),
        (
            density("mixture", weights=[0.5, 0.4], components=[json.loads(density("normal", mean=0, std=1))] * 2),
            "sum to 1",
        ),
        (density("normall", mean=0, std=1), "'normal'"),
        ('{"type": "normal"', "JSON"),
    ],
)
def test_a_density_that_is_none_is_refused(refused, tmp_path, text, complaint):
    (tmp_path / "p.json").write_text(text)
    message = refused("measure", "p.json", "p.json", code=1)
    assert message.startswith("p.json: ") and complaint in message


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a,b\n1,2\n3\n", "row 2, column 2: expected 2 fields"),
        ('a,b\n1,"2\n3,4\n', "row 1, column 2 ('b'): expected a quoted field to end"),
        ("1,2\n3,4\n", "the header: expected the names of the columns, got numbers alone"),
        ("", "got an empty file"),
        ("a,c\n1,2\n", "expected the columns of p.csv, got none of the name 'b'"),
        ("a,b\n1,2\n3,x\n", "row 2, column 'b': expected a number, since p.csv has numbers alone there, got 'x'"),
        ("a,b\n1,inf\n", "row 1, column 'b': expected a finite number, got infinity"),
    ],
)
def test_a_bad_table_is_refused_with_its_place(refused, tmp_path, text, complaint):
    (tmp_path / "p.csv").write_text("a,b\n" + "1,2\n" * 60)
    (tmp_path / "q.csv").write_text(text)
    message = refused("measure", "p.csv", "q.csv", code=1)
    assert message.startswith("q.csv: ") and complaint in message


def test_what_is_not_there_is_named(refused, tmp_path):
    save(tmp_path, p=RNG.normal(size=(60, 1)))
    for name in ("nowhere", "nowhere.csv", "nowhere.json", "nowhere.npy"):
        assert refused("measure", "p.npy", name, code=1).startswith(f"{name}: ")
    (tmp_path / "notes.txt").write_text("a,b\n1,2\n")
    assert "notes.txt: " in refused("measure", "p.npy", "notes.txt", code=1)


def test_options_that_mean_nothing_are_refused(refused, tmp_path):
    save(tmp_path, p=RNG.normal(size=(60, 1)))
    assert "expected P and Q, or a RUN" in refused("measure", code=2)
    assert "expected P and Q, or one run, got p.npy alone" in refused("measure", "p.npy", code=2)
    assert "expected a table for --columns" in refused("measure", "p.npy", "p.npy", "--drop", "a", code=2)
    assert "did you mean 'kl'" in refused("measure", "p.npy", "p.npy", "--divergence", "kll", code=2)
    assert "between 0.5 and 1" in refused("measure", "p.npy", "p.npy", "--confidence", "1", code=2)
    assert "positive number" in refused("measure", "p.npy", "p.npy", "--noise", "0", code=2)
    assert "neither --out nor --metric" in refused(
        "measure", "p.npy", "p.npy", "--stream", "s", "--out", "x.html", code=2
    )
    assert "nowhere/page.html" in refused("measure", "p.npy", "p.npy", "--out", "nowhere/page.html", code=1)


def test_what_is_no_state_of_a_stream_is_refused(refused, tmp_path):
    save(tmp_path, p=RNG.normal(size=(60, 1)), q=RNG.normal(size=(60, 1)))
    (tmp_path / "state").write_bytes(b"hello")
    assert refused("measure", "p.npy", "q.npy", "--stream", "state", code=1).startswith("state: ")
    assert (tmp_path / "state").read_bytes() == b"hello"
