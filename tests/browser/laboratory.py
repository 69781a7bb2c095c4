"""The laboratory's server, and hands for its page."""

import json
import os
import pathlib
import subprocess
import urllib.request

from waiting import until

BUILD = pathlib.Path(os.environ.get("SADDLE_BUILD", "build/dev"))
TAB, ENTER, LEFT, RIGHT, END, CONTROL, NO_KEY = "\ue004", "\ue007", "\ue012", "\ue014", "\ue010", "\ue009", "\ue000"
SMALL = "width=16&layers=2&batch_size=32"
LINE, PLANE = f"#/lab?target=two_normals&{SMALL}", f"#/lab?{SMALL}"


class Laboratory:
    """The server of `saddle lab --view` or of `saddle view`; `folder` is where it saves runs, or what it shows."""

    def __init__(self, folder, can_save=True):
        command = ["lab", "--view", "--out", folder] if can_save else ["view", folder]
        self.process = subprocess.Popen([BUILD / "saddle", *command, "--port", "0"], stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[1]
        self.site, _, words = self.address.partition("/#token=")
        self.token, self.folder = words.split("&")[0], folder

    def open(self, browser, place):
        """Opens `place`, such as "#/lab?target=ring", and waits for its first picture."""
        browser.get("about:blank")
        browser.get(f"{self.site}/#token={self.token}&to={place[1:]}")
        until(lambda: script(browser, "window.saddleLab?.frames > 0 && saddleLab.drawn > 0"))

    def post(self, path, body):
        request = urllib.request.Request(
            self.site + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "X-Saddle-Token": self.token},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.process.stdout.close()


def script(browser, code):
    return browser.execute_script("return " + code)


def press(browser, *keys):
    browser.switch_to.active_element.send_keys("".join(keys))


def key(browser, name):
    """Presses the button of the transport that has this key."""
    browser.find_element("css selector", f'[data-key="{name}"]').click()


def turn(browser):
    return script(browser, "saddleLab.turn")


def steps(browser, side=0):
    """How many steps D and G have taken."""
    return script(
        browser,
        "(({discriminator_steps, generator_steps}) => [discriminator_steps, generator_steps])"
        f"(saddleLab.latest().sides[{side}].frame)",
    )


def latest(browser, name, side=0):
    return script(browser, f"saddleLab.latest().sides[{side}].series.values.{name}.at(-1)")


def shown(browser, number, side=0):
    """A number as it stands below a stage."""
    return script(
        browser, f"document.querySelectorAll('[data-side=\"{side}\"] .numbers-now .value')[{number}].textContent"
    )


def choose(browser, select, value):
    script(
        browser,
        f"(e => {{ e.value = '{value}'; e.dispatchEvent(new Event('change')); }})(document.getElementById('{select}'))",
    )


def write(browser, field, text):
    browser.find_element("id", field).send_keys(CONTROL + "a" + NO_KEY, text, ENTER)


def tab_to(browser, condition):
    for _ in range(90):
        press(browser, TAB)
        if script(browser, f"document.activeElement.matches('{condition}')"):
            return
    raise AssertionError(condition)


def step_by_hand(browser, moves):
    """D's and G's steps by their keys, each waited for."""
    for move in moves:
        before = steps(browser)
        key(browser, move)
        until(lambda: steps(browser) != before)


def peak(browser):
    """Where p of the first side is highest: x on the line, (x, y) in the plane."""
    side = script(browser, "(({box, x, cells, p}) => ({box, x, cells, p: [...p]}))(saddleLab.latest().sides[0])")
    at = max(range(len(side["p"])), key=side["p"].__getitem__)
    if side["x"]:
        return side["x"][at]
    (left, bottom), (right, top), n = side["box"]["low"], side["box"]["high"], side["cells"]
    return left + (right - left) * (at % n + 0.5) / n, top - (top - bottom) * (at // n + 0.5) / n


def saved_page(browser):
    """The text of the page that "Save as a page" makes."""
    keep = "blob => { blob.text().then(text => { window.saved = text; }); return make(blob); }"
    script(browser, f"(make => {{ URL.createObjectURL = {keep}; }})(URL.createObjectURL.bind(URL))")
    browser.find_element("id", "save-page").click()
    return until(lambda: script(browser, "window.saved"))
