"""Frames of pandas as tables of the library, and back with the dtypes that went in."""

import json
import sys

import numpy as np

from saddle._saddle import Error

TEXTS = ("string", "empty", "decimal")  # what pandas calls objects that are taken as texts
MOST_TEXTS = 1000  # of a column that look like numbers, whose spelling is kept


def is_frame(x):
    """Whether x is a DataFrame, which nobody has where pandas is not imported."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(x, pandas.DataFrame)


def _factorized(column):
    """(numbers, texts) of a column's different values; -1 stands for a missing one."""
    import pandas as pd

    numbers, values = pd.factorize(column, use_na_sentinel=True)
    return numbers.astype(np.int64), [str(value) for value in values]


def _check_texts(texts, where):
    """Refuses what no file of text can hold."""
    for text in texts:
        if "\0" in text or not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise Error(f"{where}: expected texts of whole characters, got {text[:20]!a}")


def _times(column, zoned):
    """(numbers, texts) of moments: ISO 8601, in UTC where they have a zone, with as many decimals as they need."""
    import pandas as pd

    numbers, values = pd.factorize(column, use_na_sentinel=True)
    moments = pd.DatetimeIndex(values)
    if zoned:
        moments = moments.tz_convert("UTC").tz_localize(None)
    if len(moments) == 0:
        return numbers.astype(np.int64), []
    texts = np.datetime_as_string(moments.values, unit=moments.unit)
    shortest = max((len(text.rstrip("0")) for text in texts if "." in text), default=19)
    cut = 19 if shortest <= 20 else shortest
    texts = [text[:cut].replace("T", " ") for text in texts]
    if not zoned and all(text.endswith(" 00:00:00") for text in texts):
        texts = [text[:10] for text in texts]
    return numbers.astype(np.int64), [text + "Z" if zoned else text for text in texts]


def _object_column(column, where):
    """A column of objects by what they are: (type, numbers, texts)."""
    import pandas as pd

    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in TEXTS:
        return ("string", *_factorized(column))
    if kind == "boolean":
        return _nullable_column(column.astype("boolean"), "bool")
    if kind == "integer":
        try:
            return _nullable_column(column.astype("Int64"), "int64")
        except OverflowError:
            raise Error(f"{where}: expected integers that int64 holds, got larger ones") from None
    if kind in ("floating", "mixed-integer-float"):
        return "double", column.astype(float).to_numpy(), None
    if kind in ("datetime", "date", "datetime64"):
        return _time_column(pd.to_datetime(column))
    raise Error(
        f"{where}: expected texts, numbers, truths or times, got {kind} objects (convert the column, or leave it out)"
    )


def _nullable_column(column, arrow):
    """A column of pandas' own whole numbers or truths, which may miss values."""
    values = column.dropna()
    if arrow == "bool":
        numbers = np.where(column.isna(), -1, column.fillna(False).astype(bool)).astype(np.int64)
        return arrow, numbers, ["false", "true"]
    if len(values) == len(column):
        return arrow, column.to_numpy(dtype=np.int64), None
    return (arrow, *_factorized(column))


def _time_column(column):
    zone = getattr(column.dtype, "tz", None)
    unit = column.dtype.unit if zone is not None else np.datetime_data(column.dtype)[0]
    arrow = f"timestamp[{unit}{', tz=UTC' if zone is not None else ''}]"
    return (arrow, *_times(column, zone is not None))


def _column(column, where):
    """(Arrow's type, values, texts or None) of one column."""
    import pandas as pd

    dtype = column.dtype
    types = pd.api.types
    if isinstance(dtype, pd.CategoricalDtype):
        texts = [str(category) for category in dtype.categories]
        return "dictionary", column.cat.codes.to_numpy().astype(np.int64), texts
    if types.is_bool_dtype(dtype):
        return _nullable_column(column, "bool")
    if isinstance(dtype, pd.DatetimeTZDtype) or types.is_datetime64_dtype(dtype):
        return _time_column(column)
    if types.is_integer_dtype(dtype):
        arrow = str(dtype).lower().partition("[")[0]
        if arrow == "uint64" and (column.dropna() > np.iinfo(np.int64).max).any():
            return (arrow, *_factorized(column))
        return _nullable_column(column, arrow)
    if types.is_float_dtype(dtype):
        narrow = dtype.itemsize <= 4 if hasattr(dtype, "itemsize") else False
        values = column.to_numpy(dtype=np.float32 if narrow else np.float64, na_value=np.nan)
        return "float" if narrow else "double", values, None
    if isinstance(dtype, pd.StringDtype):
        return ("string", *_factorized(column))
    if types.is_object_dtype(dtype):
        return _object_column(column, where)
    raise Error(f"{where}: expected texts, numbers, truths or times, got {dtype} (convert the column, or leave it out)")


def columns_of_frame(frame, name):
    """The columns that the library takes, tuples (name, type, values, texts or None). The index is no data.

    Throws: Error for a frame without rows or columns, two columns of one name, and values that are no data.
    """
    if frame.shape[1] == 0:
        raise Error(f"{name}: expected columns, got none")
    if len(frame) == 0:
        raise Error(f"{name}: expected rows, got none")
    if frame.columns.nlevels > 1:
        raise Error(f"{name}: expected one name a column, got {frame.columns.nlevels} levels of names")
    columns, seen = [], set()
    for position, label in enumerate(frame.columns):
        text = str(label)
        if text in seen or not text:
            raise Error(f"{name}: expected a name of its own for every column, got '{text}'{' twice' if text else ''}")
        seen.add(text)
        _check_texts([text], f"{name}: the name of a column")
        arrow, values, texts = _column(frame.iloc[:, position], f"{name}: column '{text}'")
        _check_texts(texts or (), f"{name}: column '{text}'")
        columns.append((text, arrow, np.ascontiguousarray(values), texts))
    return columns


