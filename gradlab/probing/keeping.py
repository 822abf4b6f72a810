"""Steps kept in little memory: over thousands of them only the numbers grow, names and shapes are kept once."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

from gradlab.probing.record import LayerCall, ParameterReading, Step

_CALL_INTEGERS = ("nonfinite", "delta_nonfinite", "backward_passes")
_CALL_NUMBERS = (*_CALL_INTEGERS, "norm", "mean", "delta_norm", "saturated", "silent")
_PARAMETER_NUMBERS = ("norm", "mean", "gradient_norm", "update_ratio")


@dataclass(frozen=True)
class _Numbers:
    """Numbers, some of which are None."""

    values: array[float]
    missing: bytes

    @staticmethod
    def of(numbers: Sequence[float | None]) -> _Numbers:
        return _Numbers(
            array("d", (0.0 if number is None else number for number in numbers)),
            bytes(number is None for number in numbers),
        )

    def __iter__(self) -> Any:
        for value, missing in zip(self.values, self.missing, strict=True):
            yield None if missing else value


@dataclass(frozen=True)
class _Packed:
    number: int
    recomputed: int
    handed_on: frozenset[str]
    calls: tuple[dict[str, Any], ...]
    parameters: tuple[dict[str, Any], ...]
    numbers: _Numbers


class KeptSteps(Sequence[Step]):
    """The recorded steps, in their order; each is put together again when it is asked for."""

    def __init__(self) -> None:
        self._steps: list[_Packed] = []
        self._known: dict[Any, Any] = {}

    def append(self, step: Step) -> None:
        """Keep a step."""
        numbers = [getattr(call, name) for call in step.calls for name in _CALL_NUMBERS]
        numbers += [getattr(parameter, name) for parameter in step.parameters for name in _PARAMETER_NUMBERS]
        self._steps.append(
            _Packed(
                step.number,
                step.recomputed,
                self._once(step.handed_on, step.handed_on),
                self._rest(step.calls, _CALL_NUMBERS),
                self._rest(step.parameters, _PARAMETER_NUMBERS),
                _Numbers.of(numbers),
            )
        )

    def _once(self, key: Any, value: Any) -> Any:
        return self._known.setdefault(key, value)

    def _rest(self, records: Sequence[LayerCall | ParameterReading], numbers: tuple[str, ...]) -> Any:
        """What is no number, which most steps have in common."""
        rest = [{name: value for name, value in vars(record).items() if name not in numbers} for record in records]
        return self._once(tuple(tuple(one.values()) for one in rest), tuple(rest))

    def _unpacked(self, packed: _Packed) -> Step:
        numbers = iter(packed.numbers)
        calls = []
        for rest in packed.calls:
            taken = {name: next(numbers) for name in _CALL_NUMBERS}
            calls.append(LayerCall(**rest, **taken | {name: int(taken[name]) for name in _CALL_INTEGERS}))
        parameters = tuple(
            ParameterReading(**rest, **{name: next(numbers) for name in _PARAMETER_NUMBERS})
            for rest in packed.parameters
        )
        return Step(packed.number, tuple(calls), parameters, packed.recomputed, packed.handed_on)

    def __len__(self) -> int:
        return len(self._steps)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Step, ...]: ...
    def __getitem__(self, index: int | slice) -> Step | tuple[Step, ...]:
        if isinstance(index, slice):
            return tuple(self._unpacked(packed) for packed in self._steps[index])
        return self._unpacked(self._steps[index])

    @property
    def numbers(self) -> tuple[int, ...]:
        """The number of each step, by which it is asked for in a report."""
        return tuple(packed.number for packed in self._steps)
