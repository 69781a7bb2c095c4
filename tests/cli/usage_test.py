"""Tests that a wrong command line or TOML file is refused in one line that says what is right."""

import pytest


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["trian", "x"],
            "unknown command 'trian' (did you mean 'train'? known: train, sample, export, report, data, mle, trees, "
            "measure, features, lab, view)",
        ),
        (["--verison"], "unknown option '--verison' (did you mean '--version'? see saddle --help)"),
        (
            ["train", "d", "--out", "r", "--bach-size", "8"],
            "unknown option '--bach-size' (did you mean '--batch-size'? see saddle train --help)",
        ),
        (["train", "d", "--out", "r", "--bach-size=8"], "unknown option '--bach-size=8' (did you mean '--batch-size'?"),
        (["train"], "train: expected DATA and --out RUN, or --resume RUN"),
        (["train", "d"], "train: expected DATA and --out RUN, or --resume RUN"),
        (["train", "d", "--resume", "r"], "train: expected --resume RUN without DATA and --out"),
        (["train", "d", "--out", "r", "extra"], "expected no further argument, got 'extra'"),
        (["train", "d", "--out"], "--out: expected one value, got none"),
        (["train", "d", "--out", "r", "--out", "s"], "--out: expected one value, got several"),
        (
            ["train", "d", "--out", "r", "--seed", "many"],
            "--seed: expected a whole number from 0 to 18446744073709551615, got 'many'",
        ),
        (
            ["train", "d", "--out", "r", "--seed", "1.5"],
            "--seed: expected a whole number from 0 to 18446744073709551615, got '1.5'",
        ),
        (
            ["train", "d", "--out", "r", "--seed", "-1"],
            "--seed: expected a whole number from 0 to 18446744073709551615, got '-1'",
        ),
        (
            ["train", "d", "--out", "r", "--batch-size", "1"],
            "--batch-size: expected a whole number from 2 to 65536, got 1",
        ),
        (["train", "d", "--out", "r", "--minutes", "nan"], "--minutes: expected a number, got 'nan'"),
        (["train", "d", "--out", "r", "--samples", "9" * 30], "--samples: expected a whole number"),
        (["train", "d", "--out", "r", "--preset", "imags"], "--preset: unknown value 'imags' (did you mean 'images'?"),
        (
            ["train", "d", "--out", "r", "--regularizer", "r1,dragon"],
            "--regularizer: unknown regulariser 'dragon' (did you mean 'dragan'?",
        ),
        (
            ["train", "d", "--out", "r", "--regularizer", "r1=-1"],
            "--regularizer: expected a positive number after '=', got '-1'",
        ),
        (
            ["train", "d", "--out", "r", "--objective", "minmax"],
            "--objective: unknown value 'minmax' (did you mean 'minimax'?",
        ),
        (["train", "d", "--out", "r", "--device", "gpu"], "--device: unknown value 'gpu'"),
        (["sample", "r"], "sample: expected RUN and --out TARGET"),
        (["sample", "r", "--out", "x", "--count", "0"], "--count: expected a whole number from 1 to 1000000000, got 0"),
        (
            ["sample", "r", "--out", "x", "--count", "few"],
            "--count: expected a whole number from 1 to 1000000000, got few",
        ),
        (["report"], "report: expected RUN"),
        (["data"], "data: expected DATA"),
        (["data", "d", "--image-size", "-3"], "--image-size: expected a whole number from 0 to 4096, got -3"),
        (["data", "d", "--batch-size", "8"], "unknown option '--batch-size'"),
    ],
)
def test_a_wrong_command_line_is_refused(refused, tmp_path, arguments, complaint):
    assert refused(*arguments, code=2).startswith(complaint)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("toml", "code", "complaint"),
    [
        ("\nbach_size = 8\n", 2, "own.toml:2: unknown option 'bach_size' (did you mean 'batch_size'? known: preset, "),
        ("seed = 1\nbatch_size = 1\n", 2, "own.toml:2: expected a whole number from 2 to 65536, got 1"),
        ("batch_size = 'big'\n", 2, "own.toml:1: expected a whole number, got 'big'"),
        ("[networks]\nlayers = 2\n", 2, "own.toml:2: expected options alone, got a table 'networks'"),
        ("seed = 1\nseed = \n", 1, "own.toml:2: expected TOML, got an error: "),
    ],
)
def test_a_wrong_toml_file_is_refused_with_its_line(refused, tmp_path, toml, code, complaint):
    (tmp_path / "own.toml").write_text(toml)
    assert refused("train", "d", "--out", "r", "--config", "own.toml", code=code).startswith(complaint)
    assert not (tmp_path / "r").exists()


def test_a_missing_toml_file_is_named(refused):
    assert refused("train", "d", "--out", "r", "--config", "no.toml", code=1).startswith(
        "no.toml: expected a TOML file"
    )
