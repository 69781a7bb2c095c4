"""Tests of conditions on rows of tables, --where and --constraint, beside SQLite's."""

import csv
import json
import random
import sqlite3
import tomllib

import numpy as np
import pytest

ROWS = 400
RNG = np.random.default_rng(5)
DAY = np.datetime64("2024-01-01")


def numeric_rows():
    """Rows that a run on points takes: whole numbers, decimals, dates and truths, start before end."""
    age = RNG.integers(17, 91, ROWS)
    price = np.round(RNG.gamma(2, 10, ROWS) + age / 10, 2)
    start = RNG.integers(0, 300, ROWS)
    end = start + RNG.integers(0, 100, ROWS)
    member = RNG.random(ROWS) < age / 100
    return [
        (int(a), float(p), str(DAY + int(s)), str(DAY + int(e)), "true" if m else "false")
        for a, p, s, e, m in zip(age, price, start, end, member)
    ]


NAMES = ("age", "unit price", "start", "end", "is-member")
NUMERIC = numeric_rows()


def write(path, names, rows):
    lines = [",".join(names)] + [",".join("" if v is None else str(v) for v in row) for row in rows]
    path.write_text("\n".join(lines) + "\n")


def database(names, rows):
    table = sqlite3.connect(":memory:")
    table.execute("create table t (" + ", ".join(f'"{name}"' for name in names) + ")")
    table.executemany("insert into t values (" + ", ".join("?" for _ in names) + ")", rows)
    return table


def read(path):
    """The numeric rows that the program wrote."""
    head, *lines = path.read_text().splitlines()
    assert head == ",".join(NAMES)
    return [(int(a), float(p), s, e, m) for a, p, s, e, m in (line.split(",") for line in lines)]


