"""The verdict of a run, as the page's own code gives it for runs made up here."""

import base64
import json
import pathlib
import re

import pytest

WEB = pathlib.Path(__file__).parents[2] / "web"


@pytest.fixture(scope="module")
def verdict(browser):
    """The function verdict of web/, called in a blank page."""
    parts = [
        re.sub(r'import .* from "\./\w+\.js";\n', "", (WEB / f"{name}.js").read_text())
        for name in ("page", "state", "verdict")
    ]
    module = "data:text/javascript;base64," + base64.b64encode("\n".join(parts).encode()).decode()
    browser.get("about:blank")

    def call(**run):
        whole = {
            "config": [],
            "history": [],
            "texts": [],
            "best": None,
            "curves": {},
            "state": "running",
            "why": "",
            **run,
        }
        return browser.execute_async_script(
            "const [module, run, done] = arguments; import(module).then((m) => done(m.verdict(run)))",
            module,
            json.loads(json.dumps(whole)),
        )

    return call


def curve(values, error=0.01):
    return {"samples": [1000 * i for i in range(len(values))], "value": values, "standard_error": [error] * len(values)}


FALLING = [0.6 - 0.02 * i for i in range(20)]
STILL = [0.6 - 0.1 * min(i, 4) for i in range(30)]


def test_a_run_whose_distance_falls_is_let_go_on(verdict):
    said = verdict(curves={"standing/jsd": curve(FALLING), "standing/jsd_certified": curve([0.15])})
    assert said["distance"] == (
        "As far as a critic can tell, the generator is clearly off the data: most samples can be told from them. "
        "The JSD is at least 0.150 nats, with 95 % confidence; the estimate is 0.220, with a standard error of 0.01: "
        "32 % of the largest there is (log 2 = 0.693)."
    )
    assert "nothing bounds the JSD from above" in said["sure"] and "for this moment alone" in said["sure"]
    assert said["advice"]["level"] == "go" and "fell beyond its error" in said["advice"]["text"]


def test_a_run_that_stands_still_may_be_stopped(verdict):
    said = verdict(curves={"standing/jsd": curve(STILL)}, best=20000)
    assert said["advice"] == {
        "level": "stop",
        "word": "It may be stopped.",
        "text": "The distance has not fallen beyond its error since 4,000 samples. The best generator, after 20,000 "
        "samples, is kept.",
    }


def test_a_young_run_is_too_early_to_tell(verdict):
    assert "too early" in verdict(curves={"standing/jsd": curve(FALLING[:3])})["advice"]["text"]
    assert verdict()["distance"] == "How far the generator is from the data has not been measured yet."


def test_a_noisy_curve_is_no_trend(verdict):
    noisy = [0.3 + 0.04 * (-1) ** i for i in range(6)]
    assert verdict(curves={"standing/jsd": curve(noisy, 0.05)})["advice"]["level"] == "wait"


def test_overfitting_that_no_longer_pays_wants_more_data(verdict):
    said = verdict(curves={"standing/jsd": curve(STILL), "discriminator/overfitting": curve([0.3] * 30)})
    assert said["advice"]["word"] == "Stop it, or give it more data."


def test_near_the_largest_distance_the_blurred_one_tells(verdict):
    said = verdict(curves={"standing/jsd": curve([0.69] * 20), "standing/jsd_blurred": curve(FALLING)})
    assert said["advice"]["level"] == "go" and "seen through a blur" in said["advice"]["text"]
    assert (
        "the generator is about as far as can be" in said["distance"] and "no distance is certified" in said["distance"]
    )


def test_the_end_is_told_from_test_and_a_failure_says_why(verdict):
    ended = {"standing/jsd": curve(FALLING), "test/jsd": curve([0.01], 0.002), "test/jsd_certified": curve([0.004])}
    said = verdict(curves=ended, state="finished")
    assert "the generator is as good as there" in said["distance"] and "data that steered nothing" in said["sure"]
    assert said["advice"]["word"] == "It has finished." and "more samples may bring it closer" in said["advice"]["text"]
    said = verdict(curves=ended, state="failed", why="generator/loss is not finite")
    assert said["advice"] == {
        "level": "bad",
        "word": "It failed.",
        "text": "generator/loss is not finite. The last good checkpoint is kept.",
    }


def test_what_is_certified_is_called_at_least_and_what_is_exact_exact(verdict):
    said = verdict(curves={"select/jsd_at_least": {"samples": [0], "value": [0.2]}})
    assert (
        "The JSD is at least 0.200 nats, with 95 % confidence" in said["distance"] and "may be missed" in said["sure"]
    )
    said = verdict(curves={"lab/js_exact": {"samples": [0], "value": [0.2]}})
    assert "The exact JSD is 0.200 nats" in said["distance"] and "not estimated" in said["sure"]
