"""Tests that the README's commands do what it says, with training cut down to seconds."""

import os
import re
import stat
import subprocess

import numpy as np
import pytest
from conftest import PROGRAM, ROOT
from PIL import Image

BLOCK = re.compile(r"<!-- tested -->\n```bash\n(.*?)```", re.S)

# Stands in for the program on the PATH: of two flags the later one wins.
SHORT = f"""#!/bin/sh
case "$*" in
  "train --resume"*) exec {PROGRAM} "$@" --samples 512 ;;
  train*) exec {PROGRAM} "$@" --samples 256 --batch-size 32 --generator-width 8 --discriminator-width 8 ;;
  *) exec {PROGRAM} "$@" ;;
esac
"""


@pytest.fixture(name="folder")
def folder_with_photos(tmp_path):
    """A folder that holds photos/ and the stand-in."""
    rng = np.random.default_rng(1)
    (tmp_path / "photos").mkdir()
    for i in range(1000):
        pixels = rng.integers(0, 256, size=(6, 5, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((50, 60)).save(tmp_path / f"photos/{i}.jpg")
    program = tmp_path / "bin/saddle"
    program.parent.mkdir()
    program.write_text(SHORT)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def test_the_commands_of_the_readme_work(folder):
    blocks = BLOCK.findall((ROOT / "README.md").read_text().replace(" --minutes 20", ""))
    assert len(blocks) >= 6
    environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    for block in blocks:
        done = subprocess.run(["bash", "-e"], input=block, cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        assert "warning" not in done.stderr.lower(), done.stderr
    assert Image.open(folder / "sheet.png").width > 0
    assert Image.open(folder / "new.png").width > 0
    assert np.load(folder / "new.npy").shape == (1000, 32, 32, 3)
    assert len(list((folder / "new").glob("*.png"))) == 50
    assert "<html" in (folder / "runs/photos/report.html").read_text()
    assert (folder / "runs/photos/checkpoints/000000000512").is_dir()
    assert (folder / "runs/ring/report.html").exists()


def test_every_link_of_the_readme_leads_somewhere():
    for page in (
        "README.md",
        "CONTRIBUTING.md",
        "ARCHITECTURE.md",
        "docs/theory.md",
        "docs/formats.md",
        "docs/measuring.md",
    ):
        for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text()):
            assert (ROOT / page).parent.joinpath(target).exists(), f"{page}: {target}"