@pytest.fixture(name="run", scope="module")
def run_on_points(tmp_path_factory):
    """A Gaussian mixture, made in a moment, of rows that keep start <= end."""
    import subprocess

    from conftest import PROGRAM

    folder = tmp_path_factory.mktemp("conditions")
    write(folder / "people.csv", NAMES, NUMERIC)
    command = [PROGRAM, "mle", "people.csv", "--out", "run", "--components", "3", "--constraint", "start <= end"]
    done = subprocess.run(
        [*command, "--constraint", "age >= 17", "--quiet"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done
    return folder / "run"


WHERE = [
    ("age >= 30 and age < 50", None),
    ("age > 30; `is-member` = true", "age > 30 and \"is-member\" = 'true'"),
    ('30 < age <= 60 or not "unit price" <= 20', 'age > 30 and age <= 60 or not "unit price" <= 20'),
    ("start >= 2024-03-01 and end != start", "start >= '2024-03-01' and \"end\" != start"),
    ("is-member in (false) and age in (30, 31, 32, 33, 34, 35)", "\"is-member\" = 'false' and age between 30 and 35"),
]


@pytest.mark.parametrize("where,sql", WHERE)
def test_samples_meet_where_as_sqlite_reads_it_and_the_share_is_told(saddle, tmp_path, run, where, sql):
    done = saddle("sample", run, "--count", 300, "--where", where, "--out", "new.csv", "--json")
    assert done.returncode == 0, done
    told = json.loads(done.stdout)
    rows = read(tmp_path / "new.csv")
    table = database(NAMES, rows)
    assert len(rows) == 300 == told["count"]
    where_sql = (sql or where).replace("end ", '"end" ')
    assert table.execute(f"select count(*) from t where {where_sql}").fetchone() == (300,)
    assert table.execute('select count(*) from t where start <= "end"').fetchone() == (300,), "the constraint"
    # the share among rows that keep the constraint alone
    plain = saddle("sample", run, "--count", 3000, "--out", "plain.csv", "--json")
    kept = json.loads(plain.stdout)["kept_share"]
    table = database(NAMES, read(tmp_path / "plain.csv"))
    (met,) = table.execute(f"select count(*) from t where {where_sql}").fetchone()
    share = kept * met / 3000
    error = np.sqrt(share * (1 - share) * (1 / told["drawn"] + 1 / 3000))
    assert abs(told["kept_share"] - share) < 5 * error, "false alarms: one in two million"


def test_samples_depend_on_the_seed_alone(saddle, tmp_path, run):
    arguments = ("sample", run, "--count", 50, "--where", "age > 60", "--out")
    for name, seed in (("a.csv", 1), ("b.csv", 1), ("c.csv", 2)):
        assert saddle(*arguments, name, "--seed", seed).returncode == 0
    a, b, c = ((tmp_path / name).read_text() for name in ("a.csv", "b.csv", "c.csv"))
    assert a == b != c


def test_several_wheres_all_hold(saddle, tmp_path, run):
    done = saddle("sample", run, "--where", "age > 60", "--where", "age < 65", "--count", 20, "--out", "a.csv")
    assert done.returncode == 0 and "of the" in done.stdout and "rows drawn)" in done.stdout, done
    assert all(60 < row[0] < 65 for row in read(tmp_path / "a.csv"))


def test_where_that_no_row_meets_says_how_rare_it_is(refused, run):
    text = refused("sample", run, "--where", "age > 900", "--count", 5, "--out", "a.csv", "--quiet", code=1)
    assert text.startswith(
        "--where 'age > 900' and the constraint 'start <= end; age >= 17': expected rows that meet it"
    )
    assert "got none of 1,000,000 drawn: fewer than 3 in a million do, 95 % sure (age is 17 to 90 in the data" in text


REFUSED = [
    ("agee > 3", "unknown column 'agee' (did you mean 'age'?"),
    ("age >", "expected a column or a value behind >, got the end at character 6"),
    ("", "expected a condition, got the end"),
    ("start > 5", "expected a date for 'start', got '5'"),
    ("is-member > true", "expected = or != for 'is-member'"),
]


@pytest.mark.parametrize("where,wanted", REFUSED)
def test_a_wrong_condition_is_refused_with_its_place(refused, run, where, wanted):
    assert wanted in refused("sample", run, "--where", where, "--out", "a.csv", code=2)


def test_where_needs_a_table(saddle, refused, tmp_path):
    np.save(tmp_path / "points.npy", RNG.normal(size=(300, 2)))
    assert saddle("mle", "points.npy", "--out", "points", "--components", 1, "--quiet").returncode == 0
    text = refused("sample", "points", "--where", "x > 3", "--out", "a.npy", code=2)
    assert text == "--where: expected a run whose data are a table, got points, another"
    text = refused("train", "points.npy", "--out", "r", "--constraint", "a < b", code=1)
    assert text == "points.npy: expected a table for --columns, --drop and --constraint, got other data"
    text = refused("sample", "points", "--where", "x > 3", "--interpolate", 3, "--out", "a.gif", code=2)
    assert "--where or --interpolate N, not both" in text


# ---- constraints -----------------------------------------------------------------------------------------------------


def test_the_first_row_that_breaks_a_constraint_is_named(refused, tmp_path):
    rows = list(NUMERIC)
    rows[16] = (30, 1.5, "2024-05-01", "2023-01-01", "true")
    write(tmp_path / "people.csv", NAMES, rows)
    text = refused(
        "train", "people.csv", "--out", "r", "--constraint", "age > 0", "--constraint", "start <= end", code=1
    )
    assert text == (
        "people.csv: row 17: expected start <= end, got start 2024-05-01, end 2023-01-01 (this row alone breaks it: a "
        "constraint holds in all rows)"
    )
    assert not (tmp_path / "r").exists()


MIXED_NAMES = ("a", "b", "day", "native country", "capital-gain", "sex")
COUNTRIES = ["Peru", "O''Brien", "Cote d''Or"]


def mixed_rows(rng, count=120):
    def some(value):
        return None if rng.random() < 0.15 else value

    return [
        (
            some(rng.randrange(6)),
            some(rng.randrange(6) / 2),
            some(f"2024-01-{rng.randrange(1, 9):02}"),
            some(rng.choice(COUNTRIES).replace("''", "'")),
            some(rng.randrange(3)),
            some(rng.choice(["Female", "Male"])),
        )
        for _ in range(count)
    ]


def random_condition(rng, depth):
    """A condition as both read it; SQLite's has NULL for missing."""
    if depth > 0 and rng.random() < 0.7:
        word = rng.choice(["and", "or", "not"])
        parts = [random_condition(rng, depth - 1) for _ in range(1 if word == "not" else 2)]
        forms = [rng.choice(["({})", "{}"]) for _ in parts]  # so that precedence is compared too
        texts = [[form.format(part[i]) for form, part in zip(forms, parts)] for i in (0, 1)]
        return tuple(f"not {t[0]}" if word == "not" else f"{t[0]} {word} {t[1]}" for t in texts)
    sign = rng.choice(["=", "!=", "<", "<=", ">", ">="])
    number, day, country = rng.randrange(6), f"2024-01-{rng.randrange(1, 9):02}", rng.choice(COUNTRIES)
    same = rng.choice(["=", "!="])
    return rng.choice(
        [
            (f"a {sign} {number}", f"a {sign} {number}"),
            (f"{number} {sign} b", f"{number} {sign} b"),
            (f"a {sign} b", f"a {sign} b"),
            (f"day {sign} {day}", f"day {sign} '{day}'"),
            (f"sex {same} Male", f"sex {same} 'Male'"),
            (f"\"native country\" {same} '{country}'", f"\"native country\" {same} '{country}'"),
            (f"capital-gain {sign} {number}", f'"capital-gain" {sign} {number}'),
            ("a in (1, 2)", "a in (1, 2)"),
            ("`native country` not in (Peru)", "\"native country\" not in ('Peru')"),
            ("sex is missing", "sex is null"),
            ("day is not missing", "day is not null"),
        ]
    )


def test_constraints_break_where_sqlites_checks_do(saddle, tmp_path):
    rng = random.Random(11)
    rows = mixed_rows(rng)
    write(tmp_path / "mixed.csv", MIXED_NAMES, rows)
    table = database(MIXED_NAMES, rows)
    outcomes = set()
    for _ in range(25):
        ours, sql = random_condition(rng, 3)
        # a check is broken where it is false, which NULL is not
        found = table.execute(f"select rowid from t where not ({sql}) order by rowid limit 1").fetchone()
        done = saddle("data", "mixed.csv", "--constraint", f"({ours})")
        outcomes.add(found is None)
        if found is None:
            assert done.returncode == 0, (ours, done)
        else:
            assert f"error: mixed.csv: row {found[0]}: expected " in done.stderr, (ours, sql, done)
    assert outcomes == {True, False}


def test_a_run_keeps_its_constraint_and_its_combinations(saddle, refused, tmp_path):
    rows = [
        (a, 10 * a + b, c) for a, b, c in zip(RNG.integers(0, 5, 700), RNG.integers(0, 2, 700), RNG.normal(size=700))
    ]
    write(tmp_path / "pairs.csv", ("a", "b", "c"), rows)
    options = ("--constraint", "combination(a, b)", "--constraint", "c > -9", "--samples", 2000, "--quiet")
    done = saddle("train", "pairs.csv", "--out", "r", *options)
    assert done.returncode == 0, done
    config = tomllib.loads((tmp_path / "r/config.toml").read_text())
    assert config["options"]["constraint"] == "combination(a, b); c > -9"
    done = saddle("sample", "r", "--count", 200, "--out", "new.csv", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["kept_share"] < 1, done
    known = {(str(a), str(b)) for a, b, _ in rows}
    assert all(tuple(line.split(",")[:2]) in known for line in (tmp_path / "new.csv").read_text().splitlines()[1:])
    (tmp_path / "pairs.csv").rename(tmp_path / "moved.csv")  # what the run must know is in it
    assert saddle("sample", "r", "--count", 20, "--out", "new.csv", "--quiet").returncode == 0
    text = refused("sample", "r", "--where", "combination(a, b)", "--out", "new.csv", code=1)
    assert "pairs.csv" in text
    (tmp_path / "moved.csv").rename(tmp_path / "pairs.csv")
    done = saddle("sample", "r", "--where", "combination(a, b)", "--out", "new.csv", "--quiet")
    assert done.returncode == 0, done
    measured = saddle("measure", "r", "--divergence", "js", "--json")
    assert measured.returncode == 0, measured
    assert any("keeps its constraint: kept " in warning for warning in json.loads(measured.stdout)["warnings"])
    done = saddle("train", "--resume", "r", "--samples", 3000, "--constraint", "c > -9", "--quiet")
    assert done.returncode == 0, done
    text = refused("train", "--resume", "r", "--samples", 4000, "--constraint", "c > -8", code=2)
    assert "expected an option that a run may change when it goes on, got constraint" in text


def test_a_generator_that_never_keeps_the_constraint_is_told_and_no_failure(saddle, refused, tmp_path):
    a = RNG.normal(size=700)
    write(tmp_path / "equal.csv", ("a", "b", "c"), [[f"{x:.12f}"] * 3 for x in a])
    constraint = "a = b; b = c"  # one alone would be kept by chance, by some row in a million
    done = saddle("train", "equal.csv", "--out", "r", "--samples", 1000, "--constraint", constraint)
    assert done.returncode == 0
    assert f"no JSD on test: the constraint '{constraint}': expected rows that meet it" in done.stdout
    text = refused("sample", "r", "--out", "new.csv", "--quiet", code=1)
    assert "got none of 1,000,000 drawn" in text


def test_rows_with_categories_and_missing_values_meet_where_as_sqlite_reads_it(saddle, refused, tmp_path):
    rows = [(*row, f"C-{i:04}") for i, row in enumerate(mixed_rows(random.Random(3), 700))]
    names = (*MIXED_NAMES, "id")
    write(tmp_path / "mixed.csv", names, rows)
    done = saddle("trees", "mixed.csv", "--out", "t", "--constraint", "a <= 5; not b < 0", "--quiet")
    assert done.returncode == 0, done
    where = "(sex != Female or a in (1, 2)) and `native country` in (Peru, 'O''Brien') and day is not missing"
    sql = "(sex != 'Female' or a in (1, 2)) and \"native country\" in ('Peru', 'O''Brien') and day is not null"
    done = saddle("sample", "t", "--count", 400, "--where", where, "--out", "new.csv", "--json")
    assert done.returncode == 0, done
    with open(tmp_path / "new.csv", newline="") as file:
        head, *written = csv.reader(file)
    cells = [[None if cell == "" else cell for cell in row] for row in written]
    table = database(names, [[float(v) if v and i in (0, 1, 4) else v for i, v in enumerate(row)] for row in cells])
    assert tuple(head) == names and len(written) == 400 == len({row[-1] for row in written})
    assert table.execute(f"select count(*) from t where {sql}").fetchone() == (400,)
    share = json.loads(done.stdout)["kept_share"]
    real = database(names, rows).execute(f"select avg(coalesce({sql}, 0)) from t").fetchone()[0]
    assert abs(share - real) < 0.1  # what trees learn of columns that do not depend on each other
    text = refused("sample", "t", "--where", "a > 5", "--out", "new.csv", code=2)
    assert text == "--where: expected a condition that rows of t can meet, got 'a > 5' (a is 0 to 5 in the data)"
    text = refused("sample", "t", "--where", "id = C-0001", "--out", "new.csv", code=2)
    assert text == "--where: expected columns that are generated, got 'id', a key, whose values are made anew"
    text = refused("trees", "mixed.csv", "--out", "u", "--constraint", "id is not missing", code=2)
    assert text.startswith("--constraint: expected columns that are generated, got 'id', a key")
    assert not (tmp_path / "u").exists()


def test_rows_on_the_page_of_a_run_keep_its_constraint(saddle, tmp_path):
    low = RNG.integers(0, 20, 900)
    rows = [(a, a + b, level) for a, b, level in zip(low, RNG.integers(0, 9, 900), RNG.choice(["x", "y"], 900))]
    write(tmp_path / "t.csv", ("a", "b", "level"), rows)
    options = ("--constraint", "a <= b", "--quiet")
    for command, *more in (("train", "--samples", 2000), ("trees",)):
        done = saddle(command, "t.csv", "--out", command, *options, *more)
        assert done.returncode == 0, done
        view = json.loads((tmp_path / command / "table.json").read_text())
        shown = view["generated"] + view["critic"]["rows"]
        assert len(shown) > 10 and all(int(a) <= int(b) for a, b, _ in shown), (command, shown)
