"""Class-conditional runs through the program: labels in, samples by class out, walks, and runs that are like others."""

import json
import re
import shutil
import struct

import numpy as np
import pytest
from PIL import Image

SMALL = ["--network", "conv", "--samples", 320, "--batch-size", 16, "--latent-dim", 4, "--threads", 1]
SMALL += ["--generator-width", 4, "--discriminator-width", 4]
COUNTS = {"cat": 60, "dog": 40, "frog, green": 20}


def picture(rng, channel):
    x = rng.integers(0, 80, (8, 8, 3))
    x[:, :, channel] += 150
    return x.astype(np.uint8)


def write_pets(folder, counts=COUNTS):
    rng = np.random.default_rng(5)
    for channel, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            Image.fromarray(picture(rng, channel % 3)).save(folder / name / f"{i}.png")


@pytest.fixture(name="pets")
def labelled_folder(tmp_path):
    """Three classes, one a folder: red, green and blue pictures."""
    write_pets(tmp_path / "pets")
    return tmp_path / "pets"


@pytest.fixture(name="run")
def conditional_run(saddle, pets, tmp_path):
    done = saddle("train", pets, "--labels", "folder", "--out", "run", *SMALL)
    assert done.returncode == 0, done
    assert "classes   3: cat (60), dog (40), frog, green (20)\n" in done.stdout
    return tmp_path / "run"


def weights(run):
    newest = sorted((run / "checkpoints").iterdir())[-1]
    return (newest / "tensors.safetensors").read_bytes()


def config(run):
    return (run / "config.toml").read_text()


def shape_of_grid(path, cell=8, factor=6):
    width, height = Image.open(path).size
    return (height + 2) // (cell * factor + 2), (width + 2) // (cell * factor + 2)


# ---- training ----------------------------------------------------------------------------------------------------


def test_a_run_keeps_its_classes_and_shows_them_in_rows(run):
    text = config(run)
    assert "labels = ['cat', 'dog', 'frog, green']" in text and "label_counts = [60, 40, 20]" in text
    assert re.search(r"^labels = 'folder'$", text, re.M)
    grids = [entry for entry in (run / "samples").iterdir() if entry.stem.isdigit()]
    assert {shape_of_grid(grid) for grid in [*grids, run / "samples/real.png"]} == {(6, 8)}
    real = np.asarray(Image.open(run / "samples/real.png")).astype(int)
    for row, channel in enumerate([0, 0, 1, 1, 2, 2]):
        colours = real[row * 50 : row * 50 + 48, :48].mean((0, 1))
        assert colours.argmax() == channel
    page = (run / "report.html").read_text()
    assert '"rows":["cat","cat","dog","dog","frog, green","frog, green"]' in page


@pytest.mark.parametrize(
    "extra", [[], ["--class-balance", "even"], ["--objective", "relativistic", "--updates", "simultaneous"]]
)
def test_a_run_goes_on_to_the_same_bytes(saddle, pets, tmp_path, extra):
    whole = saddle("train", pets, "--labels", "folder", "--out", "whole", *SMALL, "--checkpoint-every", 160, *extra)
    assert whole.returncode == 0, whole
    assert ("training shows each equally often" in whole.stdout) == ("even" in extra)
    newest = sorted((tmp_path / "whole/checkpoints").iterdir())[-1]
    shutil.copytree(tmp_path / "whole", tmp_path / "again")
    shutil.rmtree(tmp_path / "again/checkpoints" / newest.name)
    assert saddle("train", "--resume", "again").returncode == 0
    assert weights(tmp_path / "again") == weights(tmp_path / "whole")


def test_labels_come_from_a_table_too(saddle, pets, tmp_path):
    lines = ["file,label"]
    (tmp_path / "flat").mkdir()
    for i, file in enumerate(sorted(pets.glob("*/*.png"))):
        shutil.copy(file, tmp_path / f"flat/{i}.png")
        lines.append(f'{i}.png,"{file.parent.name}"')
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\nnot-there.png,cat\n")
    done = saddle("train", "flat", "--labels", "labels.csv", "--out", "flat-run", *SMALL)
    assert done.returncode == 0, done
    assert "classes   3: cat (60), dog (40), frog, green (20)\n" in done.stdout
    assert "labels.csv: 1 label of a file that is no image of flat" in done.stdout
    assert f"labels = '{tmp_path}/labels.csv'" in config(tmp_path / "flat-run")
    (tmp_path / "labels.csv").rename(tmp_path / "moved.csv")
    more = ["--samples", 480]
    gone = saddle("train", "--resume", "flat-run", *more)
    assert gone.returncode == 2 and "where there is no file" in gone.stderr
    assert saddle("train", "--resume", "flat-run", "--labels", "moved.csv", *more).returncode == 0
    (tmp_path / "moved.csv").write_text("\n".join(lines).replace('12.png,"cat"', '12.png,"dog"'))
    other = saddle("train", "--resume", "flat-run", *more[:1], 640)
    assert other.returncode == 1 and "expected the labels that flat-run was trained on, got others" in other.stderr


