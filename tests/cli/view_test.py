"""`saddle view` by requests: what it answers, and what it refuses; tests/browser looks at its page."""

import http.client
import json
import re
import signal
import socket
import subprocess
import threading
import time

import numpy as np
import pytest
from conftest import PROGRAM
from make_run import make_run
from waiting import until

TOKEN = "abcdefgh12345678"


class Server:
    """`saddle view`, and one request to it."""

    def __init__(self, *arguments, folder):
        self.process = subprocess.Popen(
            [PROGRAM, "view", *map(str, arguments), "--token", TOKEN],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        self.host, port = re.fullmatch(rf"view: http://([^/]*):(\d+)/#token={TOKEN}\n", line).groups()
        self.port = int(port)

    def ask(self, path, method="GET", body=None, token=None, **headers):
        """Returns the status, the headers and the body."""
        names = {"Host": f"127.0.0.1:{self.port}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if token:
            names["X-Saddle-Token"] = token
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        for name, value in {**names, **({"Content-Length": str(len(data))} if data else {})}.items():
            connection.putheader(name, value)
        connection.endheaders(data or None)
        answer = connection.getresponse()
        result = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return result

    def get(self, path, **headers):
        status, _, body = self.ask(path, **headers)
        assert status == 200, body
        return json.loads(body)

    def ids(self):
        return {run["name"]: run["id"] for run in self.get("/api/runs")["runs"]}

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.process.stdout.close()
        errors = self.process.stderr.read()
        self.process.stderr.close()
        return code, errors


@pytest.fixture(scope="module", name="runs")
def folder_of_runs(tmp_path_factory):
    """A run of points, one of images, one of labelled images, a mixture, trees, and the images they were trained on."""
    folder = tmp_path_factory.mktemp("view")
    rng = np.random.default_rng(1)
    np.save(folder / "images.npy", rng.integers(0, 255, (120, 16, 16, 3), dtype=np.uint8))
    np.save(folder / "labels.npy", np.arange(120) % 3)
    np.save(folder / "points.npy", rng.normal(size=(1000, 2)).astype(np.float32))
    (folder / "people.csv").write_text("age,city\n" + "".join(f"{i % 50},{'ab'[i % 2]}\n" for i in range(400)))
    small = [
        "--generator-width",
        "8",
        "--discriminator-width",
        "8",
        "--samples",
        "512",
        "--batch-size",
        "64",
        "--quiet",
    ]
    for command in (
        ["train", "points.npy", "--out", "runs/points", *small, "--generator-rate", "0.002"]
        + ["--regularizer", "spectral_norm"],
        ["train", "images.npy", "--out", "runs/images", *small],
        ["train", "images.npy", "--out", "runs/labelled", "--labels", "labels.npy", "--network", "conv", *small],
        ["mle", "points.npy", "--out", "runs/mixture", "--components", "2", "--quiet"],
        ["trees", "people.csv", "--out", "runs/trees", "--quiet"],
    ):
        subprocess.run([PROGRAM, *command], cwd=folder, check=True)
    make_run(folder / "runs/drawn")
    (folder / "secret.png").write_bytes(b"secret")
    return folder


@pytest.fixture(scope="module", name="server")
def running_server(runs):
    server = Server("runs", "--data", "images.npy", folder=runs)
    yield server
    code, errors = server.stop()
    assert (code, errors) == (0, "")


def test_it_lists_the_runs_and_serves_each_as_its_report_holds_it(server):
    runs = {run["name"]: run for run in server.get("/api/runs")["runs"]}
    assert {name: run["kind"] for name, run in runs.items()} == {
        "points": "train",
        "images": "train",
        "labelled": "train",
        "mixture": "mle",
        "trees": "trees",
        "drawn": "train",
    }
    assert all(run["state"] == "finished" for run in runs.values())
    run = server.get(f"/api/run/{runs['drawn']['id']}")
    assert run["curves"]["standing/jsd"]["samples"][-1] == 1_000_000 and run["state"] == "finished"
    picture = run["pictures"]["grids"][-1]["src"]
    status, headers, body = server.ask(picture)
    assert status == 200 and headers["Content-Type"] == "image/png" and body.startswith(b"\x89PNG")


def test_the_page_allows_nothing_from_elsewhere_and_may_not_be_framed(server):
    status, headers, body = server.ask("/")
    assert status == 200 and b"<main" in body
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert headers["Referrer-Policy"] == "no-referrer" and headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers
    assert TOKEN.encode() not in body


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.png",
        "/api/run/../../secret.png",
        "/api/run/{id}/samples/../../../secret.png",
        "/api/run/{id}/samples/..%2f..%2f..%2fsecret.png",
        "/api/run/{id}/samples/%252e%252e%252fsecret.png",
        "/api/run/{id}/samples/real%00.png",
        "/api/run/{id}/config.toml",
        "/api/run/%2e%2e/samples/real.png",
        "/api/run/{id}/samples/real.png/",
        "//etc/passwd",
        "/api/run/0000000000000000",
        "/" + "a" * 4000,
        "/api/run/{id}/samples/.png",
        "/secret.png",
    ],
)
def test_no_address_reads_anything_else(server, path):
    status, _, body = server.ask(path.format(id=server.ids()["drawn"]))
    assert status in (400, 404, 414) and b"secret" not in body.replace(b"/secret", b"")


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Host": "evil.example:80"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Host": ""}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
    ],
)
def test_other_names_and_pages_are_refused(server, headers, status):
    assert server.ask("/api/runs", **headers)[0] == status


