"""Tables in Markdown."""

from collections.abc import Iterable, Sequence
from typing import Literal

Alignment = Literal[":--", "--:"]
_NO_BREAK = "\u00a0"
_JOINER = "\u2060"  # after a dash a line may end


def extent(low: object, high: object) -> str:
    """A smallest and a largest value as a table shows them; once where they look the same.

    Two plain numbers stay on one line. Long ones, which hold spaces themselves, may have a line each.
    """
    if str(low) == str(high):
        return str(low)
    long = _NO_BREAK in f"{low}{high}"
    return f"{low}{_NO_BREAK}– {high}" if long else f"{low}–{_JOINER}{high}"


def markdown(header: Sequence[object], alignments: Iterable[Alignment], rows: Iterable[Iterable[object]]) -> str:
    """The lines of a table; a bar inside a cell stays a bar and ends no cell."""
    lines = [header, tuple(alignments), *rows]
    return "".join(f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in line)} |\n" for line in lines)
