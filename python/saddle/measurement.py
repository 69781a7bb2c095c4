"""How far the distribution of Q is from that of P: `measure` and what it returns."""

import html
import json
import math
import numbers
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saddle import _saddle
from saddle._arguments import program_arguments
from saddle._data import held_side, path_of, row_count, write_data
from saddle._drawing import drawn_side
from saddle._progress import Progress, shown
from saddle._saddle import UsageError

DRAWS = 20_000  # of a callable, where neither side says how many


@dataclass(frozen=True)
class Divergence:
    """One divergence, in nats where it is one of information; what there is not is NaN, and `kind` is empty."""

    estimate: float  # with `se` of its own sampling; what the critic missed is not in it
    at_least: float  # certified, with the measurement's confidence
    exact: float  # of two densities; may be infinite
    se: float = math.nan  # standard error of the estimate
    lower: float = math.nan  # an interval's ends, where there is one
    upper: float = math.nan
    p_value: float = math.nan  # of a test of P = Q by it, where there is one
    kind: str = ""


def _number(value):
    return math.nan if value is None else float(value)


def _divergence(entry):
    exact = math.inf if entry.get("exact_is_infinite") else _number(entry.get("exact"))
    return Divergence(
        estimate=_number(entry.get("estimate")),
        at_least=_number(entry.get("certified_lower")),
        exact=exact,
        se=_number(entry.get("standard_error")),
        lower=_number(entry.get("lower")),
        upper=_number(entry.get("upper")),
        p_value=_number(entry.get("p_value")),
        kind=entry.get("kind", ""),
    )


class Measurement:
    """What two samples say about the distance of their distributions. Divergences are in nats, JSD at most log 2.

    It keeps both sides in memory, for the page.
    """

    def __init__(self, measured):
        self._measured = measured
        self._json = json.loads(measured.json())
        none = {"estimate": None}
        self.js: Divergence = _divergence(self._json.get("js", none))
        self.divergences = {name: _divergence(entry) for name, entry in self._json.get("divergences", {}).items()}
        self.p_value: float = _number(self._json.get("two_sample_test", {}).get("p_value"))
        self.metrics = self._json.get("metrics", {})
        self.scores = self._json.get("scores", {})
        self.columns = {c["name"]: c["js"] for c in self._json.get("columns", [])}
        self.warnings: list[str] = self._json["warnings"]
        self.confidence = self._json["confidence"]

    @property
    def exact(self) -> dict[str, float] | None:
        """{name: exact value} of two densities, "js" among them; None: a side is no density."""
        values = {"js": self.js.exact} | {name: d.exact for name, d in self.divergences.items()}
        values = {name: value for name, value in values.items() if not math.isnan(value)}
        return values or None

    @property
    def sentence(self) -> str:
        """What was found, in one sentence."""
        return self._measured.sentence()

    def to_dict(self) -> dict[str, Any]:
        """The object that `saddle measure --json` prints (docs/formats.md)."""
        return json.loads(json.dumps(self._json))

    def to_json(self) -> str:
        """The same as a text."""
        return json.dumps(self._json, indent=2)

    def page(self, path: str | Path) -> Path:
        """Writes the page that shows where P and Q differ, as `saddle measure --out`. Returns its path."""
        self._measured.page(str(path))
        return Path(path)

    def __str__(self):
        return self._measured.text()

    def __repr__(self):
        return f"<saddle.Measurement: {self.sentence or 'metrics ' + ', '.join(self.metrics)}>"

    def _rows(self):
        def text(value):
            return "" if math.isnan(value) else "infinite" if math.isinf(value) else f"{value:.4g}"

        def row(name, d):
            notes = [f"standard error {text(d.se)}"] if not math.isnan(d.se) else [d.kind] if d.kind else []
            if not math.isnan(d.lower):
                notes.append(f"interval {text(d.lower)} to {text(d.upper)}")
            if not math.isnan(d.p_value):
                notes.append(f"p = {text(d.p_value)}")
            return [name, text(d.estimate), text(d.at_least), text(d.exact), ", ".join(notes)]

        if "js" in self._json:
            yield row("JSD", self.js)
        for name, divergence in self.divergences.items():
            yield row(name, divergence)
        for metric in self.metrics.values():
            interval = {key: _number(metric[key]) for key in ("lower", "upper")}
            yield row(metric["title"], Divergence(_number(metric["estimate"]), math.nan, math.nan, **interval))

    def _repr_html_(self):
        rows = list(self._rows())
        with_exact = any(row[3] for row in rows)
        keep = [0, 1, 2, 3, 4] if with_exact else [0, 1, 2, 4]
        heads = ["", "estimate", "at least", "exact", ""]
        cells = "".join("<tr>" + "".join(f"<td>{html.escape(row[i])}</td>" for i in keep) + "</tr>" for row in rows)
        head = "".join(f"<th>{heads[i]}</th>" for i in keep)
        notes = "".join(f"<p>warning: {html.escape(text)}</p>" for text in self.warnings)
        sides = " &nbsp; ".join(
            f"{name.upper()}: {self._json[name]['count']:,} × {self._json[name]['dim']}" for name in ("p", "q")
        )
        return (
            f"<div class='saddle'><p>{html.escape(self.sentence)}</p><table><thead><tr>{head}</tr></thead>"
            f"<tbody>{cells}</tbody></table><p>{sides}; divergences in nats, of at most log 2 = 0.693 for the JSD</p>"
            f"{notes}</div>"
        )


