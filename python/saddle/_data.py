"""What users hand over: arrays, frames, densities and paths, told apart, checked and made what the library takes."""

import json
import os
from pathlib import Path

import numpy as np

from saddle import _saddle
from saddle._frames import columns_of_frame, dtypes_of, is_frame
from saddle._saddle import Error

EXPECTED = "samples (an array, a tensor, a DataFrame or a path), a run or a density"


def is_tensor(x):
    """Whether x is PyTorch's, which nobody need have imported."""
    return type(x).__module__.split(".")[0] == "torch" and hasattr(x, "detach")


def _dense(x, name):
    """A tensor of a type that numpy has; a dense one."""
    dtype = str(x.dtype).removeprefix("torch.")
    if x.is_complex():
        raise Error(f"{name}: expected real numbers, got {dtype}")
    if str(x.layout) != "torch.strided":
        layout = str(x.layout).removeprefix("torch.")
        raise Error(f"{name}: expected a dense tensor, got one of the layout {layout} (pass {name}.to_dense())")
    if x.is_quantized:
        raise Error(f"{name}: expected plain numbers, got {dtype} (pass {name}.dequantize())")
    if dtype == "bfloat16" or dtype.startswith("float8"):
        x = x.float()
    return x.resolve_neg()


def array_of(x, name):
    """The numbers of an array or tensor as numpy's float32, float64, int64 or uint8, without a copy if they are that.

    Throws: Error for what holds no numbers, or none at all.
    """
    if is_tensor(x):
        if x.device.type != "cpu":
            raise Error(f"{name}: expected a tensor on the CPU, got one on {x.device} (pass {name}.cpu())")
        x = _dense(x.detach(), name).numpy()
    if hasattr(x, "toarray") and hasattr(x, "nnz"):  # scipy's
        raise Error(f"{name}: expected a dense array, got a sparse one (pass {name}.toarray())")
    if np.ma.is_masked(x):
        raise Error(f"{name}: expected an array without a mask, got masked values (a DataFrame may miss values)")
    try:
        x = np.asarray(x)
    except ValueError:
        raise Error(f"{name}: expected an array of numbers, got lists of different lengths") from None
    if x.dtype.kind == "c":
        raise Error(f"{name}: expected real numbers, got {x.dtype}")
    if x.dtype.kind not in "buif":
        got = {"O": "an array of objects", "U": "an array of texts", "S": "an array of bytes"}
        raise Error(
            f"{name}: expected an array of numbers, got {got.get(x.dtype.kind, f'one of {x.dtype}')} "
            "(a DataFrame may hold texts and times)"
        )
    if x.size == 0 or x.ndim == 0:
        raise Error(f"{name}: expected samples, got an array of the shape {list(x.shape)}")
    return _plain(x, name)


def _plain(x, name):
    """The same numbers in a type that the library has, with strides that it takes."""
    if x.dtype.kind == "b":
        x = x.view(np.uint8)
    elif x.dtype.kind in "ui" and x.dtype != np.uint8:
        if x.dtype == np.uint64 and x.max() > np.iinfo(np.int64).max:
            raise Error(f"{name}: expected integers that int64 holds, got {x.max()}")
        x = x.astype(np.int64, copy=False)
    elif x.dtype.kind == "f" and x.dtype not in (np.float32, np.float64):
        x = x.astype(np.float32 if x.dtype.itemsize < 4 else np.float64)
    if not x.dtype.isnative:
        x = x.astype(x.dtype.newbyteorder("="))
    aligned = all(stride >= 0 and stride % x.itemsize == 0 for stride in x.strides)
    return x if aligned else np.ascontiguousarray(x)


def path_of(x):
    """The path, or name, that x is; None: it is something else."""
    if isinstance(x, (str, os.PathLike)):
        return os.fspath(x)
    return getattr(x, "path", None) if type(x).__name__ == "Run" else None


def held_side(x, name):
    """A side of a measurement as the extension takes it: an array, columns, or the JSON of a density.

    Throws: Error for anything else.
    """
    if is_frame(x):
        return columns_of_frame(x, name)
    if isinstance(x, dict):
        try:
            return json.dumps(x)
        except TypeError:
            raise Error(f'{name}: expected a density as {{"type": ..., "params": ...}}, got other values') from None
    if x is None or isinstance(x, (bool, int, float, bytes, set)):
        raise Error(f"{name}: expected {EXPECTED}, got {type(x).__name__}")
    return array_of(x, name)


def write_data(x, folder, name):
    """Writes an array or a frame to a file in `folder` that the program reads; returns its path.

    A frame becomes table.csv, with its dtypes in dtypes.json beside it, an array points.npy or images.npy.
    """
    if is_frame(x):
        path = f"{folder}/table.csv"
        _saddle.write_table(path, columns_of_frame(x, name))
        Path(folder, "dtypes.json").write_text(dtypes_of(x), encoding="utf-8")
        return path
    array = array_of(x, name)
    path = f"{folder}/{'points' if array.ndim <= 2 else 'images'}.npy"
    np.save(path, array)
    source = {"kind": "torch" if is_tensor(x) else "numpy", "dtype": str(x.dtype) if hasattr(x, "dtype") else "float64"}
    Path(folder, "dtypes.json").write_text(json.dumps(source), encoding="utf-8")
    return path


def row_count(side):
    """How many rows a held side has; None: a density, or a path."""
    if isinstance(side, np.ndarray):
        return len(side)
    return len(side[0][2]) if isinstance(side, list) else None
