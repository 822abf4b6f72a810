"""The probe at work: hooks for the duration of one with-block, and what they see written down.

A forward hook takes the measures of an output while it is there (an in-place activation overwrites it later), and a
hook on the node of autograd's graph that made it takes δ. Full backward hooks would be simpler and are not used: they
wrap the output in a view, which in-place activations then refuse.
"""

from __future__ import annotations

import math
import sys
import weakref
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.utils.hooks import RemovableHandle

from gradlab.probing import (
    classification,
    entering,
    graph,
    hooks,
    measures,
    objective,
    origins,
    planning,
    through_time,
)
from gradlab.probing.connection import Connection, ConnectionReading
from gradlab.probing.flat import Flat
from gradlab.probing.hooks import Hook
from gradlab.probing.passing import Passing
from gradlab.probing.planning import Plans
from gradlab.probing.storage import PARAMETER, PARAMETER_NUMBERS, Numbers, PackedStep
from gradlab.probing.tracing import CallTrace, ParameterTrace, StepTrace
from gradlab.probing.updates import Updates

# As many forward passes before one backward pass are kept apart and get their δ.
_MOST_WAITING = 16
# Inputs and targets are those of a data set, and are looked at in the first steps that are recorded.
_EARLY = 8


class Scaler(Protocol):
    """A scaler of the loss in mixed precision, such as ``torch.amp.GradScaler``."""

    def get_scale(self) -> float:
        """The factor on the loss."""


@dataclass(frozen=True, eq=False)
class _Watched:
    """Facts about a module before it runs."""

    module: nn.Module
    name: str
    kind: str
    role: classification.Role
    weight: str | None
    over_time: bool
    applied: str | None


def _watched(module: nn.Module, name: str, parameters: dict[str, str]) -> _Watched:
    role = classification.role(module)
    weight = parameters.get(f"{name}.weight" if name else "weight") if role == "linear" else None
    over_time, applied = through_time.runs_over_time(module), classification.applied_over_time(module)
    return _Watched(module, name, type(module).__name__, role, weight, over_time, applied)


