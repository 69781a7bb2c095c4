"""Writes a run directory as docs/formats.md describes it, without training: for tests of the report.

python3 tests/support/make_run.py FOLDER [images|points] [--hostile] [--state finished|interrupted|failed|open]
"""

import argparse
import json
import math
import pathlib
import random
import struct
import zlib

EVALUATIONS = 40
SAMPLES = 1_000_000
HOSTILE = """<script>alert(1)</script> "q" 'q' </script><!-- & \u2028 {{data}}"""


def png(rows):
    """Encodes rows of (r, g, b) pixels."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    raw = b"".join(b"\0" + bytes(value for pixel in row for value in pixel) for row in rows)
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw, 6)) + chunk(b"IEND", b"")


def image_grid(rng, noise, columns=8, rows=8, size=24, gap=2):
    """Rings of random colour and radius, under noise that shrinks as training goes on."""
    height, width = rows * (size + gap) - gap, columns * (size + gap) - gap
    canvas = [[(128, 128, 128)] * width for _ in range(height)]
    for cell in range(columns * rows):
        top, left = cell // columns * (size + gap), cell % columns * (size + gap)
        radius, colour = rng.uniform(5, 9), [rng.randint(90, 255) for _ in range(3)]
        for y in range(size):
            for x in range(size):
                ring = math.exp(-(((math.hypot(x - size / 2, y - size / 2) - radius) / 2.2) ** 2))
                canvas[top + y][left + x] = tuple(
                    max(0, min(255, int(20 + ring * c * (1 - noise) + noise * rng.gauss(90, 60)))) for c in colour
                )
    return [[pixel for pixel in row for _ in (0, 1)] for row in canvas for _ in (0, 1)]


def point_plot(rng, spread, pixels=360):
    """Eight clusters on a ring, real in grey, generated (where `spread` is a number) in blue."""
    canvas = [[(255, 255, 255)] * pixels for _ in range(pixels)]
    for colour, width in (((150, 156, 163), 0.06), ((0, 98, 178), spread)):
        for _ in range(700 if width is not None else 0):
            angle = rng.randrange(8) * math.pi / 4
            x, y = (int(pixels * (0.5 + 0.36 * f(angle) + 0.3 * rng.gauss(0, width))) for f in (math.cos, math.sin))
            for row in range(max(0, y), min(pixels, y + 3)):
                for column in range(max(0, x), min(pixels, x + 3)):
                    canvas[row][column] = colour
    return canvas


def record_lines(rng):
    seconds = 0.0
    for i in range(EVALUATIONS + 1):
        t, samples = i / EVALUATIONS, SAMPLES * i // EVALUATIONS
        seconds = round(seconds + (i > 0) * 28 * (1 + 0.1 * rng.random()), 3)
        value = -2 * math.log(2) + 1.1 * math.exp(-3 * t) + 0.1 + 0.03 * rng.gauss(0, 1)
        overfitting, half = 0.25 * t * t + 0.01 * rng.gauss(0, 1), 0.05
        named = {
            "select/value": (value, value - half, value + half),
            "select/jsd_at_least": (math.log(2) + (value - half) / 2,),
            "standing/jsd": (0.1 + 0.4 * math.exp(-4 * t), None, None, 0.01),
            "standing/jsd_certified": (0.05 + 0.4 * math.exp(-4 * t),),
            "train/value": (value + overfitting,),
            "discriminator/overfitting": (overfitting,),
            "select/real_correct": (0.62 + 0.3 * math.exp(-4 * t) + 0.02 * rng.random(),),
            "select/fake_correct": (0.66 + 0.32 * math.exp(-4 * t) + 0.02 * rng.random(),),
            "discriminator/loss": (1.2 - math.exp(-5 * t) + 0.1 * rng.random(),),
            "generator/loss": (0.9 + 2 * math.exp(-5 * t) + 0.2 * rng.random(),),
            "discriminator/gradient_norm": (0.3 + 2 * rng.random() * math.exp(-t),),
            "generator/gradient_norm/minimax": (0.002 + 0.05 * t + 0.01 * rng.random(),),
            "generator/gradient_norm/non_saturating": (0.9 + 0.5 * rng.random(),),
        }
        for name, numbers in named.items():
            yield json.dumps(
                {
                    "samples": samples,
                    "seconds": seconds,
                    "name": name,
                    **{
                        key: number
                        for key, number in zip(("value", "lower", "upper", "standard_error"), numbers)
                        if number is not None
                    },
                }
            )
        yield json.dumps(
            {"samples": samples, "seconds": seconds, "name": "samples/grid", "picture": f"samples/{samples:012}.png"}
        )


def headline():
    yield json.dumps(
        {
            "samples": SAMPLES,
            "seconds": 1200,
            "name": "test/jsd",
            "value": 0.112,
            "standard_error": 0.006,
            "text": "of the generator after 950,000 samples",
        }
    )
    yield json.dumps({"samples": SAMPLES, "seconds": 1200, "name": "test/jsd_certified", "value": 0.07})


def config(kind, name):
    images = kind == "images"
    quoted = json.dumps(name)  # TOML's basic strings and JSON's agree
    return f"""format_version = 1
