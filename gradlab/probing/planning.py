"""Plans: what a forward pass will be like, from one before it that was looked at in full.

Of every call of a module the structure is read from autograd's graph: what it was computed from, and by what. Training
repeats itself, so that a pass that begins like an earlier one is held against that one's plan: the same modules are
called in the same order, with outputs of the same shape, and their graphs have the same nodes, known by their numbers
counted from the beginning of the pass. As long as all that agrees, everything but the numbers is taken from the plan;
from the first call that differs on, the pass is looked at in full again.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from itertools import chain
from threading import get_ident
from typing import Any, Literal

import torch
from torch import Tensor, nn

from gradlab.probing import graph, hooks
from gradlab.probing.graph import Marks, Walked
from gradlab.probing.tracing import CallTrace, StepTrace

_MOST_PLANS = 4
# A network that goes another way in every other pass is not worth planning for.
_MOST_MISSES = 8

Kind = Literal["call", "handed on", "passing", "unmeasured"]
_is_transformed = torch._C._functorch.is_functorch_wrapped_tensor
Record = Callable[[StepTrace, CallTrace, Tensor, tuple[object, ...]], None]


def given_by_a_call(module: nn.Module, inputs: tuple[object, ...], marks: Marks) -> int | None:
    """The number of the node that made the input of torch's own module, where that is another call's output."""
    if len(inputs) != 1 or not isinstance(inputs[0], Tensor) or not hooks.is_torchs_own(module):
        return None
    # A weight that is computed may come from another call as well.
    if any(own is not None and own.grad_fn is not None for own in module._parameters.values()):
        return None
    index, node = graph.marked(inputs[0], marks), inputs[0].grad_fn
    return node._sequence_nr() - marks.base if node is not None and index is not None and index >= 0 else None


@dataclass(eq=False, slots=True)
class PlannedCall:
    """A call of the plan.

    Attributes:
        trace: the call.
        walked: the nodes of the graph back to the calls before it; None without a graph.
        number: of the node that made the output; None without a graph.
        needs_gradient: whether the output required a gradient.
        dtype: of the output.
        device: of the output.
        given: number of the node that made the input, where that is another call's output, and nothing but what torch's
            own module does lies between it and this one; None where more may lie there.

    """

    trace: CallTrace
    walked: tuple[Walked, ...] | None
    number: int | None
    needs_gradient: bool
    dtype: torch.dtype
    device: torch.device
    given: int | None = None

    def is_like(self, output: Tensor, marks: Marks) -> bool:
        """Whether an output is as planned, and was computed as planned."""
        node = output.grad_fn
        if (
            output.requires_grad is not self.needs_gradient
            or output.shape != self.trace.shape
            or output.dtype is not self.dtype
            or output.device != self.device
            or _is_transformed(output)
        ):
            return False
        if node is None or self.walked is None:
            return node is None and self.walked is None
        return node._sequence_nr() - marks.base == self.number and graph.walks_alike(node, self.walked, marks)


@dataclass(eq=False, slots=True)
class Event:
    """A call of a module's hook.

    Attributes:
        watched: the module.
        kind: what became of it.
        training: whether the module was in training mode.
        node: that of the output that was handed on, or of the input, where an activation function may have made that:
            its number and its name; None without a graph.
        before: the activation function that made the input.
        call: the call of the module itself.

    """

    watched: Any
    kind: Kind
    training: bool
    node: tuple[int, str] | None = None
    before: PlannedCall | None = None
    call: PlannedCall | None = None

    def made(self) -> tuple[tuple[int, int], ...]:
        """The nodes that made the outputs of its calls: their numbers, and the calls' indices."""
        calls = (call for call in (self.before, self.call) if call is not None)
        return tuple((call.number, call.trace.index) for call in calls if call.number is not None)


class Learning:
    """A pass that is looked at in full, as it will be planned."""

    def __init__(self, events: list[Event]) -> None:
        """Go on from events that went as planned."""
        self.events = events
        self._calls: list[PlannedCall] = []

    def call(self, trace: CallTrace, walked: list[Walked] | None, output: Tensor, marks: Marks) -> None:
        """Note a call, by the nodes behind its output."""
        node = output.grad_fn
        number = None if node is None else node._sequence_nr() - marks.base
        nodes = None if node is None or walked is None else tuple(graph.leading(walked))
        self._calls.append(PlannedCall(trace, nodes, number, output.requires_grad, output.dtype, output.device))

    def event(self, watched: Any, kind: Kind, node: tuple[int, str] | None = None, given: int | None = None) -> None:
        """Note that a module was called, with the calls that were noted since the last one."""
        calls, self._calls = self._calls, []
        own = calls.pop() if kind == "call" else None
        if own is not None and not calls:
            own.given = given
        self.events.append(Event(watched, kind, watched.module.training, node, calls[0] if calls else None, own))


class Plan:
    """A pass as it is expected to go.

    Attributes:
        events: the calls of hooks, in their order.
        simple: those among them that are a call of torch's own module alone, None in place of others and at the end.
        made: of each event the nodes that made the outputs of its calls: their numbers, and the calls' indices.
        calls: the calls that are recorded.
        rests: of each what ``CallTrace.rest`` says.
        handed_on: names of modules that hand on what a module inside them put out.
        unmeasured: names of modules whose output cannot be measured.

    """

    def __init__(self, events: list[Event]) -> None:
        """Plan for what was seen."""
        self.events = events
        self.made = [event.made() for event in events]
        is_simple = [event.call is not None and event.call.given is not None for event in events]
        self.simple = [event if simple else None for event, simple in zip(events, is_simple, strict=True)] + [None]
        planned = [call for event in events for call in (event.before, event.call) if call is not None]
        self.calls = [call.trace for call in planned]
        self.rests = tuple([call.rest for call in self.calls])
        self.handed_on = frozenset(event.watched.name for event in events if event.kind == "handed on")
        self.unmeasured = frozenset(event.watched.name for event in events if event.kind == "unmeasured")


