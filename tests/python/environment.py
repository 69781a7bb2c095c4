"""A fresh Python environment that holds the wheel of dist/ and nothing else of Saddle, for the tests beside this file.

Usage: environment.py FOLDER [ARGUMENTS of its Python]. Without arguments it makes the environment anew; with them it
runs its Python in it. Exits with 77 and a reason, which ctest takes for skipped, where there is none.

Nothing is downloaded: torch is the LibTorch of SADDLE_LIBTORCH, with PyTorch's Python files where ./run has put them
beside it, and what the tests need beside it, numpy and pandas among it, is that of the Python that runs this file.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
SKIPPED = 77
TORCH = "Metadata-Version: 2.1\nName: torch\nVersion: 2.15.0\n"


def skip(reason):
    """Ends with a reason for ctest."""
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def wheel():
    """The newest wheel of dist/ that this Python takes."""
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
    wheels = [*ROOT.glob(f"dist/saddle_gan-*-{tag}-*.whl"), *ROOT.glob("dist/saddle_gan-*-abi3-*.whl")]
    if sys.version_info < (3, 12):
        wheels = [path for path in wheels if "abi3" not in path.name]
    if not wheels:
        skip(f"no wheel for Python {sys.version_info.major}.{sys.version_info.minor} in dist/ (./run wheel makes one)")
    return max(wheels, key=lambda path: path.stat().st_mtime)


def make(folder):
    """Makes the environment in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)  # an old one is no stand-in
    libtorch = Path(os.environ.get("SADDLE_LIBTORCH", ""))
    if not (libtorch / "lib/libtorch_cpu.so").exists():
        skip(f"expected LibTorch in SADDLE_LIBTORCH, got '{libtorch}'")
    path = wheel()
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    site = Path(
        subprocess.check_output(
            [folder / "bin/python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
        ).strip()
    )
    whole = libtorch.parent / "python"  # PyTorch's own Python files, on the same libraries (tests/make_pytorch.py)
    for name in ("torch", "torchgen"):
        if (whole / name).exists():
            (site / name).symlink_to(whole / name)
    if not (site / "torch").exists():
        (site / "torch").symlink_to(libtorch)
    if (libtorch.parent / "nvidia").exists():
        (site / "nvidia").symlink_to(libtorch.parent / "nvidia")
    (site / "torch-2.15.0.dist-info").mkdir()
    (site / "torch-2.15.0.dist-info/METADATA").write_text(TORCH)
    (site / "tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", path]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: {path.name}: expected it to install, got: {done.stderr.strip()}")
    print(f"{folder} holds {path.name}")


def main():
    """Makes the environment, or runs its Python."""
    folder = Path(sys.argv[1]).absolute()
    if len(sys.argv) == 2:
        make(folder)
        return
    python = folder / "bin/python"
    if not python.exists():
        skip("the environment could not be made")
    os.execv(python, [str(python), *sys.argv[2:]])


if __name__ == "__main__":
    main()
