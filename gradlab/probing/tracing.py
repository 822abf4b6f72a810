"""Measures that a step collects while it runs, turned into plain numbers once."""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from gradlab.probing import classification, measures, silence, through_time
from gradlab.probing.classification import Role
from gradlab.probing.entering import InputTrace
from gradlab.probing.graph import Marks
from gradlab.probing.measures import Measure
from gradlab.probing.objective import LossTrace
from gradlab.probing.readings import Readings
from gradlab.probing.storage import Numbers, PackedStep


@dataclass(eq=False)
class CallTrace:
    """A call while its step runs; measures stay on their device."""

    index: int
    name: str
    kind: str
    role: Role
    number: int
    shape: tuple[int, ...]
    training: bool
    operations: tuple[str, ...] = ()
    parents: tuple[int, ...] = ()
    activation: str | None = None
    weight: str | None = None
    unit_dimension: int = -1
    units: int | None = None
    measures: dict[str, Measure] = field(default_factory=dict)
    deltas: list[Measure] = field(default_factory=list)
    delta_nonfinite: list[Measure] = field(default_factory=list)
    in_graph: bool = False

    def take(self, output: Tensor) -> None:
        """Take the measures of the output."""
        size = measures.norm(output)
        self.in_graph = output.requires_grad
        taken = self.measures
        taken["norm"] = size
        activation = self.activation
        if activation in classification.SILENCING:
            self.units = output.shape[self.unit_dimension]
            taken["mean"], silent = measures.mean_and_silent_share(output, self.unit_dimension)
            taken["silent"] = silent
            # Elsewhere than on the CPU the share is not known yet.
            if isinstance(silent, Tensor) or silent >= silence.DEAD_SHARE:
                taken["overlap"], taken["rare"] = measures.overlap_and_rare_share(output, self.unit_dimension)
        else:
            taken["mean"] = measures.mean(output)
        if activation is not None and activation in measures.SATURATION:
            taken["saturated"] = measures.saturated_share(output, activation)
        taken["nonfinite"] = measures.nonfinite(output, size)

    def delta(self, gradient: Tensor) -> None:
        """Take a gradient with respect to the output; it goes on unchanged."""
        size = measures.norm(gradient)
        self.deltas.append(size)
        self.delta_nonfinite.append(measures.nonfinite(gradient, size))

    def rest(self) -> tuple[Any, ...]:
        """The fields that are no numbers, in the order of ``CALL_REST``."""
        return (
            self.index,
            self.name,
            self.kind,
            self.role,
            self.number,
            self.shape,
            self.training,
            self.operations,
            self.parents,
            self.units,
            self.weight,
            self.activation,
        )


@dataclass(eq=False)
class ParameterTrace:
    """A parameter while its step runs."""

    name: str
    module: str
    shape: tuple[int, ...]
    trainable: bool
    measures: dict[str, Measure] = field(default_factory=dict)

    def rest(self) -> tuple[Any, ...]:
        """The fields that are no numbers, in the order of ``PARAMETER_REST``."""
        return self.name, self.module, self.shape, self.trainable

    def numbers(self, grad_scale: float) -> Numbers:
        """The numbers in the order of ``PARAMETER_NUMBERS``, once none of them waits."""
        taken: Any = self.measures
        norm, gradient_norm, change = taken.get("norm", math.nan), taken.get("gradient_norm"), taken.get("change")
        return [
            norm,
            taken.get("mean"),
            None if gradient_norm is None else gradient_norm / grad_scale,
            None if change is None or not norm else change / norm,
            taken.get("change_error"),
        ]