# ---- dtypes, kept as JSON beside the data of a run ------------------------------------------------------------------


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value


def _as_number(text):
    try:
        return float(text)
    except ValueError:
        return None


def _numeric_texts(column):
    """The different texts of a column that the library takes for numbers, such as "017"; None: it has none, or many."""
    if str(column.dtype) != "object" and not str(column.dtype).startswith("str"):
        return None
    texts = sorted({str(value) for value in column.dropna().unique()})
    return texts if len(texts) <= MOST_TEXTS and all(_as_number(text) is not None for text in texts) else None


def dtypes_of(frame):
    """What tells the frame's dtypes, as JSON."""
    import pandas as pd

    kept = []
    for position, label in enumerate(frame.columns):
        dtype = frame.iloc[:, position].dtype
        entry = {"name": str(label), "dtype": str(dtype)}
        if isinstance(label, (int, np.integer)):
            entry["number"] = int(label)
        if isinstance(dtype, pd.CategoricalDtype):
            categories = [_plain(value) for value in dtype.categories]
            plain = all(isinstance(value, (str, bool, int, float)) for value in categories)
            entry |= {"categories": categories if plain else [str(value) for value in categories]}
            entry |= {"ordered": bool(dtype.ordered)}
        elif str(dtype) == "object":
            entry["objects"] = pd.api.types.infer_dtype(frame.iloc[:, position], skipna=True)
        if texts := _numeric_texts(frame.iloc[:, position]):
            entry["texts"] = texts
        kept.append(entry)
    return json.dumps({"columns": kept})


def _from_levels(numbers, texts, entry, pd):
    """A column of levels with its dtype."""
    dtype = entry["dtype"]
    if dtype == "category":
        categories = entry["categories"]
        place = {str(value): i for i, value in enumerate(categories)}
        codes = np.array([place.get(text, -1) for text in texts] + [-1], dtype=np.int64)[numbers]
        return pd.Categorical.from_codes(codes, categories=pd.Index(categories), ordered=entry["ordered"])
    if "texts" in entry:
        spelling = {_as_number(text): text for text in entry["texts"]}
        texts = [spelling.get(_as_number(text), text) for text in texts]
    return pd.Series(np.array([*texts, None], dtype=object)[numbers], dtype=dtype)


def _from_numbers(kind, values, entry, pd):
    """A column of numbers, truths or times with its dtype."""
    dtype = entry["dtype"]
    missing = np.isnan(values)
    if dtype == "object":
        plain = {"date": "datetime64[us]", "truth": "boolean"}.get(kind, "float64")
        plain = "Int64" if entry["objects"] == "integer" else plain
        made = pd.Series(_from_numbers(kind, values, {"dtype": plain}, pd))
        return (made.dt.date if entry["objects"] == "date" else made.astype(object)).where(~missing, None)
    if kind == "date":
        moments = pd.Series(pd.to_datetime(np.round(values * 1e6), unit="us"))
        zone = dtype.partition(", ")[2].rstrip("]")
        return (moments.dt.tz_localize("UTC").dt.tz_convert(zone) if zone else moments).astype(dtype)
    if kind == "truth" and dtype in ("bool", "boolean"):
        truths = pd.Series(np.where(missing, None, values == 1), dtype="boolean")
        return truths.astype("bool") if dtype == "bool" and not missing.any() else truths
    if dtype.startswith(("int", "uint", "Int", "UInt")):
        whole = pd.Series(np.round(values)).astype("Int64")
        return whole.astype(dtype if dtype[0] in "IU" else "float64" if missing.any() else dtype)
    return pd.Series(values).astype(dtype)


def _default_dtype(kind, values):
    """The dtype of a column of a table that was no frame."""
    whole = kind == "number" and np.isfinite(values).all() and (values == np.round(values)).all()
    return {"number": "int64" if whole else "float64", "date": "datetime64[us]", "truth": "boolean"}.get(kind, "object")


def text_columns(dtypes):
    """The names of the columns that hold texts or categories, though they may look like numbers."""
    if not dtypes:
        return set()
    columns = json.loads(dtypes)["columns"]
    of_texts = [c for c in columns if c["dtype"].startswith(("str", "category")) or c.get("objects") in TEXTS]
    return {c["name"] for c in of_texts}


def frame_of_columns(columns, dtypes):
    """The DataFrame of columns that the library made; `dtypes` is what `dtypes_of` returned, or None.

    Throws: Error where pandas is not there.
    """
    try:
        import pandas as pd
    except ImportError:
        raise Error("sample: expected pandas, for rows of a table, got none (pip install pandas)") from None
    kept = {entry["name"]: entry for entry in json.loads(dtypes)["columns"]} if dtypes else {}
    made, labels = {}, []
    for name, kind, values, texts in columns:
        entry = kept.get(name, {"name": name, "dtype": _default_dtype(kind, values)})
        if texts is not None:
            made[name] = _from_levels(values, texts, entry, pd)
        elif kind == "clock":
            made[name] = pd.to_timedelta(np.round(values * 1e6), unit="us")
        else:
            made[name] = _from_numbers(kind, values, entry, pd)
        labels.append(entry.get("number", name))
    frame = pd.DataFrame(made)
    frame.columns = pd.Index(labels)
    return frame
