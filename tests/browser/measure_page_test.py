"""The page of a measurement in a browser: it opens without a complaint, draws all, and hostile cells stay text."""

import os
import pathlib
import subprocess

import numpy as np
import pytest

BUILD = pathlib.Path(os.environ.get("SADDLE_BUILD", "build/dev"))
HOSTILE = "<script>document.title='gone'</script>"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Pages of a table, of points in the plane, of images that hardly overlap and of the same rows twice."""
    folder = tmp_path_factory.mktemp("pages")
    rng = np.random.default_rng(1)
    for side, shift in (("p", 0), ("q", 2)):
        rows = [f"{rng.normal(shift):.3f},{HOSTILE}" for _ in range(300)]
        (folder / f"{side}.csv").write_text("\n".join(["number,text", *rows]) + "\n")
        np.save(folder / f"{side}_points.npy", rng.normal(shift, 1, (300, 2)))
        np.save(
            folder / f"{side}_images.npy", rng.integers(100 * shift, 100 * shift + 50, (300, 12, 12), dtype=np.uint8)
        )
    for name, p, q in (
        ("table", "p.csv", "q.csv"),
        ("points", "p_points.npy", "q_points.npy"),
        ("images", "p_images.npy", "q_images.npy"),
        ("same", "p_points.npy", "p_points.npy"),
    ):
        subprocess.run(
            [BUILD.resolve() / "saddle", "measure", p, q, "--out", f"{name}.html"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
    return folder


def sections(browser, pages, name):
    """Opens a page, which must not complain, and returns the ids of its sections."""
    browser.get(f"file://{pages / name}.html")
    assert [line["message"] for line in browser.get_log("browser")] == []
    return browser.execute_script("return [...document.querySelectorAll('section[id]')].map(e => e.id)")


def test_a_table_shows_rows_and_columns_as_text(browser, pages):
    assert sections(browser, pages, "table") == ["notes", "scores", "differences", "columns", "calibration", "numbers"]
    assert browser.title.startswith("q.csv against p.csv")
    assert len(browser.find_elements("css selector", ".rows tbody tr")) == 30
    assert len(browser.find_elements("css selector", "#scores tbody tr")) == 4
    assert HOSTILE in browser.execute_script("return document.querySelector('.rows td:nth-child(3)').textContent")
    assert browser.execute_script("return document.querySelectorAll('main script').length") == 0


def test_points_are_drawn_and_images_have_a_ladder(browser, pages):
    assert "ladder" not in sections(browser, pages, "points")
    pictures = "return [...document.querySelectorAll('figure img')].map(e => e.naturalWidth > 0)"
    assert browser.execute_script(pictures) == [True, True]
    assert "ladder" in sections(browser, pages, "images")
    assert browser.execute_script(pictures) == [True, True]
    assert len(browser.find_elements("css selector", "#ladder circle")) == 3


def test_of_the_same_rows_no_bound_and_no_test_is_shown(browser, pages):
    sections(browser, pages, "same")
    figures = browser.find_element("css selector", ".figures").text
    assert "Rows that both hold" in figures and "300" in figures
    assert all(word not in figures for word in ("at least", "p-value", "estimate,", "Right about", "V of our critic"))
    assert browser.find_elements("css selector", "#calibration, #columns") == []


def test_a_phone_sees_the_whole_width(browser, pages):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    )
    for name in ("table", "points"):
        sections(browser, pages, name)
        assert browser.execute_script("return document.documentElement.scrollWidth") == 360
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
