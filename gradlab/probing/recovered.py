"""Targets of an output, recovered from its values and δ: the gradient of a loss has them in it.

δ of logits under cross-entropy is softmax less target, that of a squared error is twice the difference. What is taken
does not depend on a factor on the loss.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from gradlab import activations
from gradlab.probing import measures
from gradlab.probing.lossgraph import LossNode, consumers
from gradlab.probing.measures import Measure

if TYPE_CHECKING:
    from gradlab.probing.step import LayerCall
    from gradlab.probing.tracing import CallTrace

# Of an output with more elements some rows, at even distances, stand for all.
_MOST_ELEMENTS = 1 << 19
_FEWEST_ROWS = 16
_AWAY_SHARE = 0.5
RANGES = {
    "sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "hardtanh": (-1.0, 1.0),
    "relu": (0.0, math.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, math.inf),
}
"""Lowest and highest value of an activation function, by its name in autograd's graph."""
SQUARED = frozenset({"MseLoss"})
ABSOLUTE = frozenset({"L1Loss", "SmoothL1Loss", "HuberLoss"})


@dataclass(frozen=True)
class OutputReading:
    """Facts of the loss and of the targets that δ of an output tells; None where it does not.

    Attributes:
        call: index of the call that put it out.
        classes: number of classes, of logits under cross-entropy.
        rows: how many rows, or elements, of the output were looked at and have a target.
        cross_entropy: mean of their cross-entropy.
        one: whether all of them have the same target, as 1 or 0.
        target_mean: mean of the targets.
        target_deviation: their standard deviation.
        outside: share of targets that lie where this output never comes, or the loss knows none.
        unreachable: least loss that such targets leave, over that of guessing their mean.
        beyond: share of elements at the limit of an activation that cuts, whose target lies beyond it.
        away: share of elements that are saturated and that the loss wants elsewhere.
        passed: how much of δ of those elements comes through the activation.
        compensated: slope of ln|δ| of those elements over the logarithm of what is left to the limit; -1 where the loss
            makes up for the saturation.

    """

    call: int
    classes: int | None = None
    rows: float | None = None
    cross_entropy: float | None = None
    one: float | None = None
    target_mean: float | None = None
    target_deviation: float | None = None
    outside: float | None = None
    unreachable: float | None = None
    beyond: float | None = None
    away: float | None = None
    passed: float | None = None
    compensated: float | None = None


@dataclass(eq=False)
class OutputTrace:
    """An output under a loss while its step runs."""

    call: int
    classes: int | None = None
    measures: dict[str, Measure] = field(default_factory=dict)

    def read(self) -> OutputReading:
        """The plain facts, once no measure waits."""
        return OutputReading(self.call, self.classes, **self.measures)  # type: ignore[arg-type]


def last_operation(
    calls: Sequence[CallTrace | LayerCall], call: CallTrace | LayerCall, owners: Collection[str]
) -> tuple[str, CallTrace | LayerCall]:
    """The operation from which an output comes, ``"linear"`` of such a layer, and the call that applied it.

    What only gives it another shape does not count. The operation is empty where it is not known, as in a layer of
    one's own: a module with parameters, of which ``owners`` has the names, does more than to hand on what it is given.
    """
    while True:
        if call.role == "linear":
            return "linear", call
        if call.activation is not None:
            return call.activation, call
        if call.operations:
            return call.operations[0], call
        if len(call.parents) != 1 or (call.role in ("other", "block") and call.name in owners):
            return "", call
        call = calls[call.parents[0]]


def take(
    nodes: Sequence[LossNode],
    trace: CallTrace,
    last: str,
    output: Tensor,
    gradient: Tensor,
    value: Measure,
    with_targets: bool,
    saturated: Measure,
) -> OutputTrace | None:
    """The facts of one output; None where the loss takes it in several ways, or in one that tells nothing."""
    places = [place for place, node in enumerate(nodes) if node.call == trace.index]
    taking = [*consumers(nodes, places[0])] if len(places) == 1 else []
    if len(taking) != 1:
        return None
    found = OutputTrace(trace.index)
    if with_targets:
        _of_targets(found, nodes, taking[0], last, output, gradient, value)
    if trace.activation in measures.SATURATION:
        _saturated(found, trace, output, gradient, saturated)
    return found if found.measures else None


