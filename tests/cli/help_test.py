"""Tests of --help and --version: docs/help holds the real texts, and LibTorch is not loaded to print them.

`python tests/cli/help_test.py` writes docs/help again.
"""

import re
import subprocess

import pytest
from conftest import PROGRAM, ROOT

HELP = ROOT / "docs/help"


def printed(*arguments, **options):
    return subprocess.run([str(PROGRAM), *arguments], capture_output=True, text=True, check=True, **options).stdout


def help_texts():
    """Returns {name of the file in docs/help: text} for the program and every command that its help names."""
    program = printed("--help")
    commands = re.findall(r"^  (\w+) ", program.split("Commands:\n")[1].split("\n\n")[0], re.M)
    return {"saddle": program, **{command: printed(command, "--help") for command in commands}}


def test_docs_help_holds_the_real_texts():
    assert {file.stem: file.read_text() for file in HELP.glob("*.txt")} == help_texts(), (
        "write them again: ./run format"
    )


def test_every_help_ends_with_examples_and_fits_a_page():
    for name, text in help_texts().items():
        assert "Examples:\n  saddle " in text, name
        assert max(map(len, text.splitlines())) <= 100, name


def test_without_arguments_the_program_prints_its_help():
    assert printed() == printed("--help") == printed("-h")


def test_the_version_is_that_of_the_build():
    version = re.search(r"project\(saddle VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
    assert printed("--version") == f"saddle {version}\n"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["train", "--help"], ["train", "x", "--out", "y", "--sed", "1"]]
)
def test_libtorch_is_not_loaded_for_a_text(arguments):
    done = subprocess.run([str(PROGRAM), *arguments], capture_output=True, text=True, env={"LD_DEBUG": "files"})
    assert "libc.so" in done.stderr  # the loader did log
    assert "libtorch" not in done.stderr and "libsaddle-program" not in done.stderr


if __name__ == "__main__":
    HELP.mkdir(exist_ok=True)
    for stale in HELP.glob("*.txt"):
        stale.unlink()
    for page, content in help_texts().items():
        (HELP / f"{page}.txt").write_text(content)
