"""`saddle lab --view` by requests: rooms, their limits, the runs that they save; tests/browser plays its lessons."""

import http.client
import json
import subprocess

import pytest
from conftest import PROGRAM
from view_test import TOKEN, Server

SMALL = {"target": "two_normals", "width": 8, "layers": 1, "batch_size": 16}


class Laboratory(Server):
    """The server of `saddle lab --view`, and rooms in it."""

    def __init__(self, folder, *more):
        self.process = subprocess.Popen(
            [PROGRAM, "lab", "--view", "--token", TOKEN, *more],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.line = self.process.stdout.readline()
        self.port = int(self.line.split(":")[3].split("/")[0])

    def post(self, path, body):
        status, _, answer = self.ask(path, "POST", body, TOKEN)
        return status, json.loads(answer)

    def open(self, *sides):
        status, answer = self.post("/api/lab", {"sides": list(sides) or [SMALL]})
        assert status == 200, answer
        return answer["room"]

    def do(self, room, what, **more):
        return self.post(f"/api/lab/{room}", {"do": what, **more})

    def events(self, room):
        """Yields (event, data) of a room as they come."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", f"/api/lab/{room}/events", headers={"X-Saddle-Token": TOKEN})
        answer = connection.getresponse()
        assert answer.status == 200
        name = None
        for line in answer:
            if line.startswith(b"event: "):
                name = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                yield name, json.loads(line[6:])
        connection.close()

    def until(self, room, right):
        return next(data for name, data in self.events(room) if right(name, data))


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    server = Laboratory(tmp_path_factory.mktemp("lab"))
    yield server
    assert server.stop() == (0, "")


def test_the_address_opens_the_laboratory(lab):
    assert lab.line.startswith("lab: http://127.0.0.1:") and lab.line.endswith(f"/#token={TOKEN}&to=/lab\n")
    choices = lab.get("/api/lab")
    assert choices["can_save"] and choices["save_to"] == "runs"
    assert {"ring", "drawn"} <= {target["name"] for target in choices["targets"]}
    page = lab.ask("/lesson.html")[2]
    assert b"{{title}}" in page and b"{{data}}" in page


def test_a_game_plays_and_reads_the_theory(lab):
    room = lab.open(SMALL)
    lab.do(room, "play", turns=20)
    frame = lab.until(room, lambda name, data: name == "frame" and data["turn"] == 20)
    assert frame["playing"] is False and frame["sides"][0]["failure"] == ""
    start = lab.until(room, lambda name, data: name == "start")
    row = dict(zip(start["sides"][0]["columns"], frame["sides"][0]["rows"][-1]))
    assert row["turn"] == 20 and row["value"] <= row["value_max"] + 1e-6
    assert row["value_max"] == pytest.approx(2 * (row["js"] - 0.6931471805599453), abs=1e-5)
    look = lab.until(room, lambda name, data: name == "look" and data["turn"] == 20)
    assert look["js"] == pytest.approx(row["js"], abs=1e-4) and look["estimate"]["certified"] <= look["js"]
    assert lab.do(room, "close") == (200, {"ok": True})
    assert lab.do(room, "play")[0] == 404


def test_the_same_set_up_gives_the_same_numbers_in_every_room(lab):
    rooms = [lab.open(SMALL), lab.open(SMALL)]
    lab.do(rooms[0], "pace", turns_per_frame=5)  # and neither the pace
    rows = []
    for room in rooms:
        lab.do(room, "play", turns=10)
        frame = lab.until(room, lambda name, data: name == "frame" and data["turn"] == 10)
        rows.append(frame["sides"][0]["rows"][-1])
        lab.do(room, "close")
    assert rows[0] == rows[1]


def test_sides_play_beside_each_other(lab):
    mixture = {"player": "mixture", "target": "two_normals", "components": 2}
    room = lab.open(SMALL, {**SMALL, "objective": "minimax"}, mixture)
    lab.do(room, "play", turns=3)
    frame = lab.until(room, lambda name, data: name == "frame" and data["turn"] == 3)
    assert [side["rows"][-1][0] for side in frame["sides"]] == [3, 3, 3] and "normals" in frame["sides"][2]
    lab.do(room, "close")


@pytest.mark.parametrize(
    "side, named",
    [
        ({"width": 1000}, "width"),
        ({"colour": 1}, "colour"),
        ({"target": "../x"}, "target"),
        ({"target": "drawn", "drawn": "2:1"}, "drawn"),
        ({"regularizer": "r9"}, "regularizer"),
        ({"objective": "wasserstein", "regularizer": "label_smoothing"}, "label_smoothing"),
    ],
)
def test_a_wrong_set_up_is_one_sentence(lab, side, named):
    status, answer = lab.post("/api/lab", {"sides": [{**SMALL, **side}]})
    assert status == 400 and named in answer["error"] and "\n" not in answer["error"]


def test_what_is_not_ours_is_refused(lab):
    assert lab.ask("/api/lab", "POST", {"sides": [SMALL]})[0] == 403  # without the token
    assert lab.post("/api/lab/" + "0" * 16, {"do": "play"})[0] == 404
    assert lab.ask("/api/lab/" + "0" * 16 + "/events")[0] == 404
    assert lab.ask("/api/lab", "POST", b"{" * 70_000, TOKEN)[0] == 413
    assert lab.ask("/api/lab", "POST", b"[" * 60_000, TOKEN)[0] == 400


def test_rooms_and_commands_are_limited(lab):
    rooms = []
    while True:
        status, answer = lab.post("/api/lab", {"sides": [SMALL]})
        if status != 200:
            break
        rooms.append(answer["room"])
    assert status == 429 and len(rooms) <= 6 and "rooms" in answer["error"]
    assert 429 in {lab.do(rooms[0], "pause")[0] for _ in range(200)}
    for room in rooms[1:]:
        assert lab.do(room, "close")[0] == 200
    assert lab.post(f"/api/lab/{rooms[0]}", {"do": "close"})[0] == 200


def test_a_saved_game_is_a_run_like_any_other(tmp_path):
    lab = Laboratory(tmp_path, "--out", "kept")
    room = lab.open({**SMALL, "target": "drawn", "drawn": "1:" + "0" * 10 + "123456789987654321" + "0" * 20})
    assert lab.do(room, "save")[0] == 409  # nothing was played
    lab.do(room, "play", turns=30)
    lab.until(room, lambda name, data: name == "frame" and data["turn"] == 30)
    status, answer = lab.do(room, "save")
    assert status == 200 and answer["runs"] == ["kept/lab-drawn-non_saturating"]
    run = tmp_path / answer["runs"][0]
    assert (run / "report.html").exists()
    assert [one["name"] for one in lab.get("/api/runs")["runs"]] == [run.name]
    assert lab.stop() == (0, "")
    for command in (
        ["report", run],
        ["sample", run, "--count", "10", "--out", tmp_path / "x.npy"],
        ["lab", "--resume", run],
    ):
        done = subprocess.run([PROGRAM, *map(str, command)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert json.loads((run / "lab.json").read_text())["step"]["multiples"]


def test_view_has_the_laboratory_and_saves_nothing(tmp_path):
    server = Server(folder=tmp_path)
    assert server.get("/api/lab")["can_save"] is False
    status, _, answer = server.ask("/api/lab", "POST", {"sides": [SMALL]}, TOKEN)
    room = json.loads(answer)["room"]
    status, _, answer = server.ask(f"/api/lab/{room}", "POST", {"do": "save"}, TOKEN)
    assert status == 409 and b"saddle lab --view" in answer
    server.stop()


def test_the_page_chooses_what_the_command_may_not(tmp_path):
    for arguments in (
        ["builtin:ring", "--view"],
        ["--view", "--steps", "5"],
        ["builtin:ring", "--out", "x", "--port", "80"],
    ):
        done = subprocess.run([PROGRAM, "lab", *arguments], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 2 and "--view" in done.stderr
