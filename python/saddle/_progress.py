"""Shows how far a job is."""

import contextlib
import sys
from collections.abc import Callable
from typing import Any

Progress = bool | Callable[[str, int, int, str], Any] | None


class _Bar:
    """A bar of tqdm's for each job in turn."""

    def __init__(self, tqdm):
        self._tqdm, self._bar, self._label = tqdm, None, None

    def __call__(self, label, done, total, text):
        if label != self._label or self._bar is None:
            self.close()
            self._label = label
            self._bar = self._tqdm(total=total or None, desc=label, unit="", dynamic_ncols=True, leave=True)
        self._bar.total = total or None
        self._bar.n = done
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.refresh()

    def close(self):
        if self._bar is not None:
            self._bar.close()


def _is_watched():
    """Whether somebody sees a bar: a terminal or a notebook."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


@contextlib.contextmanager
def shown(progress):
    """A function of (label, done, total, text) for the extension, or None.

    progress: such a function; True for a bar of tqdm's, where tqdm is there; None: likewise, if somebody watches;
    False: nothing.
    """
    if callable(progress):
        yield progress
        return
    bar = None
    if progress or (progress is None and _is_watched()):
        with contextlib.suppress(ImportError):
            from tqdm.auto import tqdm

            bar = _Bar(tqdm)
    try:
        yield bar
    finally:
        if bar is not None:
            bar.close()
