"""Recorded steps as plain numbers: the calls of every step in forward order, and the parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import overload

from gradlab.probing.classification import Role
from gradlab.probing.readings import Readings


class ProbeError(RuntimeError):
    """The probe was used in a way that cannot give an answer; the message says how to fix it."""


@dataclass(frozen=True)
class LayerCall:
    """One call of one module in one step; norms are over the whole output, the batch included.

    Attributes:
        index: place among the calls of its step, from 0.
        name: qualified name of the module, as in ``model.named_modules()``.
        kind: class of the module, or the operation where ``role`` is ``"function"``.
        role: what it is to the diagnosis.
        number: which call of this module in this step, from 1.
        shape: shape of the output, or of its first tensor where it has several.
        training: whether the module was in training mode.
        operations: what was applied since the recorded calls before, by autograd's graph; empty without a graph.
        parents: indices of the recorded calls whose outputs this one was computed from.
        norm: ‖output‖.
        mean: mean of the output.
        nonfinite: elements of the output that are infinite or NaN.
        delta_norm: ‖∂loss/∂output‖, mean over the backward passes of the step; None where no gradient came.
        delta_nonfinite: elements of that gradient that are infinite or NaN.
        backward_passes: how often a gradient came.
        saturated: share of saturated elements; None where the activation cannot saturate.
        silent: share of units that put out 0 for the whole batch; None where the activation cannot.
        units: number of units, or channels, of whose outputs ``silent`` is a share; None where the activation has none
            that fall silent.
        overlap: how alike the outputs for two inputs i and j are, Σ_u a_iu a_ju / Σ_u a_iu² on average; looked at only
            where many units are silent.
        rare: share of units that are silent here but not for other inputs, estimated from how many are on only once or
            twice; looked at only where many are silent.
        weight: name of a linear layer's weight among the parameters, else None.
        activation: the activation function that it is or ends in, else None.

    """

    index: int
    name: str
    kind: str
    role: Role
    number: int
    shape: tuple[int, ...]
    training: bool
    operations: tuple[str, ...]
    parents: tuple[int, ...]
    norm: float
    mean: float
    nonfinite: int
    delta_norm: float | None
    delta_nonfinite: int
    backward_passes: int
    saturated: float | None = None
    silent: float | None = None
    overlap: float | None = None
    rare: float | None = None
    units: int | None = None
    weight: str | None = None
    activation: str | None = None

    @property
    def label(self) -> str:
        """The layer's name as a reader finds it, with the number of the call where there are several."""
        return f"{self.name or self.kind}{f' call {self.number}' if self.number > 1 else ''}"

    @property
    def elements(self) -> int:
        """Number of elements of the output."""
        return math.prod(self.shape)

    @property
    def rms(self) -> float:
        """Root mean square of the output."""
        return float(self.norm / self.elements**0.5)


@dataclass(frozen=True)
class ParameterReading:
    """One parameter in one step.

    Attributes:
        name: qualified name, as in ``model.named_parameters()``.
        module: name of the module that it belongs to.
        shape: its shape.
        trainable: whether it required a gradient.
        norm: ‖W‖ as the step began.
        mean: mean of its elements, of those with two dimensions or more, when the block began; else None.
        gradient_norm: norm of its accumulated gradient after the last backward pass; None where none came.
        update_ratio: ‖ΔW‖/‖W‖ of the optimizer's step; None without one. ΔW is known of all entries of a parameter
            with no more than 2048, else estimated from a fixed sample of as many.
        update_error: standard error of that estimate, relative to it, from the sample itself: about 2%, more where few
            entries make most of the update; 0 where all entries were looked at.

    """

    name: str
    module: str
    shape: tuple[int, ...]
    trainable: bool
    norm: float
    mean: float | None
    gradient_norm: float | None
    update_ratio: float | None
    update_error: float | None = None

    @property
    def elements(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Step:
    """One forward pass with whatever backward passes followed it.

    Where the optimizer is known, its step ends this one: of the forward passes whose gradients are added up until then,
    calls, outputs and shapes are those of the first, and δ is the mean over all of them.

    Attributes:
        number: which step of the block it was, from 0; with ``every`` not all are recorded.
        calls: the calls in forward order.
        parameters: the parameters in the model's order.
        recomputed: how many calls were repeated by activation checkpointing, and are not counted twice.
        handed_on: names of modules that ran, and whose output is that of a module inside them.
        unmeasured: names of modules that ran, and put out nothing that can be measured: no tensor, an empty one, one of
            integers or complex numbers, a single number, or what torch.func makes of tensors.
        accumulated: whether gradients of earlier steps were still there, and those of this one were added to them.
        grad_scale: factor on the loss in mixed precision, by which every gradient here is divided.
        readings: facts beside the calls and the parameters, from which causes are told.

    """

    number: int
    calls: tuple[LayerCall, ...]
    parameters: tuple[ParameterReading, ...]
    recomputed: int = 0
    handed_on: frozenset[str] = frozenset()
    unmeasured: frozenset[str] = frozenset()
    accumulated: bool = False
    grad_scale: float = 1.0
    readings: Readings = field(default_factory=Readings)

    @property
    def ran(self) -> frozenset[str]:
        """Names of all modules that are known to have run."""
        return self.handed_on.union(self.unmeasured, (call.name for call in self.calls))

    @property
    def owners(self) -> frozenset[str]:
        """Names of the modules that have parameters of their own."""
        return frozenset(parameter.module for parameter in self.parameters)

    @property
    def has_update(self) -> bool:
        """Whether the optimizer was seen to change any parameter."""
        return any(parameter.update_ratio is not None for parameter in self.parameters)

    @property
    def has_backward(self) -> bool:
        """Whether any gradient came."""
        return any(call.backward_passes for call in self.calls) or any(
            parameter.gradient_norm is not None for parameter in self.parameters
        )


class Earlier(Sequence[Step]):
    """The first so many of a sequence of steps, each of which is put together when it is asked for."""

    def __init__(self, steps: Sequence[Step], count: int) -> None:
        self._steps = steps
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Step, ...]: ...
    def __getitem__(self, index: int | slice) -> Step | tuple[Step, ...]:
        places = range(self._count)[index]
        return self._steps[places] if isinstance(places, int) else tuple(map(self._steps.__getitem__, places))
