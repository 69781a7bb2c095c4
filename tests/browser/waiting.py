"""Waits for what a page is about to show."""
import time


def until(found, seconds=5.0):
    """Returns what `found` returns once that is true; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return value
