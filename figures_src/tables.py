"""How a table is written in Markdown, whoever offers it."""

from collections.abc import Iterable, Sequence
from typing import Literal

Alignment = Literal[":--", "--:"]
_NO_BREAK = "\u00a0"
_JOINER = "\u2060"  # a line may end after a dash, even before a space that does not break


def extent(low: object, high: object) -> str:
    """A smallest and a largest value as a table shows them, on one line; once where they look the same."""
    return str(low) if str(low) == str(high) else f"{low}{_NO_BREAK}–{_JOINER}{_NO_BREAK}{high}"


def markdown(header: Sequence[object], alignments: Iterable[Alignment], rows: Iterable[Iterable[object]]) -> str:
    """The lines of a table; a bar inside a cell stays a bar and ends no cell."""
    lines = [header, tuple(alignments), *rows]
    return "".join(f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in line)} |\n" for line in lines)
