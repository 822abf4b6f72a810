"""A figure from the tables of any experiment: every quantity a panel, against the first column of numbers.

Names say what belongs together: `x`, `predicted_x` (a dashed line), `x_standard_error` (error bars), `x_low` and
`x_high` (a band). An axis is logarithmic where positive values span decades.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gradlab.commands import wording
from gradlab.commands.mistake import Mistake
from gradlab.commands.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_PANELS = 6
_MOST_LINES = 8
_DECADES = 30.0
_COMPANIONS = ("_standard_error", "_low", "_high")
_PREDICTED = "predicted_"


def _numbers(table: Table, name: str) -> list[float] | None:
    values = [row[name] for row in table.rows]
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return None
    return [float(value) for value in values]


def _quantities(table: Table, names: Sequence[str]) -> list[str]:
    """The columns that get a panel: not those that accompany another."""
    return [
        name
        for name in names
        if not any(name.endswith(end) and name.removesuffix(end) in names for end in _COMPANIONS)
        and not (name.startswith(_PREDICTED) and name.removeprefix(_PREDICTED) in names)
    ]


def plottable(tables: Sequence[Table]) -> tuple[Table, str, list[str]] | None:
    """Return the first table with curves or points to draw, its horizontal axis and its quantities."""
    for table in tables:
        numeric = [name for name in table.names if _numbers(table, name) is not None]
        horizontal = "index" if "index" in numeric else next(iter(numeric), None)
        if horizontal is None or len(table.rows) < 2 or len(set(_numbers(table, horizontal) or [])) < 2:
            continue
        quantities = _quantities(table, [name for name in numeric if name != horizontal])
        quantities = [name for name in quantities if name != table.names[0]] if horizontal == "index" else quantities
        if quantities:
            return table, horizontal, quantities[:_MOST_PANELS]
    return None


def _spans_decades(values: Sequence[float]) -> bool:
    finite = [value for value in values if math.isfinite(value)]
    return len(finite) > 1 and min(finite) > 0 and max(finite) / min(finite) > _DECADES


def draw(title: str, tables: Sequence[Table]) -> Figure:
    """Draw the first table with something to draw.

    Raises:
        Mistake: matplotlib is not installed, or the result has nothing to draw.

    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise Mistake(wording.NO_MATPLOTLIB) from None
    found = plottable(tables)
    if found is None:
        raise Mistake(wording.NOTHING_TO_DRAW)
    table, horizontal, quantities = found
    rows = math.ceil(len(quantities) / 2)
    columns = min(2, len(quantities))
    figure = Figure(figsize=(4.6 * columns, 0.6 + 3.0 * rows), layout="constrained")
    figure.suptitle(title, fontsize=11, wrap=True)
    panels = figure.subplots(rows, columns, squeeze=False).flatten()
    for axes, quantity in zip(panels, quantities, strict=False):
        _panel(axes, table, horizontal, quantity)
    for axes in panels[len(quantities) :]:
        axes.set_visible(False)
    return figure


def _panel(axes: Axes, table: Table, horizontal: str, quantity: str) -> None:
    label = table.names[0]
    groups: dict[Any, list[int]] = {}
    for number, row in enumerate(table.rows):
        groups.setdefault(row[label] if label != horizontal and horizontal == "index" else None, []).append(number)
    for place, (name, numbers) in enumerate(list(groups.items())[:_MOST_LINES]):
        _line(axes, table, horizontal, quantity, numbers, f"C{place}", "" if name is None else _short(name))
    _axes(axes, table, horizontal, quantity)
    if len(groups) > 1:
        axes.legend(title=label, fontsize=8, title_fontsize=8)


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _line(
    axes: Axes, table: Table, horizontal: str, quantity: str, numbers: Sequence[int], colour: str, label: str
) -> None:
    def column(name: str) -> list[float] | None:
        values = _numbers(table, name) if name in table.names else None
        return None if values is None else [values[number] for number in numbers]

    x, y = column(horizontal) or [], column(quantity) or []
    order = sorted(range(len(x)), key=x.__getitem__)
    x, y = [x[number] for number in order], [y[number] for number in order]
    errors = column(f"{quantity}_standard_error")
    bars = [errors[number] for number in order] if errors else None
    axes.errorbar(x, y, yerr=bars, fmt="o-" if len(x) <= 40 else "-", color=colour, markersize=4, label=label or None)
    low, high = column(f"{quantity}_low"), column(f"{quantity}_high")
    if low and high:
        axes.fill_between(x, [low[n] for n in order], [high[n] for n in order], color=colour, alpha=0.2)
    predicted = column(f"{_PREDICTED}{quantity}")
    if predicted:
        axes.plot(x, [predicted[number] for number in order], "--", color="0.2", linewidth=1.2)


def _axes(axes: Axes, table: Table, horizontal: str, quantity: str) -> None:
    horizontal_values = _numbers(table, horizontal) or []
    if horizontal != "index" and _spans_decades(horizontal_values):
        axes.set_xscale("log")
    if _spans_decades(_numbers(table, quantity) or []):
        axes.set_yscale("log")
    dashed = " (- - predicted)" if f"{_PREDICTED}{quantity}" in table.names else ""
    axes.set_xlabel(horizontal)
    axes.set_title(f"{quantity}{dashed}", fontsize=9)
    axes.grid(alpha=0.3)


def save(figure: Figure, path: str) -> None:
    """Write a figure in the format of its ending.

    Raises:
        Mistake: the file cannot be written, or its ending names no format.

    """
    try:
        figure.savefig(path)
    except (OSError, ValueError) as error:
        raise Mistake(wording.NOT_WRITTEN, file=path, error=str(error)) from error
