"""Tables in Markdown."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from figures_src.model.exhibit import Cell, Table

Alignment = Literal[":--", "--:"]
NOTHING = "–"
NOT_FINITE = ("NaN", "∞")  # stand in a column of numbers as ones of them
_NO_BREAK = "\u00a0"
_JOINER = "\u2060"  # after a dash a line may end
_BOUND = re.compile(f"^[<>]{_NO_BREAK}")  # before a number that is known by what it lies beyond


def extent(low: object, high: object) -> str:
    """A smallest and a largest value as a table shows them; once where they look the same.

    Two plain numbers stay on one line. Long ones, which hold spaces themselves, may have a line each on a phone.
    """
    if str(low) == str(high):
        return str(low)
    long = _NO_BREAK in f"{low}{high}"
    return f"{low}{_NO_BREAK}– {high}" if long else f"{low}–{_JOINER}{high}"


def markdown(
    header: Sequence[object], rows: Iterable[Iterable[object]], alignments: Sequence[Alignment] | None = None
) -> str:
    """The lines of a table, all columns to the left unless told otherwise; a bar inside a cell ends no cell."""
    lines = [header, alignments or [":--"] * len(header), *rows]
    return "".join(f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in line)} |\n" for line in lines)


def aligned(table: Table) -> str:
    """A table in Markdown: text to the left; a column of numbers, shares or bounds, or dashes, to the right."""

    def is_number(cell: Cell) -> bool:
        shown = _BOUND.sub("", str(cell)).translate({ord(sign): None for sign in "−%)\N{WORD JOINER}"})
        parts = re.split("–|/|(?:<br>)?[±(]", shown)
        digits = (part.split("×")[0].strip().replace(".", "", 1).replace(",", "") for part in parts)
        return all(digit.isdigit() or digit in NOT_FINITE for digit in digits)

    columns = ([row[index] for row in table.rows if row[index] != NOTHING] for index in range(len(table.header)))
    numeric = [all(map(is_number, column)) for column in columns]
    return markdown(table.header, table.rows, ["--:" if right else ":--" for right in numeric])
