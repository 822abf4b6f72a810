"""Steps kept in little memory: over thousands of them only the numbers grow, names and shapes are kept once."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, overload

from gradlab.probing.readings import Readings
from gradlab.probing.step import LayerCall, ParameterReading, Step

Numbers = list[float | None]

_CALL_COUNTS = ("nonfinite", "delta_nonfinite", "backward_passes")
CALL_NUMBERS = (*_CALL_COUNTS, "norm", "mean", "delta_norm", "saturated", "silent", "overlap", "rare")
"""`LayerCall` fields that change every step, in storage order."""
CALL_REST = tuple(field.name for field in fields(LayerCall) if field.name not in CALL_NUMBERS)
"""`LayerCall` fields that most steps share."""
PARAMETER_NUMBERS = ("norm", "mean", "gradient_norm", "update_ratio", "update_error")
PARAMETER_REST = tuple(field.name for field in fields(ParameterReading) if field.name not in PARAMETER_NUMBERS)


@dataclass(frozen=True)
class PackedStep:
    """A step as it is kept.

    Attributes:
        number: of the step.
        recomputed: as in :class:`Step`.
        handed_on: as in :class:`Step`.
        unmeasured: as in :class:`Step`.
        calls: of each call the values of ``CALL_REST``.
        parameters: of each parameter the values of ``PARAMETER_REST``.
        accumulated: as in :class:`Step`.
        numbers: of each call the values of ``CALL_NUMBERS``, then of each parameter those of ``PARAMETER_NUMBERS``.
        grad_scale: as in :class:`Step`.
        readings: as in :class:`Step`.

    """

    number: int
    recomputed: int
    handed_on: frozenset[str]
    unmeasured: frozenset[str]
    calls: tuple[tuple[Any, ...], ...]
    parameters: tuple[tuple[Any, ...], ...]
    accumulated: bool
    numbers: Numbers
    grad_scale: float = 1.0
    readings: Readings = field(default_factory=Readings)

    def unpacked(self) -> Step:
        """The step."""
        numbers = iter(self.numbers)
        parameters: Iterator[dict[str, Any]] = (
            {name: next(numbers) for name in PARAMETER_NUMBERS} | dict(zip(PARAMETER_REST, rest, strict=True))
            for rest in self.parameters
        )
        return Step(
            self.number,
            tuple(self._call(rest, numbers) for rest in self.calls),
            tuple(ParameterReading(**values) for values in parameters),
            self.recomputed,
            self.handed_on,
            self.unmeasured,
            self.accumulated,
            self.grad_scale,
            self.readings,
        )

    @staticmethod
    def _call(rest: tuple[Any, ...], numbers: Iterator[float | None]) -> LayerCall:
        values: dict[str, Any] = {name: next(numbers) for name in CALL_NUMBERS}
        counts = {name: int(values[name]) for name in _CALL_COUNTS}
        return LayerCall(**dict(zip(CALL_REST, rest, strict=True)), **values | counts)


@dataclass(frozen=True)
class _Kept:
    """A packed step whose names and shapes are those of others, and whose numbers lie in one array."""

    number: int
    recomputed: int
    grad_scale: float
    readings: Readings
    common: tuple[Any, Any, Any, Any, bool]
    values: array[float]
    missing: bytes


class KeptSteps(Sequence[Step]):
    """The recorded steps, in their order; each is put together again when it is asked for."""

    def __init__(self) -> None:
        self._steps: list[_Kept] = []
        self._common: dict[Any, Any] = {}

    def append(self, step: PackedStep) -> None:
        """Keep a step."""
        common = (step.handed_on, step.unmeasured, step.calls, step.parameters, step.accumulated)
        values = array("d", [0.0 if number is None else number for number in step.numbers])
        missing = bytes([number is None for number in step.numbers])
        kept = self._common.setdefault(common, common), values, self._common.setdefault(missing, missing)
        self._steps.append(_Kept(step.number, step.recomputed, step.grad_scale, step.readings, *kept))

    @staticmethod
    def _step(kept: _Kept) -> Step:
        numbers: Numbers = [
            None if missing else value for value, missing in zip(kept.values, kept.missing, strict=True)
        ]
        packed = PackedStep(kept.number, kept.recomputed, *kept.common, numbers, kept.grad_scale, kept.readings)
        return packed.unpacked()

    def __len__(self) -> int:
        return len(self._steps)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Step, ...]: ...
    def __getitem__(self, index: int | slice) -> Step | tuple[Step, ...]:
        if isinstance(index, slice):
            return tuple(map(self._step, self._steps[index]))
        return self._step(self._steps[index])
