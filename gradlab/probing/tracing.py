"""Measures that a step collects while it runs, turned into plain numbers once."""

from __future__ import annotations

import math
import weakref
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from torch import Tensor

from gradlab.probing import classification, measures, silence, through_time
from gradlab.probing.classification import Role
from gradlab.probing.entering import InputTrace
from gradlab.probing.graph import Marks
from gradlab.probing.measures import Measure
from gradlab.probing.objective import LossTrace
from gradlab.probing.readings import Readings
from gradlab.probing.storage import CALL, PARAMETER, Numbers, PackedStep

if TYPE_CHECKING:
    from gradlab.probing.planning import Course, Learning

_NORM, _MEAN = CALL["norm"], CALL["mean"]
_DELTA, _DELTA_NONFINITE, _PASSES = CALL["delta_norm"], CALL["delta_nonfinite"], CALL["backward_passes"]


@dataclass(eq=False)
class CallTrace:
    """A call, but for what is measured: it is the same in all steps that run alike.

    Attributes:
        place: of its first number among those of the step.
        unit_dimension: the dimension of the output that counts its units.
        over_time: the activation function that it applies inside at every time step, if it is a plain recurrent layer.

    """

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
    place: int = 0
    unit_dimension: int = -1
    over_time: str | None = None

    @cached_property
    def falls_silent(self) -> bool:
        """Whether its units can fall silent."""
        return (self.activation or self.over_time) in classification.SILENCING

    @cached_property
    def saturates(self) -> str | None:
        """The activation function behind its output, if it is one that saturates."""
        applied = self.activation or self.over_time
        return applied if applied in measures.SATURATION else None

    @cached_property
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
            self.shape[self.unit_dimension] if self.falls_silent else None,
            self.weight,
            self.activation,
        )


@dataclass(eq=False)
class ParameterTrace:
    """A parameter, but for what is measured.

    Attributes:
        place: of its first number among those of the step.

    """

    name: str
    module: str
    shape: tuple[int, ...]
    trainable: bool
    place: int = 0

    @cached_property
    def rest(self) -> tuple[Any, ...]:
        """The fields that are no numbers, in the order of ``PARAMETER_REST``."""
        return self.name, self.module, self.shape, self.trainable


