"""The laboratory in headless Chromium: updates and pictures a second, and how soon a control is seen.

Run by ./run bench laboratory [--seconds N] [--only NAME,...]. Rates are of this machine, with whatever else runs on it.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time

from selenium import webdriver
from support.kept import BUILD

SADDLE = BUILD / "saddle"
# A G and a D of three layers of 64, batches of 256: the defaults of the laboratory.
GAMES = {
    "one game in the plane": "target=ring",
    "one game on the line": "target=two_normals",
    "two games in the plane": "target=ring&b.objective=minimax",
}
WATCH = """const [ms, done] = arguments, {frames, drawn, turn} = saddleLab, begin = performance.now();
let ticks = 0, longest = 0, last = begin;
const tick = (now) => {
  ticks += 1;
  longest = Math.max(longest, now - last);
  last = now;
  if (performance.now() - begin < ms) return requestAnimationFrame(tick);
  const seconds = (performance.now() - begin) / 1000;
  done({updates: (saddleLab.frames - frames) / seconds, drawn: (saddleLab.drawn - drawn) / seconds,
    pictures: ticks / seconds, longest, turns: (saddleLab.turn - turn) / seconds});
};
requestAnimationFrame(tick);"""
# From a press of a button to the first picture that shows what it did.
PRESS = """const [selector, done] = arguments, drawn = saddleLab.drawn, begin = performance.now();
const right = {
  "[data-key=' ']": () => !saddleLab.playing,
  "[data-key=d]": () => saddleLab.latest().phase === "discriminator",
  "[data-key=g]": () => saddleLab.latest().phase === "generator",
}[selector];
document.querySelector(selector).click();
const look = () => right() && saddleLab.drawn > drawn ? done(performance.now() - begin) : setTimeout(look, 1);
look();"""


# From a choice in the set-up to the first picture of the game under it.
CHOOSE = """const done = arguments[0], {game, drawn} = saddleLab, begin = performance.now();
const field = document.getElementById("field-objective");
field.value = field.value === "minimax" ? "non_saturating" : "minimax";
field.dispatchEvent(new Event("change"));
const seen = () => saddleLab.game > game && saddleLab.latest().sides[0].frame && saddleLab.drawn > drawn;
const look = () => seen() ? done(performance.now() - begin) : setTimeout(look, 1);
look();"""


def wait(browser, script):
    end = time.monotonic() + 30
    while not browser.execute_script(f"return {script}"):
        if time.monotonic() > end:
            raise TimeoutError(script)
        time.sleep(0.05)


def press(browser, selector):
    return browser.execute_async_script(PRESS, selector)


def processor_seconds(process):
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1400,900"):
        options.add_argument(flag)
    folder = tempfile.mkdtemp()
    server = subprocess.Popen([SADDLE, "lab", "--view", "--out", folder], stdout=subprocess.PIPE, text=True)
    address = server.stdout.readline().split()[1]
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    browser.set_script_timeout(120)
    try:
        for name, link in GAMES.items():
            if arguments.only and not any(part in name for part in arguments.only.split(",")):
                continue
            browser.get("about:blank")
            browser.get(f"{address}?{link}")
            wait(browser, "window.saddleLab?.frames > 0")
            browser.execute_script("document.querySelector(\"[data-key=' ']\").click()")
            wait(browser, "saddleLab.turn > 5")
            spent = processor_seconds(server)
            seen = browser.execute_async_script(WATCH, 1000 * arguments.seconds)
            spent = processor_seconds(server) - spent
            draw = browser.execute_script("return [saddleLab.drawMs, saddleLab.slowestMs]")
            waits = {"pause": []}
            for _ in range(5):
                waits["pause"].append(press(browser, "[data-key=' ']"))
                browser.execute_script("document.querySelector(\"[data-key=' ']\").click()")
                wait(browser, "saddleLab.playing")
                time.sleep(0.3)
            waits["objective, while it plays"] = []
            for _ in range(5):
                waits["objective, while it plays"].append(browser.execute_async_script(CHOOSE))
                time.sleep(0.6)
            press(browser, "[data-key=' ']")
            for key in ("d", "g"):
                waits[f"{key.upper()} step"] = [press(browser, f"[data-key={key}]") for _ in range(1)] + [
                    value
                    for _ in range(4)
                    for value in (
                        press(browser, f"[data-key={'g' if key == 'd' else 'd'}]"),
                        press(browser, f"[data-key={key}]"),
                    )
                ][1::2]
            print(
                f"{name}: {seen['updates']:.1f} updates a second ({seen['turns']:.0f} turns), page at "
                f"{seen['pictures']:.0f} pictures a second "
                f"(longest gap {seen['longest']:.0f} ms), a drawing {draw[0]:.1f} ms (slowest {draw[1]:.0f}); "
                f"the server uses {spent / arguments.seconds:.2f} processors"
            )
            print(
                "  from a press to its picture: "
                + ", ".join(
                    f"{what} {statistics.median(values):.0f} ms (at most {max(values):.0f})"
                    for what, values in waits.items()
                ),
                flush=True,
            )
    finally:
        browser.quit()
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