@dataclass(eq=False)
class StepTrace:
    """A step while it runs."""

    number: int
    grad_scale: float = 1.0
    calls: list[CallTrace] = field(default_factory=list)
    parameters: dict[str, ParameterTrace] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)
    recomputed: int = 0
    handed_on: set[str] = field(default_factory=set)
    unmeasured: set[str] = field(default_factory=set)
    backward: bool = False
    returned: bool = False
    accumulated: bool = False
    last_output: weakref.ref[Tensor] | None = None
    first_pass: dict[tuple[str, int], CallTrace] | None = None
    readings: dict[str, Any] = field(default_factory=dict)
    is_early: bool = True
    recurrent: dict[str, list[through_time.Call]] = field(default_factory=dict)
    kept: dict[int, Tensor] = field(default_factory=dict)
    loss: LossTrace | None = None
    given: set[int] = field(default_factory=set)
    inputs: list[InputTrace] = field(default_factory=list)

    def repeat(self) -> None:
        """Begin another forward pass of the same step, whose calls are those of the first."""
        if self.first_pass is None:
            self.first_pass = {(call.name, call.number): call for call in self.calls}
        self.numbers.clear()
        self.last_output = None
        self.returned = False

    @property
    def awaits_backward(self) -> bool:
        """Whether a backward pass may still come: there is a graph, and none came through it yet."""
        return not self.backward and any(call.in_graph for call in self.calls)

    @property
    def ran(self) -> frozenset[str]:
        """Names of all modules that are known to have run."""
        return frozenset(self.handed_on).union(self.unmeasured, (call.name for call in self.calls))

    def read_through_time(self, weight: str) -> None:
        """Read δ by time step of the recurrent layer whose weight has just got its gradient."""
        read = [call.read() for call in self.recurrent.pop(weight, [])]
        found = tuple(
            replace(one, deltas=tuple(delta / self.grad_scale for delta in one.deltas)) for one in read if one
        )
        self.readings["through_time"] = (*self.readings.get("through_time", ()), *found)

    def packed(self) -> PackedStep:
        """Everything as plain numbers, gradients without the scale of mixed precision."""
        self._wait()
        numbers: list[Any] = []
        for call in self.calls:
            taken, passes = call.measures, len(call.deltas)
            # In the order of CALL_NUMBERS.
            numbers += (
                taken["nonfinite"],
                sum(call.delta_nonfinite),
                passes,
                taken["norm"],
                taken["mean"],
                sum(call.deltas) / passes / self.grad_scale if passes else None,
                taken.get("saturated"),
                taken.get("silent"),
                taken.get("overlap"),
                taken.get("rare"),
            )
        for parameter in self.parameters.values():
            numbers += parameter.numbers(self.grad_scale)
        return PackedStep(
            self.number,
            self.recomputed,
            frozenset(self.handed_on),
            frozenset(self.unmeasured.difference(call.name for call in self.calls)),
            tuple([call.rest() for call in self.calls]),
            tuple([parameter.rest() for parameter in self.parameters.values()]),
            self.accumulated,
            numbers,
            self.grad_scale,
            self._read(),
        )

    def _read(self) -> Readings:
        """The facts beside calls and parameters, once none of them waits."""
        taken = self.readings | {"inputs": tuple([one.read() for one in self.inputs])}
        if self.loss is not None:
            taken["loss"] = self.loss.read(self.grad_scale)
            taken["outputs"] = tuple([output.read() for output in self.loss.outputs])
            taken["written"] = tuple([output.read() for output in self.loss.written])
        return Readings(**taken)

    def _wait(self) -> None:
        """Turn measures that lie on a device into numbers, all at once."""
        waiting: list[tuple[Any, Any]] = []
        for call in self.calls:
            for taken in (call.deltas, call.delta_nonfinite):
                waiting += [(taken, index) for index, measure in enumerate(taken) if isinstance(measure, Tensor)]
        every = [trace.measures for trace in self.calls] + [trace.measures for trace in self.parameters.values()]
        every += [one.measures for one in self.inputs]
        if self.loss is not None:
            every += [self.loss.measures, *(output.measures for output in self.loss.outputs)]
            every += [output.measures for output in self.loss.written]
        for named in every:
            waiting += [(named, name) for name, measure in named.items() if isinstance(measure, Tensor)]
        if waiting:
            numbers = measures.read([place[key] for place, key in waiting])
            for (place, key), number in zip(waiting, numbers, strict=True):
                place[key] = number
