"""What is kept of the laboratory's games, and what its page does where the server will not or cannot play them."""

import pathlib
import urllib.error

import pytest
from laboratory import END, ENTER, LINE, Laboratory, key, latest, saved_page, script, shown, step_by_hand, steps, turn
from waiting import until


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Laboratory(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture()
def page(quiet_browser):
    return quiet_browser


def test_a_game_is_saved_as_a_run(page, server):
    server.open(page, LINE)
    said = page.find_element("css selector", ".shared-says")
    page.find_element("id", "save-run").click()
    until(lambda: said.text == "Only a game whose G has been trained makes a run.")
    assert all("409" in line["message"] for line in page.get_log("browser"))
    key(page, " ")
    until(lambda: turn(page) >= 2)
    key(page, " ")
    page.find_element("id", "save-run").click()
    link = until(lambda: page.find_elements("css selector", ".shared-says a"))[0]
    name = link.text.split("/")[-1]
    assert said.text == f"Saved as {link.text}." and (pathlib.Path(server.folder) / name / "config.toml").is_file()
    link.click()
    until(lambda: script(page, "document.querySelector('h1')?.textContent") == name)
    script(page, "location.hash = '#/'")
    until(lambda: name in script(page, "[...document.querySelectorAll('.runs tbody th a')].map(e => e.textContent)"))


def test_a_view_says_how_games_can_be_saved(page, tmp_path):
    server = Laboratory(tmp_path, can_save=False)
    try:
        server.open(page, LINE)
        assert page.find_elements("id", "save-run") == []
        assert (
            "Started as saddle lab --view, the laboratory can save"
            in page.find_element("css selector", ".sharing").text
        )
        page.get("about:blank")
    finally:
        server.stop()


def test_a_saved_page_plays_without_a_server(page, tmp_path):
    server = Laboratory(tmp_path / "runs")
    try:
        server.open(page, LINE)
        step_by_hand(page, "dgdg")
        until(lambda: script(page, "saddleLab.latest().looks.length > 0"))
        before = latest(page, "js")
        text = saved_page(page)
        page.get("about:blank")
    finally:
        server.stop()
    file = tmp_path / "saved.html"
    file.write_text(text)
    page.get(file.as_uri())
    until(lambda: script(page, "document.querySelector('.numbers-now .value')?.textContent.startsWith('0.')"))
    last = int(script(page, "document.getElementById('moment').max"))
    assert last >= 3 and "A session in the laboratory" in script(page, "document.title")
    page.find_element("id", "moment").send_keys(END)
    until(lambda: float(shown(page, 0)) == pytest.approx(before, abs=1e-3))
    assert script(page, "document.querySelector('.timeline output').textContent").endswith(f"{last + 1} of {last + 1}")
    page.find_element("css selector", ".play").click()
    until(lambda: script(page, "document.getElementById('moment').value") == str(last))
    until(lambda: script(page, "document.querySelector('.play').getAttribute('aria-label')") == "Play")
    assert server.token not in text


def test_a_recording_waits_for_those_who_want_no_motion(page, server, tmp_path):
    server.open(page, LINE)
    step_by_hand(page, "dg")
    (tmp_path / "saved.html").write_text(saved_page(page))
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    )
    try:
        page.get((tmp_path / "saved.html").as_uri())
        button = until(lambda: page.find_element("css selector", ".play"))
        assert button.get_attribute("aria-label") == "Next moment"
        button.click()
        assert script(page, "document.getElementById('moment').value") == "1"
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_page_out_of_sight_pauses(page, server):
    server.open(page, LINE)
    key(page, " ")
    until(lambda: turn(page) >= 2)
    hide = (
        "(hidden => {{ Object.defineProperty(document, 'hidden', {{ value: hidden, configurable: true }});"
        " document.dispatchEvent(new Event('visibilitychange')); }})({})"
    )
    script(page, hide.format("true"))
    until(lambda: not script(page, "saddleLab.playing"))
    at = turn(page)
    script(page, hide.format("false"))
    until(lambda: script(page, "saddleLab.playing") and turn(page) > at)


def test_a_room_that_is_gone_begins_anew(browser, server):
    server.open(browser, f"{LINE}&seed=3")
    step_by_hand(browser, "dg")
    room = script(
        browser,
        "performance.getEntriesByType('resource').map(e => /api\\/lab\\/(\\w{16})/.exec(e.name)?.[1]).find(Boolean)",
    )
    server.post(f"/api/lab/{room}", {"do": "close"})
    until(lambda: script(browser, "saddleLab.latest().sides[0].frame") and steps(browser) == [0, 0])
    assert script(browser, "saddleLab.latest().sides[0].setup.seed") == 3
    until(lambda: script(browser, "document.getElementById('connection').textContent") == "")
    step_by_hand(browser, "d")
    browser.get("about:blank")
    assert all("404" in line["message"] for line in browser.get_log("browser"))


def test_where_all_rooms_are_taken_a_sentence_says_so(browser, tmp_path):
    server = Laboratory(tmp_path)
    try:
        rooms = []
        with pytest.raises(urllib.error.HTTPError):
            while True:
                rooms.append(server.post("/api/lab", {"sides": [{"target": "two_normals", "width": 8}]})["room"])
        browser.get("about:blank")
        browser.get(server.address)
        said = until(lambda: script(browser, "document.querySelector('[role=alert].lead')?.textContent"))
        assert said == f"All {len(rooms)} rooms of this laboratory are taken: close another page of it."
        server.post(f"/api/lab/{rooms[0]}", {"do": "close"})
        browser.find_element("xpath", "//button[text()='Try again']").click()
        until(lambda: script(browser, "window.saddleLab?.frames > 0"))
        browser.get("about:blank")
        assert all("429" in line["message"] for line in browser.get_log("browser"))
    finally:
        server.stop()


def test_a_game_needs_the_token(browser, tmp_path):
    server = Laboratory(tmp_path)
    try:
        browser.get("about:blank")
        browser.get(f"{server.site}/{LINE}")
        until(lambda: script(browser, "document.querySelector('h1')?.textContent") == "This page needs its token")
        assert "Open the address that saddle printed" in script(browser, "document.querySelector('main').textContent")
        browser.find_element("id", "token").send_keys(server.token, ENTER)
        until(lambda: script(browser, "window.saddleLab?.frames > 0"))
        assert script(browser, "saddleLab.latest().sides[0].setup.target") == "two_normals"
        browser.get("about:blank")
        assert all("403" in line["message"] for line in browser.get_log("browser"))
    finally:
        server.stop()
