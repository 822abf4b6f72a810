"""A report's table as text: like blocks shown once, rows and columns that there is room for, sentences wrapped."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from gradlab._internal import terminal

IMPORTANCE = (
    "layer",
    "delta",
    "factor",
    "predicted_factor",
    "silent",
    "saturated",
    "kind",
    "rms",
    "sigma_w",
    "weight_gradient",
    "update_ratio",
    "weight",
    "shape",
)
"""Columns by how much a reader would miss them; the last go first where there is no room."""
LONGEST_WHOLE = 60
"""A table of more rows is shown with like blocks left out."""
_LONGEST_BLOCK = 60
_FEWEST_ALIKE = 4
_GAP = "  "


@dataclass(frozen=True)
class Gap:
    """Rows that are left out.

    Attributes:
        first: number of the first.
        end: number of the first row after them.
        is_alike: whether they are like those before them.

    """

    first: int
    end: int
    is_alike: bool

    @property
    def count(self) -> int:
        """Number of rows."""
        return self.end - self.first


def terminal_width() -> int | None:
    """Width of the terminal that is printed to; None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else None


def collapsed(keys: Sequence[Hashable]) -> Iterator[int | Gap]:
    """Numbers of rows to show, and gaps: of blocks that repeat at least four times only the first and the last.

    Args:
        keys: of each row; rows of the same place in like blocks have the same.

    """
    start = 0
    while start < len(keys):
        size, times = _repeated(keys, start)
        if times < _FEWEST_ALIKE:
            yield start
            start += 1
            continue
        end = start + size * times
        yield from range(start, start + size)
        yield Gap(start + size, end - size, is_alike=True)
        yield from range(end - size, end)
        start = end


def _repeated(keys: Sequence[Hashable], start: int) -> tuple[int, int]:
    """Size of the block that begins at a row, and how often it follows itself; of several the one that covers most."""
    best = (1, 1)
    for size in range(1, min(_LONGEST_BLOCK, (len(keys) - start) // _FEWEST_ALIKE) + 1):
        block = keys[start : start + size]
        times = 1
        while keys[start + times * size : start + (times + 1) * size] == block:
            times += 1
        if times >= _FEWEST_ALIKE and size * times > best[0] * best[1]:
            best = size, times
    return best


def at_most(rows: Sequence[int | Gap], most: int) -> list[int | Gap]:
    """The first and the last of rows that are too many, and a gap between them."""
    if len(rows) <= most:
        return [*rows]
    head, tail = rows[: (most + 1) // 2], rows[len(rows) - most // 2 :]
    left_out = rows[len(head) : len(rows) - len(tail)]
    numbers = [(row, row + 1) if isinstance(row, int) else (row.first, row.end) for row in left_out]
    return [*head, Gap(numbers[0][0], numbers[-1][1], is_alike=False), *tail]


def fitting(widths: dict[str, int], width: int | None) -> list[str]:
    """The names of the columns that have room, in the order of the widths, the most important ones first to stay."""
    chosen = sorted(widths, key=IMPORTANCE.index)
    while width is not None and len(chosen) > 1 and _total(widths[name] for name in chosen) > width:
        chosen.pop()
    return [name for name in widths if name in chosen]


def _total(widths: Iterator[int]) -> int:
    sizes = list(widths)
    return sum(sizes) + len(_GAP) * (len(sizes) - 1)


def wrapped(text: str, width: int | None) -> str:
    """Lines no longer than a width, broken at spaces or between Chinese characters; indented code stays as it is."""
    if width is None:
        return text
    return "\n".join(line if line.startswith(" ") else _wrapped_line(line, width) for line in text.split("\n"))


def _wrapped_line(line: str, width: int) -> str:
    lines, current = [], ""
    for piece in _pieces(line):
        if current.strip() and terminal.columns(current + piece.rstrip()) > width:
            lines.append(current.rstrip())
            current = ""
        current += piece
    return "\n".join([*lines, current.rstrip()])


# Characters that must not begin a line in Chinese.
_CLOSING = set("，。；：！？、）》」』”’…%")


def _pieces(line: str) -> Iterator[str]:
    """Words with the space behind them, and single Chinese characters with the punctuation that follows."""
    piece = ""
    for character in line:
        wide = terminal.columns(character) == 2
        if piece and character not in _CLOSING and (wide or piece[-1] == " " or terminal.columns(piece[-1]) == 2):
            yield piece
            piece = ""
        piece += character
    yield piece
