"""A record over many steps: one plain table, and when the verdict changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from functools import cached_property
from itertools import pairwise
from typing import Any

from gradlab._internal import checks
from gradlab._internal.exporting import as_csv
from gradlab.probing import diagnosis, wording
from gradlab.probing.dataframe import data_frame
from gradlab.probing.finding import Verdict
from gradlab.probing.step import ProbeError, Step

_MOST_LOOKED_AT = 64


@dataclass(frozen=True)
class HistoryRow:
    """One call of one layer in one step; None where there is no value.

    Attributes:
        step: number of the forward pass, from 0.
        layer: qualified name of the module, with the number of the call where there are several.
        delta: ‖∂loss/∂output‖.
        rms: root mean square of the output.
        silent: share of units that put out 0 for the whole batch.
        saturated: share of saturated elements.
        update_ratio: ‖ΔW‖/‖W‖ of the layer's weight, where the optimizer was given; of large weights from a sample.

    """

    step: int
    layer: str
    delta: float | None
    rms: float
    silent: float | None
    saturated: float | None
    update_ratio: float | None


COLUMNS = tuple(field.name for field in fields(HistoryRow))
MEASURED = tuple(name for name in COLUMNS if name not in ("step", "layer"))
"""Columns that are measured."""


def rows_of(step: Step) -> tuple[HistoryRow, ...]:
    """The rows of one step, in forward order."""
    ratios = {parameter.name: parameter.update_ratio for parameter in step.parameters}
    return tuple(
        HistoryRow(
            step=step.number,
            layer=call.label,
            delta=call.delta_norm,
            rms=call.rms,
            silent=call.silent,
            saturated=call.saturated,
            update_ratio=ratios.get(call.weight or ""),
        )
        for call in step.calls
    )


class History(Sequence[HistoryRow]):
    """Every layer of every recorded step: a sequence of :class:`HistoryRow`, by step and then in forward order."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._rows = tuple(row for step in steps for row in rows_of(step))

    def __repr__(self) -> str:
        """One line: how many rows there are, of how many steps and layers."""
        steps, layers = ({getattr(row, name) for row in self._rows} for name in ("step", "layer"))
        return f"<History: {len(self)} rows, {len(steps)} steps of {len(layers)} layers; to_csv() has them>"

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def of(self, layer: str) -> tuple[HistoryRow, ...]:
        """The rows of one layer.

        Raises:
            ProbeError: no recorded layer has this name.

        Examples:
            >>> import torch
            >>> import gradlab
            >>> from gradlab.networks import ArticleNetwork
            >>> model = ArticleNetwork(20, dtype=torch.float32)
            >>> with gradlab.probe(model) as record:
            ...     model(torch.ones(1, 1)).sum().backward()
            >>> [row.step for row in record.history.of("layers.0")]
            [0]

        """
        rows = tuple(row for row in self._rows if row.layer == layer)
        if not rows:
            names = ", ".join(dict.fromkeys(row.layer for row in self._rows))
            raise ProbeError(f"layer: found {layer!r}, recorded: {names}")
        return rows

    def to_csv(self) -> str:
        """The table as CSV, as the log writes it."""
        return as_csv(map(astuple, self._rows), COLUMNS)

    def to_dataframe(self) -> Any:
        """The table as a pandas DataFrame.

        Raises:
            ProbeError: pandas is not installed.

        """
        return data_frame(self._rows, COLUMNS)


class Entry:
    """One recorded step as a log receives it; printed, it is one line with the verdict.

    Attributes:
        step: the step.

    """

    step: Step

    def __init__(self, step: Step) -> None:
        self.step = step

    @property
    def number(self) -> int:
        """Number of the forward pass, from 0."""
        return self.step.number

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict of this step alone."""
        return verdict_of(self.step)

    @cached_property
    def rows(self) -> tuple[HistoryRow, ...]:
        """The rows of the table that this step adds."""
        return rows_of(self.step)

    def line(self, language: str = "en") -> str:
        """One line: the step, its verdict, and ‖δ‖ of the first and the last layer that has one."""
        spoken = checks.language("language", language)
        deltas = [call for call in self.step.calls if call.delta_norm is not None and call.role == "linear"]
        name = wording.NAMES[self.verdict](spoken)
        if not deltas:
            return wording.LINE_WITHOUT(spoken, number=self.number, verdict=name)
        first, last = deltas[0], deltas[-1]
        return wording.LINE(
            spoken,
            number=self.number,
            verdict=name,
            first=wording.called(first.label, spoken),
            last=wording.called(last.label, spoken),
            first_delta=f"{first.delta_norm:.3g}",
            last_delta=f"{last.delta_norm:.3g}",
        )

    def __str__(self) -> str:
        """The line in English."""
        return self.line()


def verdict_of(step: Step) -> Verdict:
    """The verdict of a step, "inconclusive" where no gradient came."""
    return diagnosis.verdict(step, diagnosis.findings(step)) if step.has_backward else "inconclusive"


def changes(steps: Sequence[Step]) -> tuple[tuple[int, Verdict], ...]:
    """The verdict of the first step, and each step at which it became another, with what it became.

    Of very many steps evenly spaced ones are looked at, and between two that differ the step of the change is found
    by halving; what comes and goes between two that agree is not seen.
    """
    seen: dict[int, Verdict | None] = {}

    def verdict(index: int) -> Verdict | None:
        """Of a step without a backward pass, that of the last step before it that had one."""
        if index not in seen:
            trained = next((step for step in map(steps.__getitem__, range(index, -1, -1)) if step.has_backward), None)
            seen[index] = None if trained is None else verdict_of(trained)
        return seen[index]

    if not steps:
        return ()
    spacing = max(1, len(steps) // _MOST_LOOKED_AT)
    looked_at = sorted({*range(0, len(steps), spacing), len(steps) - 1})
    turns = [0]
    for low, high in pairwise(looked_at):
        turns += _turns(verdict, low, high)
    found = ((steps[index].number, verdict(index)) for index in turns)
    return tuple((number, became) for number, became in found if became is not None)


def _turns(verdict: Callable[[int], Verdict | None], low: int, high: int) -> Iterator[int]:
    if verdict(low) == verdict(high):
        return
    if high - low == 1:
        yield high
        return
    middle = (low + high) // 2
    yield from _turns(verdict, low, middle)
    yield from _turns(verdict, middle, high)