@pytest.mark.parametrize("form", ["column", "rows", "npy"])
def test_arrays_take_a_label_a_row(saddle, tmp_path, form):
    rng = np.random.default_rng(2)
    of_rows = np.arange(90) % 3
    np.save(tmp_path / "x.npy", np.stack([picture(rng, k) for k in of_rows]))
    if form == "npy":
        np.save(tmp_path / "labels.npy", of_rows + 9)
        labels = "labels.npy"
    else:
        labels = "labels.tsv"
        rows = [f"{i}\t{k + 9}" if form == "rows" else str(k + 9) for i, k in enumerate(of_rows)]
        (tmp_path / labels).write_text("\n".join(["row\tlabel" if form == "rows" else "label", *rows]) + "\n")
    done = saddle("train", "x.npy", "--labels", labels, "--out", "run", *SMALL)
    assert done.returncode == 0, done
    assert "classes   3: 9 (30), 10 (30), 11 (30)\n" in done.stdout


def test_idx_files_bring_labels_and_data_without_any_play_without(saddle, tmp_path):
    rng = np.random.default_rng(2)
    images = rng.integers(0, 255, (60, 8, 8)).astype(np.uint8)
    (tmp_path / "x-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, 60, 8, 8) + images.tobytes())
    (tmp_path / "x-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, 60) + bytes([0, 2] * 30))
    done = saddle("train", "x-images-idx3-ubyte", "--labels", "auto", "--out", "run", *SMALL)
    assert done.returncode == 0, done
    assert "classes   2: 0 (30), 2 (30)\n" in done.stdout
    missing = saddle("sample", "run", "--labels", "1=2", "--out", "x.png")
    assert missing.returncode == 2
    assert "expected a class that the data of run have images of, got '1'" in missing.stderr
    (tmp_path / "x-labels-idx1-ubyte").unlink()
    plain = saddle("train", "x-images-idx3-ubyte", "--labels", "auto", "--out", "plain", *SMALL)
    assert plain.returncode == 0 and "the data bring none: the game is not class-conditional" in plain.stdout
    assert re.search(r"^labels = 'none'$", config(tmp_path / "plain"), re.M)


# ---- sampling ----------------------------------------------------------------------------------------------------


def test_samples_come_by_class_and_say_of_which(saddle, run, tmp_path):
    done = saddle("sample", run, "--labels", "frog, green=3,cat=5", "--out", "grid.png", "--json")
    assert json.loads(done.stdout)["labels"] == {"cat": 5, "frog, green": 3}
    assert shape_of_grid(tmp_path / "grid.png") == (2, 5)
    assert saddle("sample", run, "--labels", "frog, green=3,cat=5", "--out", "x.npy").returncode == 0
    assert (tmp_path / "x.labels.csv").read_text() == "label\n" + '"frog, green"\n' * 3 + "cat\n" * 5
    done = saddle("sample", run, "--count", 60, "--out", "new", "--json")
    counts = json.loads(done.stdout)["labels"]
    assert sum(counts.values()) == 60 and counts["cat"] > counts["frog, green"]
    again = json.loads(saddle("data", "new", "--labels", "new/labels.csv", "--json").stdout)
    assert {label["name"]: label["count"] for label in again["labels"]} == counts


def test_the_same_latents_give_other_pictures_of_another_class(saddle, run, tmp_path):
    for name in ("cat", "dog"):
        assert saddle("sample", run, "--labels", f"{name}=4", "--out", f"{name}.npy").returncode == 0
    assert not np.array_equal(np.load(tmp_path / "cat.npy"), np.load(tmp_path / "dog.npy"))


def test_truncation_takes_variety_away(saddle, run, tmp_path):
    spread = []
    for x in (0.01, 0.5, 1):
        done = saddle("sample", run, "--labels", "cat=40", "--truncation", x, "--out", "x.npy")
        assert done.returncode == 0, done
        spread.append(np.load(tmp_path / "x.npy").astype(float).std(0).mean())
    assert spread[0] < 0.2 * spread[1] and spread[1] < spread[2]


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_a_walk_is_a_closed_animation_of_each_class(saddle, run, tmp_path, ending):
    done = saddle("sample", run, "--interpolate", 3, "--out", f"walk.{ending}")
    assert done.returncode == 0, done
    assert "wrote 3 walks to" in done.stdout
    walk = Image.open(tmp_path / f"walk.{ending}")
    assert walk.n_frames == 3 * 16 and walk.info["loop"] == 0
    frames = []
    for i in range(walk.n_frames):
        walk.seek(i)
        frames.append(np.asarray(walk.convert("RGB")).astype(float))
        assert walk.info["duration"] == 60
    assert frames[0].shape == (98, 98, 3)  # three tiles of 48 pixels in two columns
    steps = [np.abs(a - b).mean() for a, b in zip(frames, [*frames[1:], frames[0]])]
    assert max(steps) < 3 * np.median(steps) + 1  # the last frame goes over into the first as any into its next


def test_a_walk_in_a_png_has_a_row_for_each(saddle, run, tmp_path):
    walks = ["--labels", "cat=2,dog=1", "--interpolate", 4]
    assert saddle("sample", run, *walks, "--out", "walks.png").returncode == 0
    assert shape_of_grid(tmp_path / "walks.png") == (3, 16)
    assert saddle("sample", run, *walks, "--truncation", 0.5, "--out", "other.png").returncode == 0
    assert (tmp_path / "walks.png").read_bytes() != (tmp_path / "other.png").read_bytes()


# ---- other commands ----------------------------------------------------------------------------------------------


def test_a_run_like_another_takes_its_options(saddle, run, tmp_path):
    write_pets(tmp_path / "others", {"owl": 40, "eel": 40})
    done = saddle("train", "others", "--like", run, "--out", "like", "--batch-size", 8)
    assert done.returncode == 0, done
    assert f"like      the options of {run}, but batch_size = 8\n" in done.stdout
    before, after = (
        set(config(path).split("[options]")[1].split("[networks]")[0].split("\n")) for path in (run, tmp_path / "like")
    )
    assert after - before == {"batch_size = 8"}
    assert "labels = ['eel', 'owl']" in config(tmp_path / "like")


def test_a_run_is_measured_against_its_labelled_data(saddle, pets, tmp_path):
    done = saddle("train", pets, "--labels", "folder", "--out", "run", *SMALL, "--split", "40,10,50")
    assert done.returncode == 0, done
    found = saddle("measure", "run", "--count", 90, "--json", "--metric", "kd", "--features", "random")
    assert found.returncode == 0, found
    classes = json.loads(found.stdout)["classes"]
    assert list(classes) == list(COUNTS)
    assert sum(one["p_count"] for one in classes.values()) == 60
    assert sum(one["q_count"] for one in classes.values()) == 90
    assert all(one["kd"]["estimate"] > 0 for one in classes.values())
    text = saddle("measure", "run", "--count", 90, "--metric", "kd", "--features", "random").stdout
    assert re.search(r"^cat +\d+ +\d+ +[\d.]+", text, re.M)
    assert saddle("report", "run").returncode == 0


# ---- what is wrong -----------------------------------------------------------------------------------------------


def test_labels_that_a_game_cannot_be_played_with_are_refused(refused, pets, tmp_path):
    def of(data, *more, code=1):
        return refused("train", data, "--out", "no", "--quiet", *SMALL, *more, code=code)

    folder = ("--labels", "folder")
    assert of("builtin:ring", *folder) == "builtin:ring: expected images for --labels folder, got points"
    assert of(pets / "cat", *folder).endswith(
        "cat: expected images in a folder for each class for --labels folder, got all of them in one "
        "(--labels FILE takes the labels of a file)"
    )
    assert of(pets, *folder, "--network", "dcgan", code=2) == (
        "--labels: expected a network that takes labels (--network conv or residual or table), got dcgan"
    )
    assert (
        of(pets, "--class-balance", "even", code=2)
        == "--class-balance: expected --labels or --condition beside it, got none"
    )
    assert "got 'nowhere.csv', where there is no file" in of(pets, "--labels", "nowhere.csv", code=2)
    by_folder = of(pets, *folder, "--group", "folder")  # each of the three in another part
    assert "expected images of each class in the part train, got none of '" in by_folder
    assert "' and 1 other class (" in by_folder
    np.save(tmp_path / "x.npy", np.zeros((30, 8, 8), np.uint8) + np.arange(30, dtype=np.uint8)[:, None, None])
    assert "expected a folder of images for --labels folder, got NPY" in of("x.npy", *folder)
    shutil.copy(pets / "cat/0.png", pets / "stray.png")
    assert of(pets, *folder).endswith(
        "expected every image in the folder of its class for --labels folder, got 1 beside the folders, without a label"
    )
    (pets / "stray.png").unlink()
    (pets / "owl").mkdir()
    (pets / "cat/0.png").rename(pets / "owl/0.png")
    assert "expected at least two images of each class, got one of 'owl'" in of(pets, *folder)
    assert not (tmp_path / "no").exists()


def test_label_files_that_are_wrong_are_refused(refused, pets, tmp_path):
    files = sorted(str(file.relative_to(pets)) for file in pets.glob("*/*.png"))
    rows = {name: (name[0], i) for i, name in enumerate(files)}

    def of(lines, header="file;label", code=1):
        (tmp_path / "labels.csv").write_text("\n".join([header, *lines]) + "\n")
        text = refused("train", pets, "--labels", "labels.csv", "--out", "no", "--quiet", *SMALL, code=code)
        assert text.startswith(("labels.csv: ", f"{pets}: "))
        return text

    whole = [f"{name};{rows[name][0]}" for name in files]
    assert "expected a label for each of the 120 images" in (missing := of(whole[:-2]))
    assert "got none for 2, the first: " + files[-2] in missing
    assert "row 3: expected a label, got an empty field" in of([*whole[:2], files[2] + ";", *whole[3:]])
    assert "expected one label for 'cat/0.png', got 'c' and 'x'" in of([*whole, "cat/0.png;x"])
    assert "expected two columns, a file and its label, got 3 columns" in of([f"{row};1" for row in whole], "a;b;c")
    assert "got one of '0' and 119 other classes" in of([f"{name};{rows[name][1]}" for name in files])
    assert "expected at least two classes" in of([f"{name};a" for name in files])


def test_samples_that_a_run_cannot_give_are_refused(refused, run, saddle, tmp_path):
    def of(*more, code=2, out="x.png", path=run):
        return refused("sample", path, "--out", out, *more, code=code)

    assert of("--labels", "dgo=3") == "--labels: unknown class 'dgo' (did you mean 'dog'? known: cat, dog, frog, green)"
    assert "as in cat=8,dog=8, got 'cat'" in of("--labels", "cat")
    assert "got 'cat=0'" in of("--labels", "cat=0")
    assert "--labels NAME=N,... or --count, not both" in of("--labels", "cat=2", "--count", 4)
    for x in ("0", "1.01", "-1", "nan", "much"):
        assert of("--truncation", x) == f"--truncation: expected a number above 0, at most 1, got {x}"
    assert "expected FILE.gif, FILE.webp or FILE.png for --interpolate" in of("--interpolate", 4, out="x.npy")
    assert "a walk through latents is one: --interpolate N" in of(out="x.gif")
    points = saddle(
        "train",
        "builtin:ring",
        "--out",
        "ring",
        "--samples",
        640,
        "--batch-size",
        16,
        "--generator-rate",
        0.002,
        "--quiet",
    )
    assert points.returncode == 0, points
    assert of("--interpolate", 4, path="ring") == "--interpolate: expected a run on images, got ring, a run on points"
    assert "expected a class-conditional run" in of("--labels", "cat=2", path="ring")
    assert "expected a run on images" in refused("train", tmp_path / "pets", "--like", "ring", "--out", "no", code=2)
    assert "--preset: expected none beside --like" in refused(
        "train", "builtin:ring", "--like", "ring", "--out", "no", "--preset", "points", code=2
    )
    assert "--like RUN for a new run alone" in refused("train", "--resume", "ring", "--like", run, code=2)
    assert "expected folder, as" in refused("train", "--resume", run, "--labels", "auto", code=2)
