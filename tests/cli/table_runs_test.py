"""Tests that a table becomes a run, and a run a table that the user's own programs read like the first."""

import csv
import datetime
import json
import shutil
import subprocess

import numpy
import pytest
from conftest import PROGRAM

SMALL = ["--batch-size", "64", "--generator-width", "16", "--discriminator-width", "16", "--threads", "1"]


def rows_of(count, seed=0):
    """Rows as somebody's shop has them: a key, a constant, a spike, dates, money, categories, missing values."""
    random = numpy.random.default_rng(seed)
    for i in range(count):
        club = random.choice(["gold", "silver", "basic"], p=[0.1, 0.3, 0.6])
        spent = 0 if random.random() < 0.4 else random.gamma(2, {"gold": 300, "silver": 80, "basic": 20}[club])
        since = datetime.date(2015, 1, 1) + datetime.timedelta(days=int(random.integers(0, 2000)))
        yield {
            "customer": f"C-{i:05}",
            "country": "NL",
            "club": club,
            "spent": f"{spent:.2f}".replace(".", ","),
            "since": since.isoformat(),
            "visits": str(min(random.poisson(3), 4)) if random.random() > 0.1 else "n/a",
            "town": f"town {int(random.pareto(1)) % 300}",
        }


def write(path, rows):
    rows = list(rows)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=";", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@pytest.fixture(name="folder", scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    write(folder / "shop.csv", rows_of(3000))
    subprocess.run([PROGRAM, "train", "shop.csv", "--out", "run", "--samples", "6400", *SMALL], cwd=folder, check=True)
    return folder


def test_what_comes_out_is_written_as_what_went_in(saddle, folder):
    assert saddle("sample", "run", "--count", "500", "--out", "new.csv", "--which", "best", cwd=folder).returncode == 0
    real, new = read(folder / "shop.csv"), read(folder / "new.csv")
    assert len(new) == 500 and list(new[0]) == list(real[0])
    keys = [row["customer"] for row in new]
    assert len(set(keys)) == 500 and not set(keys) & {row["customer"] for row in real}
    assert all(key.startswith("C-") and len(key) == 7 for key in keys)
    assert {row["country"] for row in new} == {"NL"}
    assert {row["club"] for row in new} <= {"gold", "silver", "basic"}
    assert {row["town"] for row in new} <= {row["town"] for row in real}
    visits = [row["visits"] for row in new]
    assert "n/a" in visits and all(value == "n/a" or value.isdigit() for value in visits)
    for row in new:
        assert datetime.date(2015, 1, 1) <= datetime.date.fromisoformat(row["since"]) < datetime.date(2021, 1, 1)
        assert len(row["spent"].split(",")[-1]) == 2, row
    largest = max(float(row["spent"].replace(",", ".")) for row in real)
    spent = numpy.array([float(row["spent"].replace(",", ".")) for row in new])
    assert spent.min() >= 0 and spent.max() <= largest
    assert 0.1 < (spent == 0).mean() < 0.9  # a spike stays one


def test_the_same_seed_gives_the_same_rows(saddle, folder):
    for name, seed in (("a.csv", "1"), ("b.csv", "1"), ("c.csv", "2")):
        assert saddle("sample", "run", "--count", "50", "--seed", seed, "--out", name, cwd=folder).returncode == 0
    a, b, c = ((folder / name).read_bytes() for name in ("a.csv", "b.csv", "c.csv"))
    assert a == b != c


def test_data_says_what_it_makes_of_each_column(saddle, folder):
    text = saddle("data", "shop.csv", cwd=folder).stdout
    for line in (
        "customer: category, 3000 levels",
        "a key, made anew",
        "country: category, 1 level: 'NL'; constant",
        "club: category, 3 levels: 'basic', 'gold', 'silver'; drawn from 3 levels",
        "0,00 by itself, the rest by",
    ):
        assert line in text, (line, text)
    columns = json.loads(saddle("data", "shop.csv", "--json", cwd=folder).stdout)["columns"]
    roles = {column["name"]: column["generated"]["role"] for column in columns}
    assert roles == {
        "customer": "key",
        "country": "constant",
        "club": "levels",
        "spent": "number",
        "since": "number",
        "visits": "levels",
        "town": "levels",
    }


def test_a_run_is_measured_against_what_it_has_not_seen(saddle, folder):
    result = json.loads(saddle("measure", "run", "--json", "--which", "best", "--threads", "1", cwd=folder).stdout)
    assert 0 < result["js"]["estimate"] < 0.7
    write(folder / "later.csv", rows_of(500, seed=9))
    result = json.loads(saddle("measure", "later.csv", "run", "--json", "--threads", "1", cwd=folder).stdout)
    assert 0 < result["js"]["estimate"] < 0.7


def test_a_run_that_goes_on_from_a_checkpoint_ends_with_the_same_bytes(saddle, folder):
    plan = ["--samples", "6400", "--checkpoint-every", "3200", "--seed", "5"]
    assert saddle("train", "shop.csv", "--out", "whole", *plan, *SMALL, "--quiet", cwd=folder).returncode == 0
    shutil.copytree(folder / "whole", folder / "again")
    shutil.rmtree(folder / "again/checkpoints/000000006400")
    shutil.rmtree(folder / "again/rejection")
    assert saddle("train", "--resume", "again", "--quiet", cwd=folder).returncode == 0
    for place in ("checkpoints/000000006400", "rejection", "best"):
        for path in sorted((folder / "whole" / place).rglob("*.safetensors")):
            again = folder / "again" / path.relative_to(folder / "whole")
            assert path.read_bytes() == again.read_bytes(), path


def test_a_critic_goes_with_the_generator_whose_rows_it_rejects(saddle, folder):
    plan = ["--samples", "1280", "--checkpoint-every", "1280", *SMALL, "--quiet"]
    assert saddle("train", "shop.csv", "--out", "longer", *plan, cwd=folder).returncode == 0
    first = {path.stem for path in (folder / "longer/rejection").iterdir()}
    assert saddle("train", "--resume", "longer", "--samples", "7680", "--quiet", cwd=folder).returncode == 0
    kept = {path.name for place in ("checkpoints", "best") for path in (folder / "longer" / place).iterdir()}
    critics = {path.stem for path in (folder / "longer/rejection").iterdir()}
    assert critics and critics <= kept, (critics, kept)
    assert first - critics, "the first generator is no longer kept"


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["sample", "run", "--out", "x.png"], 2, "expected FILE.csv, FILE.tsv or FILE.parquet"),
        (["sample", "run", "--interpolate", "4", "--out", "x.gif"], 2, "expected a run on images"),
        (["mle", "shop.csv", "--out", "m", "--components", "2"], 1, "expected numbers alone"),
        (["data", "shop.csv", "--out", "sheet.png"], 2, "expected images or points"),
        (["train", "shop.csv", "--out", "x", "--network", "mlp", "--quiet"], 2, "expected table for a table"),
        (["train", "shop.csv", "--out", "x", "--latent-dim", "8", "--quiet"], 1, "latent dimension above"),
        (["train", "shop.csv", "--out", "x", "--batch-size", "5000", "--quiet"], 1, "at least one batch of 5000"),
    ],
)
def test_what_a_table_cannot_do_is_said(refused, folder, arguments, code, complaint):
    assert complaint in refused(*arguments, code=code, cwd=folder)
    assert not (folder / "x").exists()


