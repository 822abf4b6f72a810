"""A progress bar in the terminal for what takes longer than a second; nothing anywhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")

DELAY = 1.0
"""Seconds without a bar: what is done by then shows none."""


def track(items: Sequence[Item], what: str) -> Iterable[Item]:
    """Yield the items, and show how many are done if standard error is a terminal and time passes.

    The bar is erased at the end, also when the loop is left early.

    Args:
        items: what a loop runs over.
        what: the name at the left of the bar.

    """
    return tqdm(items, desc=what, delay=DELAY, disable=None, leave=False)
