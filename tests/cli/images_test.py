"""Tests of images through the program: odd files, sizes, transparency, and two kinds of images side by side."""

import json
import resource
import shutil
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

RNG = np.random.default_rng(7)
SMALL = ["--generator-width", 16, "--discriminator-width", 16, "--quiet"]


def picture(i, height=40, width=40):
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([(x * 5 + i * 3) % 256, (y * 6) % 256, (x * y + i) % 256], 2).astype(np.uint8)


def rgba(i):
    y, x = np.mgrid[0:40, 0:40]
    return np.dstack([picture(i), np.where((x - 20) ** 2 + (y - 20) ** 2 < 200, 255, 0).astype(np.uint8)])


def write(folder, count, make, ending="png", **options):
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        make(i).save(folder / f"{i}.{ending}", **options)


@pytest.fixture(name="found")
def found_data(saddle):
    def run(*arguments):
        done = saddle("data", *arguments, "--json")
        assert done.returncode == 0, done
        return json.loads(done.stdout)

    return run


def noted(found, words):
    return any(words in problem for problem in found["problems"])


# ---- files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["jfif", "jpe", "JIF", "img", "1"])
def test_jpegs_are_found_under_any_name(found, tmp_path, ending):
    write(tmp_path / "x", 12, lambda i: Image.fromarray(picture(i)), ending, format="JPEG")
    (tmp_path / "x/notes").write_text("no image")
    assert found("x")["count"] == 12


def test_junk_before_a_jpegs_end_is_read_as_pillow_reads_it(saddle, found, tmp_path):
    write(tmp_path / "junk", 12, lambda i: Image.fromarray(picture(i)), "jpg", quality=90)
    for file in (tmp_path / "junk").iterdir():
        data = file.read_bytes()
        file.write_bytes(data[:-2] + b"\x11" * 17 + data[-2:])
    seen = found("junk")
    assert seen["count"] == 12 and noted(seen, "12 images read in spite of a warning, the first: junk/0.jpg: ")
    assert saddle("data", "junk", "--out", "sheet.png").returncode == 0
    by_pillow = np.stack([np.asarray(Image.open(file)) for file in (tmp_path / "junk").iterdir()]).astype(int)
    first = np.asarray(Image.open(tmp_path / "sheet.png"))[:80:2, :80:2].astype(int)  # each pixel stands four times
    assert np.abs(by_pillow - first).max((1, 2, 3)).min() <= 2


