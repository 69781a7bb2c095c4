"""Parquet through the program: what pyarrow wrote is read, and pandas and pyarrow read what Saddle writes, of the same
types. Where pyarrow or the library of `./run parquet` is not there, what needs them is skipped.
"""

import json
import os
import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

ROWS = 600
CACHE = Path(
    os.environ.get("SADDLE_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "saddle"
)
PLUGIN = CACHE / "parquet/libsaddle-parquet.so"


@pytest.fixture(name="arrow")
def arrow_modules():
    """pyarrow and its Parquet part, where they and the library are there."""
    pyarrow = pytest.importorskip("pyarrow", reason="no pyarrow in this Python")
    if not PLUGIN.exists():
        pytest.skip("no library that reads Parquet (./run parquet)")
    from pyarrow import parquet

    return pyarrow, parquet


def columns(arrow):
    """A column of every type that is read: {name: (type, value of a row)}; in all but the first each 60th is null."""
    draw = random.Random(0)
    start = datetime(2024, 1, 1)
    days = [start + timedelta(days=draw.randrange(900)) for _ in range(ROWS)]
    return {
        "wide": (arrow.int64(), lambda i: draw.randrange(-9_000, 2**40)),
        "small": (arrow.int8(), lambda i: draw.randrange(-100, 100)),
        "unsigned": (arrow.uint16(), lambda i: draw.randrange(60_000)),
        "single": (arrow.float32(), lambda i: draw.gauss(0, 1)),
        "double": (arrow.float64(), lambda i: draw.gauss(0, 1e-9)),
        "money": (arrow.decimal128(12, 2), lambda i: Decimal(draw.randrange(10**6)) / 100),
        "member": (arrow.bool_(), lambda i: draw.random() < 0.3),
        "city": (arrow.string(), lambda i: draw.choice(["Ulm, Donau", 'the "Bonn"', "Köln"])),
        "big": (arrow.large_string(), lambda i: draw.choice(["x", "y z"])),
        "level": (arrow.dictionary(arrow.int32(), arrow.string()), lambda i: draw.choice("abc")),
        "born": (arrow.date32(), lambda i: days[i].date()),
        "days": (arrow.timestamp("ns"), lambda i: days[i]),
        "seconds": (arrow.timestamp("us"), lambda i: days[i] + timedelta(seconds=draw.randrange(86400))),
        "parts": (arrow.timestamp("ms"), lambda i: days[i] + timedelta(milliseconds=250 * draw.randrange(1, 9))),
        "zoned": (arrow.timestamp("us", "Europe/Berlin"), lambda i: days[i].replace(tzinfo=UTC)),
        "clock": (arrow.time64("us"), lambda i: time(draw.randrange(24), draw.randrange(60))),
    }


def write(arrow, path, **options):
    pyarrow, parquet = arrow
    made = {
        name: pyarrow.array([value(i) if i % 60 != 7 or name == "wide" else None for i in range(ROWS)], kind)
        for name, (kind, value) in columns(pyarrow).items()
    }
    table = pyarrow.table(made)
    parquet.write_table(table, path, **options)
    return table


def text(value):
    """A value as the table has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, float) else str(value)


def test_what_every_column_is(saddle, arrow, tmp_path):
    write(arrow, tmp_path / "x.parquet", row_group_size=100)
    done = saddle("data", "x.parquet", "--json")
    assert done.returncode == 0, done
    found = {column["name"]: column for column in json.loads(done.stdout)["columns"]}
    kinds = {"member": "truth", "city": "category", "big": "category", "level": "category", "clock": "clock"}
    kinds |= dict.fromkeys(("born", "days", "seconds", "parts", "zoned"), "date")
    for name, (kind, _) in columns(arrow[0]).items():
        assert found[name]["kind"] == kinds.get(name, "number"), name
        assert found[name]["type"] == ("dictionary" if name == "level" else str(kind))
        assert found[name].get("missing", None) == (None if name == "wide" else ""), name
    formats = {name: column["format"] for name, column in found.items() if "format" in column}
    assert formats == {
        "born": "YYYY-MM-DD",
        "days": "YYYY-MM-DD",
        "seconds": "YYYY-MM-DD hh:mm:ss",
        "parts": "YYYY-MM-DD hh:mm:ss.ff",
        "zoned": "YYYY-MM-DD hh:mm:ssZ",
        "clock": "hh:mm:ss",
    }
    assert found["city"]["levels"] == ["Köln", "Ulm, Donau", 'the "Bonn"']


def test_its_cells_are_those_of_the_same_table_as_text(saddle, arrow, tmp_path):
    table = write(arrow, tmp_path / "x.parquet")
    names = ["wide", "small", "unsigned", "double", "money", "member", "city", "big", "level", "born", "seconds"]
    with (tmp_path / "x.csv").open("w") as file:
        file.write(",".join(names) + "\n")
        for row in table.select(names).to_pylist():
            quoted = ['"' + text(value).replace('"', '""') + '"' for value in row.values()]
            file.write(",".join(quoted) + "\n")
    chosen = ["--columns", ",".join(names), "--json"]
    same = json.loads(saddle("data", "x.parquet", *chosen).stdout), json.loads(saddle("data", "x.csv", *chosen).stdout)
    for ours, theirs in zip(same[0]["columns"], same[1]["columns"], strict=True):
        ours.pop("type")
        assert ours == theirs
    assert same[0]["parts"] == same[1]["parts"]  # the split is by content
    done = saddle("measure", "x.parquet", "x.csv", *chosen)
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["p"]["count"] == ROWS


def test_samples_have_the_types_of_the_data(saddle, arrow, tmp_path):
    pyarrow, parquet = arrow
    table = write(arrow, tmp_path / "x.parquet")
    done = saddle("trees", "x.parquet", "--out", "run")
    assert done.returncode == 0, done
    done = saddle("sample", "run", "--count", 400, "--out", "new.parquet")
    assert done.returncode == 0, done
    new = parquet.read_table(tmp_path / "new.parquet")
    assert new.num_rows == 400
    assert [(field.name, str(field.type)) for field in new.schema] == [
        (field.name, str(field.type)) for field in table.schema
    ]
    for name in table.column_names:
        assert (new[name].null_count > 0) <= (table[name].null_count > 0)
    for name in ("city", "big", "level", "member"):
        assert set(new[name].to_pylist()) <= set(table[name].to_pylist()), name
    done = saddle("measure", "x.parquet", "new.parquet", "--json")
    assert done.returncode == 0, done
    pandas = pytest.importorskip("pandas", reason="no pandas in this Python")
    frames = [pandas.read_parquet(tmp_path / name) for name in ("x.parquet", "new.parquet")]
    assert frames[0].dtypes.astype(str).to_dict() == frames[1].dtypes.astype(str).to_dict()


def test_samples_of_text_get_the_types_of_their_kinds(saddle, arrow, tmp_path):
    pyarrow, parquet = arrow
    draw = random.Random(1)
    lines = ["n;x;paid;day;at;zoned;ok;city"]
    for i in range(ROWS):
        hour = draw.randrange(24)
        day = date(2024, 1, 1) + timedelta(days=draw.randrange(300))
        city = draw.choice(["Ulm", "Bonn", "NA"])
        cells = [i % 90, draw.gauss(0, 1), f"{draw.randrange(10**5) / 100:.2f} EUR", day.strftime("%Y/%m/%d")]
        cells += [f"{day} {hour}:30"[:16] if hour > 9 else f"{day} 0{hour}:30", f"{day}T{hour:02}:00:00+02:00"]
        lines.append(";".join(map(str, [*cells, draw.choice(["True", "False"]), city])))
    (tmp_path / "x.csv").write_text("\n".join(lines) + "\n")
    assert saddle("trees", "x.csv", "--out", "run").returncode == 0
    done = saddle("sample", "run", "--count", 300, "--out", "new.parquet")
    assert done.returncode == 0, done
    new = parquet.read_table(tmp_path / "new.parquet")
    assert {field.name: str(field.type) for field in new.schema} == {
        "n": "int64",
        "x": "double",
        "paid": "double",
        "day": "date32[day]",
        "at": "timestamp[us]",
        "zoned": "timestamp[us, tz=UTC]",
        "ok": "bool",
        "city": "dictionary<values=string, indices=int32, ordered=0>",
    }
    rows = new.to_pylist()
    assert {row["city"] for row in rows} == {"Ulm", "Bonn", None}
    assert all(row["at"].minute == 30 and 2024 == row["day"].year for row in rows)
    moments = {(row["zoned"] + timedelta(hours=2)).astimezone(UTC).minute for row in rows}
    assert moments == {0}


def test_a_nested_or_binary_column_is_refused_by_name(refused, arrow, tmp_path):
    pyarrow, parquet = arrow
    for kind, value in [
        (pyarrow.list_(pyarrow.int64()), [1]),
        (pyarrow.struct([("a", pyarrow.int64())]), {"a": 1}),
        (pyarrow.binary(), b"x"),
    ]:
        table = pyarrow.table({"x": [1.5] * 60, "odd": pyarrow.array([value] * 60, kind)})
        parquet.write_table(table, tmp_path / "x.parquet")
        message = refused("data", "x.parquet", code=1)
        assert message.startswith("x.parquet: column 'odd': expected texts, numbers, truths or times, got "), message


def test_a_damaged_file_and_one_without_rows_are_refused(refused, arrow, tmp_path):
    pyarrow, parquet = arrow
    write(arrow, tmp_path / "x.parquet")
    whole = (tmp_path / "x.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    assert refused("data", "cut.parquet", code=1).startswith("cut.parquet: expected a whole Parquet file, got: ")
    (tmp_path / "holes.parquet").write_bytes(whole[:4] + bytes(4000) + whole[4004:])
    assert refused("data", "holes.parquet", code=1).startswith("holes.parquet: expected a whole Parquet file, got: ")
    parquet.write_table(pyarrow.table({"x": pyarrow.array([], pyarrow.int64())}), tmp_path / "none.parquet")
    assert refused("data", "none.parquet", code=1) == "none.parquet: expected rows, got none"
    parquet.write_table(pyarrow.Table.from_arrays([pyarrow.array([1])] * 2, ["x", "x"]), tmp_path / "two.parquet")
    assert "got 'x' twice" in refused("data", "two.parquet", code=1)


def test_without_the_library_the_way_to_it_is_told(refused, saddle, tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1\x15\x04\x15\x00PAR1")
    (tmp_path / "p.csv").write_text("x\n" + "\n".join(str(0.5 + i) for i in range(300)) + "\n")
    nowhere = {"env": os.environ | {"SADDLE_CACHE": str(tmp_path / "nowhere")}}
    expected = "expected the Arrow library to read Parquet, got none (./run parquet fetches it)"
    for arguments in (["data", "x.parquet"], ["measure", "p.csv", "x.parquet"], ["trees", "x.parquet", "--out", "y"]):
        assert refused(*arguments, code=1, **nowhere) == f"x.parquet: {expected}"
    assert saddle("trees", "p.csv", "--out", "run").returncode == 0
    message = refused("sample", "run", "--out", "new.parquet", code=1, **nowhere)
    assert message == "new.parquet: " + expected.replace("read", "write")
