"""`saddle view` under load: first paint, delay of an update, what it costs the training beside it, and many clients.

Run by ./run bench view [--only paint,update,train,clients] [--minutes N]. The pages are opened in headless Chromium.
"""

import argparse
import fcntl
import http.client
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from selenium import webdriver
from support.kept import BUILD

SADDLE = BUILD / "saddle"
NAMES = [
    "standing/jsd",
    "select/value",
    "select/jsd_bound",
    "train/value",
    "discriminator/overfitting",
    "discriminator/loss",
    "generator/loss",
    "discriminator/gradient_norm",
    "generator/gradient_norm/minimax",
    "generator/gradient_norm/non_saturating",
]
# Tells when the numbers and the first curve are in the page, by its own clock.
WATCH = """window.seen = {};
new MutationObserver(() => {
  for (const [what, where] of [["numbers", ".figures .number"], ["curve", ".plot canvas"]])
    if (!(what in seen) && document.querySelector(where)) seen[what] = performance.now();
}).observe(document, {childList: true, subtree: true});"""


def record(name, samples, value):
    return (
        json.dumps(
            {
                "samples": samples,
                "seconds": samples / 1000,
                "name": name,
                "value": value,
                "lower": value - 0.01,
                "upper": value + 0.01,
            },
            separators=(",", ":"),
        )
        + "\n"
    )


