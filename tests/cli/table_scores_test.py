"""Tests of the scores of tables that `saddle measure` gives: what it computes, warns of and refuses."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

COLUMNS = "age,income,sex,rich"
SCORES = ["shapes", "pairs", "detection", "detection_logistic"]
UTILITY = ["utility_accuracy", "utility_f1", "utility_auc"]
COPIES = ["copies_exact", "copies_nearer", "copies_distance"]


def people(count, seed, independent=False):
    """Rows whose income depends on age, and rich on both and on sex; independent: each column for itself."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, count)
    income = (900 + 30 * age + rng.normal(0, 300, count)).round(1)
    sex = rng.choice(["f", "m"], count)
    rich = np.where(income + 20 * age + 300 * (sex == "m") + rng.normal(0, 200, count) > 3500, "yes", "no")
    columns = [age, income, sex, rich]
    return list(zip(*([rng.permutation(c) for c in columns] if independent else columns)))


def write(path, rows, header=COLUMNS):
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")


@pytest.fixture(name="tables")
def written_tables(tmp_path):
    """p.csv, train.csv, alike.csv of one distribution, independent.csv, and copies.csv, half from train.csv."""
    train = people(600, 3)
    write(tmp_path / "p.csv", people(800, 1))
    write(tmp_path / "alike.csv", people(400, 2))
    write(tmp_path / "train.csv", train)
    write(tmp_path / "independent.csv", people(400, 4, independent=True))
    write(tmp_path / "copies.csv", train[:200] + people(200, 5))
    return tmp_path


ALL = ["--metric", "shapes,pairs,detection,utility,copies", "--target", "rich", "--training", "train.csv"]


def test_every_score_has_its_interval_and_both_references(measure, tables):
    result = measure("p.csv", "alike.csv", *ALL)
    scores = result["scores"]
    assert list(scores) == SCORES + UTILITY + COPIES and "js" not in result
    for score in scores.values():
        assert list(score)[:5] == ["estimate", "lower", "upper", "real", "independent"]
        assert score["title"] and score["meaning"] and score["better"] in (-1, 0, 1)
        for value in (score, score["real"], score["independent"]):
            assert value["lower"] <= value["estimate"] <= value["upper"]
    assert result["scored"] == {"rows": 400, "target": "rich", "training": "train.csv", "training_count": 600}
    assert not any("copies" in warning for warning in result["warnings"])


def test_independent_columns_are_told_from_real_rows_by_trees_alone(measure, tables):
    scores = measure("p.csv", "independent.csv", *ALL)["scores"]
    for score, real in (
        (s["estimate"], s["real"]["estimate"]) for s in (scores["shapes"], scores["detection_logistic"])
    ):
        assert abs(score - real) < 0.1
    assert scores["detection"]["lower"] > 0.75 > scores["detection"]["real"]["upper"]
    assert scores["utility_auc"]["estimate"] < 0.75 < 0.9 < scores["utility_auc"]["real"]["estimate"]
    assert abs(scores["detection"]["estimate"] - scores["detection"]["independent"]["estimate"]) < 0.08


def test_copies_are_named(measure, tables):
    result = measure("p.csv", "copies.csv", "--metric", "copies", "--training", "train.csv")
    assert list(result["scores"]) == COPIES and result["scores"]["copies_exact"]["estimate"] == 0.5
    assert any("50 % of Q's rows equal training rows" in warning for warning in result["warnings"])


def test_without_a_choice_tables_get_the_critics_and_what_can_be_had(measure, saddle, tables):
    result = measure("p.csv", "alike.csv", "--divergence", "kl")
    assert list(result["scores"]) == SCORES and result["js"]["certified_lower"] < 0.05
    text = saddle("measure", "p.csv", "alike.csv", "--divergence", "kl", "--target", "rich").stdout
    assert "real against real" in text and "independent columns" in text and "Utility, AUC" in text
    assert "each of 400 rows against as many of P" in text


def test_a_target_may_have_three_levels_or_be_a_number(measure, tables):
    rows = [(*row[:3], f"class {min(max(int(row[1] / 1000), 1), 3)}") for row in people(900, 8)]
    write(tables / "three.csv", rows[:600])
    write(tables / "more.csv", rows[600:])
    three = measure("three.csv", "more.csv", "--metric", "utility", "--target", "rich")["scores"]
    assert three["utility_accuracy"]["estimate"] > 0.9 and three["utility_auc"]["estimate"] > 0.95
    number = measure("p.csv", "alike.csv", "--metric", "utility", "--target", "income")["scores"]
    assert 0.8 < number["utility_auc"]["estimate"] < 1


def test_keys_are_left_out_unless_they_are_named(measure, saddle, tables):
    for name, first in (("p", 1), ("alike", 10001)):
        rows = (tables / f"{name}.csv").read_text().splitlines()[1:]
        write(
            tables / f"{name}.csv",
            [[first + i, f"u{first + i}", row] for i, row in enumerate(rows)],
            "id,user," + COLUMNS,
        )
    result = measure("p.csv", "alike.csv", "--metric", "shapes")
    warnings = [warning for warning in result["warnings"] if "is left out" in warning]
    assert [warning.split("'")[1] for warning in warnings] == ["id", "user"] and "--columns" in warnings[0]
    assert result["scores"]["shapes"]["estimate"] > 0.9 and result["p"]["dim"] == 4
    kept = measure("p.csv", "alike.csv", "--metric", "shapes", "--columns", "id,age")
    assert kept["scores"]["shapes"]["estimate"] < 0.6 and not any("left out" in warning for warning in kept["warnings"])


