"""Samples of a function: asked for some at a time, checked, and put together."""

import time

import numpy as np

from saddle._data import array_of, held_side
from saddle._frames import columns_of_frame, is_frame
from saddle._saddle import Error


def _is_network(function):
    """Whether it is a module of PyTorch's, whose call takes tensors."""
    return any(kind.__module__.startswith("torch.nn.") and kind.__name__ == "Module" for kind in type(function).mro())


def _asked(function, count, name):
    """What one call returns: a DataFrame, or an array of `count` samples."""
    try:
        made = function(count)
    except Error:
        raise
    except Exception as error:
        said = (str(error).strip().splitlines() or [""])[0]
        raise Error(
            f"{name}: expected a function that returns {count} samples, got {type(error).__name__}: {said}"
        ) from error
    if not is_frame(made):
        if made is None or isinstance(made, (bool, int, float, str, bytes, dict, set)):
            raise Error(f"{name}: expected a function that returns samples, got one that returns {type(made).__name__}")
        made = array_of(made, name)
    if len(made) != count:
        raise Error(f"{name}: expected {count} samples of its function, got the shape {list(made.shape)}")
    return made


def _are_distinct(rows):
    """Whether so many rows differ that others are not the same, in the same order, by chance."""
    different = len(rows.drop_duplicates()) if is_frame(rows) else len({row.tobytes() for row in rows})
    return len(rows) >= 20 and 2 * different >= len(rows)


def _check_next(made, first, name):
    """Refuses a later call's samples that do not go with the first's, or are the same ones again."""
    same_form = is_frame(made) == is_frame(first) and made.shape[1:] == first.shape[1:]
    if same_form and is_frame(made):
        same_form = list(made.columns) == list(first.columns)
    if not same_form:
        raise Error(f"{name}: expected samples of one shape, got {list(made.shape)} after {list(first.shape)}")
    first = first[: len(made)]
    again = made.equals(first) if is_frame(made) else np.array_equal(made, first)
    if again and _are_distinct(first):
        raise Error(
            f"{name}: expected new samples at every call, got the same ones twice (take the seed out of the function)"
        )


def drawn_side(function, count, batch_size, name, show):
    """`count` samples of a function as a side of a measurement, `batch_size` a call; `show` is told how many are there.

    Throws: Error where a call fails, returns no samples or another number of them, samples of another shape than the
    first call's, or the same ones again.
    """
    if _is_network(function):
        raise Error(
            f"{name}: expected a function of the number of samples, got a network (lambda n: G(torch.randn(n, 64)))"
        )
    parts, done, shown = [], 0, time.monotonic()
    while done < count:
        made = _asked(function, min(batch_size, count - done), name)
        if parts:
            _check_next(made, parts[0], name)
        # a function may return the same memory at every call
        parts.append(made if is_frame(made) else np.array(made))
        done += len(made)
        if show is not None and (done == count or time.monotonic() - shown >= 0.1):
            shown = time.monotonic()
            show(f"sampling {name}", done, count, "")
    if is_frame(parts[0]):
        import pandas as pd

        return columns_of_frame(pd.concat(parts, ignore_index=True), name)
    return held_side(np.concatenate(parts), name)
