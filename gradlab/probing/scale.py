"""Weight scales of a finding's layers: what σ_w they have, what it has to be, and code that names them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from gradlab import theory
from gradlab.probing import prediction
from gradlab.probing.classification import ACTIVATIONS
from gradlab.probing.finding import Finding
from gradlab.probing.step import LayerCall, Step

_LIKE_TANH = ("tanh", "elu", "hardtanh")
_LIKE_RELU = ("relu", "relu6")
_SLOPES = {"leaky_relu": 0.01, "prelu": 0.25}
"""Slope below zero at PyTorch's defaults."""
_MOST_NAMES = 4
_ALIKE = math.log(1.25)
"""Ln of the ratio within which two weight scales are one, for layers of a few thousand weights."""
_NUMBER = re.compile(r"\d+")


def critical(activation: str) -> float | None:
    """The σ_w at which ‖δ‖ keeps its size at any depth; None where no closed form has one that is of use.

    That of the sigmoid lies where it saturates, and GELU, SiLU and Mish have none.
    """
    if activation in _LIKE_RELU:
        return theory.critical_sigma_w("relu")
    if activation in _SLOPES:
        return math.sqrt(2 / (1 + _SLOPES[activation] ** 2))
    if activation in _LIKE_TANH:
        return theory.critical_sigma_w("tanh")
    return 1.0 if activation == "linear" else None


def between(finding: Finding, step: Step) -> tuple[LayerCall, ...]:
    """The calls from the first to the last layer of a finding."""
    concerned = [call.index for call in step.calls if call.label in finding.layers]
    return step.calls[min(concerned) : max(concerned) + 1] if concerned else ()


def activation(calls: Iterable[LayerCall]) -> str:
    """The activation function that is applied most often before these calls; "linear" where there is none."""
    counted = Counter(operation for call in calls for operation in call.operations if operation in ACTIVATIONS)
    return max(counted, key=lambda name: counted[name], default="linear")


@dataclass(frozen=True)
class Scales:
    """The linear layers of a finding, and the scale of their weights.

    Attributes:
        names: of their modules, each once.
        kinds: classes of the modules.
        sigma_w: √(fan_in Var W) of each, None where its weights have a mean that is not 0.
        activation: the activation function between them.
        wanted: the σ_w that is critical for it, None without a closed form.

    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    sigma_w: tuple[float | None, ...]
    activation: str
    wanted: float | None

    @property
    def typical(self) -> float | None:
        """The median σ_w; None where no layer has one."""
        known = [value for value in self.sigma_w if value is not None]
        return median(known) if known else None

    @property
    def transposed(self) -> bool:
        """Whether a layer's weight has the input in its first dimension, which PyTorch's initializations mistake."""
        return any(kind == "Conv1D" or kind.startswith("ConvTranspose") for kind in self.kinds)


def scales(finding: Finding, step: Step) -> Scales:
    """The linear layers from the first to the last layer of a finding."""
    inside = between(finding, step)
    return _scales(inside, step, activation(inside))


def scales_of(names: Sequence[str], step: Step, used: str) -> Scales:
    """The linear layers of these names, with the activation function that follows them."""
    return _scales([call for call in step.calls if call.name in names], step, used)


def of_recurrent(finding: Finding, step: Step) -> Scales:
    """The plain recurrent layers of a finding, whose fan-in is that of inputs and states together.

    Nothing is wanted of other layers.
    """
    plain = {call.name: call for call in step.calls if call.label in finding.layers and _is_plain_recurrent(call)}
    used = "relu" if any(call.silent is not None for call in plain.values()) else "tanh"
    return Scales(
        tuple(plain),
        tuple(call.kind for call in plain.values()),
        tuple(_recurrent_scale(name, step) for name in plain),
        used,
        critical(used) if plain else None,
    )


def _is_plain_recurrent(call: LayerCall) -> bool:
    return call.role == "recurrent" and (call.silent is not None or call.saturated is not None)


def _recurrent_scale(name: str, step: Step) -> float | None:
    """√(fan_in Var W) of a recurrent layer's weights, of all layers and directions inside together."""
    own = [reading for reading in step.parameters if reading.module == name and len(reading.shape) == 2]
    units = sum(reading.shape[0] for reading in own if ".weight_hh" in f".{reading.name.rpartition('.')[2]}")
    squared = sum(reading.norm**2 for reading in own)
    return math.sqrt(squared / units) if units and 0 < squared < math.inf else None


def _scales(calls: Iterable[LayerCall], step: Step, used: str) -> Scales:
    weights = {parameter.name: parameter for parameter in step.parameters}
    linear = {call.name: call for call in calls if call.role == "linear" and call.weight in weights}
    squared = [prediction.sigma_w_squared(call, weights[call.weight or ""]) for call in linear.values()]
    return Scales(
        tuple(linear),
        tuple(call.kind for call in linear.values()),
        tuple(None if value is None else math.sqrt(value) for value in squared),
        used,
        critical(used),
    )


def with_read_out(found: Scales, step: Step) -> Scales:
    """The same layers, and the one that takes their last output where its weights were drawn at their scale."""
    behind = read_out(found, step)
    return scales_of((*found.names, *behind.names), step, found.activation) if behind.names else found


