"""A figure from the tables of any experiment: every quantity a panel, against the first column.

Names say what belongs together: `x`, `predicted_x` (a dashed line), `x_standard_error` (error bars), `x_low` and
`x_high` (a band). An axis is logarithmic where positive values span decades.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradlab.commands import wording
from gradlab.commands.errors import UseError
from gradlab.commands.tables import INDEX, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_PANELS = 6
_MOST_LINES = 8
_MOST_MARKERS = 40
_DECADES = 30.0
_COMPANIONS = ("_standard_error", "_low", "_high")
_PREDICTED = "predicted_"


def _numbers(table: Table, name: str) -> list[float] | None:
    values = [row[name] for row in table.rows]
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return None
    return [float(value) for value in values]


def _quantities(names: Sequence[str]) -> list[str]:
    """The columns that get a panel: not those that accompany another."""
    return [
        name
        for name in names
        if not any(name.endswith(end) and name.removesuffix(end) in names for end in _COMPANIONS)
        and not (name.startswith(_PREDICTED) and name.removeprefix(_PREDICTED) in names)
    ]


@dataclass(frozen=True)
class Plan:
    """Plan of a table's figure.

    Attributes:
        table: the table.
        horizontal: the column along the horizontal axis; of names, where it holds texts.
        group: the column whose values are lines of their own; None for a single line.
        quantities: a panel for each.

    """

    table: Table
    horizontal: str
    group: str | None
    quantities: tuple[str, ...]

    @property
    def categorical(self) -> bool:
        """Whether the horizontal axis holds names."""
        return _numbers(self.table, self.horizontal) is None


def _evenly_spaced(values: Sequence[float]) -> bool:
    steps = [right - left for left, right in itertools.pairwise(values)]
    return len(steps) > 1 and steps[0] > 0 and all(math.isclose(step, steps[0], rel_tol=1e-6) for step in steps)


def _plan(table: Table) -> Plan | None:
    numeric = [name for name in table.names if _numbers(table, name) is not None]
    first, group = table.names[0], None
    if INDEX in numeric:
        group = first if first != INDEX else None
        curves = numeric[numeric.index(INDEX) + 1 :]
        even = not group and bool(curves) and _evenly_spaced(_numbers(table, curves[0]) or [])
        horizontal = curves[0] if even else INDEX
    elif first in numeric or not numeric:
        horizontal = first
    elif len({row[first] for row in table.rows}) < len(table.rows):
        horizontal, group = numeric[0], first
    else:
        horizontal = first
    left = [name for name in numeric if name not in (horizontal, group, INDEX)]
    quantities = tuple(_quantities(left))[:_MOST_PANELS]
    distinct = {row[horizontal] for row in table.rows}
    return Plan(table, horizontal, group, quantities) if quantities and len(distinct) > 1 else None


def plan(tables: Sequence[Table]) -> Plan | None:
    """The plan for the first table with at least three values on a numeric axis, else for the first with any."""
    plans = [one for one in map(_plan, tables) if one is not None]
    telling = [one for one in plans if not one.categorical and len({r[one.horizontal] for r in one.table.rows}) > 2]
    return next(iter([*telling, *plans]), None)


def _spans_decades(values: Sequence[float]) -> bool:
    finite = [value for value in values if math.isfinite(value)]
    return len(finite) > 1 and min(finite) > 0 and max(finite) / min(finite) > _DECADES


def draw(title: str, tables: Sequence[Table]) -> Figure:
    """Draw the first table with something to draw.

    Raises:
        UseError: matplotlib is not installed, or the result has nothing to draw.

    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UseError(wording.NO_MATPLOTLIB) from None
    found = plan(tables)
    if found is None:
        raise UseError(wording.NOTHING_TO_DRAW)
    rows = math.ceil(len(found.quantities) / 2)
    columns = min(2, len(found.quantities))
    figure = Figure(figsize=(4.6 * columns, 0.6 + 3.0 * rows), layout="constrained")
    figure.suptitle(title, fontsize=11, wrap=True)
    panels = figure.subplots(rows, columns, squeeze=False).flatten()
    for axes, quantity in zip(panels, found.quantities, strict=False):
        _panel(axes, found, quantity)
    for axes in panels[len(found.quantities) :]:
        axes.set_visible(False)
    return figure


def _panel(axes: Axes, plan: Plan, quantity: str) -> None:
    groups: dict[Any, list[int]] = {}
    for number, row in enumerate(plan.table.rows):
        groups.setdefault(row[plan.group] if plan.group else None, []).append(number)
    for place, (name, numbers) in enumerate(list(groups.items())[:_MOST_LINES]):
        label = f"{name:.3g}" if isinstance(name, float) else str(name)
        _line(axes, plan, quantity, numbers, f"C{place}", label)
    _axes(axes, plan, quantity)
    if len(groups) > 1:
        axes.legend(title=plan.group, fontsize=8, title_fontsize=8)


def _line(axes: Axes, plan: Plan, quantity: str, numbers: Sequence[int], colour: str, label: str) -> None:
    table = plan.table
    horizontal = _numbers(table, plan.horizontal)
    places = range(len(table.rows)) if horizontal is None else horizontal
    order = sorted(numbers, key=places.__getitem__)
    x = [places[number] for number in order]

    def column(name: str) -> list[float] | None:
        values = _numbers(table, name) if name in table.names else None
        return None if values is None else [values[number] for number in order]

    style = "o" if plan.categorical else "o-" if len(x) <= _MOST_MARKERS else "-"
    bars = column(f"{quantity}_standard_error")
    axes.errorbar(x, column(quantity) or [], yerr=bars, fmt=style, color=colour, markersize=4, label=label)
    low, high = column(f"{quantity}_low"), column(f"{quantity}_high")
    if low and high:
        axes.fill_between(x, low, high, color=colour, alpha=0.2)
    predicted = column(f"{_PREDICTED}{quantity}")
    if predicted:
        axes.plot(x, predicted, "x" if plan.categorical else "--", color="0.2", linewidth=1.2)


def _axes(axes: Axes, plan: Plan, quantity: str) -> None:
    from matplotlib.ticker import MaxNLocator

    table = plan.table
    horizontal = _numbers(table, plan.horizontal)
    if horizontal is None:
        names = [str(row[plan.horizontal]) for row in table.rows]
        axes.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=7)
    elif plan.horizontal != INDEX and _spans_decades(horizontal):
        axes.set_xscale("log")
    elif all(value.is_integer() for value in horizontal):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if _spans_decades(_numbers(table, quantity) or []):
        axes.set_yscale("log")
    mark = "x" if plan.categorical else "- -"
    axes.set_title(
        f"{quantity} ({mark} predicted)" if f"{_PREDICTED}{quantity}" in table.names else quantity, fontsize=9
    )
    axes.set_xlabel(plan.horizontal)
    axes.grid(alpha=0.3)


def save(figure: Figure, path: str) -> None:
    """Write a figure in the format of its ending.

    Raises:
        UseError: the file cannot be written, or its ending names no format.

    """
    try:
        figure.savefig(path)
    except (OSError, ValueError) as error:
        raise UseError(wording.NOT_WRITTEN, file=path, error=str(error)) from error