def test_a_cut_jpeg_is_still_refused(refused, tmp_path):
    write(tmp_path / "cut", 5, lambda i: Image.fromarray(picture(i)), "jpg")
    data = (tmp_path / "cut/3.jpg").read_bytes()
    (tmp_path / "cut/3.jpg").write_bytes(data[: len(data) * 2 // 3])
    assert refused("data", "cut", code=1).startswith("cut/3.jpg: expected a whole JPEG")


def test_twelve_bits_in_sixteen_fill_the_range(saddle, found, tmp_path):
    values = RNG.integers(0, 4096, (12, 20, 20)).astype(np.uint16)
    write(tmp_path / "deep", 12, lambda i: Image.fromarray(values[i]))
    assert noted(found("deep"), f"16-bit images hold numbers up to {values.max()}: 4095 is taken for white")
    saddle("data", "deep", "--out", "sheet.png")
    assert np.asarray(Image.open(tmp_path / "sheet.png")).max() == 255


def test_two_sets_of_sixteen_bits_are_measured_with_one_white(saddle, tmp_path):
    bright = RNG.integers(0, 4096, (120, 8, 8)).astype(np.uint16)
    write(tmp_path / "p", 120, lambda i: Image.fromarray(bright[i]))
    write(tmp_path / "q", 120, lambda i: Image.fromarray(bright[i] // 2))  # up to 2047: half as bright, not the same
    found = json.loads(saddle("measure", "p", "q", "--json", "--divergence", "kl").stdout)
    assert found["js"]["estimate"] > 0.3
    assert any("q: 16-bit images" in w and "4095 is taken for white" in w for w in found["warnings"])


def test_equal_images_are_named_for_what_they_are(refused, tmp_path):
    write(tmp_path / "same", 60, lambda i: Image.fromarray(picture(3)))
    assert "got 60 copies of one" in refused("data", "same", code=1)
    assert "got 60 copies of one" in refused("measure", "same", "same", code=1)


def test_memory_that_is_short_names_the_image(refused, saddle, tmp_path):
    write(tmp_path / "x", 4, lambda i: Image.fromarray(picture(i)))
    png = (tmp_path / "x/0.png").read_bytes()
    head = b"IHDR" + struct.pack(">II", 200_000, 200_000) + png[24:29]
    (tmp_path / "x/large.png").write_bytes(png[:12] + head + struct.pack(">I", zlib.crc32(head)) + png[33:])
    limits = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_AS, (8_000_000_000, 8_000_000_000))}
    text = refused("data", "x", "--max-pixels", 10**11, code=1, **limits)
    assert (
        text.startswith("x/large.png: expected memory for an image of 200000 x 200000 pixels")
        and "--max-pixels" in text
    )
    assert (
        json.loads(saddle("data", "x", "--max-pixels", 10**11, "--skip-bad", "--json", **limits).stdout)["count"] == 4
    )


# ---- transparency ------------------------------------------------------------------------------------------------


def test_transparency_is_laid_on_a_colour_that_is_said(found, saddle, tmp_path):
    write(tmp_path / "clear", 12, lambda i: Image.fromarray(rgba(i), "RGBA"))
    assert noted(found("clear"), "12 images with transparency, laid on white")
    assert noted(found("clear", "--background", "#102030"), "laid on #102030")
    saddle("data", "clear", "--background", "#102030", "--out", "sheet.png")
    assert (np.asarray(Image.open(tmp_path / "sheet.png"))[0, 0] == [16, 32, 48]).all()


def test_a_colour_that_is_none_is_refused(refused):
    assert refused("data", "builtin:faces", "--background", "mauve", code=2).startswith(
        "--background: expected white, black"
    )


def test_transparency_is_kept_trained_and_written(saddle, found, tmp_path):
    write(tmp_path / "clear", 80, lambda i: Image.fromarray(rgba(i), "RGBA"))
    assert found("clear", "--channels", "rgba")["shape"] == [4, 40, 40]
    plan = ["--channels", "rgba", "--samples", 192, "--batch-size", 32, *SMALL]
    assert saddle("train", "clear", "--out", "run", *plan).returncode == 0
    for target in ("grid.png", "new.npy", "new"):
        assert saddle("sample", "run", "--count", 9, "--out", target).returncode == 0
    assert Image.open(tmp_path / "new/0.png").mode == Image.open(tmp_path / "grid.png").mode == "RGBA"
    assert (np.asarray(Image.open(tmp_path / "new/4.png")) == np.load(tmp_path / "new.npy")[4]).all()
    assert Image.open(tmp_path / "run/samples/real.png").mode == "RGBA"
    assert saddle("report", "run").returncode == 0
    again = saddle("data", "new.npy", "--channels", "rgba", "--json")
    assert json.loads(again.stdout)["shape"] == [4, 40, 40]


# ---- sizes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("height", "width"), [(28, 28), (13, 30), (9, 8)])
def test_images_come_out_in_the_size_they_went_in(saddle, tmp_path, height, width):
    np.save(tmp_path / "x.npy", RNG.integers(0, 256, (300, height, width)).astype(np.uint8))
    plan = ["--samples", 192, "--batch-size", 32, "--split", "50,25,25", *SMALL]
    assert saddle("train", "x.npy", "--out", "run", *plan).returncode == 0
    for target in ("grid.png", "new.npy", "new"):
        assert saddle("sample", "run", "--count", 4, "--out", target).returncode == 0
    assert np.load(tmp_path / "new.npy").shape == (4, height, width)
    assert Image.open(tmp_path / "new/0.png").size == (width, height)
    assert saddle("train", "--resume", "run", "--samples", 256, "--quiet").returncode == 0
    measured = saddle("measure", "run", "--count", 60, "--divergence", "kl", "--json")
    assert measured.returncode == 0, measured
    assert saddle("mle", "x.npy", "--out", "blur", "--components", 2, "--iterations", 2, "--quiet").returncode == 0
    assert saddle("sample", "blur", "--count", 4, "--out", "blur.npy").returncode == 0
    assert np.load(tmp_path / "blur.npy").shape == (4, height, width)


def test_several_sizes_are_cut_and_that_is_said(found, tmp_path):
    write(tmp_path / "x", 12, lambda i: Image.fromarray(picture(i, 30 + i, 40)))
    seen = found("x")
    assert seen["shape"] == [3, 32, 32]
    assert noted(
        seen, "images of several sizes are cut to their central squares and resized to 32 x 32 (--image-size N"
    )
    write(tmp_path / "wide", 12, lambda i: Image.fromarray(picture(i, 20, 40)))
    assert found("wide")["shape"] == [3, 20, 40] and found("wide", "--crop", "square")["shape"] == [3, 20, 20]


def test_a_run_from_before_goes_on_in_the_size_it_was_trained_in(saddle, tmp_path):
    """Until sizes were kept, images of 20 x 20 were resized to 16 x 16, and config.toml said image_size = 0."""
    np.save(tmp_path / "x.npy", RNG.integers(0, 256, (400, 20, 20)).astype(np.uint8))
    plan = ["--image-size", 16, "--samples", 192, "--batch-size", 32, *SMALL]
    assert saddle("train", "x.npy", "--out", "run", *plan).returncode == 0
    config = tmp_path / "run/config.toml"
    lines = [
        line
        for line in config.read_text().splitlines()
        if not line.startswith(("content", "white", "crop", "background"))
    ]
    config.write_text("\n".join(lines).replace("image_size = 16", "image_size = 0") + "\n")
    for checkpoint in (tmp_path / "run/checkpoints").iterdir():  # they hold the options too; it begins again
        shutil.rmtree(checkpoint)
    done = saddle("train", "--resume", "run", "--samples", 256)
    assert done.returncode == 0 and "finished at 256 samples" in done.stdout, done
    assert saddle("sample", "run", "--count", 4, "--out", "new.npy").returncode == 0
    assert np.load(tmp_path / "new.npy").shape == (4, 16, 16)


# ---- two kinds of images -----------------------------------------------------------------------------------------


def test_images_of_two_kinds_are_brought_together_as_the_error_says(saddle, refused, tmp_path):
    write(tmp_path / "p", 60, lambda i: Image.fromarray(picture(i, 28, 28)))
    write(tmp_path / "q", 60, lambda i: Image.fromarray(picture(i + 100, 32, 32)[..., 0]))
    text = refused("measure", "p", "q", code=1)
    assert "28 x 28 rgb, got 32 x 32 grey (bring them together by --image-size 28 and --channels grey)" in text
    done = saddle("measure", "p", "q", "--image-size", 28, "--channels", "grey", "--divergence", "kl")
    assert done.returncode == 0 and "28x28 grey" in done.stdout, done
    assert refused("measure", "builtin:ring", "builtin:ring", "--image-size", 28, code=2).startswith(
        "--image-size: expected images"
    )


# ---- data that moved or changed ----------------------------------------------------------------------------------


def test_data_that_moved_are_found_again_and_others_refused(saddle, refused, tmp_path):
    write(tmp_path / "x", 90, lambda i: Image.fromarray(picture(i, 16, 16)))
    assert saddle("train", "x", "--out", "run", "--samples", 128, "--batch-size", 32, *SMALL).returncode == 0
    history = (tmp_path / "run/history.jsonl").read_bytes()
    (tmp_path / "x").rename(tmp_path / "elsewhere")
    text = refused("train", "--resume", "run", "--samples", 256, code=1)
    assert text.startswith(f"{tmp_path}/x: ") and "--resume run --data NEWPATH" in text
    shutil.copytree(tmp_path / "elsewhere", tmp_path / "fewer")
    (tmp_path / "fewer/7.png").unlink()
    text = refused("train", "--resume", "run", "--data", "fewer", code=1)
    assert text.startswith(f"{tmp_path}/fewer: expected the 90 images") and "got 89" in text
    shutil.copytree(tmp_path / "elsewhere", tmp_path / "other")
    Image.fromarray(picture(500, 16, 16)).save(tmp_path / "other/7.png")
    assert "their content" in refused("train", "--resume", "run", "--data", "other", code=1)
    assert (tmp_path / "run/history.jsonl").read_bytes() == history
    done = saddle("train", "--resume", "run", "--data", "elsewhere", "--samples", 192, "--quiet")
    assert done.returncode == 0, done
    assert f"path = '{tmp_path}/elsewhere'" in (tmp_path / "run/config.toml").read_text()
    assert saddle("train", "--resume", "run", "--samples", 256, "--quiet").returncode == 0
    (tmp_path / "elsewhere").rename(tmp_path / "home")
    assert saddle("train", "--resume", "run", "--data", "home", "--quiet").returncode == 0  # finished, and moved
    assert f"path = '{tmp_path}/home'" in (tmp_path / "run/config.toml").read_text()


def test_few_folders_come_as_near_to_the_shares_as_they_can(found, refused, tmp_path):
    for folder, count in (("a", 20), ("b", 6), ("c", 4), ("d", 50)):
        write(
            tmp_path / "people" / folder, count, lambda i, f=folder: Image.fromarray(picture(i + 100 * ord(f), 16, 16))
        )
    seen = found("people", "--group", "folder")
    assert seen["parts"]["train"] == 70 and sorted([seen["parts"]["select"], seen["parts"]["test"]]) == [4, 6]
    assert noted(seen, "train, select and test have 88, ") and noted(
        seen, "instead of 80, 10 and 10: as near as 4 whole folders come"
    )
    assert "at least 3 groups" in refused("data", "people/a", "--group", "folder", code=1)
