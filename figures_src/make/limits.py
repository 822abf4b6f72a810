"""Time limits of an exhibit and of a cell of the notebook, from the environment.

A limit is no part of what is made, and so of no key in the store.
"""

import os

from figures_src.model.failures import BuildFailedError, Failure

EXHIBIT_VARIABLE, EXHIBIT_SECONDS = "GRADIENT_LAB_EXHIBIT_SECONDS", 900
CELL_VARIABLE, CELL_SECONDS = "GRADIENT_LAB_CELL_SECONDS", 600


def exhibit_seconds() -> int:
    """Seconds that an exhibit may take; 0 for as long as it likes."""
    return _seconds(EXHIBIT_VARIABLE, EXHIBIT_SECONDS)


def cell_seconds() -> int:
    """Seconds that a cell of the notebook may take; 0 for as long as it likes."""
    return _seconds(CELL_VARIABLE, CELL_SECONDS)


def check() -> None:
    """Raise `BuildFailedError` with every limit that is none."""
    failures: list[Failure] = []
    for limit in (exhibit_seconds, cell_seconds):
        try:
            limit()
        except BuildFailedError as failed:
            failures += failed.failures
    if failures:
        raise BuildFailedError(failures)


def exceeded(seconds: int, variable: str) -> str:
    """The message on an exhibit or a cell that took longer."""
    return f"took longer than {seconds} s, and was ended; {variable}=0 sets no limit"


def _seconds(variable: str, default: int) -> int:
    given = os.environ.get(variable, "").strip() or str(default)
    if not (given.isascii() and given.isdecimal()):
        raise BuildFailedError([Failure(variable, f"found {given!r}, allowed: seconds, or 0 for no limit")])
    return int(given)
