"""Runs: generators that were fitted, and the functions that fit them."""

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from saddle import _saddle
from saddle._arguments import program_arguments
from saddle._data import path_of, write_data
from saddle._frames import frame_of_columns, text_columns
from saddle._progress import Progress, shown
from saddle._saddle import Error, Record, UsageError
from saddle.measurement import Measurement, measure

FAILED = 3  # the program's exit code where a game failed


def _toml(path):
    import tomllib

    return tomllib.loads(path.read_text(encoding="utf-8"))


class Run:
    """A run directory: a fitted generator, mixture or trees, with what was observed while fitting it.

    path: of the directory, which the program takes too. outcome: "finished", "stopped", "failed", or "unfinished".
    """

    def __init__(self, path):
        self.path = str(path)
        if not Path(self.path, "config.toml").exists():
            raise Error(f"{self.path}: expected a run directory, got {'another' if Path(path).exists() else 'nothing'}")

    @property
    def config(self):
        """What config.toml holds, as a dictionary."""
        return _toml(Path(self.path, "config.toml"))

    @property
    def history(self):
        """What happened, as a list of dictionaries: time, event, samples, and perhaps text."""
        path = Path(self.path, "history.jsonl")
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    @property
    def outcome(self) -> str:
        """How it ended: "finished", "stopped", "failed"; or "unfinished"."""
        names = {"finished": "finished", "interrupted": "stopped", "failed": "failed"}
        events = [entry["event"] for entry in self.history]
        return names.get(events[-1], "unfinished") if events else "unfinished"

    def records(self, name: str | None = None) -> list[dict]:
        """What was observed, as a list of dictionaries (docs/formats.md): all, or those of one name."""
        path = Path(self.path, "records.jsonl")
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        found = [json.loads(line) for line in lines]
        return [record for record in found if name is None or record["name"] == name]

    def _dtypes(self):
        """What went in, as `write_data` kept it; None: a file of the user's."""
        path = self.config.get("data", {}).get("path", "")
        kept = Path(self.path, "data", "dtypes.json")
        if not kept.exists():
            kept = Path(path).parent / "dtypes.json"
        return kept.read_text(encoding="utf-8") if kept.exists() else None

    def sample(
        self,
        n: int = 64,
        *,
        where: str | list[str] | None = None,
        seed: int = 0,
        which: str = "last",
        labels: dict[str, int] | None = None,
        progress: Progress = None,
        **options: Any,
    ) -> Any:
        """Draws n new samples, as `saddle sample`: the same seed gives the same ones.

        where: a condition that all rows of a table are to meet, "sex = Female and age >= 30", or several. which:
        "last" or "best". labels: of a class-conditional run, {name: how many}. Options: truncation, device.

        Returns: what went in. Rows of tables are a DataFrame with the dtypes of the one that was fitted; points and
        images are an array of the dtype that was fitted, [n, d], or uint8 [n, H, W] or [n, H, W, C]; a tensor where
        tensors went in. With `labels`, or of a class-conditional run, (samples, list of names).
        """
        if not isinstance(n, (int, np.integer)) or isinstance(n, bool) or n < 1:
            raise UsageError(f"n: expected a number of samples, got {n}")
        given = {"out": "-", "count": None if labels else int(n), "where": where, "seed": seed or None, "which": which}
        arguments = program_arguments("sample", [self.path], given | {"labels": labels} | options, repeated=("where",))
        kept = self._dtypes()
        of_frame = kept is not None and "columns" in json.loads(kept)
        with shown(progress) as show:
            array, columns, numbers, names = _saddle.sample(arguments, text_columns(kept) if of_frame else set(), show)
        if columns is not None:
            made = frame_of_columns(columns, kept if of_frame else None)
        else:
            made = _as_went_in(array, kept)
        return made if numbers is None else (made, [names[number] for number in numbers])

    def measure(self, P: Any = None, **options: Any) -> Measurement:
        """How far the generator is from P; without P from the part of its own data that it has never seen."""
        return measure(self, **options) if P is None else measure(P, self, **options)

    def report(self) -> Path:
        """Writes the run's page, as `saddle report`. Returns its path."""
        return Path(_saddle.report(self.path))

    def __repr__(self):
        return f"<saddle.Run {self.path}: {self.outcome}>"

    def _repr_html_(self):
        import base64
        import html

        pictures = [r["picture"] for r in self.records("samples/grid") if "picture" in r]
        text = f"<p>{html.escape(repr(self)[1:-1])}</p>"
        if not pictures:
            return text
        data = base64.b64encode(Path(self.path, pictures[-1]).read_bytes()).decode()
        return f"{text}<img alt='samples' src='data:image/png;base64,{data}'>"


