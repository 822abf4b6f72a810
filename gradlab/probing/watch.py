"""The probe: hooks for the time of one with-block, and what they see written down.

A forward hook takes the measures of an output while it is there (an in-place activation overwrites it later), and a
hook on the output tensor takes δ. Full backward hooks would be simpler and are not used: they wrap the output in a
view, which in-place activations then refuse.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from gradlab import checks
from gradlab.probing import classification, graph, measures
from gradlab.probing.record import ProbeError, Step
from gradlab.probing.report import Report
from gradlab.probing.report import report as make_report
from gradlab.probing.tracing import CallTrace, ParameterTrace, StepTrace

_probed: weakref.WeakSet[nn.Module] = weakref.WeakSet()


class Scaler(Protocol):
    """What scales the loss of mixed precision, such as ``torch.amp.GradScaler``."""

    def get_scale(self) -> float:
        """Return the factor on the loss."""


class _Hook:
    """A hook that copies and pickles as one that does nothing: a copy of the model made in the block is not watched."""

    def __init__(self, call: Callable[..., None]) -> None:
        self.call = call

    def __call__(self, *arguments: Any) -> None:
        self.call(*arguments)

    def __reduce__(self) -> tuple[Callable[[], object], tuple[()]]:
        return _inert, ()


def _nothing(*_: object) -> None:
    """Do nothing."""


def _inert() -> Callable[..., None]:
    return _nothing


def tensors_of(value: object) -> Iterator[Tensor]:
    """Yield the tensors in an output that can be measured, however it nests lists, tuples and dictionaries."""
    if isinstance(value, Tensor):
        if measures.measurable(value):
            yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from tensors_of(item)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for item in value:
            yield from tensors_of(item)


def _in_backward() -> bool:
    # How torch's own checkpointing tells that it is repeating a forward pass.
    return bool(torch._C._current_graph_task_id() != -1)


class Watch:
    """The hooks of one block. Every callback returns None, so that nothing that passes through is changed."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer | None, every: int, scale: float | Scaler):
        self.model = model
        self.optimizer = optimizer
        self.every = every
        self.scale = scale
        self.steps: list[Step] = []
        self.step: StepTrace | None = None
        self.forward_passes = 0
        self.silent_backward = False
        self.watching = True
        self._inside = 0
        self._handles: list[RemovableHandle] = []
        self._names = {module: name for name, module in model.named_modules()}
        self._parameters = dict(model.named_parameters())
        self._before: dict[str, Tensor] = {}
        self._means: dict[str, Tensor] = {}

    # Attaching and detaching

    def attach(self) -> None:
        """Install every hook, or none: a failure halfway takes back what was installed."""
        try:
            keep = self._handles.append
            keep(self.model.register_forward_pre_hook(_Hook(self._begin), prepend=True))
            for module in self._names:
                keep(module.register_forward_hook(_Hook(self._forward)))
            keep(self.model.register_forward_hook(_Hook(self._end), always_call=True))
            for name, parameter in self._parameters.items():
                if parameter.requires_grad:
                    hook = _Hook(partial(self._accumulated, name))
                    keep(parameter.register_post_accumulate_grad_hook(hook))  # type: ignore[no-untyped-call]
            if self.optimizer is not None:
                keep(self.optimizer.register_step_pre_hook(_Hook(self._before_update)))
                keep(self.optimizer.register_step_post_hook(_Hook(self._after_update)))
        except BaseException:
            self.detach()
            raise

    def detach(self) -> None:
        """Remove every hook and turn what is left into numbers."""
        while self._handles:
            self._handles.pop().remove()
        self._before.clear()
        self._close_step()

    # Steps

    def _begin(self, *_: object) -> None:
        if _in_backward():
            return
        self._inside += 1
        if self._inside == 1:
            self._open_step()

    def _end(self, *_: object) -> None:
        if not _in_backward():
            self._inside = max(self._inside - 1, 0)

    def _open_step(self) -> None:
        self._close_step()
        number, self.forward_passes = self.forward_passes, self.forward_passes + 1
        self.watching = number % self.every == 0
        if self.watching:
            scale = self.scale if isinstance(self.scale, int | float) else self.scale.get_scale()
            self.step = StepTrace(number, float(scale))
            self._read_parameters(self.step)

    def _close_step(self) -> None:
        if self.step is not None:
            self.steps.append(self.step.read())
            self.step = None

    def _read_parameters(self, step: StepTrace) -> None:
        named = {name: parameter.detach() for name, parameter in self._parameters.items()}
        floating = {name: value for name, value in named.items() if measures.measurable(value)}
        sizes = torch._foreach_norm(list(floating.values())) if floating else ()
        norms = dict(zip(floating, sizes, strict=True))
        for name, value in named.items():
            module = name.rpartition(".")[0]
            trace = ParameterTrace(name, module, tuple(value.shape), self._parameters[name].requires_grad)
            if name in norms:
                trace.measures["norm"] = norms[name]
                if value.ndim > 1:
                    # Weights move little from step to step: whether they have a mean is looked at once.
                    self._means.setdefault(name, measures.mean(value))
                    trace.measures["mean"] = self._means[name]
            step.parameters[name] = trace

    # Forward

    def _forward(self, module: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        if not self.watching:
            return
        first = next(tensors_of(output), None)
        if first is None:
            return
        if _in_backward():
            self._recomputed(module, first)
            return
        if self.step is None or (self.step.backward and not self._inside):
            # Parts of the model are called by themselves: what comes after a backward pass is a new step.
            self._open_step()
        if self.step is not None:
            self._call(self.step, module, inputs, first)

    def _call(self, step: StepTrace, module: nn.Module, inputs: tuple[object, ...], output: Tensor) -> None:
        role = classification.role(module)
        place = (output.data_ptr(), tuple(output.shape))
        handed_on = graph.marked(output, step) is not None or (role == "block" and place == step.last_output)
        if handed_on:
            return  # what a module inside it put out; without a graph, the same place in memory tells
        step.last_output = place
        if role == "linear" and inputs and isinstance(inputs[0], Tensor):
            self._functional_activation(step, module, inputs[0])
        name = self._names[module]
        number = step.numbers[name] = step.numbers.get(name, 0) + 1
        trace = self._trace(step, name, type(module).__name__, role, number, output, module.training)
        if role == "linear":
            weight = f"{name}.weight" if name else "weight"
            trace.weight = weight if weight in self._parameters else None

    def _functional_activation(self, step: StepTrace, module: nn.Module, value: Tensor) -> None:
        """Take the measures of an input that an activation function, and no module, has made."""
        node = value.grad_fn
        if node is None or not measures.measurable(value) or graph.marked(value, step) is not None:
            return
        operation = classification.applied(node.name())
        if operation in classification.ACTIVATIONS:
            name = f"{self._names[module]} (input)"
            number = step.numbers[name] = step.numbers.get(name, 0) + 1
            self._trace(step, name, operation, "function", number, value, module.training)

    @staticmethod
    def _trace(
        step: StepTrace,
        name: str,
        kind: str,
        role: classification.Role,
        number: int,
        output: Tensor,
        training: bool,
    ) -> CallTrace:
        index = len(step.calls)
        parents, operations = graph.origin(output, step)
        trace = CallTrace(index, name, kind, role, number, tuple(output.shape), training, operations, parents)
        step.calls.append(trace)
        trace.take(output)
        graph.mark(output, step, index)
        if output.requires_grad and not output.is_leaf:
            output.register_hook(partial(_delta, step, trace))  # type: ignore[no-untyped-call]
        return trace

    def _recomputed(self, module: nn.Module, output: Tensor) -> None:
        """A call that checkpointing repeats: it is counted already, and only lacks δ where it had no graph before."""
        if self.step is None:
            return
        name, self.step.recomputed = self._names[module], self.step.recomputed + 1
        waiting = [trace for trace in self.step.calls if trace.name == name and not trace.in_graph]
        if waiting and output.requires_grad and not output.is_leaf:
            trace = waiting[-1]
            trace.in_graph = True
            trace.parents, trace.operations = graph.origin(output, self.step)
            graph.mark(output, self.step, trace.index)
            output.register_hook(partial(_delta, self.step, trace))  # type: ignore[no-untyped-call]

    # Backward and the optimizer's step

    def _accumulated(self, name: str, parameter: Tensor) -> None:
        if not self.watching:
            return
        if self.step is None or not self.step.calls:
            self.silent_backward = True
        if self.step is not None and parameter.grad is not None and name in self.step.parameters:
            self.step.backward = True
            gradient = parameter.grad.to_dense() if parameter.grad.is_sparse else parameter.grad
            self.step.parameters[name].measures["gradient_norm"] = measures.norm(gradient)

    def _before_update(self, *_: object) -> None:
        if self.step is not None:
            self._before = {name: parameter.detach().clone() for name, parameter in self._parameters.items()}

    def _after_update(self, *_: object) -> None:
        if self.step is None:
            return
        for name, before in self._before.items():
            trace = self.step.parameters.get(name)
            if trace is not None and measures.measurable(before):
                trace.measures["change"] = measures.norm(self._parameters[name].detach() - before)
        self._before.clear()


def _delta(step: StepTrace, trace: CallTrace, gradient: Tensor) -> None:
    step.backward = True
    trace.delta(gradient)


def checked(
    model: object, optimizer: object, every: object, grad_scale: object
) -> tuple[nn.Module, torch.optim.Optimizer | None, int, float | Scaler]:
    """Return what a person gave to the probe, or raise the error that names the mend."""
    if not isinstance(model, nn.Module):
        raise ProbeError(f"model: found {type(model).__name__}, allowed: a torch.nn.Module, such as probe(model)")
    compiled = getattr(model, "_orig_mod", None)
    model = compiled if isinstance(compiled, nn.Module) else model
    if next(model.parameters(), None) is None:
        raise ProbeError(f"model: {type(model).__name__} has no parameters, so there is nothing to diagnose")
    if any(module in _probed for module in model.modules()):
        raise ProbeError("model: is probed already; leave that with-block first, or read its record")
    if optimizer is not None and not isinstance(optimizer, torch.optim.Optimizer):
        raise ProbeError(f"optimizer: found {type(optimizer).__name__}, allowed: a torch.optim.Optimizer or None")
    checks.positive_integer("every", every)
    if not hasattr(grad_scale, "get_scale"):
        checks.positive("grad_scale", grad_scale)
    return model, optimizer, every, grad_scale  # type: ignore[return-value]


class Record:
    """What a with-block saw; made by :func:`probe`."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._used = False

    def __enter__(self) -> Record:
        """Attach the hooks."""
        if self._used:
            raise ProbeError("record: this with-block is over; begin another with probe(model)")
        self._used = True
        self._watch.attach()
        _probed.update(self._watch.model.modules())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the hooks, whatever happened in the block."""
        for module in self._watch.model.modules():
            _probed.discard(module)
        self._watch.detach()

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every recorded step that is over; after the block, all of them.

        Raises:
            ProbeError: the block was never entered.

        """
        if not self._used:
            raise ProbeError("record: nothing was recorded; write `with gradlab.probe(model) as record:`")
        return tuple(self._watch.steps)

    def report(self, language: str = "en") -> Report:
        """Diagnose what was recorded.

        Args:
            language: of what is printed, ``"en"`` or ``"zh"``.

        Raises:
            ProbeError: no gradient was seen; the message says why and what to do.

        """
        if self._watch.silent_backward and not any(step.calls for step in self.steps):
            raise ProbeError(
                "record: a backward pass ran, but no hook did: the model was compiled before the probe was attached; "
                "run the model that was compiled, or call torch.compiler.reset() before the with-block"
            )
        return make_report(self.steps, language)


def probe(
    model: nn.Module,
    *,
    optimizer: torch.optim.Optimizer | None = None,
    every: int = 1,
    grad_scale: float | Scaler = 1.0,
) -> Record:
    """Watch a model for the time of a with-block.

    Args:
        model: any module with parameters; of a compiled one, the module that was compiled.
        optimizer: whose steps are measured, so that updates can be told from gradients.
        every: record every so many forward passes of the model.
        grad_scale: the factor on the loss in mixed precision, or the GradScaler that knows it.

    Returns:
        The record, a context manager.

    Raises:
        ProbeError: something else than a model, a model without parameters, one that is probed already, or
            something else than an optimizer.
        ValueError: ``every`` or ``grad_scale`` out of range.

    """
    return Record(Watch(*checked(model, optimizer, every, grad_scale)))
