"""Tests of `saddle measure` on very many rows: its memory and its processor time have limits."""

import json
import resource

import numpy as np
import pytest

EXACT = 0.011125  # JSD of N(0, 1) and N(0.3, 1), by quadrature


def test_a_million_rows_a_side_are_fitted_on_a_part_and_judged_on_others(saddle, tmp_path):
    rng = np.random.default_rng(1)
    for name, shift in (("p.npy", 0), ("q.npy", 0.3)):
        np.save(tmp_path / name, rng.normal(size=(1_000_000, 5)) + [shift, 0, 0, 0, 0])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = saddle("measure", "p.npy", "q.npy", "--threads", 1, "--json")
    assert done.returncode == 0, done
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert used.ru_maxrss < 2_000_000, "kilobytes"
    assert used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime < 120, "processor seconds"
    found = json.loads(done.stdout)
    assert found["critic_rows"] == {"fitted": {"p": 80_000, "q": 80_000}, "judged": {"p": 400_000, "q": 400_000}}
    assert found["js"]["estimate"] == pytest.approx(EXACT, abs=0.001)
    assert 0.8 * EXACT < found["js"]["certified_lower"] < EXACT
