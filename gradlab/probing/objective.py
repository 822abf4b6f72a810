"""The loss of a step while it runs: noted when the first δ comes, with what δ of the outputs tells of the targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from torch import Tensor

from gradlab.probing import lossgraph, measures, recovered, written
from gradlab.probing.measures import Measure

if TYPE_CHECKING:
    from gradlab.probing.tracing import CallTrace, StepTrace

# Outputs with more elements are not kept until δ comes, and of the others only the last ones.
_MOST_ELEMENTS = 1 << 24
_KEPT = 2


@dataclass(eq=False)
class LossTrace:
    """A loss while its step runs."""

    nodes: tuple[lossgraph.LossNode, ...] = ()
    measures: dict[str, Measure] = field(default_factory=dict)
    outputs: list[recovered.OutputTrace] = field(default_factory=list)
    written: list[written.WrittenTrace] = field(default_factory=list)

    def read(self, grad_scale: float) -> lossgraph.LossReading | None:
        """The plain facts, once no measure waits; None where the loss was not found."""
        return lossgraph.LossReading(self.measures["value"] / grad_scale, self.nodes) if self.nodes else None  # type: ignore[arg-type]


def keep(step: StepTrace, trace: CallTrace, output: Tensor) -> None:
    """Keep the last outputs of a step until δ comes, without a copy; later steps only want those that are saturated."""
    if not step.is_early and step.known(trace, "saturated") == 0.0:
        return
    if output.requires_grad and output.numel() <= _MOST_ELEMENTS and not measures.is_spread(output):
        step.kept[trace.index] = output.detach()
        while len(step.kept) > _KEPT:
            del step.kept[next(iter(step.kept))]


def note(step: StepTrace, trace: CallTrace, gradient: Tensor) -> None:
    """Note the loss when the first δ of a step comes, and what δ of an output tells of the targets."""
    if step.loss is None:
        step.loss = LossTrace()
        losses, thread = lossgraph.of_this_pass()
        step.loss.nodes = lossgraph.walked(losses, step.marks, thread)
        if len(losses) == 1 and losses[0].numel() == 1:
            step.loss.measures["value"] = measures.number(losses[0].detach())
        else:
            step.loss.measures["value"] = float("nan")
    output = step.kept.pop(trace.index, None)
    if output is None or output.shape != gradient.shape or step.known(trace, "backward_passes") != 1:
        return
    owners = {parameter.module for parameter in step.parameters.values()}
    last, _ = recovered.last_operation(step.calls, trace, owners)
    taken = recovered.take(
        step.loss.nodes,
        trace,
        last,
        output,
        gradient,
        step.loss.measures["value"],
        step.is_early,
        step.known(trace, "saturated"),
    )
    if taken is not None:
        step.loss.outputs.append(taken)
    out = written.take(step.loss.nodes, trace.index, last, output, gradient, step.loss.measures["value"])
    if out is not None:
        step.loss.written.append(out)
