"""Tests that files which cannot be read are refused by name in one line, and that odd ones with a meaning are read."""

import gzip
import io
import json
import shutil
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

RNG = np.random.default_rng(1)
RGB = Image.fromarray(RNG.integers(0, 256, (20, 24, 3), dtype=np.uint8))
POINTS = RNG.normal(size=(60, 2)).astype("<f4")
GREY = RNG.integers(0, 256, (30, 12, 12), dtype=np.uint8)


def encoded(image, form, **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def claiming(png, width, height):
    """The PNG with another size in its header, whose checksum is right."""
    header = b"IHDR" + struct.pack(">II", width, height) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


def npy(array):
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


def npy_claiming(shape):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(24)


def idx(images):
    return struct.pack(">HBB3I", 0, 8, 3, *images.shape) + images.tobytes()


PNG, JPEG = encoded(RGB, "PNG"), encoded(RGB, "JPEG")
DEEP = Image.fromarray(RNG.integers(0, 65536, (20, 24), dtype=np.uint16))


def test_odd_images_with_a_meaning_are_read(saddle, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(8):
        (folder / f"{i}.png").write_bytes(PNG)
    odd = {
        "deep.png": encoded(DEEP, "PNG"),
        "palette.png": encoded(RGB.convert("P"), "PNG"),
        "lies.png": JPEG,
        "alpha.png": encoded(RGB.convert("RGBA"), "PNG"),
        "one.png": encoded(RGB.resize((1, 1)), "PNG"),
        "bits.png": encoded(RGB.convert("1"), "PNG"),
        "x.webp": encoded(RGB, "WEBP"),
        "x.ppm": encoded(RGB, "PPM"),
    }
    for name, content in odd.items():
        (folder / name).write_bytes(content)
    done = saddle("data", "photos", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["count"] == 16, done


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("zero.png", b"", "got an empty file"),
        ("cut.png", PNG[: len(PNG) // 2], "expected a whole PNG"),
        ("cut.jpg", JPEG[: len(JPEG) // 2], "expected a whole JPEG"),
        ("cmyk.jpg", encoded(RGB.convert("CMYK"), "JPEG"), "got a CMYK JPEG"),
        ("text.png", b"hello", "begins like none of them"),
        ("x.bmp", encoded(RGB, "BMP"), "got BMP"),
        ("x.tif", encoded(RGB, "TIFF"), "got TIFF"),
        ("x.gif", encoded(RGB, "GIF"), "got GIF"),
        ("huge.png", claiming(PNG, 100_000, 100_000), "expected at most 100000000 pixels, got 100000 x 100000"),
    ],
)
def test_a_bad_image_is_refused_by_name(refused, tmp_path, name, content, complaint):
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(8):
        (folder / f"{i}.png").write_bytes(PNG)
    (folder / name).write_bytes(content)
    text = refused("data", "photos", code=1)
    assert text.startswith(f"photos/{name}: ") and complaint in text and "--skip-bad" in text


@pytest.mark.parametrize(
    "content",
    [
        npy(np.asfortranarray(POINTS)),
        npy(POINTS.astype(">f4")),
        npy(POINTS.astype("<f2")),
        idx(GREY),
        gzip.compress(idx(GREY)),
    ],
)
def test_odd_arrays_with_a_meaning_are_read(saddle, tmp_path, content):
    (tmp_path / "array").write_bytes(content)
    done = saddle("data", "array", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["count"] in (len(POINTS), len(GREY)), done


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (npy(np.array([{}, []], dtype=object)), "got Python objects (never unpickled"),
        (npy_claiming("(-3, 2)"), "got a negative one"),
        (npy_claiming("(99999999999999, 2)"), "expected 799999999999992 bytes after the header, got 24"),
        (npy_claiming("(30, 2)"), "expected 240 bytes after the header, got 24"),
        (npy(POINTS.astype(complex)), "got complex numbers"),
        (npy(np.where(POINTS == POINTS[7, 1], np.nan, POINTS)), "got NaN in row 7, column 1"),
        (npy(np.zeros((2, 2, 2, 2, 2))), "expected points [N, d] or [N], or images"),
        (b"\x01\x02\x03\x04" + idx(GREY)[4:], "begins like neither"),
        (idx(GREY)[:-1], "after the header, got"),
        (idx(GREY) + b"x", "after the header, got"),
        (gzip.compress(idx(GREY) + bytes(50_000_000)), "after the header, got more"),
        (struct.pack(">HBB3I", 0, 8, 3, 2**31, 60000, 60000), "got sizes that need more"),
    ],
)
def test_a_bad_array_is_refused_before_memory_is_taken(refused, tmp_path, content, complaint):
    (tmp_path / "array").write_bytes(content)
    text = refused("data", "array", code=1)
    assert text.startswith("array: ") and complaint in text


# ---- runs --------------------------------------------------------------------------------------------------------


@pytest.fixture(name="run")
def small_run(saddle, tmp_path):
    """A finished run of a few steps."""
    options = ["--samples", 2048, "--generator-width", 8, "--discriminator-width", 8, "--quiet"]
    options += ["--generator-rate", 0.002]
    assert saddle("train", "builtin:ring", "--out", "run", *options).returncode == 0
    return tmp_path / "run"


def damage(path, old, new):
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


def test_a_run_of_a_newer_format_is_refused_by_every_command(refused, run):
    damage(run / "config.toml", b"format_version = 2", b"format_version = 3")
    for command in (["train", "--resume", run, "--samples", 4096], ["sample", run, "--out", "x.png"], ["report", run]):
        assert "format version 2 or older, got 3" in refused(*command, code=1)


def test_a_damaged_checkpoint_is_refused_by_name_and_kept(refused, run, tmp_path):
    newest = max((run / "checkpoints").iterdir())
    for name in ("tensors.safetensors", "state.json"):
        whole = (newest / name).read_bytes()
        for broken in (whole[:-7], b"", struct.pack("<Q", 2**60) + whole[8:], whole + b"x"):
            (newest / name).write_bytes(broken)
            text = refused("sample", run, "--out", "x.png", code=1)
            assert text.startswith(f"{newest / name}: ") and (newest / name).read_bytes() == broken
        (newest / name).write_bytes(whole)
    assert not (tmp_path / "x.png").exists()


def test_outputs_that_cannot_be_written_are_named(refused, saddle, run, tmp_path):
    (tmp_path / "file").write_text("keep me")
    assert "file/x.png" in refused("sample", run, "--out", "file/x.png", code=1)
    assert "nowhere/x.npy" in refused("sample", run, "--out", "nowhere/x.npy", code=1)
    assert "got x.jpg" in refused("sample", run, "--out", "x.jpg", code=2)
    done = saddle("train", "builtin:ring", "--out", "file/run", "--quiet")
    assert done.returncode == 1 and done.stderr.startswith("error: file/run: "), done
    assert (tmp_path / "file").read_text() == "keep me"


def test_what_is_no_run_is_refused(refused, run, tmp_path):
    shutil.rmtree(run / "checkpoints")
    (run / "config.toml").unlink()
    for command in (["train", "--resume", run], ["sample", run, "--out", "x.png"], ["report", run]):
        assert "config.toml" in refused(*command, code=1)


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        (
            ("sample", "t.csv", "--count", 4, "--out", "s.npy"),
            "expected a run directory, got a file of text (saddle measure reads tables, and no other command does)",
        ),
        (("report", "t.csv"), "expected a run directory, got a file of text (saddle measure reads tables"),
        (("train", "--resume", "t.csv"), "expected a run directory, got a file of text (saddle measure reads tables"),
        (("view", "t.csv"), "expected a run or a folder of runs, got a file of text (saddle measure reads tables"),
        (("view", "t.zip"), "expected a run or a folder of runs, got a zip archive"),
        (("view", "nowhere"), "expected a run or a folder of runs, got a path where there is nothing"),
        (
            ("report", "empty"),
            "expected a run directory, got no config.toml in it (saddle train DATA --out RUN makes a run)",
        ),
        (
            ("lab", "t.csv", "--out", "lab"),
            "expected JSON, got something else at byte 1 (a density is a JSON object; a table is read by saddle "
            "measure alone)",
        ),
    ],
)
def test_a_table_is_named_by_commands_that_take_none(refused, tmp_path, command, complaint):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "t.zip").write_bytes(b"PK\x03\x04" + bytes(40))
    (tmp_path / "empty").mkdir()
    assert complaint in refused(*command, code=1)
