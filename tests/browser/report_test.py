"""The report in a browser: it opens without a complaint, its parts work, and a hostile run stays text."""

import os
import pathlib
import subprocess

import pytest
from make_run import HOSTILE, make_run
from waiting import until

BUILD = pathlib.Path(os.environ.get("SADDLE_BUILD", "build/dev"))


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Reports of an image run and of a hostile one of points."""
    folder = tmp_path_factory.mktemp("runs")
    make_run(folder / "images", "images")
    make_run(folder / "points", "points", hostile=True, state="failed")
    for run in ("images", "points"):
        done = subprocess.run([BUILD / "saddle", "report", folder / run], capture_output=True, text=True, check=True)
        assert done.stdout == f"report: {folder / run}/report.html\n"
    return folder


def open_report(browser, reports, run):
    browser.get(f"file://{reports / run}/report.html")
    until(lambda: script(browser, "[...document.querySelectorAll('.plot')].every(e => e.querySelector('canvas'))"))
    assert [line["message"] for line in browser.get_log("browser")] == []


def script(browser, code):
    return browser.execute_script("return " + code)


def test_every_chart_is_drawn(browser, reports):
    open_report(browser, reports, "images")
    titles = script(browser, "[...document.querySelectorAll('.chart h3')].map(e => e.textContent)")
    assert len(titles) == 8 and titles[0] == "Where the run stands" and "JSD, at least, by the game\u2019s D" in titles
    drawn = script(
        browser,
        """[...document.querySelectorAll('.chart .plot')].map(plot => {
        const canvas = plot.querySelector('canvas');
        return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(v => v > 0);
    })""",
    )
    assert drawn == [True] * 8


def test_the_first_number_is_the_distance_on_test(browser, reports):
    open_report(browser, reports, "images")
    card = script(browser, "document.querySelector('.figures .card').textContent")
    assert (
        card.startswith("JSD on test, at least0.07")
        and "estimate 0.112, standard error 0.006" in card
        and "950,000" in card
    )


def test_the_slider_moves_the_generated_picture_by_keyboard_too(browser, reports):
    open_report(browser, reports, "images")
    last = script(browser, "document.getElementById('generated').src")
    assert last.startswith("data:image/png;base64,")
    browser.find_element("id", "moment").send_keys("\ue011")  # Home
    assert script(browser, "document.getElementById('generated').src") != last
    assert script(browser, "document.querySelector('.timeline output').textContent") == "0 samples seen"
    browser.find_element("class name", "play").send_keys(" ")
    assert script(browser, "document.querySelector('.play').getAttribute('aria-label')") == "Pause"


def test_the_logarithmic_axis_can_be_turned_off(browser, reports):
    open_report(browser, reports, "images")
    chart = "[...document.querySelectorAll('.chart')].find(e => e.textContent.startsWith('Gradient norms'))"
    labels = f"[...{chart}.querySelectorAll('.dygraph-axis-label-y')].map(e => e.textContent)"
    before = script(browser, labels)
    script(browser, f"{chart}.querySelector('.toggle input').click()")
    assert "0.01" in before and "0.01" not in script(browser, labels)
    assert browser.get_log("browser") == []


def test_texts_of_a_hostile_run_are_shown_as_text(browser, reports):
    open_report(browser, reports, "points")
    assert HOSTILE in script(browser, "document.querySelector('.facts .value').textContent")
    assert script(browser, "document.querySelector('.why').textContent") == HOSTILE
    assert script(browser, "document.querySelectorAll('main script').length") == 0
    titles = script(browser, "[...document.querySelectorAll('.chart h3')].map(e => e.textContent)")
    assert titles[8:] == [HOSTILE, "__proto__"]
    assert "2 lines" in script(browser, "document.getElementById('notes').textContent")


def test_a_phone_sees_the_whole_width(browser, reports):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    )
    open_report(browser, reports, "images")
    assert script(browser, "document.documentElement.scrollWidth") == 360
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_lab_draws_the_theory(browser, tmp_path):
    density = tmp_path / "normal.json"
    density.write_text('{"type": "normal", "params": {"mean": 3, "std": 1}}')
    small = "--steps 30 --batch-size 64 --generator-width 16 --discriminator-width 16 --layers 1 --draws 0".split()
    subprocess.run(
        [
            BUILD / "saddle",
            "lab",
            density,
            "--out",
            tmp_path / "runs",
            "--objective",
            "minimax,non_saturating",
            "--quiet",
            *small,
        ],
        check=True,
    )
    open_report(browser, tmp_path / "runs", "minimax")
    titles = script(browser, "[...document.querySelectorAll('#lab h3')].map(e => e.textContent)")
    assert titles == [
        "The best discriminator lies between two densities",
        "Candidates, ranked by max over D of V",
        "The step that is too large",
        "Two losses for G",
        "Objectives side by side",
    ]
    curves = script(browser, "[...document.querySelectorAll('#lab .drawn path')].map(e => e.getAttribute('d'))")
    assert len(curves) >= 10 and all(
        len(curve) > 20 and "NaN" not in curve and "undefined" not in curve for curve in curves
    )
    generated = "document.querySelectorAll('#lab .drawn path')[1].getAttribute('d')"
    last = script(browser, generated)
    browser.find_element("id", "density-moment").send_keys("\ue011")  # Home
    assert script(browser, generated) != last
    assert browser.get_log("browser") == []
