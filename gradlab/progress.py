"""A progress bar in the terminal for what takes longer than a second; nothing anywhere else."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

DELAY = 1.0
"""Seconds without a bar: what is done by then shows none."""


def _show(line: str) -> None:
    # Carriage return and "erase to the end of the line": the next line of output starts at the margin again.
    sys.stderr.write(f"\r\x1b[K{line}")
    sys.stderr.flush()


def _bar(done: int, total: int, what: str) -> str:
    counts = f" {done}/{total}"
    width = min(40, shutil.get_terminal_size().columns - len(what) - len(counts) - 4)
    if width < 1:
        return f"{what}{counts}"[: shutil.get_terminal_size().columns - 1]
    filled = width * done // total
    return f"{what} [{'#' * filled}{'.' * (width - filled)}]{counts}"


def track(items: Sequence[Item], what: str) -> Iterator[Item]:
    """Yield the items, and show how many are done if standard error is a terminal and time passes.

    The bar appears at the first item that ends later than a second after the start, and is erased at the end,
    also when the loop is left early.

    Args:
        items: what a loop runs over.
        what: the name at the left of the bar.

    """
    if not sys.stderr.isatty():
        yield from items
        return
    start, shown = time.monotonic(), False
    try:
        for done, item in enumerate(items, 1):
            yield item
            if time.monotonic() - start > DELAY:
                shown = True
                _show(_bar(done, len(items), what))
    finally:
        if shown:
            _show("")