@dataclass(eq=False, slots=True)
class Course:
    """A pass that goes as planned, so far.

    Attributes:
        plan: the plan.
        place: of the event that is expected next.

    """

    plan: Plan
    place: int = 0
    _thread: int = field(default_factory=get_ident)
    _marked: int = 0

    @property
    def is_over(self) -> bool:
        """Whether all went as planned, to the end."""
        return self.place == len(self.plan.events)

    def goes_simply_on(
        self, step: StepTrace, watched: Any, inputs: tuple[object, ...], output: object, record: Record
    ) -> bool:
        """Whether a call is that of torch's own module that is planned, as its input and the count of nodes tell.

        Most calls are such; what is asked of them is as little as can be.
        """
        event = self.plan.simple[self.place]
        if (
            event is None
            or event.watched is not watched
            or event.training is not watched.module.training
            or type(output) is not Tensor
            or len(inputs) != 1
            or get_ident() != self._thread
        ):
            return False
        call, node, before = event.call, output.grad_fn, getattr(inputs[0], "grad_fn", None)
        if call is None or node is None or before is None:
            return False
        base = step.own_marks.base
        if (
            node._sequence_nr() - base != call.number
            or before._sequence_nr() - base != call.given
            or output.shape != call.trace.shape
            or output.dtype is not call.dtype
            or output.device != call.device
            or _is_transformed(output)
        ):
            return False
        record(step, call.trace, output, inputs)
        self.place += 1
        return True

    def goes_on(
        self, step: StepTrace, watched: Any, inputs: tuple[object, ...], output: object, record: Record
    ) -> bool:
        """Whether a call is as planned; if so it is recorded."""
        plan, place, marks = self.plan, self.place, step.own_marks
        if place == len(plan.events) or get_ident() != self._thread:
            return False
        event = plan.events[place]
        if event.watched is not watched or event.training is not watched.module.training:
            return False
        first = output if isinstance(output, Tensor) and output.ndim else next(hooks.tensors_of(output), None)
        was_last = step.last_output is not None and step.last_output() is first
        if first is None or event.kind == "unmeasured":
            is_like = first is None and event.kind == "unmeasured"
        elif event.kind == "handed on":
            is_like = was_last if event.node is None else graph.is_node(first, event.node, marks)
        else:
            is_like = not was_last and self._calls(step, event, inputs, first, record)
        self.place = place + is_like
        return is_like

    def _calls(self, step: StepTrace, event: Event, inputs: tuple[object, ...], output: Tensor, record: Record) -> bool:
        call, before, marks = event.call, event.before, step.own_marks
        value = hooks.made_before(event.watched.role, inputs)
        if value is None or value.grad_fn is None:
            if event.node is not None:
                return False
        elif event.node is None or not graph.is_node(value, event.node, marks):
            return False
        if before is not None and (value is None or not before.is_like(value, marks)):
            return False
        if call is not None and not call.is_like(output, marks):
            return False
        if before is not None and value is not None:
            record(step, before.trace, value, ())
        if call is not None:
            record(step, call.trace, output, inputs)
            if call.number is None:
                step.last_output = weakref.ref(output)
        return True

    def mark(self, marks: Marks) -> None:
        """Mark the nodes of the calls that went as planned."""
        marks.mark_numbers(self._thread, chain.from_iterable(self.plan.made[self._marked : self.place]))
        self._marked = self.place

    def hand_over(self, step: StepTrace) -> None:
        """Leave a step as if it had been looked at in full."""
        self.mark(step.own_marks)
        for call in step.calls:
            step.counts[call.name] = call.number
        done = self.plan.events[: self.place]
        step.handed_on.update(event.watched.name for event in done if event.kind == "handed on")
        step.unmeasured.update(event.watched.name for event in done if event.kind == "unmeasured")
        step.numbers.cut(len(step.calls))


class Plans:
    """The plans of one model, each known by what its pass was given."""

    def __init__(self) -> None:
        self._plans: dict[Hashable, Plan] = {}
        self._misses: dict[Hashable, int] = {}

    def begin(self, step: StepTrace, key: Hashable) -> None:
        """Have a step follow the plan for such a pass, or learn one."""
        step.key, plan = key, self._plans.get(key)
        if plan is not None:
            step.course = Course(plan)
            step.numbers.grow_by(len(plan.calls))
        elif self._misses.get(key, 0) < _MOST_MISSES:
            step.learning = Learning([])

    def missed(self, step: StepTrace) -> None:
        """Go on without the plan that a step no longer follows, and learn what comes instead."""
        course = step.course
        step.look_in_full()
        if course is not None and step.first_pass is None:
            step.learning = Learning(course.plan.events[: course.place])

    def end(self, step: StepTrace) -> None:
        """Plan as the first pass of a step went."""
        learning, step.learning = step.learning, None
        misses = self._misses.get(step.key, 0)
        if learning is None:
            if misses and step.course is not None:
                self._misses[step.key] = misses - 1
            return
        known = self._plans.pop(step.key, None)
        if known is not None:
            self._misses[step.key] = misses + 1
        if learning.events and self._misses.get(step.key, 0) < _MOST_MISSES:
            self._plans[step.key] = Plan(learning.events)
            if len(self._plans) > _MOST_PLANS:
                del self._plans[next(iter(self._plans))]