def _as_went_in(array, kept):
    """An array of the type that was fitted; `kept` tells it, None: the program's own."""
    source = json.loads(kept) if kept else {"kind": "numpy", "dtype": str(array.dtype)}
    name = source["dtype"].removeprefix("torch.")
    dtype = np.dtype("float32" if name.startswith(("bfloat", "float8")) else name)  # which numpy has not
    if array.dtype != np.uint8:  # pixels are bytes whatever they were
        array = (np.rint(array) if dtype.kind in "ui" else array).astype(dtype, copy=False)
    if source["kind"] == "torch":
        import torch

        made = torch.from_numpy(array)
        return made if made.dtype == torch.uint8 else made.to(getattr(torch, name))
    return array


def open_run(path: Any) -> Run:
    """Opens a run directory, made from Python or by the program. Throws: saddle.Error where there is none."""
    return Run(path_of(path) or path)


def _fit(command, data, out, options, listeners):
    """Carries out a command that makes the run directory `out` of data; returns the run."""
    if path_of(out) is None:
        raise UsageError(f"{command}: expected out, the run directory to make, got {'none' if out is None else out}")
    out, path = path_of(out), path_of(data)
    folder = Path(out, "data")
    made = None
    if path is None:
        if Path(out, "config.toml").exists():
            raise Error(f"{out}: expected a new run directory, got an existing run (go on with resume={out!r})")
        if Path(out).exists() and any(entry.name != "data" for entry in Path(out).iterdir()):
            raise Error(f"{out}: expected a new run directory, got something else that exists (choose another out)")
        made = folder if Path(out).exists() else Path(out)
        folder.mkdir(parents=True, exist_ok=True)
    try:
        path = write_data(data, str(folder), "X") if path is None else path
        return _carry_out(command, [path], {"out": out} | options, listeners, out)
    finally:
        if made is not None and not Path(out, "config.toml").exists():
            shutil.rmtree(made, ignore_errors=True)


def _carry_out(command, words, options, listeners, out):
    """Calls the extension; returns the run, or throws what went wrong with it."""
    on_record, progress = listeners
    arguments = program_arguments(command, words, options, repeated=("constraint",))
    with shown(progress) as show:
        code, complaints = getattr(_saddle, command)(arguments, show, on_record)
    failure = complaints.pop() if code == FAILED and complaints else None
    for text in complaints:
        warnings.warn(text, stacklevel=4)
    if failure is not None:
        raise Error(failure)
    if not Path(out, "config.toml").exists():  # stopped before anything was worth keeping
        raise KeyboardInterrupt
    return Run(out)


def train(
    X: Any = None,
    out: Any = None,
    *,
    resume: Any = None,
    minutes: float | None = None,
    on_record: Callable[[Record], Any] | None = None,
    progress: Progress = None,
    **options: Any,
) -> Run:
    """Fits a generator to X by the adversarial game, as `saddle train X --out OUT`.

    X: an array or tensor [n, d] of points, or [n, H, W], [n, H, W, C] or [n, C, H, W] of images; a DataFrame; or a path
    or builtin:NAME. What is in memory is kept in OUT/data, so that the run goes on, also by the program. out: the run
    directory to make. resume: one to go on with, instead of both. minutes: how long, or samples=N. on_record: called
    with each Record; False ends the training. progress: as of `measure`. Options: those of `saddle train`
    (docs/help/train.txt): preset="points", seed=1, threads=1, condition=["income"].

    Ctrl-C ends the training with a checkpoint, and returns the run, whose `outcome` is "stopped"; train(resume=run)
    goes on with the bytes that it would have had. A second Ctrl-C raises KeyboardInterrupt.
    Throws: saddle.Error and saddle.UsageError with the program's texts, also where the game failed.
    """
    given = {"minutes": minutes} | options
    if resume is None:
        return _fit("train", X, out, given, (on_record, progress))
    if X is not None or out is not None:
        raise UsageError("train: expected resume alone, got X or out too (a run knows its data)")
    path = path_of(resume)
    return _carry_out("train", [], {"resume": path} | given, (on_record, progress), path)


def mle(
    X: Any,
    out: Any,
    *,
    components: int,
    on_record: Callable[[Record], Any] | None = None,
    progress: Progress = None,
    **options: Any,
) -> Run:
    """Fits a Gaussian mixture by maximum likelihood, as `saddle mle X --out OUT --components N`.

    X, out, on_record, progress: as of `train`. Options: covariance="diag", select="bic", starts=5, seed=1 ...
    (docs/help/mle.txt). Ctrl-C keeps the best mixture so far, or raises KeyboardInterrupt where there is none.
    """
    return _fit("mle", X, out, {"components": components} | options, (on_record, progress))


def trees(
    X: Any,
    out: Any,
    *,
    leaf: int | None = None,
    on_record: Callable[[Record], Any] | None = None,
    progress: Progress = None,
    **options: Any,
) -> Run:
    """Fits sequential decision trees to a table's rows, as `saddle trees X --out OUT`.

    X: a DataFrame or the path of a table. leaf: training rows of a leaf, at least. Others: as of `train`
    (docs/help/trees.txt). Ctrl-C keeps nothing, and raises KeyboardInterrupt.
    """
    return _fit("trees", X, out, {"leaf": leaf} | options, (on_record, progress))
