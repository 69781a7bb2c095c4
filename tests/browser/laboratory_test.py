"""The laboratory in a browser: games by mouse and by keyboard, set-ups and drawings; lessons are tested elsewhere."""

import math

import pytest
from laboratory import (
    ENTER,
    LEFT,
    LINE,
    PLANE,
    RIGHT,
    SMALL,
    Laboratory,
    choose,
    key,
    latest,
    peak,
    press,
    script,
    shown,
    step_by_hand,
    steps,
    tab_to,
    turn,
    write,
)
from waiting import until


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Laboratory(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture()
def page(quiet_browser):
    return quiet_browser


def test_the_address_opens_the_laboratory_and_keeps_no_token(page, server):
    page.get("about:blank")
    page.get(server.address)
    until(lambda: script(page, "window.saddleLab?.frames > 0"))
    assert script(page, "document.title").startswith("Laboratory")
    assert script(page, "location.hash").startswith("#/lab") and server.token not in script(
        page, "location.href + document.cookie"
    )
    assert turn(page) == 0 and not script(page, "saddleLab.playing")
    assert script(page, "document.querySelectorAll('a[data-lesson]').length") > 5
    script(page, "location.reload()")
    until(lambda: script(page, "window.saddleLab?.frames > 0"))


def test_a_game_is_played_by_buttons(page, server):
    server.open(page, LINE)
    first = latest(page, "js")
    key(page, " ")
    until(lambda: turn(page) >= 3)
    assert script(page, "document.querySelector('[data-key=\" \"] .word').textContent") == "Pause"
    key(page, " ")
    until(lambda: not script(page, "saddleLab.playing"))
    until(lambda: script(page, "document.getElementById('turn').textContent") == f"turn {turn(page)}")
    d, g = steps(page)
    key(page, "d")
    until(lambda: steps(page) == [d + 1, g])
    key(page, "g")
    until(lambda: steps(page) == [d + 1, g + 1])
    at = turn(page)
    key(page, "b")
    until(lambda: turn(page) < at)
    key(page, "r")
    until(lambda: turn(page) == 0 and steps(page) == [0, 0])
    assert latest(page, "js") == pytest.approx(first, abs=1e-4)  # a closer look may have come meanwhile
    page.find_element("id", "slow").click()
    key(page, " ")
    until(lambda: script(page, "document.querySelector('.phase-now').textContent") == "D has moved")
    until(lambda: script(page, "document.querySelector('.phase-now').textContent") == "G has moved")


def test_a_game_is_played_by_keyboard_alone(page, server):
    server.open(page, LINE)
    press(page, "d")
    until(lambda: steps(page) == [1, 0])
    press(page, "g")
    until(lambda: steps(page) == [1, 1])
    press(page, " ")
    until(lambda: turn(page) >= 3)
    press(page, " ")
    until(lambda: not script(page, "saddleLab.playing"))
    at = turn(page)
    press(page, "b")
    until(lambda: turn(page) < at)
    tab_to(page, '[data-key="r"]')
    press(page, ENTER)
    until(lambda: turn(page) == 0 and steps(page) == [0, 0])
    press(page, "s")
    assert script(page, "document.getElementById('slow').checked")
    tab_to(page, "#speed")
    press(page, RIGHT)
    assert script(page, "document.querySelector('.speed output').textContent") == "\u00d7 2"
    tab_to(page, "#tab-0, #tab-1")
    press(page, LEFT)
    until(lambda: script(page, "document.activeElement.id") == "tab-0")
    tab_to(page, "a[data-lesson]")
    tab_to(page, "#layer-p")
    press(page, " ")
    assert not script(page, "document.getElementById('layer-p').checked") and not script(page, "saddleLab.playing")


def test_a_control_changes_the_game_which_goes_on_with_its_weights(page, server):
    server.open(page, LINE)
    step_by_hand(page, "dgdg")
    game, before, at = script(page, "saddleLab.game"), latest(page, "js"), turn(page)
    write(page, "field-generator_rate", "0.004")
    until(
        lambda: (
            script(page, "saddleLab.latest().sides[0].setup.generator_rate") == 0.004
            and script(page, "saddleLab.game") > game
        )
    )
    until(lambda: latest(page, "js") is not None)
    assert (
        turn(page) == at
        and latest(page, "js") == pytest.approx(before, abs=1e-4)
        and "generator_rate=0.004" in script(page, "location.hash")
    )
    choose(page, "field-objective", "minimax")
    until(lambda: script(page, "saddleLab.latest().sides[0].setup.objective") == "minimax")
    assert turn(page) == at
    step_by_hand(page, "dg")
    write(page, "field-width", "8")
    until(
        lambda: (
            script(page, "saddleLab.latest().sides[0].setup.width") == 8 and turn(page) == 0 and steps(page) == [0, 0]
        )
    )


def test_a_link_opens_the_same_game(page, server):
    server.open(page, LINE)
    write(page, "field-seed", "5")
    until(lambda: script(page, "saddleLab.latest().sides[0].setup.seed") == 5)
    page.find_element("id", "add-game").click()
    until(lambda: len(script(page, "saddleLab.latest().sides")) == 2)
    choose(page, "field-objective", "wasserstein")
    until(
        lambda: (
            script(page, "saddleLab.latest().sides[1].setup.objective") == "wasserstein"
            and latest(page, "js", 1) is not None
        )
    )
    link = script(page, "location.href")
    step_by_hand(page, "dgdg")
    numbers = [latest(page, "js", side) for side in (0, 1)]
    first = page.current_window_handle
    page.switch_to.new_window("tab")
    try:
        page.get(link)
        until(lambda: script(page, "window.saddleLab?.frames > 0"))
        step_by_hand(page, "dgdg")
        assert [latest(page, "js", side) for side in (0, 1)] == numbers and numbers[0] != numbers[1]
        assert script(page, "location.href") == link
    finally:
        page.close()
        page.switch_to.window(first)


def test_two_tabs_keep_games_of_their_own(page, server):
    server.open(page, LINE)
    first = page.current_window_handle
    page.switch_to.new_window("tab")
    try:
        page.get(f"{server.site}/{PLANE}")
        until(lambda: script(page, "window.saddleLab?.frames > 0"))
        step_by_hand(page, "dg")
        assert script(page, "saddleLab.latest().sides[0].dim") == 2
        page.switch_to.window(first)
        assert turn(page) == 0 and steps(page) == [0, 0] and script(page, "saddleLab.latest().sides[0].dim") == 1
        page.switch_to.window(page.window_handles[-1])
    finally:
        page.close()
        page.switch_to.window(first)


def test_games_stand_side_by_side(page, server):
    server.open(page, LINE)
    page.find_element("id", "add-game").click()
    until(lambda: len(page.find_elements("css selector", ".stage-side")) == 2)
    choose(page, "field-generator_step", "trusted")
    name = "document.querySelector('[data-side=\"1\"] .side-name').textContent"
    until(lambda: script(page, name) == "B: trusted steps")
    page.find_element("id", "add-mixture").click()
    until(lambda: len(page.find_elements("css selector", ".stage-side")) == 3)
    key(page, " ")
    until(lambda: turn(page) >= 3)
    key(page, " ")
    until(lambda: not script(page, "saddleLab.playing"))
    until(
        lambda: script(
            page, "[0, 1].every(side => saddleLab.latest().looks.some(look => look.side === side && look.step))"
        )
    )
    until(
        lambda: (
            script(
                page,
                "['step', 'step-second'].map(id => document.querySelector(`[data-chart=${id}] h3 .soft`).textContent)",
            )
            == [f" A, turn {turn(page)}", f" B, turn {turn(page)}"]
        )
    )
    assert script(
        page,
        "['kl', 'log_likelihood', 'js']"
        ".every(id => document.querySelector(`[data-chart=${id}]`).offsetParent !== null)",
    )
    page.find_element("css selector", '[aria-label="Remove Game B"]').click()
    until(
        lambda: (
            script(page, "[...document.querySelectorAll('.side-name')].map(e => e.textContent)")
            == ["A", "maximum likelihood, K = 8"]
        )
    )


def test_what_is_drawn_with_the_mouse_becomes_the_target(page, server):
    from selenium.webdriver import ActionChains

    server.open(page, PLANE)
    choose(page, "target", "drawn2")
    pad = page.find_element("css selector", ".pad")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", pad)
    size = pad.size["width"]
    ActionChains(page).move_to_element_with_offset(
        pad, int(0.25 * size), int(-0.25 * size)
    ).click_and_hold().move_by_offset(3, 3).release().perform()
    page.find_element("css selector", ".drawing .step.main").click()
    until(lambda: script(page, "saddleLab.latest().sides[0].setup.target") == "drawn" and steps(page) == [0, 0])
    x, y = peak(page)
    assert x == pytest.approx(1.5, abs=0.35) and y == pytest.approx(1.5, abs=0.35)
    assert (
        "drawn=2%3A" in script(page, "location.hash")
        and script(page, "document.getElementById('target').value") == "drawn2"
    )


def test_what_is_drawn_with_the_keyboard_becomes_the_target(page, server):
    server.open(page, LINE)
    choose(page, "target", "drawn1")
    tab_to(page, ".pad")
    press(page, LEFT * 12, " ")
    assert script(page, "document.querySelector('.drawing [role=status]').textContent") == "place 13 of 48, height 9"
    tab_to(page, ".drawing .step.main")
    press(page, ENTER)
    until(lambda: script(page, "saddleLab.latest().sides[0].setup.target") == "drawn")
    assert peak(page) == pytest.approx(-4 + 12.5 * 8 / 48, abs=0.1)


def test_the_numbers_on_the_page_are_those_of_the_events(page, server):
    server.open(page, LINE)
    step_by_hand(page, "dgd")
    until(lambda: shown(page, 1) == f"{latest(page, 'value'):.4f}".replace("-", "\u2212"))
    until(lambda: shown(page, 0) == f"{latest(page, 'js'):.4f}")
    most = script(page, "document.querySelectorAll('.numbers-now dd')[1].querySelector('.soft').textContent")
    assert most == f"max {latest(page, 'value_max'):.4f}".replace("-", "\u2212")
    assert latest(page, "value_max") == pytest.approx(2 * latest(page, "js") - 2 * math.log(2), abs=1e-4)
    side = script(page, "(({p, frame}) => ({p, q: frame.q, best: frame.d_star}))(saddleLab.latest().sides[0])")
    both = [
        (p / (p + q), best)
        for p, q, best in zip(side["p"], side["q"], side["best"])
        if p is not None and q and p + q > 1e-3
    ]
    assert len(both) > 20 and all(best == pytest.approx(right, abs=0.01) for right, best in both)


@pytest.mark.parametrize("target", ["two_normals", "leaning_normal"])
def test_the_exact_map_leaves_no_distance(page, server, target):
    server.open(page, f"#/lab?target={target}&generator=exact&{SMALL}")
    assert 0 <= latest(page, "js") < 1e-4
    until(lambda: float(shown(page, 0).replace("\u2212", "-")) < 1e-4)


def test_a_dirac_gan_has_its_own_stage(page, server):
    server.open(page, LINE)
    choose(page, "target", "dirac")
    until(lambda: script(page, "document.querySelector('canvas.dirac') !== null"))
    place = "(({theta, psi}) => [theta, psi])(saddleLab.latest().sides[0].frame ?? {})"
    until(lambda: script(page, place) == [1, 1])
    key(page, "g")
    until(lambda: script(page, place)[0] != 1)
    theta = script(page, place)[0]
    assert script(page, place)[1] == 1
    key(page, "d")
    until(lambda: script(page, place)[1] != 1)
    assert script(page, place)[0] == theta
    assert script(page, "document.querySelector('.layer-box').hidden")


def test_a_phone_sees_the_whole_width(page, server):
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    )
    try:
        for place in (
            PLANE,
            f"{LINE}&b.player=gan&b.target=two_normals&c.player=mixture&c.target=two_normals",
            "#/lab?player=dirac",
        ):
            server.open(page, place)
            until(lambda: script(page, "document.documentElement.scrollWidth") == 360)
            choose(page, "target", "drawn2")
            assert script(page, "document.documentElement.scrollWidth") == 360
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
