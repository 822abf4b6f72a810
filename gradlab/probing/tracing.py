"""What a step collects while it runs: measures, turned into plain numbers once."""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass, field

from torch import Tensor

from gradlab.probing import classification, measures
from gradlab.probing.classification import Role
from gradlab.probing.measures import Measure
from gradlab.probing.record import LayerCall, ParameterReading, Step


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
            dimension = 1 if output.ndim in (4, 5) else -1
            taken["mean"], taken["silent"] = measures.mean_and_silent_share(output, dimension)
        else:
            taken["mean"] = measures.mean(output)
        if activation in ("tanh", "sigmoid"):
            taken["saturated"] = measures.saturated_share(output, activation)
        taken["nonfinite"] = measures.nonfinite(output, size)

    def delta(self, gradient: Tensor) -> None:
        """Take a gradient with respect to the output; it goes on unchanged."""
        size = measures.norm(gradient)
        self.deltas.append(size)
        self.delta_nonfinite.append(measures.nonfinite(gradient, size))


@dataclass(eq=False)
class ParameterTrace:
    """A parameter while its step runs."""

    name: str
    module: str
    shape: tuple[int, ...]
    trainable: bool
    measures: dict[str, Measure] = field(default_factory=dict)


@dataclass(eq=False)
class StepTrace:
    """A step while it runs."""

    number: int
    grad_scale: float = 1.0
    calls: list[CallTrace] = field(default_factory=list)
    parameters: dict[str, ParameterTrace] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    recomputed: int = 0
    handed_on: set[str] = field(default_factory=set)
    backward: bool = False
    last_output: weakref.ref[Tensor] | None = None

    def read(self) -> Step:
        """Return everything as plain numbers, gradients without the scale of mixed precision."""
        tensors = [measure for trace in self.calls for measure in self._measures(trace)]
        tensors += [measure for trace in self.parameters.values() for measure in trace.measures.values()]
        numbers = iter(measures.read(tensors))
        calls = [self._call(trace, [next(numbers) for _ in self._measures(trace)]) for trace in self.calls]
        parameters = [
            self._parameter(trace, dict(zip(trace.measures, numbers, strict=False)) if trace.measures else {})
            for trace in self.parameters.values()
        ]
        return Step(self.number, tuple(calls), tuple(parameters), self.recomputed, frozenset(self.handed_on))

    @staticmethod
    def _measures(trace: CallTrace) -> list[Measure]:
        return [*trace.measures.values(), *trace.deltas, *trace.delta_nonfinite]

    def _call(self, trace: CallTrace, numbers: list[float]) -> LayerCall:
        taken = dict(zip(trace.measures, numbers, strict=False))
        first = len(trace.measures)
        deltas = numbers[first : first + len(trace.deltas)]
        return LayerCall(
            index=trace.index,
            name=trace.name,
            kind=trace.kind,
            role=trace.role,
            number=trace.number,
            shape=trace.shape,
            training=trace.training,
            operations=trace.operations,
            parents=trace.parents,
            norm=taken["norm"],
            mean=taken["mean"],
            nonfinite=int(taken.get("nonfinite", 0)),
            delta_norm=sum(deltas) / len(deltas) / self.grad_scale if deltas else None,
            delta_nonfinite=int(sum(numbers[first + len(trace.deltas) :])),
            backward_passes=len(deltas),
            saturated=taken.get("saturated"),
            silent=taken.get("silent"),
            weight=trace.weight,
            activation=trace.activation,
        )

    def _parameter(self, trace: ParameterTrace, taken: dict[str, float]) -> ParameterReading:
        gradient_norm = taken.get("gradient_norm")
        change, norm = taken.get("change"), taken.get("norm", math.nan)
        return ParameterReading(
            name=trace.name,
            module=trace.module,
            shape=trace.shape,
            trainable=trace.trainable,
            norm=norm,
            mean=taken.get("mean"),
            gradient_norm=None if gradient_norm is None else gradient_norm / self.grad_scale,
            update_ratio=None if change is None or not norm else change / norm,
        )
