"""Tests of `saddle measure --stream`: batches that arrive over time, one test over all of them."""

import fcntl
import json

import numpy as np
import pytest

CITIES = ["Bonn", "Ulm", "Jena"]


@pytest.fixture(name="stream")
def streamed(saddle):
    """Feeds a batch to `state` and returns the JSON object."""

    def run(*arguments):
        done = saddle("measure", *arguments, "--stream", "state", "--json")
        assert done.returncode == 0, done
        return json.loads(done.stdout)

    return run


def write_people(path, count, seed, shift=0.0, cities=CITIES, missing=0.3):
    rng = np.random.default_rng(seed)
    rows = [
        f"{'' if rng.random() < missing else round(rng.normal(40 + shift, 10), 2)},{rng.choice(cities)}"
        for _ in range(count)
    ]
    path.write_text("\n".join(["age,city", *rows]) + "\n")


def test_a_difference_is_found_in_tables_whose_batches_differ_in_size(stream, tmp_path):
    for i, (n, m) in enumerate([(300, 60), (40, 200), (250, 250)]):
        write_people(tmp_path / f"p{i}.csv", n, 2 * i)
        write_people(tmp_path / f"q{i}.csv", m, 2 * i + 1, shift=15)
        found = stream(f"p{i}.csv", f"q{i}.csv")
    assert found["pairs"] == 510 and found["p_value"] < 0.001 and found["warnings"] == []


# Simulated with medians of each call's own, P 200 rows ahead and 30 % missing, a stream ended below 0.05 in 300 of 300
# cases. A valid one does so with a probability of at most 5 %.
def test_missing_values_and_unequal_batches_are_no_difference(stream, tmp_path):
    for i, (n, m) in enumerate([(250, 50), (120, 120), (120, 120)]):
        write_people(tmp_path / f"p{i}.csv", n, 10 + 2 * i)
        write_people(tmp_path / f"q{i}.csv", m, 11 + 2 * i)
        found = stream(f"p{i}.csv", f"q{i}.csv")
    assert found["pairs"] == 290 and found["p_value"] > 0.05


def test_levels_may_come_and_go_and_new_ones_are_named(saddle, stream, tmp_path):
    for i, cities in enumerate([CITIES, ["Ulm"], [*CITIES, "Rome", "Oslo"]]):
        write_people(tmp_path / f"p{i}.csv", 140, 2 * i, cities=cities)
        write_people(tmp_path / f"q{i}.csv", 140, 2 * i + 1, cities=cities)
    assert stream("p0.csv", "q0.csv")["warnings"] == []
    assert stream("p1.csv", "q1.csv")["warnings"] == [], "a batch that lacks levels"
    text = saddle("measure", "p2.csv", "q2.csv", "--stream", "state").stdout
    assert (
        "column 'city': levels that the critic had not been fitted on: 'Oslo', 'Rome'; they count as one, 'other'"
        in text
    )
    assert "after 420 pairs" in text


def test_other_shapes_kinds_and_columns_are_refused_and_nothing_is_saved(stream, refused, tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((60, 2)))
    np.save(tmp_path / "y.npy", np.zeros((60, 3)))
    assert "expected rows of shape [2] on both sides, got [3]" in refused(
        "measure", "x.npy", "y.npy", "--stream", "state", code=1
    )
    assert not (tmp_path / "state").exists()
    write_people(tmp_path / "p.csv", 150, 1)
    write_people(tmp_path / "q.csv", 150, 2)
    stream("p.csv", "q.csv")
    before = (tmp_path / "state").read_bytes()
    assert "expected a table, like the rows that state has seen" in refused(
        "measure", "x.npy", "x.npy", "--stream", "state", code=1
    )
    (tmp_path / "text.csv").write_text("age,city\nyoung,Ulm\n")
    write_people(tmp_path / "more.csv", 150, 3)
    text = refused("measure", "more.csv", "text.csv", "--stream", "state", code=1)
    assert text.startswith("text.csv: row 1, column 'age': expected a number") and "'young'" in text
    (tmp_path / "wide.csv").write_text("age,city,sex\n1,Ulm,f\n")
    assert "got 'sex' as well" in refused("measure", "wide.csv", "wide.csv", "--stream", "state", code=1)
    assert (tmp_path / "state").read_bytes() == before


def test_what_a_column_is_does_not_depend_on_rows_that_wait(refused, tmp_path):
    write_people(tmp_path / "q.csv", 60, 2)
    write_people(tmp_path / "p.csv", 100, 1)
    with open(tmp_path / "p.csv", "a") as file:
        file.write("old,Ulm\n" * 40)
    text = refused("measure", "p.csv", "q.csv", "--stream", "state", "--categorical", "city", code=1)
    assert "column 'age'" in text and not (tmp_path / "state").exists()


def test_two_calls_at_once_do_not_lose_rows(refused, tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(1).normal(size=(60, 1)))
    np.save(tmp_path / "y.npy", np.random.default_rng(2).normal(size=(60, 1)))
    with open(tmp_path / "state.lock", "w") as other:
        fcntl.lockf(other, fcntl.LOCK_EX)
        assert "expected a free state" in refused("measure", "x.npy", "y.npy", "--stream", "state", code=1)
    assert not (tmp_path / "state").exists()


def test_a_state_keeps_the_schema_of_its_first_rows(stream, refused, tmp_path):
    write_people(tmp_path / "p.csv", 150, 1)
    write_people(tmp_path / "q.csv", 150, 2)
    stream("p.csv", "q.csv")
    content = (tmp_path / "state").read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]
    columns = json.loads(header["schema"])["columns"]
    assert [(c["name"], c["kind"]) for c in columns] == [("age", "number"), ("city", "category")]
    assert columns[0]["missing"] == "" and columns[1]["levels"] == sorted(CITIES)
    (tmp_path / "state").write_bytes(content.replace(b"saddle stream 3", b"saddle stream 2"))
    assert refused("measure", "p.csv", "q.csv", "--stream", "state", code=1) == (
        "state: expected the state of a stream, got one of another version (choose another name for a new one)"
    )
