"""δ of a recurrent layer's input by time step.

A recurrent layer runs over a whole sequence in one call, so that no hook sees what happens between its time steps. Once
its gradients have come, the call is run again on the same input with the same weights, aside from the training, and the
δ that came at its outputs is passed back to that input. This costs as much as the call itself, so it is done in few of
the steps: the first three, and from then on at each power of two.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from gradlab.probing import measures

FEWEST = 8
"""Time steps, at least, along which a gradient is looked at."""


def is_looked_at(step: int) -> bool:
    """Whether recurrent layers are run again in the step of this number."""
    return step < 2 or step & (step - 1) == 0


def runs_over_time(module: nn.Module) -> bool:
    """Whether a module runs over all time steps in one call."""
    return isinstance(module, nn.RNNBase)


def first_weight(name: str) -> str:
    """The name of the weight whose gradient is the last that a recurrent layer's call has part in."""
    return f"{name}.weight_ih_l0" if name else "weight_ih_l0"


@dataclass(frozen=True)
class ThroughTime:
    """δ of a recurrent layer's input by time step.

    Attributes:
        name: qualified name of the module.
        kind: its class.
        deltas: ‖∂loss/∂x_t‖ over the whole batch for each time step t, by way of this layer alone.

    """

    name: str
    kind: str
    deltas: tuple[float, ...]


@dataclass(eq=False)
class Call:
    """One call of a recurrent layer that waits for its δ."""

    name: str
    module: nn.RNNBase
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    version: int
    deltas: dict[int, Tensor] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, module: nn.Module, inputs: tuple[object, ...], output: object) -> Call | None:
        """The call of a module with these inputs and outputs; None where there is nothing to look at."""
        sequence = inputs[0] if inputs else None
        data = sequence.data if isinstance(sequence, PackedSequence) else sequence
        if not isinstance(module, nn.RNNBase) or not isinstance(data, Tensor) or measures.is_spread(data):
            return None
        if _time_steps(module, sequence) < FEWEST:
            return None
        kept = tuple(map(_detached, inputs))
        return cls(name, module, kept, tuple(weakref.ref(one) for one in _tensors(output)), data._version)

    def watch(self, tell: Any) -> None:
        """Have δ of every output told by ``tell(output, take)``."""
        for place, reference in enumerate(self.outputs):
            output = reference()
            if output is not None:
                tell(output, _Taken(self.deltas, place))

    def read(self) -> ThroughTime | None:
        """δ of the input by time step; None where no δ came or the input has been overwritten."""
        sequence = self.inputs[0]
        data = sequence.data if isinstance(sequence, PackedSequence) else sequence
        if not self.deltas or data._version != self.version:
            return None
        kind = next(self.module.parameters()).dtype
        with torch.enable_grad(), _same_randomness(data):
            again = data.to(kind, copy=True).requires_grad_()
            given = sequence._replace(data=again) if isinstance(sequence, PackedSequence) else again
            # The method and not the module, whose hooks belong to the training.
            outputs = [*_tensors(self.module.forward(given, *self.inputs[1:]))]
            deltas = {place: delta.to(outputs[place].dtype) for place, delta in self.deltas.items()}
            (delta,) = torch.autograd.grad([outputs[place] for place in deltas], [again], [*deltas.values()])
        sizes = measures.read([*_sizes(self.module, delta, sequence)])
        return ThroughTime(self.name, type(self.module).__name__, tuple(sizes))


class _Taken:
    """Keeps the δ of one output."""

    def __init__(self, deltas: dict[int, Tensor], place: int) -> None:
        self.deltas, self.place = deltas, place

    def __call__(self, gradient: Tensor) -> None:
        self.deltas[self.place] = gradient.detach()


def _detached(value: object) -> Any:
    if isinstance(value, Tensor):
        return value.detach()
    if isinstance(value, PackedSequence):
        return value._replace(data=value.data.detach())
    return tuple(map(_detached, value)) if isinstance(value, tuple) else value


def _tensors(output: object) -> Iterator[Tensor]:
    if isinstance(output, PackedSequence):
        yield output.data
    elif isinstance(output, Tensor):
        yield output
    elif isinstance(output, Sequence):
        for part in output:
            yield from _tensors(part)


def _same_randomness(data: Tensor) -> AbstractContextManager[object]:
    """A context that leaves the random state as it was, for dropout between stacked layers draws from it."""
    context: AbstractContextManager[object] = torch.random.fork_rng([data.device] if data.is_cuda else [])
    return context if data.device.type in ("cpu", "cuda") else nullcontext()


def _time_dimension(module: nn.RNNBase, data: Tensor) -> int:
    return 1 if module.batch_first and data.ndim > 2 else 0


def _time_steps(module: nn.RNNBase, sequence: object) -> int:
    if isinstance(sequence, PackedSequence):
        return len(sequence.batch_sizes)
    return sequence.shape[_time_dimension(module, sequence)] if isinstance(sequence, Tensor) else 0


def _sizes(module: nn.RNNBase, delta: Tensor, sequence: object) -> Iterator[measures.Measure]:
    if isinstance(sequence, PackedSequence):
        parts: Sequence[Tensor] = torch.split(delta, sequence.batch_sizes.tolist())
    else:
        parts = delta.unbind(_time_dimension(module, delta))
    return iter(measures.norms([part.contiguous() for part in parts]))
