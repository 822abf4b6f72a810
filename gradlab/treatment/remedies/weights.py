"""Remedies that change weights and biases, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from gradlab import activations
from gradlab.probing import Finding, LayerCall, Step, classification, scale, snippets
from gradlab.probing.told import told
from gradlab.treatment import wording
from gradlab.treatment.isolation import RandomState
from gradlab.treatment.patient import Patient, TrainingStep, loss_of
from gradlab.treatment.remedies.remedy import Remedy, biases_of, layer_of, takers, weight_of, zero_bias

SCALES = ("vanishing", "exploding", "saturated", "inconclusive")
"""Verdicts against which the scale of weights may help."""
_NOTICEABLE = 1.1
"""Ratio of two weight scales from which one is another."""
_FAR = 10.0


def is_normalized(finding: Finding, step: Step) -> bool:
    """Whether there is a normalization among the layers of a finding."""
    return any(call.role == "normalization" for call in scale.between(finding, step))


def finite(finding: Finding, patient: Patient) -> Remedy | None:
    """Entries of weights that are not finite drawn anew like the others."""
    if finding.verdict != "non-finite":
        return None
    broken = tuple(name for name, value in patient.model.named_parameters() if not torch.isfinite(value).all())
    if not broken:
        return None
    return Remedy(
        "finite", told(wording.FINITE, names=broken), snippets.make_finite(broken), partial(_make_finite, broken)
    )


def _make_finite(names: Iterable[str], model: nn.Module) -> None:
    for name in names:
        value = model.get_parameter(name)
        good = torch.isfinite(value.detach())
        rest = value.detach()[good].double()
        spread = float(rest.std()) if rest.numel() > 1 else 0.0
        with torch.no_grad():
            value.copy_(torch.where(good, value, (torch.randn(value.shape) * spread).to(value)))


def zeros(finding: Finding, patient: Patient) -> Remedy | None:
    """Layers of zeros that feed other layers of zeros drawn: each multiplies the other's gradient by 0."""
    if finding.verdict not in ("dead", "cut off", "vanishing", "inconclusive", "misconfigured"):
        return None
    step = patient.report.step
    empty = {one.name for one in step.parameters if one.trainable and len(one.shape) > 1 and not one.norm}
    calls = [call for call in step.calls if call.role == "linear" and call.weight in empty]
    none, taken = {call.name for call in calls}, takers(step)
    names = tuple(dict.fromkeys(call.name for call in calls if _feeds(call, taken, none)))
    if not names:
        return None
    wanted = scale.critical(scale.activation(step.calls)) or 1.0
    return Remedy("zeros", told(wording.ZEROS, names=names), snippets.draw(names, wanted), partial(draw, names, wanted))


def _feeds(call: LayerCall, taken: list[list[LayerCall]], names: set[str]) -> bool:
    """Whether a layer's output comes to nothing but a layer of one of these names."""
    while len(taken[call.index]) == 1:
        call = taken[call.index][0]
        if call.role == "linear":
            return call.name in names
        if len(call.parents) != 1:
            return False
    return False


def draw(names: Iterable[str], sigma_w: float, model: nn.Module) -> None:
    """Draw the weights of these layers from a normal distribution at a scale, and set their biases to 0."""
    for name in names:
        layer = layer_of(model, name)
        weight = weight_of(layer)
        fan_in = weight[:, 0].numel() if classification.is_transposed(layer) else weight[0].numel()
        nn.init.normal_(weight, std=sigma_w / math.sqrt(fan_in))
        zero_bias(layer)


def siblings(finding: Finding, patient: Patient) -> Remedy | None:
    """A layer with weights of an odd scale brought to that of the layers like it."""
    name, ratio = finding.starts_at, finding.measured
    known = {parameter.name for parameter in patient.report.step.parameters}
    if finding.reason != "weights" or f"{name}.weight" not in known:
        return None
    code = snippets.multiply((name,), f"1 / {ratio:.4g}")
    change = partial(_multiply, (name,), 1 / ratio)
    return Remedy("siblings", told(wording.SIBLINGS, names=(name,), ratio=ratio), code, change)


def _multiply(names: Iterable[str], factor: float, model: nn.Module) -> None:
    with torch.no_grad():
        for name in names:
            weight_of(layer_of(model, name)).mul_(factor)


