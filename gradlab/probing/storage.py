"""Steps kept in little memory: over thousands of them only the numbers grow, names and shapes are kept once."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, NamedTuple, overload

from torch import Tensor

from gradlab.probing import measures
from gradlab.probing.measures import Measure
from gradlab.probing.readings import Readings
from gradlab.probing.step import LayerCall, ParameterReading, Step

_CALL_COUNTS = ("nonfinite", "delta_nonfinite", "backward_passes")
CALL_NUMBERS = (*_CALL_COUNTS, "norm", "mean", "delta_norm", "saturated", "silent", "overlap", "rare")
"""`LayerCall` fields that change every step, in storage order."""
CALL_REST = tuple(field.name for field in fields(LayerCall) if field.name not in CALL_NUMBERS)
"""`LayerCall` fields that most steps share."""
PARAMETER_NUMBERS = ("norm", "mean", "gradient_norm", "update_ratio", "update_error")
PARAMETER_REST = tuple(field.name for field in fields(ParameterReading) if field.name not in PARAMETER_NUMBERS)
CALL = {name: place for place, name in enumerate(CALL_NUMBERS)}
"""Places of a call's numbers, from that of its first."""
PARAMETER = {name: place for place, name in enumerate(PARAMETER_NUMBERS)}
"""Places of a parameter's numbers, from that of its first."""
_PARAMETER_BLANK = bytes([name != "norm" for name in PARAMETER_NUMBERS])
_CALL_BLANK = bytes([name not in (*_CALL_COUNTS, "norm", "mean") for name in CALL_NUMBERS])


class Numbers:
    """Numbers of a step while it runs: of each parameter, then of each call.

    A measure that lies on another device than the CPU waits there until all are read.

    Attributes:
        values: every number, 0 where one is missing.
        missing: 1 in the place of each that is missing.

    """

    __slots__ = ("_first", "_waiting", "missing", "values")

    def __init__(self, parameters: int) -> None:
        """Begin with the numbers of so many parameters, of which none is known."""
        self._first = parameters * len(PARAMETER_NUMBERS)
        self.values = _UNKNOWN * parameters
        self.missing = bytearray(_PARAMETER_BLANK * parameters)
        self._waiting: dict[int, Tensor] = {}

    def begin(self, parameters: Numbers) -> None:
        """Set what is known of the parameters before any is looked at."""
        self.values[: self._first], self.missing[: self._first] = parameters.values, parameters.missing
        self._waiting.update(parameters._waiting)

    def grow(self, calls: int) -> int:
        """Make room for another call behind so many, and return the place of its first number."""
        self.cut(calls)
        place = len(self.values)
        self.grow_by(1)
        return place

    def grow_by(self, calls: int) -> None:
        """Make room for so many calls."""
        self.values.extend(_NOTHING * calls)
        self.missing.extend(_CALL_BLANK * calls)

    def cut(self, calls: int) -> None:
        """Leave the room of so many calls alone."""
        end = self._first + calls * len(CALL_NUMBERS)
        del self.values[end:], self.missing[end:]

    def put(self, place: int, measure: Measure) -> None:
        """Set a number."""
        self.missing[place] = 0
        if isinstance(measure, Tensor):
            self._waiting[place], self.values[place] = measure, 0.0
        else:
            self.values[place] = measure

    def add(self, place: int, measure: Measure) -> None:
        """Add to a number."""
        self.missing[place] = 0
        if isinstance(measure, Tensor):
            self._waiting[place] = self._waiting[place] + measure if place in self._waiting else measure
        else:
            self.values[place] += measure

    def known(self, place: int) -> Measure:
        """A number, as far as it is known."""
        return self._waiting[place] if place in self._waiting else self.values[place]

    def wait(self) -> None:
        """Read what lies on devices, all at once."""
        if self._waiting:
            for place, number in zip(self._waiting, measures.read([*self._waiting.values()]), strict=True):
                self.values[place] += number
            self._waiting.clear()


_UNKNOWN = array("d", [math.nan if name == "norm" else 0.0 for name in PARAMETER_NUMBERS])
_NOTHING = array("d", bytes(8 * len(CALL_NUMBERS)))


class PackedStep(NamedTuple):
    """A step as it is kept.

    Attributes:
        number: of the step.
        recomputed: as in :class:`Step`.
        handed_on: as in :class:`Step`.
        unmeasured: as in :class:`Step`.
        calls: of each call the values of ``CALL_REST``.
        parameters: of each parameter the values of ``PARAMETER_REST``.
        accumulated: as in :class:`Step`.
        values: of each parameter the values of ``PARAMETER_NUMBERS``, then of each call those of ``CALL_NUMBERS``.
        missing: which of these are None.
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
    values: array[float]
    missing: bytes
    grad_scale: float = 1.0
    readings: Readings = Readings()

    def unpacked(self) -> Step:
        """The step."""
        numbers = iter([None if missing else one for one, missing in zip(self.values, self.missing, strict=True)])
        parameters: list[dict[str, Any]] = [
            {name: next(numbers) for name in PARAMETER_NUMBERS} | dict(zip(PARAMETER_REST, rest, strict=True))
            for rest in self.parameters
        ]
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


class _Kept(NamedTuple):
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
        self._by_identity: dict[tuple[int, int], Any] = {}

    def append(self, step: PackedStep) -> None:
        """Keep a step."""
        common = self._shared((step.handed_on, step.unmeasured, step.calls, step.parameters, step.accumulated))
        missing = self._common.setdefault(step.missing, step.missing)
        kept = _Kept(step.number, step.recomputed, step.grad_scale, step.readings, common, step.values, missing)
        self._steps.append(kept)

    def _shared(self, common: tuple[Any, Any, Any, Any, bool]) -> Any:
        """The parts that steps have in common, one copy for all of them."""
        # Its hash is that of every name; where the parts are those of an earlier step themselves, it is not needed.
        parts = id(common[2]), id(common[3])
        known = self._by_identity.get(parts)
        if known != common:
            known = self._common.setdefault(common, common)
            self._by_identity[id(known[2]), id(known[3])] = known
        return known

    @staticmethod
    def _step(kept: _Kept) -> Step:
        return PackedStep(
            kept.number, kept.recomputed, *kept.common, kept.values, kept.missing, kept.grad_scale, kept.readings
        ).unpacked()

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
