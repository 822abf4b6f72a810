"""Remedy of residual connections: around plain layers, or around whole blocks that nothing passes by."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import takewhile
from typing import cast

from torch import Tensor, nn

from gradlab._internal.residual import Residual
from gradlab.probing import Finding, LayerCall, classification, scale, snippets
from gradlab.probing.told import told
from gradlab.treatment import wording
from gradlab.treatment.isolation import copied
from gradlab.treatment.patient import Patient, loss_of
from gradlab.treatment.remedies.remedy import Remedy, replace

Group = tuple[str, ...]


def connections(finding: Finding, patient: Patient) -> Remedy | None:
    """Residual connections around plain layers in an ``nn.Sequential``, x + s W φ(x), or else around blocks."""
    if finding.verdict not in ("vanishing", "exploding", "inconclusive") or finding.reason == "stream":
        return None
    inside = scale.between(finding, patient.report.step)
    names = {call.name for call in inside}
    added = any("add" in call.operations for call in inside)
    groups = () if added else tuple(group for group in _groups(patient.model) if group[1] in names)
    # The lines to write are a loop over groups of one size in one Sequential.
    if len(groups) < 2 or len({(group[0].rpartition(".")[0], len(group)) for group in groups}) > 1:
        return _around_blocks(inside, patient)
    firsts = tuple(group[0] for group in groups)
    in_place = any(getattr(patient.model.get_submodule(name), "inplace", False) for name in firsts)
    code, change = snippets.connect(firsts, len(groups[0]), in_place=in_place), partial(_connect, groups)
    return Remedy(
        "connections",
        told(wording.CONNECTIONS, names=tuple(group[1] for group in groups), count=len(groups)),
        code,
        change,
    )


def _connect(groups: tuple[Group, ...], model: nn.Module) -> None:
    for group in groups:
        modules = [model.get_submodule(name) for name in group]
        for module in modules:
            if getattr(module, "inplace", False):
                cast(nn.ReLU, module).inplace = False  # it would overwrite what passes the branch by
        replace(model, group[0], Residual(nn.Sequential(*modules), 1 / math.sqrt(len(groups))))
        for name in group[1:]:
            replace(model, name, nn.Identity())


def _groups(model: nn.Module) -> Iterator[Group]:
    """In every ``nn.Sequential`` an activation function, a layer as wide as its input, and what normalizes it.

    In this order the stream gets sums of both signs (He et al. 2016, arXiv:1603.05027).
    """
    for outer, module in model.named_modules():
        children = [*module.named_children()] if isinstance(module, nn.Sequential) else []
        for place, (_, child) in enumerate(children[:-1]):
            if classification.role(child) == "activation" and _keeps_shape(children[place + 1][1]):
                behind = [*takewhile(lambda one: classification.role(one[1]) == "normalization", children[place + 2 :])]
                last = (name for name, _ in (*children[place : place + 2], *behind))
                yield tuple(f"{outer}.{name}" if outer else name for name in last)


def _keeps_shape(layer: nn.Module) -> bool:
    if isinstance(layer, nn.Linear):
        return layer.in_features == layer.out_features
    if not isinstance(layer, nn.Conv2d):
        return False
    same = layer.padding == "same" or all(
        2 * int(str(pad)) == dilation * (size - 1)
        for pad, dilation, size in zip(layer.padding, layer.dilation, layer.kernel_size, strict=True)
    )
    return layer.in_channels == layer.out_channels and set(layer.stride) == {1} and same


def _around_blocks(inside: Iterable[LayerCall], patient: Patient) -> Remedy | None:
    """Residual connections around the blocks that hold the layers of a finding, where they put out what is like x."""
    if any(len(call.parents) > 1 for call in inside):
        return None  # something passes them by, or joins them
    holding = {scale.block_of(call.name) for call in inside if call.role == "linear"} - {""}
    names = _alike_inside_and_out(_with_siblings(holding, patient.model), patient)
    if len(names) < 2:
        return None
    said = told(wording.AROUND, names=names, count=len(names))
    return Remedy("connections", said, snippets.connect_blocks(names), partial(_connect_blocks, names))


def _with_siblings(blocks: Iterable[str], model: nn.Module) -> Iterator[str]:
    """Yield the names of these modules, and of those of their class beside them, in the model's order."""
    known = {(name.rpartition(".")[0], type(model.get_submodule(name))) for name in blocks}
    for name, module in model.named_modules():
        if name and (name.rpartition(".")[0], type(module)) in known:
            yield name


def _alike_inside_and_out(names: Iterable[str], patient: Patient) -> tuple[str, ...]:
    """Those of these modules that run once, leave their first input as it is, and put out a tensor of its shape."""
    twin = copied(patient.model)
    versions: dict[str, list[int]] = {}
    kept: list[str] = []

    def before(name: str, _: nn.Module, inputs: tuple[object, ...]) -> None:
        first = inputs[0] if inputs else None
        versions.setdefault(name, []).append(first._version if isinstance(first, Tensor) else -1)

    def after(name: str, _: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        first = inputs[0] if inputs else None
        if isinstance(first, Tensor) and isinstance(output, Tensor) and first.shape == output.shape:
            kept.extend([name] if versions[name] == [first._version] else [])

    for name in names:
        twin.get_submodule(name).register_forward_pre_hook(partial(before, name))
        twin.get_submodule(name).register_forward_hook(partial(after, name))
    patient.state.restore()
    loss_of(twin, patient.step)
    return tuple(name for name in kept if len(versions[name]) == 1)


def _connect_blocks(names: tuple[str, ...], model: nn.Module) -> None:
    for name in names:
        replace(model, name, Residual(model.get_submodule(name), 1 / math.sqrt(len(names))))
