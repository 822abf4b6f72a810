"""Remedies that change the architecture: normalizations, activation functions, the output's among them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from torch import Tensor, nn

from gradlab.probing import Finding, LayerCall, classification, scale, snippets, structure
from gradlab.probing.causes.common import are_labels
from gradlab.probing.told import told
from gradlab.treatment import wording
from gradlab.treatment.patient import Patient
from gradlab.treatment.remedies.remedy import Remedy, append, layer_of, replace, takers, weight_of
from gradlab.treatment.remedies.weights import SCALES, draw, is_normalized

_LARGE = 4.0
"""A σ_w from which weights in front of a normalization are drawn anew, at 1."""
_TOO_LARGE = 2 * math.sqrt(2)
"""The same where every layer is looked at by itself: twice the largest σ_w that is critical for anything."""
_SATURATING = (nn.Sigmoid, nn.Tanh, nn.Hardsigmoid, nn.Hardtanh, nn.Softsign)
"""Modules that a ReLU may take the place of."""


def normalization(finding: Finding, patient: Patient) -> Remedy | None:
    """A normalization behind every plain layer in an ``nn.Sequential``, before its activation function."""
    step, model = patient.report.step, patient.model
    if finding.verdict not in SCALES or is_normalized(finding, step):
        return None
    inside = scale.between(finding, step)
    names = tuple(name for name in scale.scales(finding, step).names if _in_sequential(model, name))
    # That over the batch for the sigmoid, whose outputs are all positive; elsewhere it makes gradients explode.
    over_batch = scale.activation(inside) == "sigmoid" and model.training
    flat = all(len(call.shape) == 2 for call in inside if call.name in names)
    kinds = {type(model.get_submodule(name)) for name in names}
    if kinds == {nn.Linear}:
        kind = "BatchNorm1d" if over_batch and flat else "LayerNorm"
    elif kinds == {nn.Conv2d}:
        kind = "BatchNorm2d" if over_batch else "GroupNorm"
    else:
        return None
    found = scale.with_read_out(scale.scales(finding, step), step)
    # Normalized weights have no scale, but large ones learn slowly, and the layer behind them is not normalized.
    drawn = found.names if found.typical is not None and found.typical > _LARGE else ()
    code = "\n".join([*([snippets.draw(drawn, 1.0)] if drawn else []), snippets.normalize(names, kind)])
    change = partial(_normalize, names, kind, drawn)
    return Remedy("normalization", told(wording.NORMALIZATION, names=names, kind=kind), code, change)


def batch_normalization(finding: Finding, patient: Patient) -> Remedy | None:
    """A batch normalization behind every convolution that no read-out is, where ways join and nothing is normalized.

    The layers of a finding are then not all that make it: others lie on ways beside them.
    """
    step, model = patient.report.step, patient.model
    roles = {call.role for call in step.calls}
    if finding.verdict not in ("vanishing", "exploding") or "normalization" in roles or not model.training:
        return None
    ways, modules = structure.ways_through(step), dict(model.named_modules())
    calls = [
        call for call in step.calls if isinstance(modules.get(call.name), nn.Conv2d) and not ways.is_read_out(call)
    ]
    names = tuple(dict.fromkeys(call.name for call in calls))
    if not names or not any(len(call.parents) > 1 for call in step.calls):
        return None
    every = scale.scales_of([call.name for call in step.calls if call.role == "linear"], step, "relu")
    scales = zip(every.names, every.sigma_w, strict=True)
    drawn = tuple(name for name, own in scales if own is not None and own > _TOO_LARGE and name in modules)
    # In front of a normalization as by He, which such networks start from; what ends the network keeps the size of x.
    inside, last = (tuple(name for name in drawn if (name in names) is within) for within in (True, False))
    anew = tuple((some, sigma_w) for some, sigma_w in ((inside, every.wanted or 1.0), (last, 1.0)) if some)
    said = told(wording.NORMALIZATION, names=names, kind="BatchNorm2d")
    code = "\n".join([*(snippets.draw(*one) for one in anew), snippets.normalize(names, "BatchNorm2d")])
    return Remedy("batch normalization", said, code, partial(_draw_and_normalize, names, anew))


def activation(finding: Finding, patient: Patient) -> Remedy | None:
    """ReLU in the place of activation functions that saturate, behind layers drawn at its critical scale."""
    step = patient.report.step
    if finding.verdict not in SCALES or finding.reason not in ("", "ratio", "learned") or is_normalized(finding, step):
        return None
    hidden = _hidden(patient)
    names = tuple(dict.fromkeys(call.name for call in hidden))
    found = scale.scales_of(scale.feeding(hidden, step), step, "relu")
    found = scale.with_read_out(found, step)
    if not names or not found.names or found.wanted is None:
        return None
    kinds = " / ".join(dict.fromkeys(call.kind for call in hidden))
    said = told(wording.ACTIVATION, kinds=kinds, names=names, drawn=found.names, wanted=found.wanted)
    code = "\n".join([snippets.put_each(names, "ReLU()"), snippets.initialize(found)])
    return Remedy("activation", said, code, partial(_rectify, names, found.names, found.wanted))


def _hidden(patient: Patient) -> tuple[LayerCall, ...]:
    """The calls of activation functions that saturate and feed a linear layer alone, of modules without other calls.

    So none is a gate, whose output multiplies another, and none ends the network.
    """
    step, modules = patient.report.step, dict(patient.model.named_modules())
    taken = takers(step)
    calls = [call for call in step.calls if isinstance(modules.get(call.name), _SATURATING)]
    others = {call.name for call in calls if not _ends_in_linear(call, taken)}
    return tuple(call for call in calls if call.name not in others)


def _ends_in_linear(call: LayerCall, taken: Sequence[Sequence[LayerCall]]) -> bool:
    """Whether a call's output comes to a linear layer and to nothing else, and nothing else is joined on the way."""
    while len(taken[call.index]) == 1:
        call = taken[call.index][0]
        if len(call.parents) != 1:
            return False
        if call.role == "linear":
            return True
    return False