@dataclass(eq=False, slots=True)
class StepTrace:
    """A step while it runs.

    Attributes:
        told: whether δ of any output came.
        own_marks: marks of what the model was given, and of calls that were looked at in full.
        key: what tells its first pass from others before it begins.
        course: how that pass follows the plan there is for such passes.
        learning: the plan that it makes, if there is none.
        amended: whether more became known of a call than when it was recorded.

    """

    number: int
    numbers: Numbers
    grad_scale: float = 1.0
    calls: list[CallTrace] = field(default_factory=list)
    parameters: dict[str, ParameterTrace] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    own_marks: Marks = field(default_factory=Marks)
    recomputed: int = 0
    handed_on: set[str] = field(default_factory=set)
    unmeasured: set[str] = field(default_factory=set)
    backward: bool = False
    returned: bool = False
    accumulated: bool = False
    told: bool = False
    last_output: weakref.ref[Tensor] | None = None
    first_pass: dict[tuple[str, int], CallTrace] | None = None
    in_graph: set[int] = field(default_factory=set)
    readings: dict[str, Any] = field(default_factory=dict)
    is_early: bool = True
    recurrent: dict[str, list[through_time.Call]] = field(default_factory=dict)
    kept: dict[int, Tensor] = field(default_factory=dict)
    loss: LossTrace | None = None
    given: set[int] = field(default_factory=set)
    inputs: list[InputTrace] = field(default_factory=list)
    key: Hashable = None
    course: Course | None = None
    learning: Learning | None = None
    amended: bool = False
    _changed: list[ParameterTrace] = field(default_factory=list)
    _several: bool = False

    @property
    def marks(self) -> Marks:
        """The nodes of all calls so far."""
        if self.course is not None:
            self.course.mark(self.own_marks)
        return self.own_marks

    def look_in_full(self) -> None:
        """Go on without a plan."""
        course, self.course = self.course, None
        if course is not None:
            course.hand_over(self)

    def amend(self, call: CallTrace) -> None:
        """Put a call in the place of what was known of it."""
        self.calls[call.index] = call
        self.amended = True

    def repeat(self) -> None:
        """Begin another forward pass of the same step, whose calls are those of the first."""
        self.look_in_full()
        if self.first_pass is None:
            self.first_pass = {(call.name, call.number): call for call in self.calls}
        self.counts.clear()
        self.last_output = None
        self.returned = False

    def take(self, call: CallTrace, output: Tensor) -> Measure:
        """Take the measures of the output of a call; the number of its elements that are not finite."""
        if output.requires_grad:
            self.in_graph.add(call.index)
        put, place = self.numbers.put, call.place
        output = output.detach()
        size = measures.norm(output)
        put(place + _NORM, size)
        if call.falls_silent:
            mean, silent = measures.mean_and_silent_share(output, call.unit_dimension)
            put(place + _MEAN, mean)
            put(place + CALL["silent"], silent)
            # Elsewhere than on the CPU the share is not known yet.
            if isinstance(silent, Tensor) or silent >= silence.DEAD_SHARE:
                overlap, rare = measures.overlap_and_rare_share(output, call.unit_dimension)
                put(place + CALL["overlap"], overlap)
                put(place + CALL["rare"], rare)
        else:
            put(place + _MEAN, measures.mean(output))
        if call.saturates is not None:
            put(place + CALL["saturated"], measures.saturated_share(output, call.saturates))
        count = measures.nonfinite(output, size)
        put(place + CALL["nonfinite"], count)
        return count

    def known(self, call: CallTrace, name: str) -> Measure:
        """A measure of a call, 0 where it was not taken."""
        return self.numbers.known(call.place + CALL[name])

    def delta(self, call: CallTrace, gradient: Tensor) -> bool:
        """Take a gradient with respect to the output of a call; whether it is known not to be finite."""
        self.backward = self.returned = self.told = True
        numbers, place = self.numbers, call.place
        values, size = numbers.values, measures.norm(gradient)
        if values[place + _PASSES]:
            self._several = True
        values[place + _PASSES] += 1
        numbers.add(place + _DELTA, size)
        if isinstance(size, float) and math.isfinite(size):
            return False
        count = measures.nonfinite(gradient, size)
        numbers.add(place + _DELTA_NONFINITE, count)
        return isinstance(count, float) and count > 0

    def gradient(self, parameter: ParameterTrace, size: Measure) -> None:
        """Note the norm of a parameter's gradient."""
        self.numbers.put(parameter.place + PARAMETER["gradient_norm"], size)

    def change(self, parameter: ParameterTrace, size: Measure, error: Measure) -> None:
        """Note by how much the optimizer changed a parameter, and the error of that."""
        self.numbers.put(parameter.place + PARAMETER["update_ratio"], size)
        self.numbers.put(parameter.place + PARAMETER["update_error"], error)
        self._changed.append(parameter)

    @property
    def awaits_backward(self) -> bool:
        """Whether a backward pass may still come: there is a graph, and none came through it yet."""
        return not self.backward and bool(self.in_graph)

    @property
    def ran(self) -> frozenset[str]:
        """Names of all modules that are known to have run."""
        self.look_in_full()
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
        rests = self._rests()
        self._wait()
        if self._several or self.grad_scale != 1:
            self._scale()
        values, missing = self.numbers.values, self.numbers.missing
        for parameter in self._changed:
            ratio, norm = parameter.place + PARAMETER["update_ratio"], values[parameter.place + PARAMETER["norm"]]
            if norm:
                values[ratio] /= norm
            else:
                values[ratio], missing[ratio] = 0.0, 1
        unmeasured = self.unmeasured.difference([call.name for call in self.calls]) if self.unmeasured else ()
        return PackedStep(
            self.number,
            self.recomputed,
            frozenset(self.handed_on),
            frozenset(unmeasured),
            rests,
            tuple([parameter.rest for parameter in self.parameters.values()]),
            self.accumulated,
            values[:],
            bytes(missing),
            self.grad_scale,
            self._read(),
        )

    def _rests(self) -> tuple[tuple[Any, ...], ...]:
        """The fields of all calls that are no numbers: those of the plan itself, where all went as planned."""
        course = self.course
        if course is None or not course.is_over or self.amended:
            self.look_in_full()
            self.numbers.cut(len(self.calls))
            return tuple([call.rest for call in self.calls])
        self.handed_on |= course.plan.handed_on
        self.unmeasured |= course.plan.unmeasured
        return course.plan.rests

    def _scale(self) -> None:
        """Make δ the mean over the passes, and divide gradients by the scale of mixed precision."""
        values = self.numbers.values
        for call in self.calls:
            passes = values[call.place + _PASSES]
            if passes:
                values[call.place + _DELTA] /= passes * self.grad_scale
        for parameter in self.parameters.values():
            values[parameter.place + PARAMETER["gradient_norm"]] /= self.grad_scale

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
        self.numbers.wait()
        waiting: list[tuple[Any, Any]] = []
        every = [one.measures for one in self.inputs]
        if self.loss is not None:
            every += [self.loss.measures, *(output.measures for output in self.loss.outputs)]
            every += [output.measures for output in self.loss.written]
        for named in every:
            waiting += [(named, name) for name, measure in named.items() if isinstance(measure, Tensor)]
        if waiting:
            numbers = measures.read([place[key] for place, key in waiting])
            for (place, key), number in zip(waiting, numbers, strict=True):
                place[key] = number