def test_the_page_has_the_scores(saddle, tables):
    done = saddle("measure", "p.csv", "alike.csv", "--metric", "shapes,pairs", "--out", "page.html")
    assert done.returncode == 0, done
    page = (tables / "page.html").read_text()
    assert '"scored":{"rows":400' in page and '"Column pairs"' in page


def test_arrays_are_scored_on_request_and_have_their_own_copies(measure, tables):
    rng = np.random.default_rng(1)
    for name in ("x", "y", "t"):
        np.save(tables / f"{name}.npy", rng.normal(size=(300, 3)))
    assert list(measure("x.npy", "y.npy", "--metric", "shapes,pairs")["scores"]) == ["shapes", "pairs"]
    result = measure("x.npy", "y.npy", "--metric", "copies", "--training", "t.npy")
    assert "scores" not in result and list(result["metrics"]) == ["copies"]


def test_the_same_rows_twice_are_not_scored(measure, tables):
    result = measure("p.csv", "p.csv", "--metric", "shapes,detection")
    assert "scores" not in result and any("no scores" in warning for warning in result["warnings"])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["p.csv", "alike.csv", "--metric", "shape"], 2, "unknown metric 'shape'"),
        (["p.csv", "alike.csv", "--metric", "utility"], 2, "--target COLUMN names it"),
        (["p.csv", "alike.csv", "--metric", "utility", "--target", "wealth"], 1, "unknown column 'wealth'"),
        (["p.csv", "alike.csv", "--metric", "shapes", "--target", "rich"], 2, "--target: expected utility"),
        (["one.csv", "alike.csv", "--metric", "utility", "--target", "sex"], 1, "target 'sex': expected at least two"),
        (["many.csv", "many2.csv", "--metric", "utility", "--target", "sex"], 1, "at most 20 levels in P, got 40"),
        (["p.csv", "alike.csv", "--metric", "copies"], 1, "--training DATA names them"),
        (["p.csv", "alike.csv", "--metric", "copies", "--training", "other.csv"], 1, "other.csv"),
        (["few.csv", "alike.csv", "--metric", "shapes"], 1, "at least 100 rows of P"),
        (["p.csv", "alike.csv", "--metric", "pairs", "--columns", "age"], 1, "at least two columns, got one"),
        (["images.npy", "images2.npy", "--metric", "shapes"], 1, "expected a table, got images"),
        (["wide.npy", "wide2.npy", "--metric", "shapes"], 1, "rows of 120 numbers without names"),
        (["p.csv", "alike.csv", "--stream", "s", "--target", "rich"], 2, "no --target with --stream"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_one_line(refused, tables, arguments, code, words):
    rng = np.random.default_rng(2)
    write(tables / "one.csv", [(a, i, "f", r) for a, i, _, r in people(300, 6)])
    for name, seed in (("many", 6), ("many2", 9)):
        rows = enumerate(people(400, seed))
        write(tables / f"{name}.csv", [(age, income, f"level {k % 40}", rich) for k, (age, income, _, rich) in rows])
    write(tables / "few.csv", people(60, 7))
    write(tables / "other.csv", [row[:3] for row in people(100, 7)], "age,income,sex")
    for name in ("images", "images2"):
        np.save(tables / f"{name}.npy", rng.integers(0, 255, (120, 12, 12), dtype=np.uint8))
    for name in ("wide", "wide2"):
        np.save(tables / f"{name}.npy", rng.normal(size=(200, 120)))
    assert words in refused("measure", *arguments, code=code)


def test_adult_scores_are_those_of_scikit_learns_trees(measure, tmp_path):
    """Splits are drawn at random on both sides: of the areas, 0.014 is four of their standard deviations."""
    adult = Path(os.environ.get("SADDLE_TEST_DATA", "../shared/data")) / "adult.csv"
    if not adult.is_file():
        pytest.skip("SADDLE_TEST_DATA names no folder with adult.csv (UCI Adult)")
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score

    with adult.open() as file:
        head, *rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row]
    rng = np.random.default_rng(0)
    rows = np.array(rows)[rng.permutation(len(rows))]
    for name, part in (("test", rows[:6500]), ("half", rows[6500:13000])):
        write(tmp_path / f"{name}.csv", part, ",".join(head))
    scores = measure("test.csv", "half.csv", "--metric", "detection,utility", "--target", "income")["scores"]
    numbers = [i for i, name in enumerate(head) if name in
               ("age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week")]  # fmt: skip
    x = np.stack(
        [c.astype(float) if i in numbers else np.unique(c, return_inverse=True)[1] for i, c in enumerate(rows.T)], 1
    )
    levels = [i not in numbers for i in range(x.shape[1])]
    test, fitted = x[:3250], x[3250:6500]

    def area(fit, truth, judged, answer, categorical):
        model = HistGradientBoostingClassifier(categorical_features=categorical, random_state=0).fit(fit, truth)
        return roc_auc_score(answer, model.predict_proba(judged)[:, 1])

    utility = area(fitted[:, :-1], fitted[:, -1], test[:, :-1], test[:, -1], levels[:-1])
    permuted = np.stack([rng.permutation(c) for c in fitted.T], 1)
    both = lambda rows: (np.concatenate([test[rows], permuted[rows]]), np.repeat([1, 0], len(test[rows])))
    detection = area(*both(slice(0, 2167)), *both(slice(2167, None)), levels)
    assert abs(scores["utility_auc"]["real"]["estimate"] - utility) < 0.014
    assert abs(scores["utility_auc"]["estimate"] - utility) < 0.014
    assert abs(scores["detection"]["independent"]["estimate"] - detection) < 0.014
    assert abs(scores["detection"]["real"]["estimate"] - 0.5) < 0.04
    assert scores["detection_logistic"]["independent"]["estimate"] < 0.54
