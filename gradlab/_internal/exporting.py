"""Results and reports as JSON and CSV. Does not import PyTorch."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from gradlab._internal.terminal import printable


def as_json(value: Any) -> str:
    """Plain values as JSON without a line break at its end; a number that is not finite becomes a string."""
    return json.dumps(_plain(value), ensure_ascii=False, indent=1, allow_nan=False)


def as_csv(rows: Iterable[Iterable[object]], header: Iterable[str] = ()) -> str:
    """Rows as CSV below their header, if they have one; None is an empty cell.

    A text that a spreadsheet would take for a formula, such as a layer named ``=1+1``, has an apostrophe before it.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    if names := tuple(header):
        writer.writerow(names)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return buffer.getvalue()


_FORMULA = re.compile(r"[=@+\-\t\r]")
_NUMBER = re.compile(r"[+-]?(\d[\d.eE+-]*|inf|nan)")


def _inert(cell: object) -> object:
    is_formula = isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell


_SPECIAL = re.compile(r"[\\`*<|\[\]]|(?<![^\W_])_|_(?![^\W_])")


def in_markdown(text: str) -> str:
    """A text that is data, such as a layer's name, as Markdown shows it: no mark-up, no HTML, no new line."""
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", " ".join(printable(text).split()))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, float) and value - value != 0 else value
