"""What the Python package costs: its import, a measurement beside the program's, and memory. ./run bench python.

Times are processor time, medians of a few runs in turn, one thread. The package is the wheel of dist/, in a fresh
environment (tests/python/environment.py).
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIBTORCH = Path.home() / ".cache/saddle/libtorch-2.15.0/torch"
RUNS = 3

MEASURE = """
import json, resource, sys
import numpy as np
import saddle
before = resource.getrusage(resource.RUSAGE_SELF)
r = saddle.measure(np.load("p.npy"), np.load("q.npy"), threads=1)
after = resource.getrusage(resource.RUSAGE_SELF)
seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
whole = after.ru_utime + after.ru_stime
print(json.dumps({"seconds": seconds, "whole": whole, "js": r.js.estimate}))
"""
MEMORY = """
import json, resource
import numpy as np
import saddle
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
draw = np.random.default_rng(0)
p, q = (draw.standard_normal((1_000_000, 8), dtype=np.float32) for _ in range(2))
sides, told = peak(), []
class Enough(Exception): pass
def show(*moment):
    told.append(peak())
    raise Enough
try:
    saddle.measure(p, q, threads=1, progress=show)
except Enough:
    print(json.dumps({"before": sides, "reading": told[0]}))
"""


def seconds_of(command, **options):
    """(processor seconds of a child and its children, what it printed)."""
    before = os.times()
    done = subprocess.run(command, capture_output=True, text=True, check=True, **options)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return used, done.stdout


def import_line(python):
    """What an import takes, beside an interpreter with numpy."""
    costs = {"import numpy": [], "import saddle": []}
    for _ in range(RUNS):
        for code, seconds in costs.items():
            seconds.append(seconds_of([python, "-c", code])[0])
    numpy, package = (statistics.median(seconds) for seconds in costs.values())
    return f"import saddle: {package:.2f} s, of which the interpreter and numpy {numpy:.2f} s"


def measure_line(python, folder):
    """What two arrays of 20,000 x 8 take from Python and from the program."""
    code = (
        "import numpy as np; d = np.random.default_rng(0); np.save('p.npy', d.standard_normal((20000, 8), dtype='f4'));"
        "np.save('q.npy', d.standard_normal((20000, 8), dtype='f4') + .1)"
    )
    subprocess.run([python, "-c", code], cwd=folder, check=True)
    from_python, whole, program = [], [], []
    for _ in range(RUNS):
        used = json.loads(seconds_of([python, "-c", MEASURE], cwd=folder)[1])
        from_python.append(used["seconds"])
        whole.append(used["whole"])
        command = [python.with_name("saddle"), "measure", "p.npy", "q.npy", "--json", "--threads", "1"]
        seconds, printed = seconds_of(command, cwd=folder)
        program.append(seconds)
        assert json.loads(printed)["js"]["estimate"] == used["js"], "expected the same numbers"
    calls, all_of_it, other = (statistics.median(seconds) for seconds in (from_python, whole, program))
    return (
        f"two arrays of 20,000 x 8 float32: {calls:.2f} s from Python ({all_of_it:.2f} s with the interpreter and the "
        f"import), {other:.2f} s by the program on their files: {100 * (calls / other - 1):+.1f} %"
    )


def memory_line(python):
    """What memory two arrays of 1,000,000 x 8 take."""
    told = json.loads(seconds_of([python, "-c", MEMORY])[1])
    return (
        f"two arrays of 1,000,000 x 8 float32 (31 MiB each): {told['before']:.0f} MiB with both, "
        f"{told['reading']:.0f} MiB at most until the first critic has its rows (61 MiB a side in float64)"
    )


def main():
    """Prints a line each."""
    libtorch = os.environ.get("SADDLE_LIBTORCH") or str(LIBTORCH)
    os.environ |= {"SADDLE_LIBTORCH": libtorch, "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder, "environment")
        subprocess.run([sys.executable, ROOT / "tests/python/environment.py", environment], check=True)
        python = environment / "bin/python"
        print(import_line(python), flush=True)
        print(measure_line(python, folder), flush=True)
        print(memory_line(python), flush=True)
    for wheel in sorted(ROOT.glob("dist/saddle_gan-*.whl")):
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