def test_computing_needs_the_token_even_here(server):
    path, body = f"/api/run/{server.ids()['points']}/judge", {"seed": 0}
    assert server.ask(path, "POST", body)[0] == 403
    assert server.ask(path, "POST", body, token=TOKEN[:-1] + "9")[0] == 403
    assert server.ask(path, "POST", body, Cookie=f"saddle-{server.port}=0")[0] == 403
    assert server.ask("/api/session", "POST", {"token": "0"})[0] == 403
    status, headers, _ = server.ask("/api/session", "POST", {"token": TOKEN})
    cookie = headers["Set-Cookie"]
    assert status == 204 and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert server.ask(path, "POST", body, Cookie=cookie.split(";")[0])[0] == 200
    assert not server.get("/api/runs")["may_compute"] and server.get("/api/runs", token=TOKEN)["may_compute"]


def compute(server, run, kind, **body):
    status, _, text = server.ask(f"/api/run/{server.ids()[run]}/{kind}", "POST", body, token=TOKEN)
    return status, json.loads(text)


def test_d_judges_from_real_to_fake_and_the_same_samples_each_time(server):
    status, judged = compute(server, "points", "judge", seed=1)
    logits = [sample["logit"] for sample in judged["samples"]]
    assert (
        status == 200 and len(logits) == 256 and logits == sorted(logits, reverse=True) and judged["kind"] == "points"
    )
    assert compute(server, "points", "judge", seed=1)[1] == judged
    assert compute(server, "points", "judge", seed=2)[1] != judged
    images = compute(server, "images", "judge", seed=1)[1]
    assert (
        images["kind"] == "images"
        and len(images["samples"]) == 48
        and images["samples"][0]["src"].startswith("data:image/png;base64,")
    )


def test_a_walk_begins_and_ends_at_its_samples(server):
    x = {sample["index"]: sample["x"] for sample in compute(server, "points", "judge", seed=1)[1]["samples"]}
    status, walk = compute(server, "points", "walk", seed=1, **{"from": 5, "to": 9}, frames=7)
    ways = [frame["x"] for frame in walk["frames"]]
    assert status == 200 and len(ways) == 7
    assert np.allclose(ways[0], x[5], atol=1e-5) and np.allclose(ways[-1], x[9], atol=1e-5)


def test_a_closer_look_at_classes_names_them_and_walks_from_one_to_the_other(server):
    status, judged = compute(server, "labelled", "judge", seed=1)
    labels = {sample["index"]: sample["label"] for sample in judged["samples"]}
    pictures = {sample["index"]: sample["src"] for sample in judged["samples"]}
    assert status == 200 and set(labels.values()) == {"0", "1", "2"}
    first = next(index for index, label in labels.items() if label == "0")
    last = next(index for index, label in labels.items() if label == "2")
    frames = compute(server, "labelled", "walk", seed=1, **{"from": first, "to": last}, frames=6)[1]["frames"]
    assert [frame["label"] for frame in frames] == ["0"] * 3 + ["2"] * 3
    assert frames[0]["src"] == pictures[first] and frames[-1]["src"] == pictures[last]
    near = compute(server, "labelled", "nearest", seed=1, index=first)[1]
    assert near["sample"]["label"] == "0" and not any("label" in neighbour for neighbour in near["neighbours"])
    assert "label" not in compute(server, "images", "judge", seed=1)[1]["samples"][0]


def test_the_nearest_training_images_come_in_order(server):
    status, near = compute(server, "images", "nearest", seed=0, index=3)
    distances = [neighbour["distance"] for neighbour in near["neighbours"]]
    assert (
        status == 200 and len(distances) == 5 and distances == sorted(distances) and near["data"].endswith("images.npy")
    )


