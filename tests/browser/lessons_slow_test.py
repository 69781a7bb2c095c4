"""Every lesson of the laboratory, played to its end in a browser: what it claims must hold, as a number of its game."""

import pathlib
import re

import pytest
from laboratory import Laboratory
from waiting import until

ROOT = pathlib.Path(__file__).parents[2]
LESSONS = re.findall(r'^    id: "([\w-]+)"', (ROOT / "web/lessons.js").read_text(), re.M)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    server = Laboratory(tmp_path_factory.mktemp("runs"))
    yield server.address
    server.stop()


def test_there_are_a_dozen():
    assert len(LESSONS) == 12 == len(set(LESSONS))


def test_the_step_that_is_too_large_is_made_by_hand(browser, address):
    browser.get("about:blank")
    browser.get(f"{address}/lesson/too-large")
    for scene in range(1, 4):
        until(lambda: browser.execute_script("return window.saddleLab?.frames > 0"))
        browser.find_element("css selector", "[data-act=next]").click()
        until(lambda: f"step {scene + 1} of" in browser.find_element("css selector", ".guide-panel .eyebrow").text)
    until(lambda: browser.execute_script("return saddleLab.turn === 8 && !saddleLab.playing"))
    value = "return saddleLab.latest().sides[0].series.values.value.at(-1)"
    until(lambda: browser.execute_script(value) is not None)
    begin, moved = browser.execute_script(value), "return saddleLab.latest().sides[0].frame.{}_steps"
    for key, player, times in (("g", "generator", 20), ("d", "discriminator", 100)):
        for _ in range(times):
            before = browser.execute_script(moved.format(player))
            browser.find_element("css selector", f"[data-key={key}]").click()
            until(lambda: browser.execute_script(moved.format(player)) > before)
            if browser.find_elements("css selector", "[data-claim]"):
                break
        if player == "generator":
            assert browser.execute_script(value) < begin and not browser.find_elements("css selector", "[data-claim]")
    assert (
        until(lambda: browser.find_elements("css selector", "[data-claim='too-large/3']"))[0].get_attribute(
            "data-holds"
        )
        == "true"
    )


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_runs_to_its_end_and_its_claims_hold(browser, address, lesson):
    browser.get_log("browser")
    browser.get("about:blank")  # the last lesson's room is left
    browser.get(f"{address}/lesson/{lesson}")
    claims, scene = 0, 0
    while True:
        until(
            lambda: (
                f"step {scene + 1} of"
                in browser.execute_script("return document.querySelector('.guide-panel .eyebrow')?.textContent ?? ''")
            )
        )
        until(lambda: browser.execute_script("return window.saddleLab?.frames > 0"))
        play = browser.find_elements("css selector", "[data-act=play]")
        if play:
            until(lambda: browser.execute_script("return saddleLab.turn === 0 && !saddleLab.playing") or scene > 0)
            play[0].click()
            said = until(
                lambda: browser.find_elements("css selector", f"[data-claim='{lesson}/{scene}']"), seconds=120
            )[0]
            assert said.get_attribute("data-holds") == "true", said.text
            assert re.search(r"\d", said.text)
            print(f"{lesson}/{scene}: {said.text}")
            claims += 1
        following = browser.find_element("css selector", "[data-act=next]")
        if following.tag_name == "a":
            break
        following.click()
        scene += 1
    assert claims > 0
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
