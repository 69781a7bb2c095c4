"""Starts the program `saddle` that the package holds, without loading anything of the package."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent


def main():
    """Takes the place of this process; the arguments are the program's."""
    program = HERE / "saddle" / "saddle"
    if not (HERE / "torch" / "lib").exists():  # which is where the program looks for LibTorch
        torch = find_spec("torch")
        folders = list(torch.submodule_search_locations or ()) if torch else []
        if folders:
            known = os.environ.get("LD_LIBRARY_PATH")
            os.environ["LD_LIBRARY_PATH"] = f"{folders[0]}/lib" + (f":{known}" if known else "")
    os.execv(program, ["saddle", *sys.argv[1:]])
