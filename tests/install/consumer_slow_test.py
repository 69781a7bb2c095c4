"""Tests that an installed Saddle runs, and that another project can be built on it."""

import os
import subprocess
from pathlib import Path

import pytest
from PIL import Image

BUILD = Path(os.environ["SADDLE_BUILD"])
CONSUMER = Path(__file__).parent / "consumer"


def call(*command):
    """Runs a command without the environment's hints where libraries lie."""
    environment = {name: text for name, text in os.environ.items() if name != "LD_LIBRARY_PATH"}
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, env=environment)


def run(*command):
    """Runs a command that must succeed; returns what it printed."""
    done = call(*command)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """A folder that holds an installed Saddle."""
    folder = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", BUILD, "--prefix", folder)
    return folder


def test_the_installed_program_finds_libtorch(prefix):
    assert run(prefix / "bin/saddle", "--version").startswith("saddle 0.")
    done = call(prefix / "bin/saddle", "report", prefix / "nothing")
    assert done.returncode == 1 and "LibTorch" not in done.stderr, done.stderr


def test_what_reads_parquet_is_installed_where_it_was_built(prefix):
    cache = (BUILD / "CMakeCache.txt").read_text().splitlines()
    arrow = next((line.split("=", 1)[1] for line in cache if line.startswith("SADDLE_ARROW:")), "")
    if not arrow or not (Path(arrow) / "libsaddle-parquet.so").exists():
        pytest.skip("no library that reads Parquet (./run parquet)")
    libraries = run("ldd", prefix / "lib/libsaddle-parquet.so")
    assert "libparquet" in libraries and "not found" not in libraries


def test_a_project_is_built_on_the_installed_library(prefix, tmp_path):
    run("cmake", "-S", CONSUMER, "-B", tmp_path, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", tmp_path)
    assert run(tmp_path / "consumer", tmp_path / "x.png") == "saddle 0.1.0 made [4, 3, 16, 16]\n"
    assert Image.open(tmp_path / "x.png").mode == "RGB"


def test_a_project_takes_saddle_as_a_subdirectory(tmp_path):
    root = Path(__file__).parents[2]
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(outer LANGUAGES CXX)\n"
        f"add_subdirectory({root} saddle)\n"
        f"add_executable(consumer {CONSUMER}/main.cpp)\ntarget_link_libraries(consumer PRIVATE saddle::saddle)\n"
    )
    libtorch = f"-DSADDLE_LIBTORCH={os.environ['SADDLE_LIBTORCH']}"
    run("cmake", "-S", tmp_path, "-B", tmp_path / "build", "-G", "Ninja", libtorch)
    targets = run("cmake", "--build", tmp_path / "build", "--target", "help")
    assert "saddle_program" in targets and "lab_tests" not in targets
    run("cmake", "--build", tmp_path / "build", "--target", "saddle_text")  # all of it takes minutes


def test_the_installed_headers_need_libtorch_alone(prefix):
    for header in (prefix / "include/saddle").rglob("*.h"):
        assert "nlohmann" not in header.read_text() and "spng" not in header.read_text()
    assert (prefix / "include/saddle/base/tensor.h").exists()