def _training_file(training, folder):
    """The path of training data; what is in memory goes to a file in `folder`."""
    if training is None or path_of(training) is not None:
        return path_of(training)
    return write_data(training, folder, "training")


def measure(
    P: Any,
    Q: Any = None,
    *,
    confidence: float = 0.95,
    count: int = 0,
    seed: int = 0,
    training: Any = None,
    batch_size: int = 1000,
    progress: Progress = None,
    **options: Any,
) -> Measurement:
    """Says how far the distribution of Q is from that of P, as `saddle measure P Q`.

    P and Q: arrays or tensors [n, d] or [n] of points, or images [n, H, W], [n, H, W, C] or [n, C, H, W]; DataFrames,
    whose columns are matched by name; paths and builtin:NAME, as the program takes them; runs; densities, such as
    {"type": "normal", "params": {"mean": 0, "std": 1}}; or functions that return so many new samples at each call. A
    single run is measured against the part of its data that it has not seen. float32 and float64 on the CPU are taken
    without a copy, also of strided views. Missing values are for DataFrames alone.

    confidence: of what is certified, in (0.5, 1). count: how often runs, densities and functions are sampled; 0: as the
    other side has rows (beside a function: one in memory), or 20,000. training: what the generator of Q was trained on.
    batch_size: how many samples a function is asked for at once. progress: True for a bar of tqdm's, or a function of
    (label, done, total, text). Options: those of `saddle measure` (docs/help/measure.txt),
    such as metric=["fd", "kd"], divergence=["kl"], target="income", categorical=["zip"], threads=1.

    Returns: a Measurement, whose `warnings` are sentences. Throws: saddle.Error and saddle.UsageError with the
    program's texts; KeyboardInterrupt.
    """
    for name, number, least in (("batch_size", batch_size, 1), ("count", count, 0)):
        if not isinstance(number, numbers.Integral) or number < least:
            raise UsageError(f"{name}: expected a number of samples, got {number!r}")
    sides = [("P", P)] if Q is None and path_of(P) is not None else [("P", P), ("Q", Q)]
    held = [held_side(side, name) if path_of(side) is None and not callable(side) else None for name, side in sides]
    rows = count or next(filter(None, map(row_count, held)), DRAWS)
    given = {"confidence": confidence, "count": count or None, "seed": seed or None}
    with tempfile.TemporaryDirectory() as folder, shown(progress) as show:
        for i, (name, side) in enumerate(sides):
            if callable(side) and path_of(side) is None:
                held[i] = drawn_side(side, rows, batch_size, name, show)
        words = [name if side is not None else path_of(named) for side, (name, named) in zip(held, sides)]
        given["training"] = _training_file(training, folder)
        arguments = program_arguments("measure", words, given | options)
        return Measurement(_saddle.measure(arguments, held[0], held[-1] if Q is not None else None, show))
