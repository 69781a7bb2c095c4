"""What is refused, in one line that names the side, and the column."""

import numpy as np
import pytest

X = np.random.default_rng(0).normal(size=(200, 2))


@pytest.mark.parametrize(
    "q, text",
    [
        (X.astype(object), "Q: expected an array of numbers, got an array of objects"),
        (X.astype(complex), "Q: expected real numbers, got complex128"),
        (np.array(["a", "b"]), "Q: expected an array of numbers, got an array of texts"),
        (np.array(["2024-01-01"], dtype="M8[D]"), "got one of datetime64"),
        (np.zeros((0, 2)), r"Q: expected samples, got an array of the shape \[0, 2\]"),
        (np.array(3.0), r"Q: expected samples, got an array of the shape \[\]"),
        (3, "Q: expected samples .* got int"),
        ([[1, 2], [3]], "Q: expected an array of numbers, got lists of different lengths"),
        (X[:, :1], "shape|number"),
        (np.where(X > 3, np.nan, X) * np.array([1, np.nan]), "Q: expected finite numbers, got NaN in row 0, column 1"),
        (np.ma.masked_greater(X, 1), "Q: expected an array without a mask"),
        (np.array([2**63], dtype=np.uint64), "Q: expected integers that int64 holds"),
        (np.zeros(100, dtype=[("a", "f8"), ("b", "f8")]), "Q: expected an array of numbers, got one of"),
        (np.zeros((100, 2), dtype="m8[s]"), "Q: expected an array of numbers, got one of timedelta64"),
        (np.zeros((100, 0)), r"Q: expected samples, got an array of the shape \[100, 0\]"),
        ((i for i in range(9)), "Q: expected an array of numbers, got an array of objects"),
        (b"bytes", "Q: expected samples .* got bytes"),
        (np.zeros((5, 2, 2, 2, 2)), r"Q: expected points"),
        ({"type": "normal", "params": {"mean": 0}}, "Q: "),
        ({"type": "gauss"}, "Q: .*unknown"),
        ({"type": "normal", "params": {"mean": np}}, "Q: expected a density"),
        ("nothing/there", "nothing/there: expected samples"),
        (None, "."),
    ],
)
def test_a_side_that_holds_no_samples(saddle, q, text):
    with pytest.raises(saddle.Error, match=text) as caught:
        saddle.measure(X, q)
    assert "\n" not in str(caught.value)


def test_options_are_checked_as_the_programs(saddle):
    with pytest.raises(saddle.UsageError, match="did you mean '--metric'"):
        saddle.measure(X, X + 1, metrik="js")
    with pytest.raises(saddle.UsageError, match="confidence"):
        saddle.measure(X, X + 1, confidence=2)
    with pytest.raises(saddle.UsageError, match="expected a text, a number"):
        saddle.measure(X, X + 1, metric=object())
    for count in (-3, 1.5, "5"):
        with pytest.raises(saddle.UsageError, match="count: expected a number of samples, got "):
            saddle.measure(X, lambda n: X[:n], count=count)
    assert issubclass(saddle.Error, ValueError)
    assert issubclass(saddle.UsageError, saddle.Error) and saddle.Error.__module__ == "saddle"


def test_a_sparse_matrix_is_refused(saddle):
    sparse = pytest.importorskip("scipy.sparse").csr_matrix(X)
    with pytest.raises(saddle.Error, match=r"Q: expected a dense array, got a sparse one \(pass Q.toarray\(\)\)"):
        saddle.measure(X, sparse)


def test_unusual_columns_are_measured(saddle):
    """Categories with unused levels or of another order, nullable types, missing values alone, and times with zones."""
    pd = pytest.importorskip("pandas")
    n = 60
    days = pd.date_range("2024", periods=n)
    alike = [
        (pd.Categorical(["x", "y"] * 30, categories=["x", "y", "z"]), pd.Categorical(["x", "y"] * 30)),
        (pd.Categorical(["x", "y"] * 30), pd.Categorical(["x", "y"] * 30, categories=["y", "x"])),
        (pd.array([1, 2] * 30, dtype="Int64"), pd.array([1.0, 2.0] * 30, dtype="Float64")),
        (pd.array([True, None] * 30, dtype="boolean"), np.array([True, None] * 30)),
        (days.tz_localize("UTC").tz_convert("Asia/Tokyo"), days.tz_localize("UTC")),
        (pd.arrays.SparseArray([1.0, 2.0] * 30), np.array([1.0, 2.0] * 30)),
    ]
    for p, q in alike:
        found = saddle.measure(pd.DataFrame({"a": p}), pd.DataFrame({"a": q}), metric="js", threads=1).to_dict()
        assert found["shared_rows"]["same"] or found["two_sample_test"]["p_value"] > 0.05, (p, q)
    gone = pd.DataFrame({"a": pd.Series([pd.NaT] * n, dtype="M8[ns]")})
    assert saddle.measure(gone, pd.DataFrame({"a": days}), metric="js", threads=1).p_value < 0.05