class _ForwardHook(Hook):
    """The hook of a module, which takes a call itself that simply goes as planned."""

    __slots__ = ("_watch", "_watched")

    def __init__(self, watch: Watch, watched: _Watched) -> None:
        super().__init__(partial(watch.forward, watched), watch.failed)
        self._watch, self._watched = watch, watched

    def __call__(self, module: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        """Take a call, but leave nothing in what a compiler makes of the model."""
        if torch.compiler.is_dynamo_compiling():
            return
        watch, watched = self._watch, self._watched
        try:
            step = watch.step
            course = None if step is None or hooks.in_backward() or not watch.inside else step.course
            if step is None or course is None or not course.goes_simply_on(step, watched, inputs, output, watch.record):
                watch.forward(watched, module, inputs, output)
        except Exception as error:
            watch.failed(error)


class Watch:
    """The hooks of one block. Every callback returns None, so that nothing that passes through is changed."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer | None,
        every: int,
        scale: float | Scaler,
        keep: Callable[[PackedStep], None],
    ):
        self.model = model
        self.optimizer = optimizer
        self.every = every
        self.scale = scale
        self.keep = keep
        self.step: StepTrace | None = None
        self._waiting: deque[StepTrace] = deque()
        self.steps_begun = 0
        self.of_the_user: Exception | None = None
        self.silent_backward = False
        self.failures: list[str] = []
        self.watching = False
        self.inside = 0
        self._passing = Passing()
        self._plans = Plans()
        self._scale = 1.0
        self._always: list[RemovableHandle] = []
        self._while_watching: list[RemovableHandle] = []
        self._parameters = dict(model.named_parameters())
        self.is_spread = any(map(measures.is_spread, self._parameters.values()))
        # A weight that two modules share has one name among the parameters, and the other's name leads to it.
        names = {id(parameter): name for name, parameter in self._parameters.items()}
        every_name = model.named_parameters(remove_duplicate=False)
        weights = {name: names[id(parameter)] for name, parameter in every_name}
        self._owners = _owners(weights)
        # A module that makes a weight anew before every use, as weight normalization does, is no layer.
        named = {name: _is_parametrization(name) for name, _ in model.named_modules()}
        self._parametrizations = [name for name, is_one in named.items() if is_one]
        self._modules = [
            _watched(module, name, weights)
            for name, module in model.named_modules()
            if not named[name] and hooks.takes_hooks(module)
        ]
        self._rounding = [module for name, module in model.named_modules() if name.rpartition(".")[2] == _ROUNDING[0]]
        self.opaque = [name for name, module in model.named_modules() if _is_opaque(module, name, named)]
        self._lazy = tuple(name for name, parameter in self._parameters.items() if is_lazy(parameter))
        self._updates = Updates(_by_row(self._modules))
        updated = {id(parameter) for group in groups_of(optimizer) for parameter in group["params"]}
        self._updated = {name: parameter for name, parameter in self._parameters.items() if id(parameter) in updated}
        self._means: dict[str, measures.Measure] = {}
        self._facts: list[tuple[bool, tuple[int, ...], torch.dtype]] = []
        self._blank = Numbers(0)
        self._traces: dict[str, ParameterTrace] = {}
        self._measured: list[tuple[ParameterTrace, Tensor]] = []
        self.connection = Connection(model, self._parameters, optimizer)
        self._flat = Flat()
        self._offered: set[str] = set()
        self._left = False

    # Attaching and detaching

    def attach(self) -> None:
        """Install every hook, or none: a failure halfway takes back what was installed."""
        try:
            keep = self._always.append
            keep(self.model.register_forward_pre_hook(self._hook(self._begin), prepend=True, with_kwargs=True))
            if self.optimizer is not None:
                keep(self.optimizer.register_step_pre_hook(self._hook(self._before_update)))
                keep(self.optimizer.register_step_post_hook(self._hook(self._after_update)))
            keep(self.connection.attach(self._hook))
            trainable = [name for name, parameter in self._parameters.items() if _takes_gradient(parameter)]
            if trainable:
                name = trainable[-1]
                keep(self._gradient_hook(name, partial(self._came_back, name)))
                before: Any = self._parameters[name].register_hook
                keep(before(self._hook(partial(self.connection.comes, name))))
            self.watching = True
            self._wake()
        except BaseException:
            self.detach()
            raise

    def _hook(self, call: Callable[..., None]) -> Hook:
        return Hook(call, self.failed)

    def _gradient_hook(self, name: str, call: Callable[[Tensor], None]) -> RemovableHandle:
        register: Any = self._parameters[name].register_post_accumulate_grad_hook
        handle: RemovableHandle = register(self._hook(call))
        return handle

    def failed(self, error: Exception) -> None:
        """Note what went wrong in a hook; what a log of the user's raises is the user's, and goes on."""
        if error is self.of_the_user:
            raise error
        said = str(error).strip().partition("\n")[0]
        self.failures.append(f"{type(error).__name__}: {said}")

    def _wake(self) -> None:
        """Install the hooks of the modules and parameters, which steps that are not recorded do without."""
        if self._while_watching:
            return
        keep = self._while_watching.append
        for watched in self._modules:
            # Before all other hooks: one of another library's may put something else in the output's place.
            keep(watched.module.register_forward_hook(_ForwardHook(self, watched), prepend=True))
        for module in self._rounding:
            keep(module.register_forward_hook(self._hook(self._rounded)))
        keep(self.model.register_forward_hook(self._hook(self._end), always_call=True))
        self._watch_gradients(self._parameters)

    def _watch_gradients(self, names: Iterable[str]) -> None:
        for name in names:
            if _takes_gradient(self._parameters[name]):
                self._while_watching.append(self._gradient_hook(name, self._taker(name)))

    def detach(self) -> None:
        """Remove every hook and turn what is left into numbers."""
        hooks.remove(self._while_watching)
        hooks.remove(self._always)
        self.watching = False
        self._updates.forget()
        try:
            self._close_step(last=True)
        except Exception as error:
            self.failed(error)

    # Steps

    def _begin(self, _: nn.Module, arguments: tuple[object, ...], named: dict[str, object]) -> None:
        if hooks.in_backward():
            return
        # A pass that is still counted as running may have ended by an interruption, of which no hook is told.
        self.inside = self._running() if self.inside else 1
        if self.inside > 1:
            return
        self._begin_pass((torch.is_grad_enabled(), self.model.training, *hooks.likeness((*arguments, *named.values()))))
        self._passing.awaits_backward |= torch.is_grad_enabled()
        if self.step is not None:
            given = [tensor for value in (*arguments, *named.values()) for tensor in hooks.tensors_of(value)]
            for tensor in given:
                self.step.own_marks.mark_outside(tensor)
                entering.given(self.step, tensor)
            self.connection.begins(given)
        elif not self._passing.by_parts:
            hooks.remove(self._while_watching)
            self.inside = 0  # whose end no hook tells any more

    def _running(self) -> int:
        """Number of calls of the model that this thread is in."""
        running, frame = 0, sys._getframe()
        while frame.f_back is not None:
            frame = frame.f_back
            running += frame.f_code.co_name == "_call_impl" and frame.f_locals.get("self") is self.model
        return max(running, 1)

    def _end(self, *_: object) -> None:
        if hooks.in_backward():
            return
        self.inside = max(self.inside - 1, 0)
        if self._lazy and self.step is not None and not self.inside:
            # Layers that take their sizes from the first input have their weights only now.
            self._watch_gradients(self._lazy)
            self._lazy = ()
            self._read_parameters(self.step)

    def _begin_pass(self, key: Hashable) -> None:
        """Begin a step with a forward pass, or go on with one whose gradients are still being added up."""
        if self.optimizer is None or not self._passing.adds_up(self._parameters) or self._scale_now() < self._scale:
            self._open_step(key)
        elif self.step is not None:
            self._plans.end(self.step)
            self.step.repeat()
        self._passing.begin()

    def _open_step(self, key: Hashable) -> None:
        self._close_step()
        number, self.steps_begun = self.steps_begun, self.steps_begun + 1
        self._passing.backward = self._passing.updated = False
        self.watching = number % self.every == 0
        if self.watching or self.optimizer is not None:
            self._scale = self._scale_now()
        if self.watching:
            self._wake()
            scale = self._scale
            # A scaler that has gone down to 0 leaves nothing to measure, but is no reason to stop a training.
            scale = scale if 0 < scale < math.inf else math.nan
            self.step = StepTrace(number, Numbers(len(self._parameters)), scale)
            self.step.is_early = number // self.every < _EARLY
            self.step.handed_on.update(self._parametrizations)
            self._read_parameters(self.step)
            self._plans.begin(self.step, key)

    def _scale_now(self) -> float:
        """The factor on the loss; a scaler lowers it when it skips a step."""
        return float(self.scale if isinstance(self.scale, int | float) else self.scale.get_scale())

    def _close_step(self, *, last: bool = False) -> None:
        """End a step, and all before it, unless one loss may yet come of several forward passes."""
        if self.step is not None:
            self._plans.end(self.step)
            self._waiting.append(self.step)
            self.step.readings |= {"connection": self._connected(self.step), "flat": self._flat.reading()}
            self.step.readings["offered"] = frozenset(self._offered)
            self.step = None
        waits = not last and bool(self._waiting) and self._waiting[-1].awaits_backward
        over = len(self._waiting) - _MOST_WAITING if waits else len(self._waiting)
        for _ in range(over):
            packed = self._named_by_what_ran(self._waiting.popleft()).packed()
            try:
                self.keep(packed)
            except Exception as error:
                self.of_the_user = error
                raise

    def _connected(self, step: StepTrace) -> ConnectionReading:
        """The parameters' connection with their training, as a step ends."""
        told = any(waiting.told for waiting in self._waiting)
        # A forward pass whose backward pass never came may get it later, when nothing of it is kept any more.
        reached = told or not step.backward or self._left
        self._left |= step.awaits_backward
        ungraphed = tuple([call.index for call in step.calls if call.index not in step.in_graph])
        return self.connection.reading(reached=reached, ungraphed=ungraphed)

    def _named_by_what_ran(self, step: StepTrace) -> StepTrace:
        """The step with shared parameters as those of a module that has run, where one of their modules has."""
        ran = step.ran if self._owners else frozenset()
        for name, owners in self._owners.items():
            if name in step.parameters and step.parameters[name].module not in ran:
                module = next((one for one in owners if one in ran), owners[0])
                step.parameters[name] = replace(step.parameters[name], module=module)
        return step

    def _read_parameters(self, step: StepTrace) -> None:
        if self._lazy:
            facts = [(one.requires_grad, _shape(one), one.dtype) for one in self._parameters.values()]
        else:
            facts = [(one.requires_grad, one.shape, one.dtype) for one in self._parameters.values()]
        is_new = facts != self._facts
        if is_new:
            each = len(PARAMETER_NUMBERS)
            self._traces = {
                name: ParameterTrace(name, name.rpartition(".")[0], tuple(shape), trainable, index * each)
                for index, (name, (trainable, shape, _)) in enumerate(zip(self._parameters, facts, strict=True))
            }
        step.parameters = dict(self._traces) if self._owners else self._traces
        if is_new:
            self._look_at_parameters()
            self._facts = facts
        step.numbers.begin(self._blank)
        sizes = measures.norms([parameter for _, parameter in self._measured])
        put, norm = step.numbers.put, PARAMETER["norm"]
        for (trace, _), size in zip(self._measured, sizes, strict=True):
            put(trace.place + norm, size)
        if self.connection.compares:
            self.connection.read({trace.name: size for (trace, _), size in zip(self._measured, sizes, strict=True)})

    def _look_at_parameters(self) -> None:
        """Note what is the same in all steps in which the parameters have the same shapes."""
        blank, self._measured = Numbers(len(self._traces)), []
        for name, parameter in self._parameters.items():
            trace = self._traces[name]
            if measures.measurable(parameter):
                self._measured.append((trace, parameter))
                if parameter.ndim > 1:
                    # Weights move little from step to step: whether they have a mean is looked at once.
                    if name not in self._means:
                        self._means[name] = measures.mean(parameter)
                    blank.put(trace.place + PARAMETER["mean"], self._means[name])
        self._blank = blank

    # Forward

    def forward(self, watched: _Watched, _: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        """Take what a module put out."""
        if hooks.in_backward():
            first = next(hooks.tensors_of(output), None)
            if first is not None:
                self._recomputed(watched, first)
            return
        if not self.inside and (not self.steps_begun or self._is_over):
            # Parts of the model are called by themselves: what comes after a backward pass is a new one.
            self._passing.by_parts = True
            self._begin_pass((watched.name, torch.is_grad_enabled(), *hooks.likeness((*inputs, output))))
        step = self.step
        if step is None:
            return
        if watched.over_time and through_time.is_looked_at(step.number):
            self._over_time(step, watched, inputs, output)
        if step.course is not None:
            if step.course.goes_on(step, watched, inputs, output, self.record):
                return
            self._plans.missed(step)
        self._look(step, watched, inputs, output)

    def _look(self, step: StepTrace, watched: _Watched, inputs: tuple[object, ...], output: object) -> None:
        """Look at a call in full."""
        first = next(hooks.tensors_of(output), None)
        if not isinstance(output, Tensor):
            several = _returned_among_several(step, output)
            # What the model itself returns is for whoever writes the loss to take, who may have meant to.
            self._offered = self._offered | several if watched.name else self._offered - several
        if first is None:
            step.unmeasured.add(watched.name)
            if step.learning is not None:
                step.learning.event(watched, "unmeasured")
        else:
            self._call(step, watched, inputs, first)

    def _over_time(self, step: StepTrace, watched: _Watched, inputs: tuple[object, ...], output: object) -> None:
        """Have δ by time step of a recurrent layer read when its first weight has its gradient."""
        weight = self._parameters.get(through_time.first_weight(watched.name))
        call = through_time.Call.of(watched.name, watched.module, inputs, output)
        if call is not None and weight is not None and weight.requires_grad:
            call.watch(partial(graph.tell, failed=self.failed))
            step.recurrent.setdefault(through_time.first_weight(watched.name), []).append(call)

    @property
    def _is_over(self) -> bool:
        """Whether a backward pass has followed the last forward pass."""
        return self._passing.returned or (self.step is not None and self.step.returned)

    def _call(self, step: StepTrace, watched: _Watched, inputs: tuple[object, ...], output: Tensor) -> None:
        learning = step.learning
        if graph.marked(output, step.marks) is not None or (
            step.last_output is not None and step.last_output() is output
        ):
            step.handed_on.add(watched.name)
            if learning is not None:
                learning.event(watched, "handed on", graph.known(output, step.marks))
            return  # what a module inside it put out
        value = hooks.made_before(watched.role, inputs)
        node = given = None
        if learning is not None:
            node = graph.known(value, step.marks)
            given = planning.given_by_a_call(watched.module, inputs, step.marks)
        if value is not None:
            self._functional_activation(step, watched, value)
        passing = watched.role == "passing"
        if not passing:
            if output.grad_fn is None:
                step.last_output = weakref.ref(output)  # which a graph would tell
            self._trace(
                step,
                watched.name,
                watched.kind,
                watched.role,
                output,
                watched.module.training,
                watched.weight,
                inputs,
                watched.applied,
            )
        if learning is not None and learning is step.learning:
            learning.event(watched, "passing" if passing else "call", node, given)

    def _rounded(self, _: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        """Mark an output that quantization-aware training has rounded as the one it was made of."""
        if self.step is None or not inputs or not isinstance(inputs[0], Tensor) or not isinstance(output, Tensor):
            return
        index = graph.marked(inputs[0], self.step.marks)
        if index is not None:
            self.step.marks.mark(output, index)

    def _functional_activation(self, step: StepTrace, watched: _Watched, value: Tensor) -> None:
        """Take the measures of an input that an activation function, and no module, has made."""
        node = value.grad_fn
        if node is None or graph.marked(value, step.marks) is not None or not measures.measurable(value):
            return
        operation = classification.applied(node.name())
        if operation in classification.ACTIVATIONS:
            self._trace(step, f"{watched.name} (input)", operation, "function", value, watched.module.training)

    def _trace(
        self,
        step: StepTrace,
        name: str,
        kind: str,
        role: classification.Role,
        output: Tensor,
        training: bool,
        weight: str | None = None,
        inputs: tuple[object, ...] = (),
        over_time: str | None = None,
    ) -> None:
        index = len(step.calls)
        number = step.counts[name] = step.counts.get(name, 0) + 1
        if step.first_pass is not None and (name, number) in step.first_pass:
            self._again(step, step.first_pass[name, number], output)
            return
        walked: list[graph.Walked] | None = None if step.learning is None else []
        origin = parents, operations = graph.origin(output, step.marks, walked)
        shape = tuple(output.shape)
        activation = _activation(kind, role, output)
        if activation is not None and role == "activation" and operations:
            operations = (activation,)  # as other libraries write it, it may be several operations
        elif role == "normalization" and classification.UNKNOWN in operations:
            operations = (classification.normalization(kind),)
        place = step.numbers.grow(index)
        trace = CallTrace(
            index, name, kind, role, number, shape, training, operations, parents, activation, weight, place
        )
        trace.unit_dimension, trace.over_time = _unit_dimension(step, trace, output), over_time
        self.connection.look(output, step.marks)
        self._flat.look(name, number, output, step.marks)
        if origin is graph.UNKNOWN and output.grad_fn is not None:
            step.learning = None  # what was not walked to its end cannot be held against another
        if step.learning is not None:
            step.learning.call(trace, walked, output, step.marks)
        self.record(step, trace, output, inputs)
        step.marks.mark(output, trace.index)

    def record(self, step: StepTrace, trace: CallTrace, output: Tensor, inputs: tuple[object, ...]) -> None:
        """Take the measures of a call, and have its δ told."""
        if step.take(trace, output) != 0:
            origins.output(step, trace, output, inputs)
        step.calls.append(trace)
        if step.is_early or trace.saturates is not None:
            objective.keep(step, trace, output)
        if step.is_early and trace.role in ("linear", "recurrent") and inputs:
            entering.note(step, trace.name, classification.channels_dimension(trace.kind), inputs[0])
        graph.tell(output, partial(_delta, step, trace), self.failed)

    def _again(self, step: StepTrace, trace: CallTrace, output: Tensor) -> None:
        """Have δ of an output told as that of a call."""
        step.marks.mark(output, trace.index)
        graph.tell(output, partial(_delta, step, trace), self.failed)

    def _recomputed(self, watched: _Watched, output: Tensor) -> None:
        """A call that checkpointing repeats: it is counted already, and only lacks δ where it had no graph before."""
        step = self.step
        if step is None:
            return
        step.recomputed += 1
        waiting = [trace for trace in step.calls if trace.name == watched.name and trace.index not in step.in_graph]
        if waiting and output.grad_fn is not None:
            parents, operations = graph.origin(output, step.marks)
            trace = replace(waiting[-1], parents=parents, operations=operations)
            step.in_graph.add(trace.index)
            step.amend(trace)
            self._again(step, trace, output)

    # Backward and the optimizer's step

    def _came_back(self, name: str, parameter: Tensor) -> None:
        """Note a backward pass, also in steps that are not recorded."""
        if self.step is not None and self.step.first_pass is None and self._passing.added_to_earlier(parameter):
            self.step.accumulated = True
        self._passing.note(name, parameter.grad, watched=True)
        self.connection.came(name, parameter)
        if self._passing.is_another_backward() and not self._while_watching and not self._passing.awaits_backward:
            # No forward pass of the model came before it: parts of it are called by themselves.
            self._passing.by_parts = True
            self._wake()
        self._passing.awaits_backward = False

    def _taker(self, name: str) -> Callable[[Tensor], None]:
        """A function that takes the gradient of a parameter."""
        note, norm, is_measurable = self._passing.note, measures.norm, measures.measurable(self._parameters[name])

        def came(parameter: Tensor) -> None:
            step, gradient = self.step, parameter.grad
            note(name, gradient)
            if self.watching and (step is None or not step.calls):
                self.silent_backward = True
            if step is None:
                return
            step.backward = step.returned = True
            trace = step.parameters.get(name)
            if gradient is not None and trace is not None:
                # Now it lies in the cache, later it would not.
                if gradient.is_sparse:
                    gradient = gradient.coalesce().values()
                    step.gradient(trace, norm(gradient) if measures.measurable(gradient) else math.nan)
                else:
                    step.gradient(trace, norm(gradient) if is_measurable else math.nan)
            if step.recurrent and name in step.recurrent:
                step.read_through_time(name)

        return came

    def _before_update(self, _: object, inputs: tuple[object, ...], named: dict[str, object]) -> None:
        """Keep what tells the update: in a step that is recorded, and where a closure will begin one."""
        self._passing.within_update = 0
        closure = named.get("closure", inputs[0] if inputs else None)
        if self.step is not None or closure is not None:
            self._updates.before(
                {
                    name: parameter
                    for name, parameter in self._updated.items()
                    if measures.measurable(parameter) and (closure is not None or parameter.grad is not None)
                }
            )

    def _after_update(self, *_: object) -> None:
        self._passing.updated, self._passing.within_update = True, None
        if self.step is None:
            self._updates.forget()
            return
        for name, change in self._updates.after().items():
            if name in self.step.parameters:
                size = measures.scaled_up(change.norm, self._parameters[name])
                self.step.change(self.step.parameters[name], size, change.error)


def _returned_among_several(step: StepTrace, output: object) -> set[str]:
    """Names of the calls whose outputs themselves a module returns, if there is more than one tensor."""
    found = list(hooks.tensors_of(output))
    places = [graph.marked(tensor, step.marks) for tensor in found] if len(found) > 1 else []
    return {step.calls[place].name for place in places if place is not None and 0 <= place < len(step.calls)}


def _takes_gradient(parameter: Tensor) -> bool:
    return parameter.requires_grad and not is_lazy(parameter)


def _owners(weights: dict[str, str]) -> dict[str, list[str]]:
    """The modules of each parameter that several of them share."""
    owners: dict[str, list[str]] = {}
    for name, first in weights.items():
        owners.setdefault(first, []).append(name.rpartition(".")[0])
    return {name: modules for name, modules in owners.items() if len(modules) > 1}


def _is_opaque(module: nn.Module, name: str, passed_by: dict[str, bool]) -> bool:
    """Whether nothing is seen of what happens inside a module."""
    return not passed_by[name] and (not hooks.takes_hooks(module) or hooks.is_traced(module))


def _shape(parameter: Tensor) -> tuple[int, ...]:
    return () if is_lazy(parameter) else parameter.shape


# Modules by which quantization-aware training rounds outputs and weights.
_ROUNDING = ("activation_post_process", "weight_fake_quant")


def _is_parametrization(name: str) -> bool:
    parts = name.split(".")
    return "parametrizations" in parts or any(name in parts for name in _ROUNDING)


def groups_of(optimizer: torch.optim.Optimizer | None) -> list[dict[str, Any]]:
    """The groups of parameters of an optimizer, none without one."""
    return [] if optimizer is None else optimizer.param_groups


def _by_row(modules: list[_Watched]) -> frozenset[str]:
    """Names of the weights of embeddings, most of whose rows have no gradient in a step."""
    return frozenset(f"{watched.name}.weight" for watched in modules if watched.role == "embedding")


def _activation(kind: str, role: classification.Role, output: Tensor) -> str | None:
    """The activation function that a call is or ends in, if any."""
    if role == "function":
        return kind
    if role == "activation":
        return classification.MODULES.get(kind)
    if role in ("block", "other") and output.grad_fn is not None:
        operation = classification.applied(output.grad_fn.name())
        return operation if operation in classification.ACTIVATIONS else None
    return None


def _unit_dimension(step: StepTrace, trace: CallTrace, output: Tensor) -> int:
    """The dimension of an output that counts its units: that of its input, channels of a convolution."""
    if trace.role == "linear":
        return classification.channels_dimension(trace.kind)
    if trace.role in ("recurrent", "attention", "embedding"):
        return -1
    for parent in trace.parents[:1]:
        before = step.calls[parent]
        if (
            len(before.shape) == output.ndim
            and before.shape[before.unit_dimension] == output.shape[before.unit_dimension]
        ):
            return before.unit_dimension
    # Images and volumes have their channels before their positions, all else has features last.
    return 1 - output.ndim if output.ndim in (4, 5) else -1


def _delta(step: StepTrace, trace: CallTrace, gradient: Tensor) -> None:
    nonfinite = step.delta(trace, gradient)
    if step.loss is None or step.kept:
        objective.note(step, trace, gradient)
    if nonfinite:
        origins.gradient(step, trace, gradient)
