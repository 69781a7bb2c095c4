"""The golden values of the games are what their script computes."""

import pathlib
import re
import subprocess
import sys

GOLDEN = pathlib.Path(__file__).parent.parent / "golden"


def tokens(text):
    """Names and numbers, whatever the layout."""
    return re.findall(r'"\w+"|-?\d[\d.]*(?:e[+-]?\d+)?', text)


def test_the_header_holds_what_the_script_writes():
    written = subprocess.run([sys.executable, GOLDEN / "objectives.py"], check=True, capture_output=True, text=True)
    assert tokens(written.stdout) == tokens((GOLDEN / "objectives.h").read_text())
