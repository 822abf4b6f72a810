"""Remedies of recurrent layers: the time for which they keep their state, and the norm of their recurrent weights."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial

import torch
from torch import nn

from gradlab import activations
from gradlab.probing import Finding, scale, snippets
from gradlab.probing.told import told
from gradlab.treatment import wording
from gradlab.treatment.patient import Patient
from gradlab.treatment.remedies.remedy import Remedy
from gradlab.treatment.remedies.weights import draw, helps


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


def initialization(finding: Finding, patient: Patient) -> Remedy | None:
    """Plain recurrent layers drawn anew at the critical scale of their activation function, with biases of 0.

    So is the layer that reads them out, where it was drawn at their scale: left as it is it puts out too much.
    """
    step = patient.report.step
    found = scale.of_recurrent(finding, step)
    if finding.cause not in ("", "explodes over time") or found.wanted is None or not helps(finding, found):
        return None
    behind = scale.read_out(found, step, "recurrent")
    said = told(
        wording.INITIALIZATION,
        names=(*found.names, *behind.names),
        activation=activations.get(found.activation).label,
        wanted=found.wanted,
        measured="" if found.typical is None else told(wording.IN_PLACE_OF, value=found.typical),
    )
    code = "\n".join(snippets.initialize(one) for one in (found, behind) if one.names)
    change = partial(_draw, found.names, behind.names, found.wanted)
    return Remedy("initialization", said, code, change)


def _draw(names: Iterable[str], read_out: Iterable[str], sigma_w: float, model: nn.Module) -> None:
    """Draw the weights of inputs and states, which add up, and those of what reads them out; set the biases to 0."""
    draw(read_out, sigma_w, model)
    for name in names:
        for own, value in model.get_submodule(name).named_parameters():
            if own.startswith("weight"):
                nn.init.normal_(value, std=sigma_w / math.sqrt(2 * value.shape[1]))
            else:
                nn.init.zeros_(value)


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
