"""The package as it is installed: what it loads, the program in it, and the README's lines."""

import os
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from conftest import PROGRAM

ROOT = Path(__file__).parents[2]


def python(code, **options):
    """Runs code in a Python of its own."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, **options)


def test_it_loads_libtorch_and_not_torch():
    done = python(
        "import sys, saddle; print('torch' in sys.modules, 'pandas' in sys.modules, 'sklearn' in sys.modules)"
    )
    assert done.stdout == "False False False\n", done
    done = python("import os, saddle; print(sum('libtorch_cpu' in line for line in open('/proc/self/maps')) > 0)")
    assert done.stdout == "True\n", done


def test_another_torch_is_refused_by_its_version(tmp_path):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch/__init__.py").touch()
    (tmp_path / "torch-2.16.1+cu130.dist-info").mkdir()
    done = python("import saddle", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.stderr.splitlines()[-1] == (
        "ImportError: saddle: expected torch 2.15, which it is built for, got 2.16.1+cu130 "
        "(pip install 'torch==2.15.*')"
    )
    (tmp_path / "torch-2.16.1+cu130.dist-info").rename(tmp_path / "torch-2.15.1.dist-info")
    done = python("import saddle", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert "ImportError: saddle: expected torch's libraries, got: " in done.stderr
    done = python("import importlib.util; importlib.util.find_spec = lambda name: None; import saddle")
    assert "got none (pip install" in done.stderr, done


def test_the_program_is_on_the_path_and_a_module():
    for command in ([PROGRAM], [sys.executable, "-m", "saddle"]):
        done = subprocess.run([*command, "--version"], capture_output=True, text=True)
        assert done.stdout.startswith("saddle 0.") and done.returncode == 0, done
        done = subprocess.run([*command, "measure", "a", "b"], capture_output=True, text=True)
        assert done.returncode == 1 and done.stderr.startswith("error: a: expected samples"), done


def test_the_licences_of_what_is_in_the_wheel_are_in_it():
    package = distribution("saddle-gan")
    libraries = {re.match(r"lib[a-z]+", path.name)[0] for path in package.files if ".libs/" in str(path)}
    texts = {path.stem: path.locate() for path in package.files if "third-party/" in str(path)}
    assert all(len(path.read_text()) > 500 for path in texts.values())
    assert {"nanobind", "nlohmann-json3-dev", "libcli11-dev", "libtomlplusplus-dev", "libjs-dygraphs"} <= texts.keys()
    of_one_package = {"libcrypto": "libssl", "libbrotlicommon": "libbrotli", "libbrotlidec": "libbrotli"}
    of_one_package |= {"libbrotlienc": "libbrotli"}
    assert libraries
    for library in libraries:
        assert any(name.startswith(of_one_package.get(library, library)) for name in texts), library
    assert sum("third-party/" in name for name in package.metadata.get_all("License-File")) == len(texts)


def test_every_public_name_says_what_it_is(saddle):
    for name in saddle.__all__:
        if not name.startswith("_"):
            assert len(getattr(saddle, name).__doc__) > 20, name
    stub = Path(saddle.__file__).with_name("_saddle.pyi").read_text()
    from saddle import _saddle

    for name in dir(_saddle):
        assert name.startswith("_") or re.search(rf"\b{name}\b", stub), name
    assert Path(saddle.__file__).with_name("py.typed").exists()


# What the documents' lines take for granted, and trainings of seconds instead of minutes.
BEGIN = """
import numpy as np, saddle
in_full = saddle.train

def train(*data, minutes=None, samples=None, **options):
    return in_full(*data, samples=5000 if "resume" in options else 4000, **options)

saddle.train = saddle.estimators.train = train
"""
SIDES = """
import pandas as pd
from sklearn.model_selection import GridSearchCV
draw = np.random.default_rng(0)
P, Q, X = (draw.normal(size=(800, 2)) + shift for shift in (0, 0.3, 0))
frame = pd.DataFrame({"age": draw.integers(18, 80, 800), "sex": pd.Categorical(draw.choice(["Female", "Male"], 800))})
"""


@pytest.mark.parametrize(
    "page, begin, end, count",
    [
        ("README.md", "", "", 1),
        ("docs/python.md", SIDES, "assert (new.dtypes == frame.dtypes).all() and len(x) == 1000", 4),
    ],
)
def test_the_lines_of_the_documents_work(tmp_path, page, begin, end, count):
    blocks = re.findall(r"<!-- tested -->\n```python\n(.*?)```", (ROOT / page).read_text(), re.S)
    assert len(blocks) == count
    done = python("\n".join([BEGIN, begin, *blocks, end]), cwd=tmp_path)
    assert done.returncode == 0, done
    assert (tmp_path / "page.html").exists() and (tmp_path / "runs").is_dir()
