"""Writes a run directory as docs/formats.md describes it, without training: for tests of the report.

python3 tests/support/make_run.py FOLDER [images|points] [--hostile] [--state finished|interrupted|failed|open]
"""

import argparse
import json
import math
import pathlib
import random

import numpy as np
from PIL import Image

EVALUATIONS = 40
SAMPLES = 1_000_000
HOSTILE = """<script>alert(1)</script> "q" 'q' </script><!-- & \u2028 {{data}}"""


def image_grid(rng, noise, columns=8, rows=8, size=24, gap=2):
    """Rings of random colour and radius, under noise that shrinks as training goes on."""
    canvas = np.full((rows * (size + gap) - gap, columns * (size + gap) - gap, 3), 128.0)
    y, x = np.mgrid[:size, :size]
    for cell in range(columns * rows):
        top, left = cell // columns * (size + gap), cell % columns * (size + gap)
        radius, colour = rng.uniform(5, 9), rng.integers(90, 256, 3)
        ring = np.exp(-(((np.hypot(x - size / 2, y - size / 2) - radius) / 2.2) ** 2))[..., None]
        picture = 20 + ring * colour * (1 - noise) + noise * rng.normal(90, 60, (size, size, 3))
        canvas[top : top + size, left : left + size] = picture.clip(0, 255)
    return canvas.repeat(2, 0).repeat(2, 1)


def point_plot(rng, spread, pixels=360):
    """Eight clusters on a ring, real in grey, generated (where `spread` is a number) in blue."""
    canvas = np.full((pixels, pixels, 3), 255.0)
    for colour, width in (((150, 156, 163), 0.06), ((0, 98, 178), spread)):
        angles = rng.integers(8, size=700 if width is not None else 0) * math.pi / 4
        x, y = (0.5 + 0.36 * f(angles) + 0.3 * rng.normal(0, width or 0, angles.shape) for f in (np.cos, np.sin))
        for row, column in np.ndindex(3, 3):
            places = ((pixels * at).astype(int) + shift for at, shift in ((y, row), (x, column)))
            canvas[tuple(at.clip(0, pixels - 1) for at in places)] = colour
    return canvas


def save_picture(canvas, path):
    Image.fromarray(canvas.astype(np.uint8)).save(path)


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
    pictures, paint = folder / "samples", np.random.default_rng(1)
    for i in range(0, EVALUATIONS + 1, 4):
        left, path = math.exp(-4 * i / EVALUATIONS), pictures / f"{SAMPLES * i // EVALUATIONS:012}.png"
        canvas = (
            image_grid(np.random.default_rng(2), left) if kind == "images" else point_plot(paint, 0.08 + 0.5 * left)
        )
        save_picture(canvas, path)
    save_picture(image_grid(paint, 0) if kind == "images" else point_plot(paint, None), pictures / "real.png")
    if kind == "images":
        save_picture(image_grid(paint, 0.1, rows=4), pictures / "nearest.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("kind", nargs="?", default="images", choices=("images", "points"))
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--state", default="finished", choices=("finished", "interrupted", "failed", "open"))
    arguments = parser.parse_args()
    make_run(arguments.folder, arguments.kind, arguments.hostile, arguments.state)
