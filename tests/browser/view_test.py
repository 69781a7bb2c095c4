"""The live page in a browser, served by `saddle view`: it shows what is written meanwhile, by mouse and by keyboard."""

import fcntl
import os
import pathlib
import subprocess

import numpy as np
import pytest
from make_run import HOSTILE, make_run
from waiting import until

BUILD = pathlib.Path(os.environ.get("SADDLE_BUILD", "build/dev"))
TAB, ENTER, HOME, LEFT, SHIFT = "\ue004", "\ue007", "\ue011", "\ue012", "\ue008"


class Server:
    """`saddle view` over a folder; `address` is the one that it printed."""

    def __init__(self, folder, *more, port=0):
        self.process = subprocess.Popen(
            [BUILD / "saddle", "view", folder, "--port", str(port), *more], stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        assert line.startswith("view: http://127.0.0.1:"), line
        self.address = line.removeprefix("view: ").strip()
        self.port = int(self.address.split(":")[2].split("/")[0])

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.process.stdout.close()


class LiveRun:
    """A run that goes on when it is told to: its first half is written, and its lock is held."""

    def __init__(self, folder):
        make_run(folder, "images", state="open")
        self.records = folder / "records.jsonl"
        lines = [line for line in self.records.read_text().splitlines(True) if '"test/' not in line]
        self.left = lines[len(lines) // 2 :]
        self.records.write_text("".join(lines[: len(lines) // 2]))
        self.lock = open(folder / "lock", "w")
        fcntl.lockf(self.lock, fcntl.LOCK_EX)

    def grow(self):
        """Writes the records of one more evaluation."""
        with self.records.open("a") as file:
            file.write("".join(self.left[:14]))
        self.left = self.left[14:]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    make_run(folder / "finished", "images")
    make_run(folder / "failed", "images", state="failed")
    make_run(folder / "hostile", "points", hostile=True, state="failed")
    config = folder / "failed" / "config.toml"
    config.write_text(config.read_text().replace("seed = 7", "seed = 8"))
    return folder


@pytest.fixture(scope="module")
def live(folder):
    return LiveRun(folder / "live")


@pytest.fixture(scope="module")
def server(folder, live):
    server = Server(folder)
    yield server
    server.stop()


@pytest.fixture()
def page(browser, server):
    """The list of runs; at the end nothing may have complained."""
    browser.get("about:blank")
    browser.get(server.address)
    until(lambda: len(script(browser, "[...document.querySelectorAll('.runs tbody tr')]")) == 4)
    yield browser
    assert [line["message"] for line in browser.get_log("browser")] == []


def script(browser, code):
    return browser.execute_script("return " + code)


def press(browser, *keys):
    browser.switch_to.active_element.send_keys("".join(keys))


def row(browser, name):
    return next(
        row
        for row in browser.find_elements("css selector", ".runs tbody tr")
        if row.find_element("css selector", "th a").text == name
    )


def open_run(browser, name):
    row(browser, name).find_element("css selector", "th a").click()
    until(lambda: script(browser, "document.querySelector('h1')?.textContent") == name)
    until(lambda: script(browser, "document.querySelectorAll('.plot canvas').length > 0"))


def act(browser, name):
    next(button for button in browser.find_elements("css selector", ".actions button") if button.text == name).click()


def x_labels(browser):
    return script(
        browser,
        "[...document.querySelector('.stage').querySelectorAll('.dygraph-axis-label-x')].map(e => e.textContent)",
    )


SEEN = (
    "[...document.querySelectorAll('.facts div')].find(e => e.textContent.startsWith('Samples seen'))"
    ".querySelector('.value').textContent"
)


def test_the_list_says_where_every_run_stands_and_forgets_the_token(page):
    assert script(page, "location.hash") == "#/"
    assert "finished" in row(page, "finished").text and "0.107" in row(page, "finished").text
    assert "failed" in row(page, "failed").text and "generator/loss is not finite" in row(page, "failed").text
    assert "running" in row(page, "live").text
    assert script(page, "document.querySelectorAll('.sparkline polyline').length") == 4


def test_the_list_is_sorted_and_filtered(page):
    names = "[...document.querySelectorAll('.runs tbody th a')].map(e => e.textContent)"
    button = page.find_elements("css selector", ".runs thead button")[0]
    button.click()
    assert script(page, names) == ["failed", "finished", "hostile", "live"]
    button.send_keys(ENTER)
    assert script(page, names) == ["live", "hostile", "finished", "failed"]
    assert script(
        page, "[...document.querySelectorAll('[aria-sort]')].map(e => e.textContent + e.getAttribute('aria-sort'))"
    ) == ["Rundescending"]
    page.find_element("id", "filter").send_keys("fail rings")
    assert script(page, names) == ["failed"]
    page.find_element("id", "filter").clear()


def test_a_live_run_grows(page, live):
    open_run(page, "live")
    for _ in range(3):
        before = script(page, SEEN)
        live.grow()
        until(lambda: script(page, SEEN) != before)


def test_new_data_leave_zoom_slider_focus_and_details_alone(page, live):
    open_run(page, "live")
    page.find_element("id", "moment").send_keys(HOME)
    script(page, "document.querySelector('details').open = true")
    whole = x_labels(page)
    script(page, "document.querySelectorAll('.stage')[0].focus()")
    press(page, LEFT, "+", "+")
    until(lambda: x_labels(page) != whole)  # a chart that has just come into sight is drawn a little later
    zoomed, hovered = x_labels(page), script(page, "document.querySelector('.when').textContent")
    before = script(page, SEEN)
    live.grow()
    until(lambda: script(page, SEEN) != before)
    assert x_labels(page) == zoomed and script(page, "document.querySelector('.when').textContent") == hovered
    assert script(
        page,
        "[document.querySelector('details').open, document.getElementById('moment').value, "
        "document.activeElement.className]",
    ) == [True, "0", "stage"]


def test_the_slider_moves_the_generated_picture(page):
    open_run(page, "finished")
    picture = "document.getElementById('generated')"
    last = script(page, f"{picture}.src")
    assert "/api/run/" in last
    page.find_element("id", "moment").send_keys(HOME)
    until(
        lambda: (
            script(page, f"{picture}.src") != last and script(page, f"{picture}.complete && {picture}.naturalWidth > 0")
        )
    )
    assert script(page, "document.querySelector('.timeline output').textContent") == "0 samples seen"


def test_the_verdict_stands_above_the_numbers(page):
    open_run(page, "finished")
    said = script(page, "document.getElementById('verdict').textContent")
    assert (
        "The JSD is at least 0.07" in said
        and "the estimate is 0.112, with a standard error of 0.006" in said
        and "It has finished." in said
    )


def test_zoom_and_hover_are_shared_by_all_charts(page):
    open_run(page, "finished")
    until(lambda: script(page, "[...document.querySelectorAll('.plot')].every(e => e.querySelector('canvas'))"))
    script(page, "document.querySelectorAll('.stage')[0].focus()")
    until(lambda: script(page, "document.querySelectorAll('.when').length > 3"))
    press(page, LEFT, LEFT)
    until(
        lambda: (
            script(page, "[...document.querySelectorAll('.when')].slice(0, 2).map(e => e.textContent)")
            == ["after 975,000 samples"] * 2
        )
    )
    assert "estimate on select" in script(page, "document.querySelector('#curves [role=status]').textContent")
    whole = x_labels(page)
    press(page, "+", "+", "+")
    assert x_labels(page) != whole
    assert x_labels(page) == script(
        page,
        "[...document.querySelectorAll('.stage')[1].querySelectorAll('.dygraph-axis-label-x')].map(e => e.textContent)",
    )
    press(page, "0")
    assert x_labels(page) == whole


def test_smoothing_keeps_the_raw_curve(page):
    open_run(page, "finished")
    script(page, "document.getElementById('smoothing').scrollIntoView()")
    picture = "document.querySelector('.plot canvas').toDataURL()"
    until(lambda: script(page, "document.querySelector('.stage').getBoundingClientRect().top < innerHeight"))
    before, value = script(page, picture), script(page, "document.querySelector('.legend .value').textContent")
    page.find_element("id", "smoothing").send_keys("\ue013" * 5)  # up
    until(lambda: script(page, picture) != before)
    assert script(page, "document.querySelector('.legend .value').textContent") == value


def test_two_runs_are_compared(page):
    for name in ("failed", "finished"):
        row(page, name).find_element("css selector", "input").click()
    button = page.find_element("css selector", ".compare")
    assert button.text == "Compare 2 runs"
    button.click()
    until(lambda: script(page, "document.querySelectorAll('.legend .label').length") == 2)
    assert script(page, "[...document.querySelectorAll('.differences tbody tr')].map(e => e.textContent)") == [
        "options.seed87"
    ]
    select = page.find_element("id", "record")
    assert select.get_attribute("value") == "standing/jsd"
    select.send_keys("V")
    until(lambda: script(page, "document.querySelector('.chart h3').textContent.startsWith('V(D,G)')"))
    pictures = "[...document.querySelectorAll('.beside img')].map(e => e.src.split('/').pop())"
    assert script(page, pictures) == ["000001000000.png"] * 2
    page.find_element("id", "compared-moment").send_keys(HOME)
    assert script(page, pictures) == ["000000000000.png"] * 2
    until(
        lambda: script(
            page, "[...document.querySelectorAll('.beside img')].every(e => e.complete && e.naturalWidth > 0)"
        )
    )


def test_a_failed_run_says_why(page):
    open_run(page, "failed")
    assert "generator/loss is not finite at step 15625" in script(page, "document.querySelector('.why').textContent")
    assert "It failed. generator/loss is not finite" in script(page, "document.getElementById('verdict').textContent")


def test_all_of_it_works_by_keyboard(page):
    """From the list to a run, through its charts, and back to where one came from."""

    def tab_to(condition):
        for _ in range(60):
            press(page, TAB)
            if script(page, f"document.activeElement.matches('{condition}')"):
                return
        raise AssertionError(condition)

    tab_to(".runs thead button")
    press(page, ENTER)
    assert script(page, "document.querySelector('[aria-sort]').textContent") == "Run"
    tab_to(".runs tbody a")
    name = script(page, "document.activeElement.textContent")
    press(page, ENTER)
    until(
        lambda: (
            script(page, "document.querySelector('h1')?.textContent") == name
            and script(page, "document.activeElement.tagName") == "H1"
        )
    )
    tab_to(".play")
    tab_to("#smoothing")
    tab_to(".stage")
    press(page, LEFT)
    assert script(page, "document.querySelector('#curves [role=status]').textContent").startswith("after ")
    tab_to("summary")
    press(page, " ")
    assert script(page, "document.querySelector('details').open")
    for _ in range(80):
        press(page, SHIFT + TAB)
        if script(page, "document.activeElement.matches('.bar a:first-child')"):
            break
    press(page, ENTER)
    until(lambda: script(page, "document.activeElement.matches('.runs tbody a')"))
    assert script(page, "document.activeElement.textContent") == name


def test_hostile_texts_stay_texts(page):
    assert HOSTILE.split("\u2028")[0].strip() in row(page, "hostile").text
    open_run(page, "hostile")
    assert HOSTILE in script(page, "document.querySelector('.facts .value').textContent")
    assert script(page, "document.querySelector('.why').textContent") == HOSTILE
    titles = script(page, "[...document.querySelectorAll('.chart h3')].map(e => e.textContent)")
    assert sorted(titles[-2:]) == [HOSTILE, "__proto__"]
    assert script(page, "document.querySelectorAll('main script').length") == 0


def test_a_phone_sees_the_whole_width(page):
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    )
    try:
        assert script(page, "document.documentElement.scrollWidth") == 360
        ids = script(page, "[...document.querySelectorAll('.runs tbody th a')].map(e => e.hash.split('/').pop())")
        for target in (f"#/run/{ids[0]}", f"#/compare/{','.join(ids)}"):
            script(page, f"location.hash = '{target}'")
            until(lambda: script(page, "document.querySelectorAll('.plot canvas').length > 0"))
            assert script(page, "document.documentElement.scrollWidth") == 360
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_one_walks_between_two_samples_and_finds_the_nearest(browser, tmp_path):
    images = tmp_path / "images.npy"
    np.save(images, np.random.default_rng(1).integers(0, 256, (200, 16, 16, 3), np.uint8))
    small = "--generator-width 8 --discriminator-width 8 --batch-size 32 --samples 64 --quiet".split()
    subprocess.run([BUILD / "saddle", "train", images, "--out", tmp_path / "run", *small], check=True)
    server = Server(tmp_path, "--data", images)
    try:
        browser.get(server.address)
        until(lambda: browser.find_elements("css selector", ".runs tbody tr"))
        open_run(browser, "run")
        browser.find_element("css selector", "#closer button").click()
        until(lambda: script(browser, "document.querySelectorAll('#closer [data-index]').length") == 48)
        for tile in browser.find_elements("css selector", "#closer [data-index]")[:2]:
            tile.send_keys(ENTER)
        assert script(browser, "document.querySelectorAll('#closer [aria-pressed=true]').length") == 2
        act(browser, "Walk between them")
        until(lambda: script(browser, "document.getElementById('walk-moment') !== null"))
        picture = "document.querySelector('.frame').src"
        first = script(browser, picture)
        browser.find_element("id", "walk-moment").send_keys("\ue010")  # End
        assert script(browser, picture) != first
        browser.find_elements("css selector", "#closer [data-index]")[1].send_keys(ENTER)  # leaves one chosen
        act(browser, "Nearest training samples")
        until(lambda: len(browser.find_elements("css selector", "#closer img[alt^='Training image']")) == 5)
        assert [line["message"] for line in browser.get_log("browser")] == []
    finally:
        server.stop()


def test_a_lost_connection_says_so_and_recovers(browser, folder, live):
    server = Server(folder)
    try:
        browser.get(server.address)
        until(lambda: script(browser, "document.querySelectorAll('.runs tbody tr').length") == 4)
        open_run(browser, "live")
        before = script(browser, SEEN)
        server.stop()
        until(
            lambda: script(browser, "document.getElementById('connection').textContent").startswith("Connection lost")
        )
        live.grow()
        server = Server(folder, port=server.port)
        until(
            lambda: (
                script(browser, "document.getElementById('connection').textContent") == ""
                and script(browser, SEEN) != before
            )
        )
    finally:
        server.stop()
        browser.get("about:blank")
        browser.get_log("browser")  # the refused connections


def test_an_empty_folder_says_what_to_run(browser, folder, tmp_path):
    server = Server(tmp_path)
    try:
        browser.get(server.address)
        until(lambda: script(browser, "document.querySelector('.empty code')?.offsetParent != null"))
        assert (
            script(browser, "document.querySelector('.empty code').textContent")
            == "saddle train builtin:ring --out runs/ring"
        )
        make_run(tmp_path / "new", "points")
        until(lambda: script(browser, "document.querySelectorAll('.runs tbody tr').length") == 1)
    finally:
        server.stop()
        browser.get("about:blank")
        browser.get_log("browser")