def _rectify(names: Iterable[str], drawn: Iterable[str], sigma_w: float, model: nn.Module) -> None:
    draw(drawn, sigma_w, model)
    for name in names:
        replace(model, name, nn.ReLU())


def _in_sequential(model: nn.Module, name: str) -> bool:
    return bool(name) and isinstance(model.get_submodule(name.rpartition(".")[0]), nn.Sequential)


def _normalize(names: Iterable[str], kind: str, drawn: Iterable[str], model: nn.Module) -> None:
    draw(drawn, 1.0, model)
    for name in names:
        layer = layer_of(model, name)
        units = layer.out_features if isinstance(layer, nn.Linear) else layer.out_channels
        append(model, name, _made(kind, int(str(units)), weight_of(layer)))


def _draw_and_normalize(names: Iterable[str], anew: Iterable[tuple[Iterable[str], float]], model: nn.Module) -> None:
    for some, sigma_w in anew:
        draw(some, sigma_w, model)
    _normalize(names, "BatchNorm2d", (), model)


def _made(kind: str, units: int, like: Tensor) -> nn.Module:
    made: nn.Module = nn.GroupNorm(1, units) if kind == "GroupNorm" else getattr(nn, kind)(units)
    return made.to(like.device, like.dtype)


def layer_for_batch(finding: Finding, patient: Patient) -> Remedy | None:
    """Normalization over the units of each input in the place of that over the batch."""
    if finding.verdict != "exploding" or finding.reason == "stream":
        return None
    inside = {call.name for call in scale.between(finding, patient.report.step)}
    found = {
        name: module
        for name, module in patient.model.named_modules()
        if name in inside and isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)
    }
    if not found:
        return None
    names = tuple(found)
    kind = "LayerNorm" if all(isinstance(module, nn.BatchNorm1d) for module in found.values()) else "GroupNorm"
    code, change = snippets.layer_for_batch(names, kind), partial(_replace_batch, names, kind)
    return Remedy("layer for batch", told(wording.LAYER_FOR_BATCH, names=names, kind=kind), code, change)


def _replace_batch(names: Iterable[str], kind: str, model: nn.Module) -> None:
    for name in names:
        units = int(str(model.get_submodule(name).num_features))
        replace(model, name, _made(kind, units, next(model.parameters())))


class Scaled(nn.Module):
    """A module that divides its input by a number."""

    def __init__(self, by: float) -> None:
        super().__init__()
        self.by = by

    def forward(self, x: Tensor) -> Tensor:
        """The quotient."""
        return x / self.by


def branches(finding: Finding, patient: Patient) -> Remedy | None:
    """Every residual branch divided by the root of their number, behind its last layer."""
    names = scale.ends_of_branches(finding, patient.report.step) if finding.verdict == "exploding" else ()
    if not names or not set(names) <= dict(patient.model.named_modules()).keys():
        return None
    said = told(wording.BRANCHES, names=names, count=len(names))
    return Remedy("branches", said, snippets.divide(names), partial(_divide, names))


def _divide(names: tuple[str, ...], model: nn.Module) -> None:
    for name in names:
        append(model, name, Scaled(math.sqrt(len(names))))


def output(finding: Finding, patient: Patient) -> Remedy | None:
    """The activation function at the network's output taken out, where it cuts, saturates or normalizes twice."""
    named = finding.cause in ("output cut", "output saturated", "normalized twice")
    named = named or (finding.cause in ("targets out of range", "softmax of one") and _is_distance(patient))
    if not named and finding.verdict not in ("dead", "vanishing", "cut off", "inconclusive"):
        return None
    calls = [call for call in patient.report.step.calls if call.role != "block"]
    if named:
        calls = [call for call in calls if call.label == finding.starts_at]
    last = calls[-1] if calls else None
    if last is None or last.role != "activation" or last.name not in dict(patient.model.named_modules()):
        return None
    if not named and last.activation not in ("relu", "relu6"):
        return None
    if _takes_logarithms(patient):
        return None
    code, change = snippets.without(last.name), partial(_put, last.name, nn.Identity)
    return Remedy("output", told(wording.OUTPUT, names=(last.name,), kind=last.kind), code, change)