def make_run(folder, records):
    (folder / "samples").mkdir(parents=True)
    (folder / "config.toml").write_text(
        'format_version = 1\nsaddle_version = "0.1.0"\n[data]\nname = "toys"\nkind = "points"\n'
        '[options]\nobjective = "minimax"\n'
    )
    (folder / "history.jsonl").write_text('{"time":"2026-01-01T00:00:00Z","event":"started","samples":0}\n')
    with (folder / "records.jsonl").open("w") as file:
        for i in range(records // len(NAMES)):
            file.write("".join(record(name, 100 * i, 0.3 + 0.2 * ((i * 7919) % 101) / 101) for name in NAMES))
    lock = (folder / "lock").open("w")
    fcntl.lockf(lock, fcntl.LOCK_EX)
    return lock


class Server:
    def __init__(self, folder):
        self.process = subprocess.Popen([SADDLE, "view", folder], stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[1]
        self.port = int(self.address.split(":")[2].split("/")[0])

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            raise OSError(f"{path}: {answer.status}")
        return body

    def run_id(self):
        return json.loads(self.get("/api/runs"))["runs"][0]["id"]

    def resident_mb(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def processor_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def open_browser():
    options = webdriver.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900"):
        options.add_argument(flag)
    options.binary_location = shutil.which("chromium")
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))


def paint(folder, arguments):
    print("\nopening a run, seconds: numbers in the page, first curve drawn; median of five loads")
    for records in (1_000, 100_000, 1_000_000):
        where = folder / f"paint{records}"
        lock = make_run(where / "run", records)
        server, browser = Server(where), open_browser()
        browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        began = time.monotonic()
        run = server.run_id()
        first = time.monotonic() - began
        times = []
        for _ in range(5):
            browser.get("about:blank")
            browser.get(f"http://127.0.0.1:{server.port}/#/run/{run}")
            while len(browser.execute_script("return Object.keys(seen)")) < 2:
                time.sleep(0.02)
            times.append(browser.execute_script("return [seen.numbers, seen.curve]"))
        numbers, curve = ([t[k] / 1000 for t in times] for k in (0, 1))
        print(
            f"{records:9} records: numbers {statistics.median(numbers):.2f} (first load {numbers[0]:.2f}), "
            f"curve {statistics.median(curve):.2f} (first load {curve[0]:.2f}); the first list took {first:.2f}; "
            f"{server.resident_mb():.0f} MB",
            flush=True,
        )
        browser.quit()
        server.stop()
        lock.close()


def update(folder, arguments):
    lock = make_run(folder / "update/run", 100_000)
    server, browser = Server(folder / "update"), open_browser()
    browser.get(f"http://127.0.0.1:{server.port}/#/run/{server.run_id()}")
    time.sleep(3)
    delays = []
    for i in range(20):
        value = 0.1 + i / 1000
        with (folder / "update/run/records.jsonl").open("a") as file:
            file.write(record("standing/jsd", 2_000_000 + i, value))
        written = time.monotonic()
        while f"{value:.3f}" not in browser.execute_script(
            "return document.querySelector('.figures .number').textContent"
        ):
            time.sleep(0.01)
        delays.append(time.monotonic() - written)
        time.sleep(0.37)
    print(
        f"\nfrom a record's writing to its number in the page, 20 times: median {statistics.median(delays):.2f} s, "
        f"longest {max(delays):.2f} s",
        flush=True,
    )
    browser.quit()
    server.stop()
    lock.close()


def train(folder, arguments):
    """In turn without and with a page that follows the run."""
    ratios, times = [], {False: [], True: []}
    for turn in range(arguments.rounds):
        for watched in (False, True):
            where = folder / f"train{turn}{watched}"
            where.mkdir()
            server = browser = None
            if watched:
                server, browser = Server(where), open_browser()
                browser.get(server.address)
            process = subprocess.Popen(
                [
                    SADDLE,
                    "train",
                    "builtin:ring",
                    "--out",
                    where / "run",
                    "--samples",
                    "3000000",
                    "--threads",
                    "1",
                    "--quiet",
                ],
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
            if watched:
                while not json.loads(server.get("/api/runs"))["runs"]:
                    time.sleep(0.2)
                browser.get(f"http://127.0.0.1:{server.port}/#/run/{server.run_id()}")
            _, status, usage = os.wait4(process.pid, 0)
            assert status == 0
            times[watched].append(usage.ru_utime + usage.ru_stime)
            if watched:
                own = server.processor_seconds()
                browser.quit()
                server.stop()
        ratios.append(times[True][-1] / times[False][-1])
        print(
            f"# round {turn}: {times[False][-1]:.2f} s alone, {times[True][-1]:.2f} s watched; the server took "
            f"{own:.2f} s",
            flush=True,
        )
    print(
        f"\nprocessor time of training with a page open, of the time without: median {statistics.median(ratios):.3f} "
        f"({min(ratios):.3f} to {max(ratios):.3f} over {len(ratios)} rounds)",
        flush=True,
    )


def clients(folder, arguments):
    """50 clients that follow the run and ask for it, and 200 connections that do nothing, while the run is written."""
    lock = make_run(folder / "clients/run", 20_000)
    server = Server(folder / "clients")
    run, end = server.run_id(), time.monotonic() + 60 * arguments.minutes
    slowest, asked, told, errors = [0.0] * 50, [0] * 50, [0] * 50, []

    def ask(k):
        while time.monotonic() < end:
            try:
                began = time.monotonic()
                server.get(f"/api/run/{run}" if asked[k] % 5 == 0 else "/api/runs")
                slowest[k] = max(slowest[k], time.monotonic() - began)
                asked[k] += 1
            except OSError as error:
                errors.append(error)
            time.sleep(1)

    def follow(k):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            connection.request("GET", f"/api/run/{run}/events")
            answer = connection.getresponse()
            while time.monotonic() < end:
                told[k] += answer.readline().startswith(b"event: ")
        except OSError as error:
            errors.append(error)

    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
    threads = [threading.Thread(target=job, args=(k,)) for k in range(50) for job in (ask, follow)]
    for thread in threads:
        thread.start()
    time.sleep(5)
    memory = [server.resident_mb()]
    samples = 3_000_000
    while time.monotonic() < end:
        samples += 1
        with (folder / "clients/run/records.jsonl").open("a") as file:
            file.write(record("standing/jsd", samples, 0.2))
        time.sleep(1)
        memory.append(server.resident_mb())
    for thread in threads:
        thread.join()
    for connection in idle:
        connection.close()
    print(
        f"\n50 clients and 200 idle connections for {arguments.minutes:g} minutes: {sum(asked)} answers, the slowest "
        f"after {max(slowest):.2f} s; "
        f"{sum(told)} events; {len(errors)} errors; {memory[0]:.0f} MB after 5 s, {memory[-1]:.0f} MB at the end, at "
        f"most {max(memory):.0f}; "
        f"the server took {server.processor_seconds():.0f} s of processor time",
        flush=True,
    )
    for error in errors[:3]:
        print("error:", error)
    server.stop()
    lock.close()


TABLES = {table.__name__: table for table in (paint, update, train, clients)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(TABLES), help="names of tables, with commas between")
    parser.add_argument("--minutes", type=float, default=5, help="of the many clients")
    parser.add_argument("--rounds", type=int, default=5, help="of training")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    for name in arguments.only.split(","):
        if name not in TABLES:
            raise SystemExit(f"error: --only: expected names out of {', '.join(TABLES)}, got {name}")
        with tempfile.TemporaryDirectory() as folder:
            TABLES[name](Path(folder), arguments)


if __name__ == "__main__":
    main()
