"""Writes the binary files of fuzz/corpus; those of text are written by hand.

Usage: make_corpus.py (needs no packages). Images and arrays come out of tests/golden.
"""

import gzip
import json
import struct
from pathlib import Path

ROOT = Path(__file__).parent
PICKED = {
    "png": (
        "grey_1.png",
        "grey_2_transparent.png",
        "grey_16_interlaced.png",
        "palette_2_transparent.png",
        "palette_4_interlaced.png",
        "rgb_8.png",
        "rgb_16.png",
        "rgba_8_interlaced.png",
        "grey_alpha_16.png",
        "eight_rotated.png",
        "bad_text_checksum.png",
        "zero_wide.png",
    ),
    "jpeg": (
        "grey.jpeg",
        "rgb_444.jpeg",
        "progressive.jpeg",
        "stored_as_rgb.jpeg",
        "orientation_6.jpg",
        "many_chunks.jpg",
        "cmyk.jpg",
        "cut.jpg",
    ),
    "webp": ("lossy.webp", "lossy_alpha.webp", "lossless_alpha.webp", "six_rotated.webp", "animated.webp", "cut.webp"),
    "pnm": (
        "grey.pgm",
        "grey_text.pgm",
        "grey_16.pnm",
        "colour.ppm",
        "colour_text.ppm",
        "too_bright.pgm",
        "cut_text.pgm",
    ),
    "npy": ("<f4 C", "<f2 F", ">i2 F", "<u8 C", "|b1 C", "scalar", "empty", "four dimensions F", "version 2"),
}


def golden(name):
    """The files in tests/golden/NAME.safetensors."""
    data = (ROOT.parent / "tests/golden" / f"{name}.safetensors").read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    for key, entry in json.loads(data[8:start]).items():
        if key.startswith("file/"):
            begin, end = entry["data_offsets"]
            yield key.removeprefix("file/"), data[start + begin : start + end]


def safetensors(header, body):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def tensors(named):
    """Safetensors of (name, letter of struct, shape, numbers)."""
    types = {"d": "F64", "f": "F32", "q": "I64"}
    header, body = {}, b""
    for name, letter, shape, numbers in named:
        data = struct.pack(f"<{len(numbers)}{letter}", *numbers)
        header[name] = {"dtype": types[letter], "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    return safetensors(header, body)


# What runs on the table of fuzz/targets.cpp keep: a category of two levels, and a number with a level.
TREES = (
    ("columns", "q", [3, 4], [0, 0, 0, 0, 1, 1, 2, 0, -1, 4, 3, 1]),
    ("nodes", "q", [4, 5], [-1, -1, 0, 0, 0, 0, 0, 2, 0, 0, -1, -1, 1, 0, 0, -1, -1, 2, 0, 0]),
    ("levels", "d", [3], [0, 1, 0]),
    ("edges", "d", [1], [0.5]),
    ("leaf_items", "q", [4], [0, 2, 4, 5]),
    ("items", "q", [5, 2], [0, 5, 1, 10, 0, 5, 1, 8, 0, 3]),
    ("leaf_values", "q", [4], [0, 0, 2, 2]),
    ("values", "d", [2], [0.5, 1.5]),
)
REJECTION = (
    ("edges", "f", [3], [0.5, 0.5, 1]),
    ("edge_counts", "q", [3], [1, 1, 1]),
    ("node_counts", "q", [1], [3]),
    ("nodes", "q", [3, 4], [2, 1, 1, 2, -1, 0, 0, 0, -1, 0, 0, 0]),
    ("values", "f", [3], [0, 0.5, -0.5]),
    ("margins", "d", [13], [0.1] * 13),
    ("limit_and_share", "d", [2], [0.3, 0.6]),
)


def files():
    known = {**dict(golden("images")), **dict(golden("npy"))}
    for target, names in PICKED.items():
        for name in names:
            yield target, name, known[name]
    idx = bytes([0, 0, 8, 3]) + struct.pack(">III", 2, 3, 2) + bytes(range(12))
    yield "idx", "plain", idx
    yield "idx", "gzipped", gzip.compress(idx, mtime=0)
    yield "idx", "cut", idx[:-1]
    yield "idx", "floats", bytes([0, 0, 13, 1, 0, 0, 0, 1]) + bytes(4)
    yield "csv", "gzipped", gzip.compress(b"a,b\n1,2\n3,4\n", mtime=0)
    yield "csv", "utf16", "a;b\n1,5;\u00e4\n".encode("utf-16")
    yield "csv", "windows_1252", "Stra\u00dfe,b\n\u20ac 1,2\n".encode("cp1252")
    x = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
    yield (
        "safetensors",
        "two",
        safetensors(
            {"__metadata__": {"a": "b"}, "x": x, "y": {"dtype": "BOOL", "shape": [3], "data_offsets": [16, 19]}},
            bytes(16) + bytes([0, 1, 1]),
        ),
    )
    yield "trees", "whole", tensors(TREES)
    yield "rejection", "whole", tensors(REJECTION)
    yield "safetensors", "empty", safetensors({}, b"")
    yield (
        "safetensors",
        "hole",
        safetensors({"x": x, "y": {"dtype": "BF16", "shape": [], "data_offsets": [18, 20]}}, bytes(20)),
    )


if __name__ == "__main__":
    for target, name, data in files():
        path = ROOT / "corpus" / target / name.replace(" ", "_").translate({ord(c): None for c in "<>|"})
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