def test_what_a_run_cannot_do_is_said(server):
    assert "mixture" in compute(server, "mixture", "judge", seed=0)[1]["error"]
    assert "no checkpoint" in compute(server, "drawn", "judge", seed=0)[1]["error"]
    assert "another shape" in compute(server, "points", "nearest", seed=0, index=3)[1]["error"]
    for body in (
        {"seed": 0, "from": 0, "to": 256, "frames": 5},
        {"seed": 0, "from": 0, "to": 1, "frames": 1000},
        {"seed": 0, "from": -1, "to": 1, "frames": 5},
        {"seed": "0", "from": 0, "to": 1, "frames": 5},
        {"seed": 0},
    ):
        status, answer = compute(server, "points", "walk", **body)
        assert status == 409 and answer["error"].startswith("expected"), body
    assert server.ask(f"/api/run/{server.ids()['points']}/judge", "POST", b"[", token=TOKEN)[0] == 400


def test_requests_have_limits(server):
    path = f"/api/run/{server.ids()['points']}/judge"
    assert server.ask(path, "POST", b"x" * 70_000, token=TOKEN)[0] == 413
    assert server.ask("/api/runs", "DELETE")[0] == 405
    assert server.ask("/api/runs", "OPTIONS")[0] == 405
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client, pytest.raises(OSError):
        client.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n".encode())
        for _ in range(100_000):
            client.sendall(b"X: " + b"a" * 1000 + b"\r\n")  # a server that takes headers without end runs out of memory
    assert server.get("/api/runs")["runs"]


def test_bytes_that_are_no_request_do_not_disturb_it(server):
    rng = np.random.default_rng(2)
    heads = [
        b"",
        b"GET ",
        b"POST /api/session HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /api/session HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    ]
    for i in range(300):
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
            client.sendall(heads[i % len(heads)] + rng.integers(0, 256, rng.integers(0, 300), dtype=np.uint8).tobytes())
            client.shutdown(socket.SHUT_WR)
    assert server.get("/api/runs")["runs"]


def test_a_stream_ends_with_its_client(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        client.sendall(f"GET /api/runs/events HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
        client.shutdown(socket.SHUT_WR)
        start = time.monotonic()
        while client.recv(1 << 16):
            assert time.monotonic() - start < 30


def read_events(server, path, events, enough):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    name = ""
    while not enough():
        line = answer.readline().decode()
        if line.startswith("event: "):
            name = line[7:-1]
        elif line.startswith("data: "):
            events.append((name, json.loads(line[6:])))
    connection.close()


def test_what_a_run_writes_is_told_and_a_rewritten_run_is_told_anew(server, runs):
    make_run(runs / "runs/live", state="open")
    live = until(lambda: server.ids().get("live"))
    events = []
    reader = threading.Thread(
        target=read_events, args=(server, f"/api/run/{live}/events", events, lambda: len(events) >= 3)
    )
    reader.start()
    until(lambda: events)
    assert events[0][0] == "run" and events[0][1]["state"] == "stopped"
    with open(runs / "runs/live/records.jsonl", "a") as file:
        file.write('{"samples": 2000000, "seconds": 9, "name": "standing/jsd", "value": 0.01}\n')
    until(lambda: len(events) >= 2)
    assert events[1][0] == "changes" and events[1][1]["curves"]["standing/jsd"] == {
        "samples": [2000000],
        "value": [0.01],
    }
    (runs / "runs/live/records.jsonl").write_text(
        '{"samples": 1, "seconds": 9, "name": "standing/jsd", "value": 0.5}\n'
    )
    reader.join(60)
    assert events[2][0] == "run" and events[2][1]["curves"]["standing/jsd"]["value"] == [0.5]


def test_elsewhere_everything_needs_the_token(runs):
    server = Server("runs", "--host", "0.0.0.0", folder=runs)
    try:
        assert server.host == socket.gethostname()
        assert server.ask("/")[0] == 200 and server.ask("/", Host=f"{server.host}:{server.port}")[0] == 200
        assert server.ask("/api/runs")[0] == 401 and server.ask("/api/runs/events")[0] == 401
        assert server.ask("/api/runs", token=TOKEN)[0] == 200
        assert server.ask("/api/runs", token=TOKEN, Host=f"evil.example:{server.port}")[0] == 421
    finally:
        assert server.stop() == (0, "")


def test_without_data_the_nearest_are_refused_with_what_to_do(runs):
    server = Server("runs/images", folder=runs)
    try:
        assert "--data DATA" in compute(server, "images", "nearest", seed=0, index=3)[1]["error"]
    finally:
        assert server.stop() == (0, "")


def test_it_stops_at_once_with_a_client_that_follows(runs):
    server = Server("runs", folder=runs)
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(f"GET /api/runs/events HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
        assert client.recv(100)
        assert server.stop() == (0, "")


def test_bad_calls_say_what_is_wrong(refused, runs):
    assert "nonexistent" in refused("view", "nonexistent", code=1)
    assert "--token" in refused("view", "--token", "short", code=2)
    assert "nonexistent" in refused("view", "--data", "nonexistent", code=1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "in use" in refused("view", "--port", taken.getsockname()[1], code=1)