saddle_version = "0.1.0"

[data]
name = {quoted}
kind = "{kind}"
source = "{"image folder" if images else "built in"}"
count = {12000 if images else 0}
parts = [{"9600, 1200, 1200" if images else "0, 0, 0"}]
halves = [{"600, 600" if images else "0, 0"}]
shape = [{"3, 24, 24" if images else "2"}]
labels = [{quoted + ', "boots", "coats"' if images else ""}]
problems = [{'"3 files could not be read and were skipped: a.png, b.png, c.png"' if images else ""}]

[options]
preset = "{kind}"
objective = "non_saturating"
samples = {SAMPLES}
minutes = 0.0
batch_size = 64
critic_steps = 1
seed = 7
device = "cpu"
network = "{"dcgan" if images else "mlp"}"
generator_rate = 0.0002
beta1 = 0.5
skip_bad = true

[networks]
generator_parameters = 3576704
discriminator_parameters = 2765568

[plan]
samples = {SAMPLES}
record_every = 25000
"""


def make_run(folder, kind="images", hostile=False, state="finished"):
    rng = random.Random(1)
    folder = pathlib.Path(folder)
    (folder / "samples").mkdir(parents=True)
    (folder / "config.toml").write_text(
        config(kind, HOSTILE if hostile else ("rings" if kind == "images" else "builtin:ring"))
    )
    bad = ['{"samples": 1, "na', "not json"] if hostile else []
    if hostile:
        bad += [
            json.dumps({"samples": s, "name": name, "value": s}) for s in (0, 500) for name in ("__proto__", HOSTILE)
        ]
    (folder / "records.jsonl").write_text("\n".join([*record_lines(rng), *headline(), *bad]) + "\n")
    history = [
        ("started", 0, "Training began on 1 thread."),
        (HOSTILE if hostile else "interrupted", 400000, "SIGINT: stopped after a whole step."),
        ("constructor" if hostile else "resumed", 400000, ""),
    ]
    if state != "open":
        why = {
            "finished": "All planned samples were shown.",
            "interrupted": "SIGTERM: stopped after a whole step.",
            "failed": "generator/loss is not finite at step 15625 (try a smaller generator_rate)",
        }[state]
        history.append((state, SAMPLES, HOSTILE if hostile else why))
    (folder / "history.jsonl").write_text(
        "".join(
            json.dumps({"time": f"2026-01-01T0{i}:00:00Z", "event": event, "samples": samples, "text": text}) + "\n"
            for i, (event, samples, text) in enumerate(history)
        )
    )
    (folder / "best" / f"{950_000:012}").mkdir(parents=True)
    for i in range(0, EVALUATIONS + 1, 4):
        left = math.exp(-4 * i / EVALUATIONS)
        picture = image_grid(random.Random(2), left) if kind == "images" else point_plot(rng, 0.08 + 0.5 * left)
        (folder / "samples" / f"{SAMPLES * i // EVALUATIONS:012}.png").write_bytes(png(picture))
    (folder / "samples" / "real.png").write_bytes(
        png(image_grid(rng, 0) if kind == "images" else point_plot(rng, None))
    )
    if kind == "images":
        (folder / "samples" / "nearest.png").write_bytes(png(image_grid(rng, 0.1, rows=4)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("kind", nargs="?", default="images", choices=("images", "points"))
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--state", default="finished", choices=("finished", "interrupted", "failed", "open"))
    arguments = parser.parse_args()
    make_run(arguments.folder, arguments.kind, arguments.hostile, arguments.state)
