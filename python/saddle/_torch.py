"""Finds PyTorch's libraries and loads them without importing PyTorch, which takes five times as long."""

import ctypes
import os
import sys
from importlib.util import find_spec
from pathlib import Path

WANTED = "2.15"


def _installed():
    """(folder, version) of the PyTorch that `import torch` would take; ("", "none") where there is none.

    The version is that of its metadata beside it, which importlib.metadata would take 0.1 s to read.
    """
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        return next(iter(torch.__path__), ""), str(getattr(torch, "__version__", "one without a version"))
    found = find_spec("torch")
    folder = next(iter(found.submodule_search_locations or ()), "") if found else ""
    if not folder:
        return "", "none"
    versions = [path.name.split("-")[1].removesuffix(".dist") for path in Path(folder).parent.glob("torch-*.dist-info")]
    return folder, versions[0] if versions else "one without metadata"


def load_libraries():
    """Loads libtorch_cpu of the installed PyTorch; a later `import torch` takes the same one.

    Throws: ImportError for another version than the one that Saddle was built for, or none.
    """
    folder, version = _installed()
    if not version.startswith(WANTED + "."):
        raise ImportError(
            f"saddle: expected torch {WANTED}, which it is built for, got {version} (pip install 'torch=={WANTED}.*')"
        )
    if "torch" in sys.modules:
        return
    # libgomp reads this as it is loaded: threads that spin while they wait slow each other down on a busy machine
    is_set = "GOMP_SPINCOUNT" in os.environ
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    try:
        ctypes.CDLL(f"{folder}/lib/libtorch_cpu.so", mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise ImportError(f"saddle: expected torch's libraries, got: {error}") from None
    finally:
        if not is_set:
            del os.environ["GOMP_SPINCOUNT"]
