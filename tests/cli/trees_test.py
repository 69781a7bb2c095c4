"""Sequential trees through the program: what `saddle trees` writes, and that it is a run like any other."""

import csv
import json
import os
import random
from pathlib import Path

import pytest
from safetensors.numpy import load_file

HEADER = ["age", "city", "income", "member"]


def people(path, count=2000, seed=0):
    """A number with missing values, categories, and a number of two decimals that depends on both."""
    draw = random.Random(seed)
    rows = []
    for _ in range(count):
        city = draw.choices(["Ulm", "Bonn", "Kiel", "Jena"], [4, 3, 2, 1])[0]
        age = "" if draw.random() < 0.1 else str(18 + int(60 * draw.random() ** 2))
        income = f"{(2000 if city == 'Ulm' else 3500) + 20 * int(age or 40) + draw.gauss(0, 150):.2f}"
        rows.append([age, city, income, "yes" if float(income) > 3800 else "no"])
    with Path(path).open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows([HEADER, *rows])
    return rows


def read(path):
    with Path(path).open(newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    return rows[0], rows[1:]


@pytest.fixture(name="run")
def fitted(saddle, tmp_path):
    people(tmp_path / "people.csv")
    done = saddle("trees", "people.csv", "--out", "run", "--json")
    assert done.returncode == 0, done
    return json.loads(done.stdout), tmp_path / "run"


def test_a_run_directory_holds_the_trees_and_what_tables_need(run):
    result, folder = run
    assert result["outcome"] == "finished" and result["count"] == 1600 and result["leaf"] == 50
    assert result["jsd"]["certified_lower"] == 0
    tensors = load_file(next((folder / "checkpoints").iterdir()) / "tensors.safetensors")
    assert {name for name in tensors if not name.startswith("trees.")} == set()
    assert len(tensors["trees.leaf_items"]) == result["leaves"] + 1
    assert f"leaves = {result['leaves']}" in (folder / "config.toml").read_text()
    roles = [column["role"] for column in json.loads((folder / "codec.json").read_text())]
    assert roles == ["levels", "levels", "number", "levels"]
    events = [json.loads(line)["event"] for line in (folder / "history.jsonl").read_text().splitlines()]
    assert events == ["started", "finished"]
    assert "</html>" in (folder / "report.html").read_text()


def test_a_number_of_which_no_value_is_frequent_may_be_missing(saddle, tmp_path):
    draw = random.Random(0)
    rows = ["" if draw.random() < 0.1 else str(draw.randrange(10**6)) for _ in range(1000)]
    (tmp_path / "numbers.csv").write_text("a,b\n" + "".join(f"{a},{draw.choice('xy')}\n" for a in rows))
    done = saddle("trees", "numbers.csv", "--out", "run", "--json")
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["jsd"]["certified_lower"] == 0


def test_it_is_sampled_as_a_table_like_the_one_it_learnt(saddle, run, tmp_path):
    for name, seed in [("a", 1), ("b", 1), ("c", 2)]:
        assert saddle("sample", "run", "--count", 4000, "--seed", seed, "--out", f"{name}.csv").returncode == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes() != (tmp_path / "c.csv").read_bytes()
    header, rows = read(tmp_path / "a.csv")
    _, real = read(tmp_path / "people.csv")
    assert header == HEADER and len(rows) == 4000
    assert {row[1] for row in rows} == {"Ulm", "Bonn", "Kiel", "Jena"}
    ages = [int(row[0]) for row in rows if row[0]]
    assert 18 <= min(ages) and max(ages) <= 77 and 0.07 < 1 - len(ages) / 4000 < 0.13
    incomes = [row[2] for row in rows]
    assert len({income[1:] for income in incomes}) > 1500, "values are drawn between those of the data"
    assert sum(income in {row[2] for row in real} for income in incomes) < 400
    # what decides a category is kept, but for the blur of leaves of 50 rows
    assert sum((float(row[2]) > 3800) == (row[3] == "yes") for row in rows) > 3800


def test_it_is_measured_and_reported_like_any_run(saddle, run, tmp_path):
    people(tmp_path / "others.csv", seed=1)
    for arguments in (["run"], ["others.csv", "run"]):
        done = saddle("measure", *arguments, "--json")
        assert done.returncode == 0, done
    (tmp_path / "run/report.html").unlink()
    assert saddle("report", "run").returncode == 0
    assert '"leaf"' in (tmp_path / "run/report.html").read_text()


def test_the_same_seed_gives_the_same_bytes(saddle, run, tmp_path):
    assert saddle("trees", "people.csv", "--out", "again", "--quiet").returncode == 0
    first, second = (next((tmp_path / name / "checkpoints").iterdir()) for name in ("run", "again"))
    assert (first / "tensors.safetensors").read_bytes() == (second / "tensors.safetensors").read_bytes()


def test_a_table_of_numbers_alone_is_taken_as_rows(saddle, tmp_path):
    draw = random.Random(3)
    lines = ["x,y"] + [f"{x:.4f},{x * x + draw.gauss(0, 0.1):.4f}" for x in (draw.gauss(0, 1) for _ in range(1000))]
    (tmp_path / "xy.csv").write_text("\n".join(lines) + "\n")
    assert saddle("trees", "xy.csv", "--out", "run", "--quiet").returncode == 0
    assert saddle("sample", "run", "--count", 500, "--out", "new.csv", "--quiet").returncode == 0
    rows = [[float(cell) for cell in line.split(",")] for line in (tmp_path / "new.csv").read_text().split()[1:]]
    assert sum(abs(y - x * x) < 1 for x, y in rows) > 400


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["trees", "people.csv"], 2, "DATA and --out RUN"),
        (["trees", "people.csv", "--out", "x", "--leaf", 20], 2, "--leaf: expected at least 50, got 20"),
        (["trees", "people.csv", "--out", "x", "--leaf", 5000], 1, "expected at least 10000 training rows"),
        (["trees", "builtin:ring", "--out", "x"], 1, "expected a table, got points"),
        (["trees", "nowhere.csv", "--out", "x"], 1, "nowhere.csv"),
        (["trees", "people.csv", "--out", "x", "--drop", "wages"], 1, "wages"),
    ],
)
def test_what_it_cannot_do_is_refused_in_one_line(refused, tmp_path, arguments, code, words):
    people(tmp_path / "people.csv", 300)
    assert words in refused(*arguments, code=code)
    assert not (tmp_path / "x").exists()


