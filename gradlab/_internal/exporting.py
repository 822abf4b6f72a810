"""Results and reports as JSON and CSV. Does not import PyTorch."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any


def as_json(value: Any) -> str:
    """Plain values as JSON without a line break at its end; a number that is not finite becomes a string."""
    return json.dumps(_plain(value), ensure_ascii=False, indent=1, allow_nan=False)


def as_csv(rows: Iterable[Iterable[object]], header: Iterable[str] = ()) -> str:
    """Rows as CSV below their header, if they have one; None is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    if names := tuple(header):
        writer.writerow(names)
    writer.writerows(rows)
    return buffer.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, float) and value - value != 0 else value
