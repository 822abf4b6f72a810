"""How a table is written in Markdown, whoever offers it."""

from collections.abc import Iterable, Sequence
from typing import Literal

Alignment = Literal[":--", "--:"]
_NO_BREAK = "\u00a0"
_JOINER = "\u2060"  # after a dash a line may end, even before a space that does not break


def extent(low: object, high: object) -> str:
    """A smallest and a largest value as a table shows them, on one line; once where they look the same.

    Spaces stand around the dash where the values have spaces themselves.
    """
    if str(low) == str(high):
        return str(low)
    space = _NO_BREAK if _NO_BREAK in f"{low}{high}" else ""
    return f"{low}{space}–{_JOINER}{space}{high}"


def markdown(header: Sequence[object], alignments: Iterable[Alignment], rows: Iterable[Iterable[object]]) -> str:
    """The lines of a table; a bar inside a cell stays a bar and ends no cell."""
    lines = [header, tuple(alignments), *rows]
    return "".join(f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in line)} |\n" for line in lines)
