"""Tests of `saddle data`: what it says for people and for programs, its sheet, and what it refuses."""

import json
import os
import struct

import numpy
import pytest
from PIL import Image


def write_pictures(folder, count, size=(20, 20), first=10):
    """Evenly grey pictures of the values first, first + 1, ..."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        Image.new("L", size, first + i).save(folder / f"{i}.png")


def test_it_says_what_it_sees_in_a_folder(saddle, tmp_path):
    write_pictures(tmp_path / "photos/cats", 12, (20, 40))
    write_pictures(tmp_path / "photos/dogs", 8, (20, 40), 100)
    text = saddle("data", "photos").stdout
    for words in ("20x40 pixels", "20x40 grey", "nothing is lost"):
        assert words in text, text
    text = saddle("data", "photos", "--crop", "square").stdout
    for words in ("image folder", "20: train 16, select 2, test 2", "20x40 pixels", "20x20 grey", "50.0 %"):
        assert words in text, text
    for words in ("2: cats (12), dogs (8)", "small data", "fewer than 500"):
        assert words in text, text


def test_json_holds_the_same(saddle, tmp_path):
    write_pictures(tmp_path / "photos/cats", 12, (20, 40))
    write_pictures(tmp_path / "photos/<script>", 8)
    found = json.loads(saddle("data", "photos", "--json", "--image-size", "32").stdout)
    assert found["count"] == 20
    assert found["parts"] == {"train": 16, "select": 2, "test": 2}
    assert found["shape"] == [1, 32, 32]
    assert found["labels"] == [{"name": "<script>", "count": 8}, {"name": "cats", "count": 12}]
    assert found["largest"] == {"width": 20, "height": 40}
    assert any("enlarged" in problem for problem in found["problems"])


def test_the_sheet_shows_the_prepared_images(saddle, tmp_path):
    write_pictures(tmp_path / "photos", 20)
    saddle("data", "photos", "--out", "sheet.png")
    sheet = numpy.array(Image.open(tmp_path / "sheet.png"))
    assert sheet.ndim == 2 and len({10 + i for i in range(20)} & set(sheet.ravel().tolist())) == 16  # the training part


def test_built_in_faces_and_points_have_sheets(saddle, tmp_path):
    assert saddle("data", "builtin:faces", "--image-size", "16", "--out", "faces.png").returncode == 0
    assert saddle("data", "builtin:ring", "--out", "ring.png").returncode == 0
    assert Image.open(tmp_path / "faces.png").mode == "RGB"
    assert Image.open(tmp_path / "ring.png").size == (480, 480)


def test_the_schema_of_a_table_is_shown_a_line_a_column(saddle, tmp_path):
    rows = [
        f"{20 + i},{'f' if i % 3 else 'm'},2024-05-{i + 1:02},{'' if i == 4 else 1.5},{i % 2 == 0}" for i in range(30)
    ]
    (tmp_path / "people.csv").write_text("\n".join(["age,sex,day,height,member", *rows]) + "\n")
    text = saddle("data", "people.csv").stdout
    for line in (
        "kind      table",
        "columns   age: number, 20 to 49; drawn from 24 values",
        "          sex: category, 2 levels: 'f', 'm'; drawn from 2 levels",
        "          day: date, 2024-05-01 to 2024-05-30; drawn from 24 values",
        "          height: number, 1.5 to 1.5, missing as ''; drawn from 2 values",
        "          member: truth, False or True; drawn from 2 values",
    ):
        assert line + "\n" in text, text
    found = json.loads(saddle("data", "people.csv", "--json", "--drop", "sex,height").stdout)
    assert found["kind"] == "points" and found["parts"]["train"] == 24
    assert [column["kind"] for column in found["columns"]] == ["number", "date", "truth"]


def test_control_characters_of_a_name_are_shown_and_not_obeyed(saddle, tmp_path):
    write_pictures(tmp_path / "photos" / "a\x1b[31m", 4)
    write_pictures(tmp_path / "photos" / "b", 4)
    assert "\x1b" not in saddle("data", "photos").stdout
    (tmp_path / "photos" / os.fsdecode(b"\xff")).mkdir()
    write_pictures(tmp_path / "photos" / os.fsdecode(b"\xff"), 4)
    assert len(json.loads(saddle("data", "photos", "--json").stdout)["labels"]) == 3


def test_skip_bad_counts_and_lists(saddle, refused, tmp_path):
    write_pictures(tmp_path / "photos", 6)
    (tmp_path / "photos/bad.png").write_bytes(b"")
    assert refused("data", "photos", code=1).startswith("photos/bad.png: ")
    text = saddle("data", "photos", "--skip-bad").stdout
    assert "1 of 7 files skipped" in text and "photos/bad.png" in text


@pytest.mark.parametrize(
    "split", ["80,10", "80,10,10,0", "80,20,0", "80,10,20", "a,b,c", "80;10;10", "", "80,10,10 ", "nan,10,10"]
)
def test_a_split_that_is_none_is_refused(refused, split):
    assert refused("data", "builtin:ring", "--split", split, code=2).startswith(
        "--split: expected three positive percentages"
    )


def test_the_split_is_what_was_asked_for(saddle, tmp_path):
    numpy.save(tmp_path / "x.npy", numpy.zeros((1000, 2), "<f4"))
    found = json.loads(saddle("data", "x.npy", "--json", "--split", "50,30.5,19.5").stdout)
    assert found["parts"] == {"train": 500, "select": 305, "test": 195}


def test_bad_input_is_refused_in_one_line(refused, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/a.txt").write_text("text")
    (tmp_path / "file.bin").write_bytes(b"0123456789")
    numpy.save(tmp_path / "nan.npy", numpy.array([[0, 1], [numpy.nan, 1], [2, 2]]))
    (tmp_path / "short-images-idx3-ubyte").write_bytes(struct.pack(">HBBIII", 0, 8, 3, 10, 28, 28) + b"short")
    assert "there is nothing" in refused("data", "nowhere", code=1)
    assert "got an empty one" in refused("data", "empty", code=1)
    assert "none among 1 file" in refused("data", "texts", code=1)
    assert "file.bin: the header: expected the names of the columns" in refused("data", "file.bin", code=1)
    assert "NaN in row 1, column 0" in refused("data", "nan.npy", code=1)
    assert refused("data", "short-images-idx3-ubyte", code=1).startswith("short-images-idx3-ubyte")
    assert "did you mean 'moons'?" in refused("data", "builtin:moon", code=1)
    assert "expected images of a data set to augment" in refused("data", "builtin:ring", "--augment", "flip", code=2)
    assert "nowhere" in refused("data", "builtin:ring", "--out", "nowhere/sheet.png", code=1)


def test_large_data_go_to_a_mapped_file_in_the_temporary_folder(saddle, refused, tmp_path):
    """16 MB of prepared images with --memory 4 MB: the same data, and no file is left."""
    write_pictures(tmp_path / "photos", 200, (300, 300))
    (tmp_path / "cache").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "cache")}
    options = ("data", "photos", "--json", "--image-size", "288")
    plain = json.loads(saddle(*options).stdout)
    small = json.loads(saddle(*options, "--memory", "4000000", env=environment).stdout)
    assert small == plain
    assert not list((tmp_path / "cache").iterdir())
    environment["TMPDIR"] = str(tmp_path / "nowhere")
    assert "nowhere: expected room" in refused(*options, "--memory", "4000000", env=environment, code=1)