def biases(finding: Finding, patient: Patient) -> Remedy | None:
    """Biases that keep units off set to 0."""
    if finding.verdict != "dead":
        return None
    step = patient.report.step
    first = next((call for call in step.calls if call.label in finding.layers), None)
    sizes = {} if first is None else dict(_before(first, step, patient.model))
    if not any(sizes.values()):
        return None
    usual = sorted(sizes.values())[len(sizes) // 2]
    odd = tuple(name for name, size in sizes.items() if size > _FAR * usual) or tuple(sizes)
    recurrent = any(isinstance(patient.model.get_submodule(name), nn.RNNBase | nn.RNNCellBase) for name in odd)
    code = snippets.zero_bias(odd, recurrent=recurrent)
    return Remedy("biases", told(wording.BIASES, names=odd), code, partial(_zero_biases, odd))


def _before(call: LayerCall, step: Step, model: nn.Module) -> Iterator[tuple[str, float]]:
    """The nearest layers with a bias before a call, on every way to it, and the largest element of each.

    A recurrent layer has its own.
    """
    modules = dict(model.named_modules())
    waiting = [call.index] if call.role == "recurrent" else [*call.parents]
    seen = set(waiting)
    while waiting:
        before = step.calls[waiting.pop()]
        found = biases_of(modules[before.name]) if before.name in modules else ()
        if found:
            yield before.name, max(float(bias.detach().abs().max()) for bias in found)
            continue
        new = set(before.parents) - seen
        seen |= new
        waiting += new


def _zero_biases(names: Iterable[str], model: nn.Module) -> None:
    for name in names:
        zero_bias(layer_of(model, name))


def initialization(finding: Finding, patient: Patient) -> Remedy | None:
    """Layers drawn anew at the critical scale of their activation function, where that lies on the other side."""
    step = patient.report.step
    if finding.verdict not in SCALES or finding.reason not in ("", "ratio", "learned"):
        return None
    found = scale.with_read_out(scale.scales(finding, step), step)
    if found.wanted is None or not found.names or is_normalized(finding, step) or not helps(finding, found):
        return None
    known = activations.ACTIVATIONS.get(found.activation)
    said = told(
        wording.INITIALIZATION,
        names=found.names,
        activation=known.label if known else found.activation,
        wanted=found.wanted,
        measured="" if found.typical is None else told(wording.IN_PLACE_OF, value=found.typical),
    )
    return Remedy("initialization", said, snippets.initialize(found), partial(draw, found.names, found.wanted))


def helps(finding: Finding, found: scale.Scales) -> bool:
    """Whether the wanted scale changes ‖δ‖ in the direction that is wanted."""
    if found.typical is None or found.wanted is None or finding.verdict not in ("vanishing", "exploding"):
        return True
    ratio = found.wanted / found.typical
    return (ratio if finding.verdict == "vanishing" else 1 / ratio) > _NOTICEABLE


def unit_variance(finding: Finding, patient: Patient) -> Remedy | None:
    """LSUV: orthogonal weights, scaled layer by layer until what each puts out has variance 1 on this batch.

    Mishkin and Matas 2016, arXiv:1511.06422. It needs no closed form.
    """
    step = patient.report.step
    names = scale.scales(finding, step).names
    if finding.verdict not in SCALES or not names or is_normalized(finding, step):
        return None
    change = partial(_to_unit_variance, names, patient.step, patient.state)
    return Remedy("unit variance", told(wording.UNIT_VARIANCE, names=names), snippets.unit_variance(names), change)


def _to_unit_variance(names: Iterable[str], step: TrainingStep, state: RandomState, model: nn.Module) -> None:
    buffers = {name: value.clone() for name, value in model.named_buffers()}
    handles = []
    for name in names:
        layer = layer_of(model, name)
        weight = weight_of(layer)
        with torch.no_grad():
            weight.copy_(nn.init.orthogonal_(torch.empty(weight.shape, dtype=torch.float64)).to(weight))
        zero_bias(layer)
        handles.append(layer.register_forward_hook(_scale))
    try:
        # One pass is enough: every layer is scaled before what it puts out comes to the next.
        state.restore()
        loss_of(model, step)
    finally:
        for handle in handles:
            handle.remove()
        with torch.no_grad():
            for name, value in buffers.items():
                model.get_buffer(name).copy_(value)


def _scale(layer: nn.Module, inputs: tuple[object, ...], output: object) -> object:
    spread = float(output.detach().double().std()) if isinstance(output, Tensor) else 1.0
    if not 0 < spread < math.inf:
        return output
    with torch.no_grad():
        weight_of(layer).div_(spread)
    return layer.forward(*inputs)
