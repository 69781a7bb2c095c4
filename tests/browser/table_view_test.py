"""The page of a run on a table in a browser: it shows columns, pairs and rows, and hostile cells stay text."""

import os
import pathlib
import subprocess

import numpy as np
import pytest

BUILD = pathlib.Path(os.environ.get("SADDLE_BUILD", "build/dev"))
HOSTILE = "<script>document.title='gone'</script>"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The report of trees fitted to a key, a number with a spike, a whole number, and hostile names and levels."""
    folder = tmp_path_factory.mktemp("table")
    rng = np.random.default_rng(1)
    lines = [f"id,income,age,<b>{HOSTILE}"]
    for i in range(1500):
        income = 0 if rng.random() < 0.6 else round(float(rng.lognormal(8, 1)), 2)
        age, word = rng.integers(18, 91), rng.choice([HOSTILE, "b" * 120, "", "</script>"])
        lines.append(f"{i},{income},{age},{word}")
    (folder / "people.csv").write_text("\n".join(lines) + "\n")
    subprocess.run(
        [BUILD / "saddle", "trees", folder / "people.csv", "--out", folder / "run"], check=True, capture_output=True
    )
    return folder / "run" / "report.html"


def script(browser, code):
    return browser.execute_script("return " + code)


def test_columns_pairs_and_rows_are_shown(quiet_browser, report):
    quiet_browser.get(f"file://{report}")
    assert script(quiet_browser, "[...document.querySelectorAll('#table h3')].map(e => e.textContent)") == [
        "Each column by itself",
        "The pairs of columns that differ most",
        "Rows side by side",
        "Generated rows that are most surely false",
    ]
    names = script(quiet_browser, "[...document.querySelectorAll('#table .columns')[0].querySelectorAll('h4')].length")
    assert names == 3
    assert "not shown: id." in script(quiet_browser, "document.querySelector('#table').textContent")
    outlines = script(quiet_browser, "[...document.querySelectorAll('#table path')].map(e => e.getAttribute('d'))")
    assert len(outlines) == 4 and all("NaN" not in line and "undefined" not in line for line in outlines)
    assert script(quiet_browser, "document.querySelectorAll('#table .map').length") == 3
    # the columns do not depend on each other: a critic may find no false rows
    assert script(quiet_browser, "document.querySelectorAll('#table .rows tbody tr').length") in (20, 30)


def test_cells_and_names_stay_text(quiet_browser, report):
    quiet_browser.get(f"file://{report}")
    assert script(quiet_browser, "document.querySelectorAll('main script, #table b').length") == 0
    assert "gone" not in quiet_browser.title
    heads = script(quiet_browser, "[...document.querySelectorAll('#table .rows th')].map(e => e.textContent)")
    assert f"<b>{HOSTILE}" in heads
    assert HOSTILE in script(quiet_browser, "document.querySelector('#table .sides').closest('.columns').textContent")


def test_a_phone_sees_the_whole_width(quiet_browser, report):
    quiet_browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    )
    quiet_browser.get(f"file://{report}")
    assert script(quiet_browser, "document.documentElement.scrollWidth") == 360
    quiet_browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_damaged_view_is_left_out_and_told(quiet_browser, report):
    (report.parent / "table.json").write_text("[" * 100_000)
    subprocess.run([BUILD / "saddle", "report", report.parent], check=True, capture_output=True)
    quiet_browser.get(f"file://{report}")
    assert script(quiet_browser, "document.getElementById('table')") is None
    assert "table.json cannot be read" in script(quiet_browser, "document.getElementById('notes').textContent")
