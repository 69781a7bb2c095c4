"""Tests that a game which is lost from its first step is named, taken back, and ends with exit 3 and advice."""

import json
import re

import pytest

PLAN = ["--samples", 30_000, "--evaluate-every", 1024, "--threads", 1, "--quiet"]


@pytest.mark.parametrize(
    "lost",
    [["--generator-rate", 10, "--discriminator-rate", 10], ["--generator-steps", 20]],
    ids=["rates of 10", "twenty steps of G a turn"],
)
def test_a_game_lost_from_its_first_step_ends_with_3(saddle, tmp_path, lost):
    done = saddle("train", "builtin:ring", "--out", "run", *PLAN, *lost)
    assert done.returncode == 3 and done.stdout == ""
    assert (
        done.stderr.startswith("error: run: ")
        and done.stderr.count("\n") == 1
        and "(try smaller --generator-rate" in done.stderr
    )
    history = [json.loads(line) for line in (tmp_path / "run/history.jsonl").read_text().splitlines()]
    events = [line["event"] for line in history]
    assert events[:2] == ["started", "went back"] and events[-1] == "failed"
    # the untrained ones or such as were not told from them yet: rounding steers such a game, other on each processor
    players = re.search(r"back to the players of (\d+) samples", history[1]["text"])
    assert int(players[1]) <= 10_000
