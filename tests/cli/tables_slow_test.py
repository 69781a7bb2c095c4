"""Tests that tables are read for what they are, whatever their notation, and that none is misread in silence."""

import gzip
import io
import json
import os
import pickle
import sqlite3
import zipfile

import numpy as np
import pytest

ROWS = 300
RNG = np.random.default_rng(11)
A, B = RNG.normal(0, 1, ROWS), RNG.normal(1, 1, ROWS)  # JSD 0.111, and what sampling adds


@pytest.fixture(name="measured")
def measured_call(saddle, tmp_path):
    """Writes both sides, measures them, and returns the JSON object."""

    def run(p, q, *options, names=("p.csv", "q.csv"), **kept):
        for name, text in zip(names, (p, q)):
            if text is not None:
                (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        done = saddle("measure", *names, "--divergence", "js", "--json", *options, **kept)
        assert done.returncode == 0 and done.stderr == "", done
        return json.loads(done.stdout)

    return run


def column(values, write, head="x"):
    return "\n".join([head] + [write(value) for value in values]) + "\n"


def german(value):
    return f"{1000 * value + 9000:,.2f}".translate(str.maketrans(",.", ".,"))


NOTATIONS = {
    "missing words": lambda v: "NULL" if v > 2 else f"{v:.4f}",
    "decimal commas": lambda v: f'"{v:.4f}"'.replace(".", ","),
    "thousands by points": lambda v: f'"{german(v)} €"',
    "thousands by commas": lambda v: f'"${1000 * v + 9000:,.2f}"',
    "thousands by thin spaces": lambda v: f"{1000 * v + 9000:,.1f}".replace(",", "\u202f"),
    "percent": lambda v: f"{v:.2f} %",
    "minus of typography": lambda v: f"{v:.3f}".replace("-", "\u2212"),
    "days": lambda v: str(np.datetime64("2024-01-01") + int(40 * v)),
    "moments": lambda v: str(np.datetime64("2024-01-01T00:00:00.0") + np.timedelta64(int(1e6 * v), "ms")) + "Z",
}


@pytest.mark.parametrize("kind", NOTATIONS)
def test_a_column_of_numbers_is_one_in_every_notation(measured, kind):
    found = measured(column(A, NOTATIONS[kind]), column(B, NOTATIONS[kind]))
    assert found["p"]["count"] == ROWS and len(found["columns"]) == 1
    assert 0.03 < found["columns"][0]["js"] < 0.3
    assert not any("levels" in warning for warning in found["warnings"])


def test_a_stray_word_among_numbers_is_named_with_its_row(measured):
    write = lambda values: column(values, lambda v: "error" if v == values[200] else f"{v:.4f}")
    warnings = measured(write(A), write(B))["warnings"]
    assert any("row 201, column 'x': expected a number" in warning and "'error'" in warning for warning in warnings), (
        warnings
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "  "])
def test_a_table_is_known_by_its_content(measured, delimiter):
    write = lambda values: column(zip(values, A), lambda v: f"{v[0]:.4f}{delimiter}{v[1]:.4f}", head=f"x{delimiter}y")
    names = [
        c["name"] for c in measured(write(A), gzip.compress(write(B).encode()), names=("p.data", "q.txt.gz"))["columns"]
    ]
    assert names == ["x", "y"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_encodings_are_read(measured, encoding):
    write = lambda values: column(values, lambda v: f"{v:.4f};straße", head="größe;weg").encode(encoding)
    found = measured(write(A), write(B))
    assert [c["name"] for c in found["columns"]] == ["größe", "weg"]
    assert any("Windows-1252" in warning for warning in found["warnings"]) == (encoding == "latin-1")


def test_excels_first_line_comments_and_empty_lines_are_understood(measured):
    excel = "sep=;\r\n" + column(A, lambda v: f"{v:.3f};1".replace(".", ","), head="x, in cm;y").replace("\n", "\r\n")
    commented = "# sensor 7, in May\n\n" + column(B, lambda v: f"{v:.3f};1", head="x, in cm;y")
    found = measured(excel, commented)
    assert [c["name"] for c in found["columns"]] == ["x, in cm", "y"] and found["p"]["count"] == ROWS
    gaps = measured(column(A, lambda v: "" if v > 1 else f"{v:.3f}"), column(B, lambda v: f"{v:.3f}"))
    assert gaps["p"]["count"] == ROWS - len(A) + A.tolist().index([v for v in A if v <= 1][-1]) + 1
    assert any("empty lines were taken for missing values" in warning for warning in gaps["warnings"])


def test_standard_input_and_pipes_are_read(measured, refused, tmp_path):
    text = column(A, lambda v: f"{v:.4f}")
    (tmp_path / "q.csv").write_text(column(B, lambda v: f"{v:.4f}"))
    assert measured(None, None, names=("-", "q.csv"), input=text, encoding="utf-8")["p"]["count"] == ROWS
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    piped = measured(None, None, names=(f"/dev/fd/{reader}", "q.csv"), pass_fds=[reader])
    os.close(reader)
    assert piped["p"]["count"] == ROWS
    assert "one side from standard input" in refused("measure", "-", "-", code=2)


def test_equal_values_are_equal_however_they_are_written(measured):
    digits = RNG.integers(0, 4, ROWS)
    same = measured(column(digits, str), column(digits, lambda v: f"{v}.0"))
    assert same["columns"][0]["js"] < 0.01
    truths = digits > 1
    for write in (lambda v: str(v).lower(), lambda v: str(int(v))):
        assert measured(column(truths, str), column(truths, write))["columns"][0]["js"] < 0.01
    found = measured(column(truths, lambda v: "Yes" if v else "No"), column(truths, lambda v: "yes" if v else "no"))
    assert any("no level in common" in warning for warning in found["warnings"])


def other_files():
    array, archive = io.BytesIO(), io.BytesIO()
    np.savez(array, x=A)
    with zipfile.ZipFile(archive, "w") as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", "<workbook/>")
    return {
        "x.npz": (array.getvalue(), "an .npz archive of arrays"),
        "x.xlsx": (archive.getvalue(), "an Excel workbook"),
        "x.json": (json.dumps([{"x": 1.5}] * 60).encode(), "JSON"),
        "x.feather": (b"ARROW1\0\0\xff\xff\xff\xff", "an Arrow (Feather) file"),
        "x.pdf": (b"%PDF-1.4\n1 0 obj\n", "a PDF document"),
        "x.pkl": (pickle.dumps(A), "a pickle"),
        "x.h5": (b"\x89HDF\r\n\x1a\n\0\0\0", "an HDF5 file"),
        "lies.csv": (b"FEA1\x15\x04\x15\x00FEA1", "a Feather file"),
    }


@pytest.mark.parametrize("name", other_files())
def test_a_file_of_another_kind_is_named_for_what_it_is(refused, tmp_path, name):
    content, kind = other_files()[name]
    (tmp_path / name).write_bytes(content)
    (tmp_path / "p.csv").write_text(column(A, str))
    for arguments in (["measure", "p.csv", name], ["data", name], ["train", name, "--out", "run"]):
        message = refused(*arguments, code=1)
        assert message.startswith(f"{name}: expected ") and f"got {kind} (" in message, message


def test_a_database_is_named(refused, tmp_path):
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("create table t (x real)")
    connection.commit()
    connection.close()
    assert "got an SQLite database (sqlite3 -header -csv x.db" in refused("data", "x.db", code=1)


def test_a_command_that_takes_no_categories_says_so(refused, tmp_path):
    (tmp_path / "x.csv").write_text("age,city\n" + "".join(f"{a},Ulm\n" for a in range(60)))
    message = refused("mle", "x.csv", "--out", "run", "--components", "2", code=1)
    assert message.startswith("x.csv: expected numbers alone, got categories in column 'city' (--drop leaves"), message
    assert not (tmp_path / "run").exists()
