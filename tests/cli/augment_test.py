"""The choice of augmentation, and its bad input, through the program."""

import json
import shutil

import numpy
import pytest

TINY = ["--samples", 160, "--batch-size", 16, "--generator-width", 4, "--discriminator-width", 4, "--seed", 3]
TINY += ["--evaluate-every", 80, "--network", "conv", "--threads", 1]


def write_idx(path, images):
    sizes = b"".join(size.to_bytes(4, "big") for size in images.shape)
    path.write_bytes(bytes([0, 0, 8, images.ndim]) + sizes + images.astype(numpy.uint8).tobytes())


@pytest.fixture(name="leaning")
def leaning_images(tmp_path):
    """Strokes that lean to the right, anywhere, under noise: a hand's ones."""
    random = numpy.random.default_rng(1)
    images = random.integers(60, size=(400, 8, 8))
    for image, place in zip(images, random.integers(5, size=400), strict=True):
        for row in range(8):
            image[7 - row, place + row // 3] += 180
    write_idx(tmp_path / "leaning-images-idx3-ubyte", images)
    return "leaning-images-idx3-ubyte"


@pytest.fixture(name="even")
def symmetric_images(tmp_path):
    """A bright row in noise."""
    random = numpy.random.default_rng(2)
    images = random.integers(60, size=(400, 8, 8))
    images[numpy.arange(400), random.integers(8, size=400)] += 180
    write_idx(tmp_path / "even-images-idx3-ubyte", images)
    return "even-images-idx3-ubyte"


def test_auto_takes_flips_where_images_are_symmetric_and_says_so(saddle, leaning, even, tmp_path):
    for data, kinds, why in [
        (leaning, "shift,scale,colour,cutout", "; no flips: a critic tells "),
        (even, "flip,shift,scale,colour,cutout", "; flips: a critic tells "),
    ]:
        done = saddle("train", data, "--out", f"run-{data}", *TINY, "--augment", "auto")
        assert done.returncode == 0, done
        (line,) = (line for line in done.stdout.splitlines() if line.startswith("augment "))
        assert line.split()[1] == kinds + "," and why in line and "of 160 images from their mirror images, p = " in line
        assert f"augment = '{kinds}'" in (tmp_path / f"run-{data}/config.toml").read_text()


def test_flips_of_what_is_not_symmetric_bring_a_warning(saddle, leaning, even):
    for kinds in ("flip", "shift,flip"):
        done = saddle("train", leaning, "--out", kinds, *TINY, "--quiet", "--augment", kinds)
        assert done.returncode == 0 and done.stderr.startswith("warning: --augment flip: a critic tells "), done
        assert "left and right do not mean the same" in done.stderr and done.stderr.count("\n") == 1
    done = saddle("train", even, "--out", "even", *TINY, "--quiet", "--augment", "flip")
    assert done.returncode == 0 and done.stderr == "", done


def test_few_images_get_no_flips_by_themselves(saddle, tmp_path):
    write_idx(tmp_path / "few-images-idx3-ubyte", numpy.random.default_rng(3).integers(255, size=(60, 8, 8)))
    done = saddle("train", "few-images-idx3-ubyte", "--out", "run", *TINY, "--augment", "auto")
    assert "no flips: too little is known to tell whether images are symmetric" in done.stdout, done


def test_a_run_through_augmentation_records_it_and_goes_on_exactly(saddle, even, tmp_path):
    plan = [*TINY, "--augment", "flip,shift,rotation,cutout", "--samples", 2400, "--checkpoint-every", 800, "--quiet"]
    plan += ["--updates", "simultaneous", "--objective", "relativistic", "--discriminator-rate", 1e-2]
    for name in ("whole", "cut"):
        assert saddle("train", even, "--out", name, *plan).returncode == 0
    for path in (tmp_path / "cut/checkpoints").iterdir():
        if int(path.name) > 800:
            shutil.rmtree(path)
    assert saddle("train", "--resume", "cut", "--quiet").returncode == 0
    lines = [
        [{**json.loads(line), "seconds": 0} for line in (tmp_path / name / "records.jsonl").read_text().splitlines()]
        for name in ("whole", "cut")
    ]
    assert lines[0] == lines[1]
    assert {"augmentation/probability", "discriminator/held_out_gap"} <= {line["name"] for line in lines[0]}


@pytest.mark.parametrize("kinds", ["auto", "flip", "shift,cutout"])
def test_points_are_not_augmented(refused, tmp_path, kinds):
    (tmp_path / "table.csv").write_text("a,b\n" + "".join(f"{i},{i * i}\n" for i in range(200)))
    for data in ("builtin:ring", "table.csv"):
        for command in (["data", data], ["train", data, "--out", "run"]):
            text = refused(*command, "--augment", kinds, code=2)
            assert "augment" in text and "expected" in text and "points" in text, text


def test_unknown_kinds_are_refused_with_the_nearest(refused, even):
    text = refused("train", even, "--out", "run", "--augment", "shift,rotate", code=2)
    assert text.startswith("--augment: unknown augmentation 'rotate' (did you mean 'rotation'? known: none, auto, flip")
    assert "got 'shift' twice" in refused("train", even, "--out", "run", "--augment", "shift,shift", code=2)
