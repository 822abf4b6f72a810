"""Remedy of the inputs: their centre and their scale."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from gradlab.probing import Finding, snippets
from gradlab.probing.told import told
from gradlab.treatment import wording
from gradlab.treatment.isolation import copied
from gradlab.treatment.patient import Patient, loss_of
from gradlab.treatment.remedies.remedy import Remedy

_FAR = 10.0
"""Root mean square, or its inverse, from which an input is far from variance 1."""
_OFF_CENTRE = 2.0


class Standardization:
    """A hook that centres and scales the first input of a model by fixed numbers."""

    def __init__(self, mean: Tensor, spread: Tensor) -> None:
        self.mean = mean
        self.spread = spread

    def __call__(self, _: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The inputs with the first one changed."""
        first, *rest = inputs
        return ((first - self.mean) / self.spread, *rest)


def standardization(finding: Finding, patient: Patient) -> Remedy | None:
    """The first input with mean 0 and variance 1 in each feature or channel, by the numbers of this batch."""
    named = finding.cause == "inputs not scaled"
    if not named and any(one.cause == "inputs not scaled" for one in patient.deciding):
        return None  # it is the answer to that one
    x = None if finding.verdict == "cut off" else _input(patient)
    if x is None or not bool(torch.isfinite(x).all()):
        return None
    rms, spread = float(x.square().mean().sqrt()), float(x.std()) or 1.0
    if not named and 1 / _FAR < rms < _FAR and abs(float(x.mean())) / spread < _OFF_CENTRE:
        return None
    over = snippets.all_but_features(x.ndim)
    means, spreads = x.mean(dim=over, keepdim=True), x.std(dim=over, keepdim=True)
    spreads = torch.where(spreads > 0, spreads, 1.0)
    alone = patient.report.step.calls[-1].shape == tuple(x.shape)
    code, change = snippets.standardize(x.ndim, alone=alone), partial(_standardize, means, spreads)
    return Remedy("standardization", told(wording.STANDARDIZATION, rms=rms), code, change, wording.AT_DATA)


def _standardize(mean: Tensor, spread: Tensor, model: nn.Module) -> None:
    like = next(model.parameters())
    model.register_forward_pre_hook(Standardization(mean.to(like), spread.to(like)))


def _input(patient: Patient) -> Tensor | None:
    """The first argument of the model in the person's step, in double precision; None where it has no features."""
    seen: list[Tensor] = []

    def note(_: nn.Module, inputs: tuple[object, ...]) -> None:
        if inputs and isinstance(inputs[0], Tensor):
            seen.append(inputs[0].detach())

    twin = copied(patient.model)
    twin.register_forward_pre_hook(note)
    patient.state.restore()
    loss_of(twin, patient.step)
    if not seen or not seen[0].is_floating_point() or seen[0].ndim < 2 or len(seen[0]) < 2:
        return None
    return seen[0].to("cpu", torch.float64)
