"""Writes tests/golden/npy.safetensors: .npy files as numpy writes them, and the arrays they hold.

Usage: npy.py OUT (needs numpy and safetensors). An entry "file/NAME" holds the bytes of a file, and "array/NAME" its
array in the type that Saddle returns.
"""

import io
import sys

import numpy as np
from safetensors.numpy import save_file

LIMITS = {"b1": [0, 1], "u8": [0, 2**63 - 1]}
tensors = {}


def add(name, array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version)
    tensors["file/" + name] = np.frombuffer(file.getvalue(), np.uint8)
    kind, size = array.dtype.kind, array.dtype.itemsize
    returned = {"b": "u1", "u": "u1" if size == 1 else "i8", "i": "i8", "f": "f8" if size == 8 else "f4"}[kind]
    tensors["array/" + name] = np.ascontiguousarray(array.astype(returned)).reshape(array.shape)


for code in ("b1", "u1", "i1", "i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8"):
    info = None if code == "b1" else (np.finfo if code[0] == "f" else np.iinfo)(code)
    least, most = LIMITS.get(code) or (info.min, info.max)
    values = np.array([least, most, 0, 1, 0, 1], dtype=code).reshape(2, 3)
    for order in "<>" if values.itemsize > 1 else "|":
        for layout in "CF":
            add(f"{order}{code} {layout}", np.asarray(values.astype(order + code), order=layout))
for version in ((1, 0), (2, 0), (3, 0)):
    add(f"version {version[0]}", np.arange(5, dtype="<f4"), version)
add("scalar", np.array(2.5))
add("vector", np.arange(3, dtype="<i8"))
add("empty", np.zeros((0, 4), "<f4"))
add("four dimensions F", np.asfortranarray(np.arange(120, dtype=">i2").reshape(2, 3, 4, 5)))
save_file(tensors, sys.argv[1])
