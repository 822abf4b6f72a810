"""Inputs where they come to the first layers: their scale, their centre, and whether they differ at all."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from gradlab.probing import measures
from gradlab.probing.measures import Measure

if TYPE_CHECKING:
    from gradlab.probing.tracing import StepTrace

# Of a larger batch some samples, at even distances, stand for all.
_MOST_ELEMENTS = 1 << 19
_FEWEST_SAMPLES = 16


@dataclass(frozen=True)
class InputReading:
    """Statistics of the input of a layer that takes the data as they are.

    Attributes:
        call: index of the layer's call.
        samples: number of samples.
        rms: root mean square of a sample, the median over the batch, which a single one far out does not move.
        mean: mean.
        offset: mean of a feature over the batch, as a root mean square over the features.
        spread: root mean square of the largest feature over that of the smallest that is not 0.
        deviation: standard deviation of a feature over the batch, as a root mean square over the features.
        one: whether all samples are the same, as 1 or 0.
        outweighs: root mean square of the largest feature over that of all others together; 0 without others.

    """

    call: int
    samples: int
    rms: float
    mean: float
    offset: float
    spread: float
    deviation: float
    one: float
    outweighs: float = 0.0


@dataclass(eq=False)
class InputTrace:
    """Measures of a layer's input while its step runs."""

    call: int
    samples: int
    measures: dict[str, Measure] = field(default_factory=dict)

    def read(self) -> InputReading:
        """The plain facts, once no measure waits."""
        return InputReading(self.call, self.samples, **self.measures)  # type: ignore[arg-type]


def given(step: StepTrace, tensor: Tensor) -> None:
    """Note where a tensor lies that the model is given."""
    if step.is_early and not measures.is_spread(tensor):
        step.given.add(tensor.untyped_storage().data_ptr())


def note(step: StepTrace, name: str, dimension: int, value: object) -> None:
    """Take the measures of what a layer was given, if it is data: of the first call, or what the model got."""
    if not isinstance(value, Tensor) or value.requires_grad or not measures.measurable(value) or value.ndim < 2:
        return
    call = step.calls[-1] if step.calls else None
    if call is None or call.name != name or call.parents or measures.is_spread(value):
        return
    if call.index > 0 and value.untyped_storage().data_ptr() not in step.given:
        return
    found = InputTrace(call.index, value.shape[0])
    value = value.detach()
    most = max(_MOST_ELEMENTS // max(value[0].numel(), 1), _FEWEST_SAMPLES)
    value = value[:: math.ceil(len(value) / most)] if len(value) > most else value
    # A convolution's input may be a single sample, without a batch.
    over = [other for other in range(value.ndim) if other != dimension % value.ndim]
    value = value if value.dtype in (torch.float32, torch.float64) else value.float()
    variances, means = torch.var_mean(value, over, correction=0)
    variance = variances.mean()
    found.measures["mean"] = measures.number(means.mean())
    found.measures["deviation"] = measures.number(variance.sqrt())
    found.measures["offset"] = measures.number(means.square().mean().sqrt())
    features = means.square().add(variances).sqrt()
    smallest = torch.where(features > 0, features, math.inf).min()
    found.measures["spread"] = measures.number(features.max() / smallest)
    largest = features.max()
    others = features.square().sum().sub(largest.square()).clamp_min(0).sqrt()
    found.measures["outweighs"] = measures.number(torch.where(others > 0, largest / others, 0.0))
    found.measures["rms"] = measures.number(value.flatten(1).square().mean(1).median().sqrt())
    found.measures["one"] = measures.number((value == value[:1]).all())
    step.inputs.append(found)