_OF_PROBABILITIES = ("Log", "LogSoftmax", "NllLoss", "NllLoss2D", "BinaryCrossEntropy", "BinaryCrossEntropyWithLogits")


def _is_distance(patient: Patient) -> bool:
    """Whether the loss takes the output for values, and not for probabilities."""
    loss = patient.report.step.readings.loss
    return loss is not None and not any(node.operation in _OF_PROBABILITIES for node in loss.nodes)


def _takes_logarithms(patient: Patient) -> bool:
    """Whether the loss takes the logarithm of what it is given, which has to stay a probability."""
    loss = patient.report.step.readings.loss
    operations = set() if loss is None else {node.operation for node in loss.nodes}
    indexed = not operations.isdisjoint(("NllLoss", "NllLoss2D")) and "LogSoftmax" not in operations
    return indexed or not operations.isdisjoint(("Log", "Log1P", "BinaryCrossEntropy"))


def sigmoid(finding: Finding, patient: Patient) -> Remedy | None:
    """A sigmoid in the place of a softmax, where the loss asks of each output whether yes or no."""
    modules, name = dict(patient.model.named_modules()), finding.starts_at
    binary = any(reading.kind == "binary" for reading in patient.report.step.readings.written)
    known = finding.cause == "several targets" or (finding.cause == "softmax of one" and are_labels(finding))
    if not known or not binary or not name:
        return None
    if not isinstance(modules.get(name), nn.Softmax):
        return None
    code, change = snippets.put(name, "Sigmoid()"), partial(_put, name, nn.Sigmoid)
    return Remedy("sigmoid", told(wording.SIGMOID, names=(name,)), code, change)


def _put(name: str, make: Callable[[], nn.Module], model: nn.Module) -> None:
    replace(model, name, make())


def normalization_of_one(finding: Finding, patient: Patient) -> Remedy | None:
    """A normalization over a single element taken out."""
    module = dict(patient.model.named_modules()).get(finding.starts_at)
    if finding.cause != "normalization of one" or module is None or not finding.starts_at:
        return None
    name = finding.starts_at
    said = told(wording.TAKEN_OUT, names=(name,), kind=type(module).__name__)
    return Remedy("without normalization", said, snippets.without(name), partial(_put, name, nn.Identity))


class Affine(nn.Module):
    """A module that multiplies its input by a number and adds another."""

    def __init__(self, factor: float, offset: float) -> None:
        super().__init__()
        self.factor = factor
        self.offset = offset

    def forward(self, x: Tensor) -> Tensor:
        """The sum."""
        return x * self.factor + self.offset


def targets(finding: Finding, patient: Patient) -> Remedy | None:
    """The output brought to the scale and the centre of the targets, as δ tells them."""
    name, modules = finding.starts_at, dict(patient.model.named_modules())
    step = patient.report.step
    known = next((one for one in step.readings.outputs if one.target_deviation), None)
    if finding.cause != "targets not scaled" or known is None or not name or name not in modules:
        return None
    if classification.role(modules[name]) != "linear":
        return None
    factor, offset = known.target_deviation or 1.0, known.target_mean or 0.0
    said = told(wording.TARGETS, names=(name,), deviation=factor, mean=offset)
    make = partial(_scaled_output, name, factor, offset)
    return Remedy("targets", said, snippets.rescale(name, factor, offset), make)


def _scaled_output(name: str, factor: float, offset: float, model: nn.Module) -> None:
    append(model, name, Affine(factor, offset))


_ENDINGS: Mapping[str, tuple[str, Callable[[], nn.Module]]] = MappingProxyType(
    {
        "sigmoid": ("Sigmoid()", nn.Sigmoid),
        "softmax": ("Softmax(dim=1)", partial(nn.Softmax, dim=1)),
        "log_softmax": ("LogSoftmax(dim=1)", partial(nn.LogSoftmax, dim=1)),
    }
)


def probabilities(finding: Finding, patient: Patient) -> Remedy | None:
    """Probabilities made of the logits behind the last layer, where the loss asks for probabilities."""
    modules, name = dict(patient.model.named_modules()), finding.starts_at
    needs = str(dict(finding.facts).get("needs"))
    ending = _ENDINGS.get(needs)
    if finding.cause != "logits as probabilities" or ending is None or name not in modules or not name:
        return None
    if needs == "sigmoid" and not are_labels(finding):
        return None
    written, make = ending
    role = classification.role(modules[name])
    if role == "activation":
        # It stands where the probabilities have to be made, and cuts what they are made of.
        code, change = snippets.put(name, written), partial(_put, name, make)
    elif role == "linear":
        code, change = snippets.append(name, written), partial(_append, name, make)
    else:
        return None
    return Remedy("probabilities", told(wording.PROBABILITIES, names=(name,), kind=written), code, change)


def _append(name: str, make: Callable[[], nn.Module], model: nn.Module) -> None:
    append(model, name, make())