def read_out(found: Scales, step: Step, role: str = "linear") -> Scales:
    """The linear layer that takes the last output of layers of a role, if its weights were drawn at their scale."""
    typical = found.typical
    for call in step.calls if found.names and typical else ():
        last, name = call, ""
        while len(last.parents) == 1 and not name:
            last = step.calls[last.parents[0]]
            name = last.name if last.role == role else ""
        if call.role == "linear" and name == found.names[-1] and call.name not in found.names:
            own = scales_of((call.name,), step, found.activation)
            if own.typical and typical and abs(math.log(own.typical / typical)) < _ALIKE:
                return own
    return scales_of((), step, found.activation)


def before(finding: Finding, step: Step) -> tuple[str, ...]:
    """The linear layers whose outputs the calls of a finding take, where nothing else comes between."""
    return feeding((call for call in step.calls if call.label in finding.layers), step)


def feeding(calls: Iterable[LayerCall], step: Step) -> tuple[str, ...]:
    """The linear layers whose outputs these calls take, where nothing else comes between."""
    found = []
    for call in calls:
        last = call
        while last.role != "linear" and len(last.parents) == 1:
            last = step.calls[last.parents[0]]
        if last.role == "linear":
            found.append(last.name)
    return tuple(dict.fromkeys(found))


def ends_of_branches(finding: Finding, step: Step) -> tuple[str, ...]:
    """The layers whose outputs the blocks of a finding add to what passes them by; none where there is only one."""
    calls = [call for call in step.calls if call.label in finding.layers]
    joining = {(call.kind, call.operations) for call in calls if call.role == "block" and len(call.parents) > 1}
    # What passes the first block by may be the network's own input, which no layer puts out.
    ends = (_end_of_branch(call, step, first=(call.kind, call.operations) in joining) for call in calls)
    found = tuple(dict.fromkeys(name for name in ends if name is not None))
    return found if len(found) > 1 else ()


def _end_of_branch(block: LayerCall, step: Step, *, first: bool) -> str | None:
    parents = block.parents
    if len(parents) == 1 and block.role == "activation":
        parents = step.calls[parents[0]].parents
    if len(parents) < 1 + (not first):
        return None
    last = step.calls[max(parents)]
    if last.activation in ("relu", "leaky_relu") and len(last.parents) == 1:
        last = step.calls[last.parents[0]]
    return last.name if last.role in ("linear", "normalization") else None


def block_of(name: str) -> str:
    """The name of the innermost module around another that a number tells from its siblings; empty without one."""
    outer = name.rpartition(".")[0]
    while outer and not outer.rpartition(".")[2].isdecimal():
        outer = outer.rpartition(".")[0]
    return outer


def attention_blocks(finding: Finding, step: Step) -> tuple[str, ...]:
    """The blocks of attention that hold a finding's layers, and those like them, where nothing passes them by."""
    inside = between(finding, step)
    if any(len(call.parents) > 1 for call in inside):
        return ()
    blocks: dict[str, list[LayerCall]] = {}
    for call in step.calls:
        if call.role in ("linear", "attention") and block_of(call.name):
            blocks.setdefault(block_of(call.name), []).append(call)
    held = {block_of(call.name) for call in inside if call.role == "attention"}
    # The rest of a name, within the block, and the module around all of them.
    like = {(name.rpartition(".")[0], _within(name, blocks[name])) for name in held if name in blocks}
    found = tuple(name for name in blocks if (name.rpartition(".")[0], _within(name, blocks[name])) in like)
    # Attention puts out what is of its input's shape.
    shapes = {call.shape for name in found for call in blocks[name] if call.role == "attention"}
    return found if len(found) > 1 and {blocks[name][-1].shape for name in found} == shapes else ()


def _within(block: str, calls: Iterable[LayerCall]) -> tuple[str, ...]:
    return tuple(call.name.removeprefix(block) for call in calls)


def as_code(names: Sequence[str]) -> str:
    """A Python expression for a list of module names: written out, or over the number in which they differ."""
    if len(names) <= _MOST_NAMES:
        return repr(list(names)).replace("'", '"')
    parts = [_NUMBER.split(name) for name in names]
    numbers = [[int(number) for number in _NUMBER.findall(name)] for name in names]
    if any(part != parts[0] for part in parts) or not numbers[0]:
        return _several(names)
    varying = [place for place, values in enumerate(zip(*numbers, strict=True)) if len(set(values)) > 1]
    if len(varying) != 1:
        return _several(names)
    place = varying[0]
    values = [row[place] for row in numbers]
    steps = {later - earlier for earlier, later in pairwise(values)}
    if len(steps) != 1:
        return _several(names)
    pieces = [parts[0][0]]
    for index, text in enumerate(parts[0][1:]):
        pieces += ["{i}" if index == place else str(numbers[0][index]), text]
    span = as_code_of_numbers(values)
    return f"map(str, {span})" if pieces == ["", "{i}", ""] else f'[f"{"".join(pieces)}" for i in {span}]'


def as_code_of_numbers(numbers: Sequence[int]) -> str:
    """A Python expression for rising numbers: a range where they are as far apart as each other."""
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    if len(steps) != 1:
        return repr(list(numbers))
    step = steps.pop()
    return f"range({numbers[0]}, {numbers[-1] + 1}" + (f", {step})" if step != 1 else ")")


def _several(names: Sequence[str]) -> str:
    """Names one below the other, as many in a line as fit."""
    lines, line = [], ""
    for name in names:
        quoted = f'"{name}", '
        if len(line) + len(quoted) > 76:
            lines.append(line.rstrip())
            line = ""
        line += quoted
    lines.append(line.rstrip())
    return "\n".join(["[", *(f"    {one}" for one in lines), "]"])
