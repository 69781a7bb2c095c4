"""Tests of data in pieces: a list, or a folder of arrays, is to the program what one array or one folder is."""

import json
import shutil
import subprocess

import numpy
import pytest
from conftest import PROGRAM
from PIL import Image

SMALL = ["--generator-width", "8", "--discriminator-width", "8", "--latent-dim", "4", "--samples", "512", "--quiet"]
EVERY = ["--evaluate-every", "256", "--checkpoint-every", "256", "--batch-size", "32", "--metrics", "none"]
TINY = ["--memory", "1000000"]  # bytes: the pictures go to a mapped file


@pytest.fixture(name="pieces")
def made_pieces(tmp_path):
    """The same pictures and points as one array, as a folder of arrays, and as lists; folders of the pictures."""
    rng = numpy.random.default_rng(0)
    pictures = rng.integers(0, 256, size=(360, 32, 32, 3), dtype="uint8")
    points = rng.normal(3, 2, size=(900, 2)).astype("float32")
    for name, whole, cuts in (("pictures", pictures, [7, 100]), ("points", points, [450])):
        numpy.save(tmp_path / f"{name}.npy", whole)
        (tmp_path / name).mkdir()
        for i, piece in enumerate(numpy.split(whole, cuts)):
            numpy.save(tmp_path / name / f"{9 + i}.npy", piece)
        lines = [f"{name}/{9 + i}.npy" for i in range(len(cuts) + 1)]
        (tmp_path / f"{name}.list").write_text("# pieces\n" + "\n".join(lines) + "\n")
    for i, picture in enumerate(pictures):
        folder = tmp_path / "shards" / f"{i * 3 // 360:02}" / ("even" if i % 2 == 0 else "odd")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / f"{i}.png")
    (tmp_path / "shards.list").write_text("shards/00\nshards/01\n\nshards/02\n")
    return tmp_path


def facts(saddle, data, *options):
    """What `saddle data` says, but for the name and the notes."""
    done = saddle("data", data, "--json", *options)
    assert done.returncode == 0, done
    found = json.loads(done.stdout)
    return {key: value for key, value in found.items() if key not in ("name", "problems")}


def tensors(run):
    """The bytes of the last checkpoint's tensors."""
    return (max((run / "checkpoints").iterdir()) / "tensors.safetensors").read_bytes()


def content(run):
    """What tells the run's data from others."""
    return [line for line in (run / "config.toml").read_text().splitlines() if line.startswith("content")]


@pytest.mark.parametrize("name", ["pictures", "points"])
def test_pieces_are_the_array_that_they_make(saddle, pieces, name):
    whole = facts(saddle, f"{name}.npy")
    for data in (f"{name}.list", name):
        assert facts(saddle, data) == whole
        assert facts(saddle, data, *TINY) == whole
    assert "read as one: " in saddle("data", f"{name}.list").stdout


def test_runs_on_pieces_have_the_bytes_of_a_run_on_the_array(saddle, pieces):
    for name, data, options in (("one", "points.npy", []), ("list", "points.list", TINY), ("folder", "points", [])):
        done = saddle("train", data, "--out", name, *SMALL, *EVERY, *options)
        assert done.returncode == 0 and done.stderr == "", done
    assert tensors(pieces / "one") == tensors(pieces / "list") == tensors(pieces / "folder")
    assert content(pieces / "one") == content(pieces / "list") == content(pieces / "folder")


@pytest.mark.parametrize("data", ["shards.list", "pictures.list", "points.list"])
def test_a_run_on_pieces_has_the_same_bytes_for_any_number_of_ranks(saddle, pieces, data):
    extra = ["--labels", "folder", "--network", "conv", "--augment", "flip"] if data == "shards.list" else []
    for ranks in (1, 2):
        options = [*SMALL, *EVERY, *TINY, *extra, "--shards", 4, "--ranks", ranks]
        done = saddle("train", data, "--out", f"{ranks}", *options)
        assert done.returncode == 0 and done.stderr == "", done
    assert tensors(pieces / "1") == tensors(pieces / "2")


def test_two_runs_at_once_do_not_meet(pieces):
    command = [PROGRAM, "train", "pictures.list", *SMALL, *EVERY, *TINY, "--network", "conv", "--out"]
    runs = [subprocess.Popen([*command, name], cwd=pieces) for name in ("a", "b")]
    assert [run.wait(timeout=3600) for run in runs] == [0, 0]
    assert tensors(pieces / "a") == tensors(pieces / "b")


