"""Tables from the frozen result of any experiment, and the same as CSV, Markdown and JSON.

A result holds single values, records (dataclasses, singly or in tuples), and curves (tuples of numbers), also within
the records. Each becomes a table: "values", one per kind of record, and curves of equal length side by side.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gradlab._internal import terminal
from gradlab._internal.exporting import as_csv, as_json, in_markdown

_CONFIG = "config"
_NAME = "name"
INDEX = "index"


@dataclass(frozen=True)
class Column:
    """One column of a table as it is shown.

    Attributes:
        name: of the field.
        title: its heading.
        cells: as text.
        place: in the order of columns.
        is_text: whether it is set flush left.

    """

    name: str
    title: str
    cells: tuple[str, ...]
    place: int
    is_text: bool

    @property
    def width(self) -> int:
        """Columns of a terminal that it takes."""
        return max(terminal.columns(cell) for cell in (self.title, *self.cells))

    def shortened(self, half: int) -> Column:
        """The column with a gap between its first and last rows."""
        return replace(self, cells=(*self.cells[:half], "…", *self.cells[-half:]))


@dataclass(frozen=True)
class Table:
    """Values in rows, each with the same names in the same order."""

    name: str
    rows: tuple[Mapping[str, Any], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(self.rows[0])

    def columns(self) -> tuple[Column, ...]:
        """The columns as they are shown."""
        return tuple(
            Column(
                name,
                name,
                tuple(shown(row[name]) for row in self.rows),
                place,
                all(isinstance(row[name], str) for row in self.rows),
            )
            for place, name in enumerate(self.names)
        )

    def to_csv(self) -> str:
        """The table as CSV, every number with all its digits."""
        return as_csv((row.values() for row in self.rows), self.names)

    def to_markdown(self) -> str:
        """The table in Markdown."""
        columns = self.columns()
        lines = [
            [column.title for column in columns],
            [":--" if column.is_text else "--:" for column in columns],
            *zip(*(column.cells for column in columns), strict=True),
        ]
        return "".join(f"| {' | '.join(in_markdown(cell) for cell in line)} |\n" for line in lines)


def shown(value: object) -> str:
    """A value as a cell shows it: numbers with four digits."""
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _is_record(value: object) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _is_records(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and all(map(_is_record, value))


def _is_curve(value: object) -> bool:
    return isinstance(value, tuple) and len(value) > 1 and all(isinstance(item, int | float | str) for item in value)


def _fields(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


def _flat(record: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The fields of a record, those of a record within it in their place; what they describe, not the whole setting."""
    for name, value in _fields(record).items():
        if _is_record(value):
            inner = _fields(value)
            yield from [(name, inner[_NAME])] if isinstance(inner.get(_NAME), str) else _flat(value, f"{prefix}{name}_")
        else:
            yield f"{prefix}{name}", value


def _cell(value: object) -> Any:
    return value if isinstance(value, int | float | str) or value is None else " ".join(map(shown, _items(value)))


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, tuple | list) else [value]


def _record_tables(name: str, records: Sequence[Mapping[str, Any]]) -> Iterator[Table]:
    """One row per record with its single values; and its curves below each other, with the place in the curve."""
    curves = [key for key in records[0] if any(_is_curve(record[key]) for record in records)]
    single = [key for key in records[0] if key not in curves]
    yield Table(name, tuple({key: _cell(record[key]) for key in single} for record in records))
    label = single[0] if single else None
    groups: dict[tuple[int, ...], list[str]] = {}
    for key in curves:
        groups.setdefault(tuple(len(_items(record[key])) for record in records), []).append(key)
    for keys in groups.values():
        rows = [
            ({label: _cell(record[label])} if label else {})
            | {INDEX: place}
            | {key: _items(record[key])[place - 1] for key in keys}
            for record in records
            for place in range(1, len(_items(record[keys[0]])) + 1)
        ]
        yield Table(f"{name}: {', '.join(keys[:3])}{' …' if len(keys) > 3 else ''}", tuple(rows))


def tables(result: Any) -> tuple[Table, ...]:
    """The tables of a result, the most telling first: records, then curves, then single values."""
    fields = {name: value for name, value in _fields(result).items() if name != _CONFIG}
    found: list[Table] = []
    for name, value in fields.items():
        if _is_records(value):
            found += _record_tables(name, [dict(_flat(record)) for record in value])
    found += _alike(fields)
    curves = {name: value for name, value in fields.items() if _is_curve(value)}
    for length in dict.fromkeys(len(value) for value in curves.values()):
        keys = [name for name, value in curves.items() if len(value) == length]
        rows = ({INDEX: place + 1} | {key: curves[key][place] for key in keys} for place in range(length))
        found.append(Table(f"{', '.join(keys[:3])}{' …' if len(keys) > 3 else ''}", tuple(rows)))
    known = {name for name, value in fields.items() if _is_records(value) or _is_record(value)} | set(curves)
    single = [{"value": name, "result": _cell(value)} for name, value in fields.items() if name not in known]
    if single:
        found.append(Table("values", tuple(single)))
    return tuple(table for table in found if table.rows and table.names)


def _alike(fields: Mapping[str, Any]) -> Iterator[Table]:
    """Records that stand alone: those of one class together, with the name of their field."""
    records = {name: value for name, value in fields.items() if _is_record(value)}
    for kind in dict.fromkeys(type(value) for value in records.values()):
        same = [{"record": name} | dict(_flat(value)) for name, value in records.items() if type(value) is kind]
        yield from _record_tables(kind.__name__.lower(), same)


def to_json(result: Any) -> str:
    """A whole result, its configuration included, as JSON; a number that is not finite becomes a string."""
    return as_json(dataclasses.asdict(result)) + "\n"
