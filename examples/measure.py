"""Measures from Python how far two arrays of samples are apart: numpy arrays to .npy files to `saddle measure --json`.

Run as: python examples/measure.py [PROGRAM], with the path of saddle where it is not installed.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np


def measure(p, q, *options, program="saddle"):
    """Returns what `saddle measure` says about two arrays [n, d] or [n, height, width] as a dictionary."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for name, array in (("p", p), ("q", q)):
            names.append(str(Path(folder) / f"{name}.npy"))
            np.save(names[-1], array)
        done = subprocess.run(
            [program, "measure", *names, "--json", *map(str, options)], capture_output=True, text=True
        )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout)


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else "saddle"
    rng = np.random.default_rng(0)
    real = rng.normal(size=(2000, 2))
    angle = np.pi / 4  # each coordinate alone looks the same; only how they go together differs
    turned = real[:1000] * [1.35, 0.43] @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    found = measure(real[1000:], turned, "--seed", 1, program=program)
    js, test = found["js"], found["two_sample_test"]
    print(
        f"JSD at least {js['certified_lower']:.3f} nats ({100 * found['confidence']:g} %), estimate "
        f"{js['estimate']:.3f}"
    )
    print(f"p = {test['p_value']:.3g}, right about {100 * test['accuracy']:.0f} % of rows held out")
    for column in found["columns"]:
        print(f"column {column['name']} by itself: {column['js']:.3f}")


if __name__ == "__main__":
    main()