def test_g_is_given_what_the_condition_names(saddle, folder):
    plan = ["--samples", "1280", "--condition", "club,visits", *SMALL, "--quiet"]
    assert saddle("train", "shop.csv", "--out", "given", *plan, "--drop", "town", cwd=folder).returncode == 0
    wanted = ["--labels", "gold, 3=7,silver, missing=5"]
    assert saddle("sample", "given", *wanted, "--out", "given.csv", cwd=folder).returncode == 0
    rows = [(row["club"], row["visits"]) for row in read(folder / "given.csv")]
    assert rows == [("gold", "3")] * 7 + [("silver", "n/a")] * 5


def drawn_where(saddle, folder, *arguments):
    done = saddle("sample", "given", "--out", "where.csv", "--json", *arguments, cwd=folder)
    assert done.returncode == 0, done
    return read(folder / "where.csv"), json.loads(done.stdout)


def test_where_gives_g_the_columns_that_it_takes_and_rejects_the_rest(saddle, refused, folder):
    plan = ["--samples", "1280", "--condition", "club,visits", *SMALL, "--quiet"]
    if not (folder / "given").exists():
        assert saddle("train", "shop.csv", "--out", "given", *plan, "--drop", "town", cwd=folder).returncode == 0
    rows, told = drawn_where(saddle, folder, "--count", "200", "--where", "club = gold and visits in (1, 2)")
    assert {row["club"] for row in rows} == {"gold"} and {row["visits"] for row in rows} == {"1", "2"}
    assert told["kept_share"] == 1
    real = [row["visits"] for row in read(folder / "shop.csv") if row["club"] == "gold" and row["visits"] in ("1", "2")]
    assert abs(real.count("1") / len(real) - [row["visits"] for row in rows].count("1") / 200) < 0.15
    rows, told = drawn_where(saddle, folder, "--count", "200", "--where", "club = gold", "--where", "spent > 0")
    assert {row["club"] for row in rows} == {"gold"} and told["drawn"] > 200
    assert all(row["spent"] != "0,00" for row in rows)
    rows, _ = drawn_where(saddle, folder, "--labels", "gold, 3=9", "--where", "spent > 0")
    assert [(row["club"], row["visits"]) for row in rows] == [("gold", "3")] * 9
    where = ["sample", "given", "--out", "none.csv", "--where"]
    for arguments, complaint in (
        ([*where, "club = gold and club = silver"], "no value of club meets all of it"),
        ([*where, "spent > 20 and not spent >= 10"], "no value of spent meets all of it"),
        ([*where, "club = gold", "--labels", "silver, 3=9"], "--labels: expected labels whose rows can meet --where"),
    ):
        assert complaint in refused(*arguments, code=2, cwd=folder), arguments
    assert not (folder / "none.csv").exists()


def test_a_column_gets_the_role_that_is_asked_for(saddle, refused, folder):
    columns = json.loads(saddle("data", "shop.csv", "--json", "--roles", "visits=key,town=key", cwd=folder).stdout)[
        "columns"
    ]
    assert [column["generated"]["role"] for column in columns][-2:] == ["key", "key"]
    for roles, complaint in (
        ("town", "NAME=ROLE"),
        ("town=kye", "'key'"),
        ("twon=key", "'town'"),
        ("club=number", "got categories"),
    ):
        assert complaint in refused(
            "data", "shop.csv", "--roles", roles, code=1 if "got" in complaint else 2, cwd=folder
        )


def test_few_rows_get_advice(saddle, tmp_path):
    write(tmp_path / "few.csv", rows_of(150))
    assert "saddle trees" in saddle("data", "few.csv").stdout
