"""Remedies around the layers: the scale of the inputs, and how long recurrent layers keep their state."""

from __future__ import annotations

import math
from collections.abc import Iterable
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
    x = None if finding.verdict == "cut off" else _input(patient)
    if x is None or not bool(torch.isfinite(x).all()):
        return None
    rms, spread = float(x.square().mean().sqrt()), float(x.std()) or 1.0
    if not named and 1 / _FAR < rms < _FAR and abs(float(x.mean())) / spread < _OFF_CENTRE:
        return None
    over = snippets.all_but_features(x.ndim)
    means, spreads = x.mean(dim=over, keepdim=True), x.std(dim=over, keepdim=True)
    spreads = torch.where(spreads > 0, spreads, 1.0)
    code, change = snippets.standardize(x.ndim), partial(_standardize, means, spreads)
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


def gates(finding: Finding, patient: Patient) -> Remedy | None:
    """Gates of LSTMs and GRUs that keep the state as long as the sequence is: a bias of about ln T.

    Tallec and Ollivier 2018, arXiv:1804.11188.
    """
    named = finding.cause in ("forgets over time", "fades over time")
    if not named and (finding.cause or finding.verdict not in ("vanishing", "inconclusive")):
        return None
    calls = {call.name: call for call in patient.report.step.calls if call.role == "recurrent"}
    gated = {
        name: module
        for name, module in patient.model.named_modules()
        if name in calls and isinstance(module, nn.LSTM | nn.GRU) and module.bias
    }
    length = max((calls[name].shape[-2 if one.batch_first else 0] for name, one in gated.items()), default=0)
    if length < 3:
        return None
    names, value = tuple(gated), math.log(length)
    code, change = snippets.forget(names, value), partial(_open, names, value)
    return Remedy("gates", told(wording.GATES, names=names, length=length, value=value), code, change)


def orthogonal(finding: Finding, patient: Patient) -> Remedy | None:
    """Orthogonal recurrent weights of plain recurrent layers, which keep the norm of what they multiply."""
    if finding.cause not in ("forgets over time", "fades over time", "explodes over time"):
        return None
    modules = dict(patient.model.named_modules())
    called = {call.name for call in patient.report.step.calls if call.role == "recurrent"}
    plain = tuple(name for name in modules if name in called and isinstance(modules[name], nn.RNN | nn.RNNCell))
    if not plain:
        return None
    code, change = snippets.make_orthogonal(plain), partial(_make_orthogonal, plain)
    return Remedy("orthogonal", told(wording.ORTHOGONAL, names=plain), code, change)


def _make_orthogonal(names: Iterable[str], model: nn.Module) -> None:
    for name in names:
        for own, weight in model.get_submodule(name).named_parameters():
            if own.startswith("weight_hh"):
                nn.init.orthogonal_(weight)


def _open(names: Iterable[str], value: float, model: nn.Module) -> None:
    """Set the biases of the second gate, by which an LSTM forgets and a GRU keeps what it has."""
    for name in names:
        layer = model.get_submodule(name)
        size = int(str(layer.hidden_size))
        with torch.no_grad():
            for own, bias in layer.named_parameters():
                if own.startswith("bias"):
                    bias[size : 2 * size] = value if "_hh" in own else 0.0