def frames():
    """(frame's columns, text) of frames that are refused."""
    pd = pytest.importorskip("pandas")
    n = np.arange(100.0)
    return [
        (pd.DataFrame(np.c_[n, n], columns=["a", "a"]), "expected a name of its own for every column, got 'a' twice"),
        (pd.DataFrame({1: n, "1": n}), "got '1' twice"),
        (pd.DataFrame({"a": n})[:0], "expected rows, got none"),
        (pd.DataFrame(index=range(100)), "expected columns, got none"),
        (pd.DataFrame({"a": n + 1j}), "column 'a': expected texts, numbers, truths or times, got complex128"),
        (pd.DataFrame({"a": [[1]] * 100}), "column 'a': expected texts.* got mixed objects"),
        (pd.DataFrame({"a": [b"x"] * 100}), "column 'a': .*bytes objects"),
        (pd.DataFrame({"a": pd.to_timedelta(n, unit="s")}), "column 'a': .*timedelta64"),
        (pd.DataFrame({"a": pd.period_range("2024", periods=100)}), "column 'a': .*period"),
        (pd.DataFrame({("a", "b"): n}), "expected one name a column"),
        (pd.DataFrame({"a": [2**70] * 100}), "column 'a': expected integers that int64 holds, got larger ones"),
        (pd.DataFrame({"a": ["\udc80", "z"] * 50}), r"column 'a': expected texts of whole characters, got '\\udc80'"),
        (pd.DataFrame({"a": ["x\0y", "z"] * 50}), r"column 'a': expected texts of whole characters, got 'x\\x00y'"),
        (pd.DataFrame({"a\0": n}), "the name of a column: expected texts of whole characters"),
        (pd.DataFrame({"a": [1, "x"] * 50}), "column 'a': .*got mixed-integer objects"),
        (pd.DataFrame({"a": pd.interval_range(0, 100)}), "column 'a': .*got interval"),
        (pd.DataFrame({"a": np.where(n > 50, np.inf, n)}), "row 52, column 'a': expected a finite number"),
    ]


def test_a_frame_that_is_no_table(saddle):
    for frame, text in frames():
        with pytest.raises(saddle.Error, match=text) as caught:
            saddle.measure(frame, frame)
        assert str(caught.value).startswith("P: ") and "\n" not in str(caught.value)


def test_frames_of_other_columns_are_told_apart(saddle):
    pd = pytest.importorskip("pandas")
    with pytest.raises(saddle.Error, match="Q: expected the columns of P, got none of the name 'a'"):
        saddle.measure(pd.DataFrame({"a": X[:, 0]}), pd.DataFrame({"b": X[:, 0]}))


def test_a_run_is_refused_before_anything_is_left_behind(saddle, tmp_path):
    out = tmp_path / "run"
    for x, options, text in [
        (X.astype(object), {}, "X: expected an array of numbers"),
        (X, {"presett": "points"}, "did you mean"),
        (X[:5], {}, "expected"),
        (X, {"samples": 100, "minutes": 1}, "expected --samples or --minutes, got both"),
    ]:
        with pytest.raises(saddle.Error, match=text):
            saddle.train(x, out=out, **options)
        assert not out.exists()
    out.mkdir()
    (out / "mine.txt").write_text("kept")
    with pytest.raises(saddle.Error, match="expected a new run directory, got something else"):
        saddle.train(X, out=out)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    for none in (None, 5):
        with pytest.raises(saddle.UsageError, match="expected out"):
            saddle.train(X, out=none)
    with pytest.raises(saddle.Error, match="expected a run directory, got nothing"):
        saddle.open_run(tmp_path / "no-run")
    with pytest.raises(saddle.UsageError, match="expected resume alone"):
        saddle.train(X, resume=out)