def _of_targets(
    found: OutputTrace,
    nodes: Sequence[LossNode],
    place: int,
    last: str,
    output: Tensor,
    gradient: Tensor,
    value: Measure,
) -> None:
    """Measure the targets, by the operation that takes the output."""
    node = nodes[place]
    if node.operation == "LogSoftmax":
        _classes(found, node, output, gradient)
    elif node.operation.startswith("BinaryCrossEntropy") and not node.weighted and _only(nodes, place):
        _binary(found, output, gradient, value, logits=node.operation.endswith("WithLogits"))
    elif _is_squared(nodes, place) and _only(nodes, place) and _takes_all(nodes, node, output):
        _squared(found, output, gradient, value, RANGES.get(last))
    elif is_distance(nodes, place) and last in ("relu", "relu6", "hardtanh"):
        _beyond(found, output, gradient, RANGES[last])


def _is_squared(nodes: Sequence[LossNode], place: int) -> bool:
    """Whether a loss squares the difference of an output to constants."""
    takers = [other for other in nodes if place in other.following]
    by_hand = [other.operation for other in takers] == ["Pow"] and not takers[0].weighted
    return nodes[place].operation in SQUARED or (nodes[place].operation in ("Sub", "Rsub") and by_hand)


def _takes_all(nodes: Sequence[LossNode], node: LossNode, output: Tensor) -> bool:
    """Whether a loss compares each element of an output with one constant."""
    own = [following for following in node.following if following is not None]
    sizes = (
        {math.prod(shape) for shape in (nodes[own[0]].shape, node.shape or output.shape)} if len(own) == 1 else set()
    )
    return sizes == {output.numel()}


def _only(nodes: Sequence[LossNode], place: int) -> bool:
    """Whether the loss is this operation's result, but for factors and means."""
    after = [node for other, node in enumerate(nodes) if place in _before(nodes, other)]
    return all(not node.shape or node.operation == "Pow" for node in after) and not any(
        node.operation in ("Add", "Sub", "Rsub") for node in after
    )


def _before(nodes: Sequence[LossNode], place: int) -> set[int]:
    """The nodes from which a node's result comes."""
    found: set[int] = set()
    waiting = [place]
    while waiting:
        for following in nodes[waiting.pop()].following:
            if following is not None and following not in found:
                found.add(following)
                waiting.append(following)
    return found


def is_distance(nodes: Sequence[LossNode], place: int) -> bool:
    """Whether an operation is a distance to constants, element by element."""
    node = nodes[place]
    if node.operation in ABSOLUTE | SQUARED:
        return None in node.following
    takers = [other for other in nodes if place in other.following]
    is_difference = node.operation in ("Sub", "Rsub") and None in (*node.following, None)
    return (
        is_difference
        and node.following.count(None) >= len(node.following) - 1
        and [other.operation for other in takers] in (["Abs"], ["Pow"])
    )