def test_a_run_of_trees_has_no_latents_and_does_not_go_on(refused, run):
    assert "no latents" in refused("sample", run[1], "--truncation", 0.5, "--out", "x.csv", code=2)
    assert "saddle trees" in refused("train", "--resume", run[1], code=2)


def test_a_checkpoint_of_other_columns_is_refused(refused, run):
    codec = run[1] / "codec.json"
    codec.write_text(json.dumps(json.loads(codec.read_text())[:3]))
    assert "expected trees of this table's columns" in refused("sample", run[1], "--out", "x.csv", code=1)


@pytest.mark.skipif("SADDLE_TEST_DATA" not in os.environ, reason="SADDLE_TEST_DATA names no folder with adult.csv")
def test_rows_of_adult_cannot_be_told_from_real_ones(saddle, tmp_path):
    lines = (Path(os.environ["SADDLE_TEST_DATA"]) / "adult.csv").read_text().splitlines()
    body = lines[1:]
    random.Random(0).shuffle(body)
    (tmp_path / "train.csv").write_text("\n".join([lines[0], *body[:26048]]) + "\n")
    (tmp_path / "held.csv").write_text("\n".join([lines[0], *body[26048:]]) + "\n")
    assert saddle("trees", "train.csv", "--out", "run", "--quiet").returncode == 0
    assert saddle("sample", "run", "--count", 6513, "--out", "new.csv", "--quiet").returncode == 0
    done = saddle("measure", "held.csv", "new.csv", "--json")
    assert json.loads(done.stdout)["js"]["certified_lower"] == 0, done.stdout