def test_a_run_goes_on_where_its_pieces_are_moved_to(saddle, refused, pieces):
    assert saddle("train", "points.list", "--out", "run", *SMALL, *EVERY).returncode == 0
    shutil.copytree(pieces / "run", pieces / "copy")
    (pieces / "moved").mkdir()
    for name in ("points", "points.list"):
        shutil.move(pieces / name, pieces / "moved" / name)
    more = ["--samples", 1024, "--quiet"]
    assert "points.list: expected the data of run" in refused("train", "--resume", "run", *more, code=1)
    for run, data in (("run", "moved/points.list"), ("copy", "points.npy")):
        done = saddle("train", "--resume", run, "--data", data, *more)
        assert done.returncode == 0 and done.stderr == "", done
    assert tensors(pieces / "run") == tensors(pieces / "copy")
    (pieces / "moved/points.list").write_text("points/10.npy\npoints/9.npy\n")
    text = refused("train", "--resume", "run", "--samples", 2048, code=1)
    assert "their content, or the order of their names, is another" in text


def test_other_commands_take_pieces(saddle, measure, pieces):
    numpy.save(pieces / "far.npy", numpy.random.default_rng(1).normal(20, 2, size=(900, 2)))
    assert measure("points.list", "far.npy", "--metric", "js")["js"]["certified_lower"] > 0.5
    found = measure("shards.list", "pictures", "--metric", "fd", "--features", "random")
    assert found["metrics"]["fd"]["estimate"] < 1e-3
    done = saddle("features", "pictures.list", "--features", "random", "--out", "f.npy")
    assert done.returncode == 0, done
    done = saddle("mle", "points.list", "--out", "mixture", "--components", 2, "--quiet")
    assert done.returncode == 0, done
    whole = saddle("mle", "points.npy", "--out", "other", "--components", 2, "--quiet")
    assert whole.returncode == 0 and tensors(pieces / "mixture") == tensors(pieces / "other")
    stacks = json.loads(saddle("data", "stacked:shards.list", "--channels", "grey", "--json").stdout)
    assert stacks["shape"] == [3, 32, 32] and stacks["count"] == 120


def test_a_piece_that_cannot_be_read_is_named_with_its_line(saddle, refused, pieces):
    def said(text, **options):
        (pieces / "bad.list").write_text(text)
        return refused("data", "bad.list", code=1, **options)

    numpy.save(pieces / "small.npy", numpy.zeros((9, 8, 8, 3), "uint8"))
    (pieces / "cut.npy").write_bytes((pieces / "pictures.npy").read_bytes()[:1000])
    assert said("").startswith("bad.list: expected the path of a piece a line")
    assert said("nothing.npy").startswith(
        "bad.list: line 1: nothing.npy: expected a piece of the data, got a path where"
    )
    assert said("#\npictures.npy\nsmall.npy") == (
        "bad.list: line 3: small.npy: expected rows of the shape [32, 32, 3] of uint8, as in pictures.npy, "
        "got rows of the shape [8, 8, 3] of uint8"
    )
    text = said("pictures.npy\nshards/00")
    assert text == "bad.list: line 2: shards/00: expected an .npy array, as line 1 names, got a folder of images"
    assert said("pictures.npy\ncut.npy").startswith("bad.list: line 2: cut.npy: byte 128: expected 1105920 bytes")
    assert said("points.list").startswith("bad.list: line 1: points.list: expected a folder of images, an IDX file")
    assert "expected every piece once, got that of line 1" in said("points.npy\n./points.npy")
    assert "expected a table for --columns" in refused("data", "points.list", "--columns", "x", code=1)


def test_a_rank_that_lacks_a_piece_says_so(pieces):
    (pieces / "bad.list").write_text("points.npy\nnothing.npy\n")
    command = [PROGRAM, "train", "bad.list", "--out", "run", "--ranks", "2", *SMALL, *EVERY]
    done = subprocess.run(command, cwd=pieces, capture_output=True, text=True, timeout=600)
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done
    assert "bad.list: line 2: nothing.npy: expected a piece of the data" in done.stderr
    assert not (pieces / "run").exists()