def _rows(tensor: Tensor, dimension: int) -> Tensor:
    """A matrix with the given dimension as its columns, of large tensors some rows at even distances."""
    rows = tensor.movedim(dimension, -1).reshape(-1, tensor.shape[dimension])
    most = max(_MOST_ELEMENTS // rows.shape[1], _FEWEST_ROWS)
    rows = rows[:: math.ceil(len(rows) / most)] if len(rows) > most else rows
    return rows if rows.dtype in (torch.float32, torch.float64) else rows.float()


def _class_dimension(shape: tuple[int, ...], classes: int) -> int | None:
    found = [dimension for dimension, size in enumerate(shape) if size == classes]
    if not found or classes < 2:
        return None
    return len(shape) - 1 if found[-1] == len(shape) - 1 and found[0] != 1 else found[0]


def _classes(found: OutputTrace, node: LossNode, output: Tensor, gradient: Tensor) -> None:
    """Logits under cross-entropy: a row of δ whose only negative element is one has that class as its target."""
    if len(node.shape) == 1:
        return
    # PyTorch has classes in the second dimension where there are positions.
    dimension = (
        1 if len(node.shape) > 2 and output.shape == node.shape else _class_dimension(output.shape, node.shape[-1])
    )
    if dimension is None or output.shape[dimension] < 2:
        return
    z, delta = _rows(output, dimension), _rows(gradient, dimension)
    target = delta.argmin(1)
    told = (delta < 0).sum(1) == 1
    rows = told.sum()
    own = z.gather(1, target[:, None])[:, 0]
    losses = z.logsumexp(1) - own
    found.classes = z.shape[1]
    least, most = torch.where(told, target, z.shape[1]).min(), torch.where(told, target, -1).max()
    found.measures["rows"] = measures.number(rows)
    found.measures["cross_entropy"] = measures.number(torch.where(told, losses, 0).sum() / rows.clamp_min(1))
    found.measures["one"] = measures.number((least == most) & (rows > 0))


def _squared(
    found: OutputTrace, output: Tensor, gradient: Tensor, value: Measure, limits: tuple[float, float] | None
) -> None:
    """An output under a mean of squares s·Σd²: δ = 2sd, so that d = 2 loss δ/‖δ‖² whatever s is."""
    kind = torch.float32 if output.device.type == "mps" else torch.float64
    a, delta = output.reshape(-1).to(kind), gradient.reshape(-1).to(kind)
    target = a - 2 * value * delta / delta.square().sum().clamp_min(torch.finfo(kind).tiny)
    _targets(found, target, limits)


# Distance beyond a limit below which rounding may have put a value there.
_ROUNDING = 1e-3
_LARGEST_LOGIT = 9.0


def _targets(
    found: OutputTrace, target: Tensor, limits: tuple[float, float] | None, rounding: float = _ROUNDING
) -> None:
    mean, deviation = target.mean(), target.std(correction=0)
    found.measures["rows"] = float(target.numel())
    found.measures["target_mean"] = measures.number(mean)
    found.measures["target_deviation"] = measures.number(deviation)
    if limits is not None:
        excess = target - target.clamp(*limits)
        excess = torch.where(excess.abs() < rounding, 0, excess)
        around = deviation.square().clamp_min(torch.finfo(target.dtype).tiny)
        found.measures["outside"] = measures.number((excess.abs() > 0).sum() / target.numel())
        found.measures["unreachable"] = measures.number(excess.square().mean() / around)


def _binary(found: OutputTrace, output: Tensor, gradient: Tensor, value: Measure, *, logits: bool) -> None:
    """An output under binary cross-entropy: δ of the logits is s(p - y), and the loss itself tells s."""
    kind = torch.float32 if output.device.type == "mps" else torch.float64
    a, delta = output.reshape(-1).to(kind), gradient.reshape(-1).to(kind)
    z = a if logits else torch.logit(a, eps=1e-7)
    p = z.sigmoid()
    delta = delta if logits else delta * p * (1 - p)
    entropy = (torch.nn.functional.softplus(z) - p * z).sum()
    scale = (value - (delta * z).sum()) / entropy.clamp_min(torch.finfo(kind).tiny)
    # Where rounding decides, nothing is told.
    told = (scale > 0) & (z.abs().max() < _LARGEST_LOGIT)
    target = torch.where(told, p - delta / scale, math.nan)
    _targets(found, target, (0.0, 1.0), 0.05)


def _beyond(found: OutputTrace, output: Tensor, gradient: Tensor, limits: tuple[float, float]) -> None:
    """An output that is cut, under a distance: an element at a limit has a δ only where its target lies beyond."""
    lower, upper = limits
    beyond = ((output == lower) & (gradient > 0)) | ((output == upper) & (gradient < 0))
    found.measures["beyond"] = measures.number(beyond.sum() / output.numel())


def _saturated(found: OutputTrace, trace: CallTrace, output: Tensor, gradient: Tensor, share: Measure) -> None:
    """An output at its limits: whether the loss wants it there, and what comes through where it does not."""
    if isinstance(share, float) and share <= _AWAY_SHARE:
        return
    phi = activations.get(trace.activation or "")
    lower, upper = phi.lower_limit or 0.0, phi.upper_limit or 0.0
    kind = torch.float32 if output.device.type == "mps" else torch.float64
    a, delta = output.reshape(-1).to(kind), gradient.reshape(-1).to(kind)
    below, above = a - lower, upper - a
    left = torch.minimum(below, above) / (upper - lower)
    away = (left < measures.SATURATED_DERIVATIVE / 4) & torch.where(below < above, delta < 0, delta > 0)
    count = away.sum().clamp_min(1)
    # The slope of tanh and of the sigmoid in what is left to the limit.
    slope = 4 * left * (1 - left)
    size = torch.where(away, delta.abs(), 0)
    logs = torch.where(away, left.clamp_min(torch.finfo(kind).tiny).log(), 0)
    deltas = torch.where(away, delta.abs().clamp_min(torch.finfo(kind).tiny).log(), 0)
    centred = torch.where(away, logs - logs.sum() / count, 0)
    spread = centred.square().sum()
    found.measures["away"] = measures.number(away.sum() / a.numel())
    found.measures["passed"] = measures.number((size * slope).sum() / size.sum().clamp_min(torch.finfo(kind).tiny))
    found.measures["compensated"] = measures.number(
        torch.where(spread > count * 1e-6, (centred * deltas).sum() / spread.clamp_min(1e-300), math.nan)
    )
