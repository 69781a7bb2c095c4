"""Waits for what is about to happen. A wait ends early, and is long enough for a machine that is busy."""

import time


def until(found, seconds=60.0):
    """Returns what `found` returns once that is true; fails after `seconds`, which no test counts on."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return value
