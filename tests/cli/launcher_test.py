"""Tests what the launcher says of the part that it loads, where that is another's or of another version."""

import shutil
import subprocess

import pytest
from conftest import PROGRAM

ENTRY = """extern "C" int saddle_run(const void*) {{ return 0; }}
extern "C" const char* saddle_program_version() {{ return "{}"; }}
"""


@pytest.fixture(name="launch")
def launcher_elsewhere(tmp_path):
    """Copies the launcher alone into a folder, beside the library that is compiled from `source` or has these bytes."""
    shutil.copy(PROGRAM, tmp_path / "saddle")

    def launch(source=None, content=None):
        library = tmp_path / "libsaddle-program.so"
        if source is not None:
            (tmp_path / "library.cpp").write_text(source)
            subprocess.run(["g++", "-shared", "-fPIC", "-o", library, tmp_path / "library.cpp"], check=True)
        if content is not None:
            library.write_bytes(content)
        done = subprocess.run(
            [tmp_path / "saddle", "data", "builtin:ring"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1 and done.stdout == "" and done.stderr.count("\n") == 1, done
        return done.stderr

    return launch


def version():
    return subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]


def test_another_version_is_refused_by_name(launch, tmp_path):
    said = launch(ENTRY.format("0.0.9"))
    assert said == (
        f"error: {tmp_path}/libsaddle-program.so: expected the commands of saddle {version()}, got those of 0.0.9 "
        "(install both parts of one version)\n"
    )


def test_another_library_is_refused_by_name(launch, tmp_path):
    said = launch("int nothing_of_saddle;\n")
    assert (
        said
        == f"error: {tmp_path}/libsaddle-program.so: expected the commands of saddle {version()}, got another library\n"
    )


@pytest.mark.parametrize("content", [None, b"", b"no library"])
def test_no_library_is_said_in_one_line(launch, content):
    said = launch(content=content)
    assert "libsaddle-program.so: expected the commands of saddle" in said and "and LibTorch, got: " in said


def test_a_library_for_another_libtorch_is_said_without_its_symbols(launch):
    said = launch(
        "namespace c10 { void gone(); }\n" + ENTRY.format(version()).replace("return 0", "c10::gone(); return 0")
    )
    assert said.endswith("got: another LibTorch than it was built with (build Saddle again with this one)\n")
