"""One state of a network under treatment: the copy, the person's step, and what the probe reports of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor, nn

from gradlab.probing import Advised, ProbeError, Report, probe, structure
from gradlab.treatment.isolation import RandomState, copied

SETTLED = 1e-4
"""Share of the first loss below which the last digits say nothing more of a training."""
TrainingStep = Callable[[nn.Module], Tensor]
"""A function that the person writes: it runs the given model on a batch, and returns the loss."""


def loss_of(model: nn.Module, step: TrainingStep) -> Tensor:
    """The loss that the step returns for a model.

    Raises:
        ProbeError: it is no tensor with a single element.

    """
    loss = step(model)
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        found = f"a tensor of shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise ProbeError(f"step: returned {found}, allowed: the loss, a tensor with one element")
    return loss


def backward(loss: Tensor, model: nn.Module) -> None:
    """Add the gradients of a loss to those of the model's parameters, and to nothing else of the person's."""
    inputs = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if loss.requires_grad and inputs:
        loss.backward(inputs=inputs)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, eq=False)
class Patient:
    """A copy of the model, measured.

    Attributes:
        model: the copy, which was never trained.
        step: the person's step.
        state: the random state from which the step was run.
        report: what the probe says of that step.
        language: language of the report.

    """

    model: nn.Module
    step: TrainingStep
    state: RandomState
    report: Report
    language: str

    @property
    def deciding(self) -> tuple[Advised, ...]:
        """Everything that hinders training, worst first."""
        return tuple(finding for finding in self.report.findings if finding.severity == "hinders")

    @property
    def sound(self) -> bool:
        """Whether nothing was found that hinders training."""
        return not self.deciding

    @property
    def per_layer(self) -> float | None:
        """The factor of ‖δ‖ per layer over the longest stretch; None where there is nothing to compare."""
        longest = max(structure.stretches(self.report.step), key=lambda one: len(one.calls), default=None)
        if longest is None or longest.log_ratio is None or not math.isfinite(longest.log_ratio):
            return None
        return math.exp(longest.log_ratio / (len(longest.calls) - 1))


def measured(model: nn.Module, step: TrainingStep, state: RandomState, language: str) -> Patient:
    """A model, which stays as it is and is kept, measured on a copy."""
    twin = copied(model)
    state.restore()
    with probe(twin) as record:
        loss = loss_of(twin, step)
        backward(loss, twin)
    if not any(one.calls for one in record.steps):
        raise ProbeError("step: did not run the model that it was given; write `def step(model): ...` so that it does")
    report = record.report(language)
    return Patient(model, step, state, report, language)


@dataclass(frozen=True)
class Course:
    """A short training of a copy.

    Attributes:
        optimizer: class of the optimizer.
        rate: its learning rate; None where its groups have several.
        losses: before every step and after the last; ends early where the loss is no longer finite.

    """

    optimizer: str
    rate: float | None
    losses: tuple[float, ...] = field(repr=False)

    @property
    def first(self) -> float:
        """The loss before the first step."""
        return self.losses[0]

    @property
    def last(self) -> float:
        """The loss after the last step; infinite where it ceased to be finite."""
        return self.losses[-1] if math.isfinite(self.losses[-1]) else math.inf

    @property
    def compared(self) -> float:
        """The last loss, for comparisons: one below a ten-thousandth of the first is as good as another."""
        return max(self.last, SETTLED * self.first) if self.first > 0 else self.last

    @property
    def fell(self) -> bool:
        """Whether the loss ends lower than it began."""
        return self.last < self.first
