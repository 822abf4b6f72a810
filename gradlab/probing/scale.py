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
        widths: units of each.
        sigma_w: √(fan_in Var W) of each, None where its weights have a mean that is not 0.
        activation: the activation function between them.
        wanted: the σ_w that is critical for it, None without a closed form.

    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    widths: tuple[int, ...]
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
    weights = {parameter.name: parameter for parameter in step.parameters}
    linear = {call.name: call for call in inside if call.role == "linear" and call.weight in weights}
    squared = [prediction.sigma_w_squared(call, weights[call.weight or ""]) for call in linear.values()]
    widths = [weights[call.weight or ""].shape[int(prediction.is_transposed(call))] for call in linear.values()]
    used = activation(inside)
    return Scales(
        tuple(linear),
        tuple(call.kind for call in linear.values()),
        tuple(widths),
        tuple(None if value is None else math.sqrt(value) for value in squared),
        used,
        critical(used),
    )


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
    step = steps.pop()
    span = f"{values[0]}, {values[-1] + 1}" + (f", {step}" if step != 1 else "")
    return f'[f"{"".join(pieces)}" for i in range({span})]'


def as_code_of_numbers(numbers: Sequence[int]) -> str:
    """A Python expression for rising numbers: a range where they are as far apart as each other."""
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    if len(steps) != 1:
        return repr(list(numbers))
    return f"range({numbers[0]}, {numbers[-1] + 1}, {steps.pop()})"


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
