"""Origins of values that are not finite: the operation nearby, the samples, and the finite calls around it.

Nothing is done while all values are finite. When the first one that is not is seen, autograd's graph is alive still: on
the way forward its nodes have what they saved, which tells the operation exactly; on the way back they have let it go,
and what is known are the operations between the last finite gradient and the first that is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor

from gradlab.probing import graph, lossgraph, measures

if TYPE_CHECKING:
    from gradlab.probing.tracing import CallTrace, StepTrace

Operation = Literal["root", "arccosine", "alignment", "logarithm", "division", "exponential", "softmax", "product"]
_MOST_NODES = 20_000
_MOST_ROWS = 5

_SUSPECTS: Mapping[str, Operation] = MappingProxyType(
    {
        **dict.fromkeys(("Sqrt", "Rsqrt", "Acosh", "EuclideanDist", "Cdist"), "root"),
        **dict.fromkeys(("Acos", "Asin"), "arccosine"),
        "CtcLoss": "alignment",
        **dict.fromkeys(("Log", "Log2", "Log10", "Log1P", "Xlogy", "Logit", "SpecialXlog1Py", "Atanh"), "logarithm"),
        **dict.fromkeys(("Div", "Reciprocal", "Atan2"), "division"),
        **dict.fromkeys(("Exp", "Exp2", "Expm1", "Sinh", "Cosh"), "exponential"),
        **dict.fromkeys(("Softmax", "SafeSoftmax", "LogSoftmax"), "softmax"),
    }
)
_MASKS = frozenset(
    {
        *("Index", "IndexSelect", "Select", "Slice", "Gather", "NllLoss", "NllLoss2D"),
        *("Where", "MaskedFill", "MaskedScatter", "MaskedSelect", "Clamp", "ClampMin", "ClampMax", "Maximum"),
        *("Minimum", "NanToNum", "IndexPut", "Hardtanh", "Nansum", "Relu", "Threshold"),
    }
)
"""Operations that leave out or replace values that are not finite, and multiply their gradient by 0."""
_ADDED_MASKS = frozenset({"Add", "Baddbmm", "ScaledDotProductAttentionMath"})


@dataclass(frozen=True)
class UndefinedReading:
    """Place in a step at which values that are not finite were first seen.

    Attributes:
        way: whether in an output or in a gradient.
        call: index of the first call that has them.
        rows: indices of the first few rows of the batch that have them; empty where they have no rows of their own.
        count: number of such rows.
        batch: number of all rows.
        operations: kinds of operations nearby that may make them, the likeliest first; on the way forward those that
            did, by what they have saved.
        masked: whether the loss is finite because the results of these are replaced, or left out, afterwards.
        sources: indices of the recorded calls from whose outputs the operation is computed, or that lie before it.
        neighbours: indices of the finite calls that are next to it on the other side; empty for the loss.
        loss: the loss; None where it is not known.
        inputs: whether the call was given values that are not finite.

    """

    way: Literal["output", "gradient"]
    call: int
    rows: tuple[int, ...] = ()
    count: int = 0
    batch: int = 0
    operations: tuple[Operation, ...] = ()
    masked: bool = False
    sources: tuple[int, ...] = ()
    neighbours: tuple[int, ...] = ()
    loss: float | None = None
    inputs: bool = False


def output(step: StepTrace, trace: CallTrace, value: Tensor, inputs: object) -> None:
    """Take what is known when an output is not finite, of the first such call of a step."""
    if "undefined" in step.readings or not _is_known(step.known(trace, "nonfinite")):
        return
    given = [tensor for tensor in _tensors(inputs) if not bool(torch.isfinite(tensor.detach()).all())]
    made = _made(value, step.marks) if value.grad_fn is not None else []
    operations = tuple(dict.fromkeys(kind for kind, _ in made))
    sources = tuple(dict.fromkeys(index for _, indices in made for index in indices)) or trace.parents
    rows, count, batch = _rows(value)
    step.readings["undefined"] = UndefinedReading(
        "output", trace.index, rows, count, batch, operations, sources=sources, inputs=bool(given)
    )


def gradient(step: StepTrace, trace: CallTrace, value: Tensor) -> None:
    """Take what is known when δ is not finite, of the first such call of a step on the way back."""
    if "undefined" in step.readings or not _is_known(step.known(trace, "delta_nonfinite")):
        return
    rows, count, batch = _rows(value)
    losses, thread = lossgraph.of_this_pass()
    region = _region(losses, step.marks, trace.index, thread)
    scalars = [loss for loss in losses if loss.numel() == 1]
    loss = float(scalars[0].detach()) if len(scalars) == 1 == len(losses) else None
    operations, masked = _likely(region, is_finite=loss is not None and math.isfinite(loss))
    if "exponential" in operations and _is_beyond(step.known(trace, "norm"), value):
        operations = ("exponential", *(kind for kind in operations if kind != "exponential"))
    if value.dtype == torch.float16:
        operations = ()  # gradients overflow there without any such operation
    neighbours = tuple(index for index in dict.fromkeys(region.tops) if index != trace.index)
    step.readings["undefined"] = UndefinedReading(
        "gradient", trace.index, rows, count, batch, operations, masked, (trace.index,), neighbours, loss
    )


def _is_beyond(norm: object, like: Tensor) -> bool:
    """Whether numbers have an exponential that is infinite, or 0, by their norm and how many there are."""
    return isinstance(norm, float) and norm > math.log(torch.finfo(like.dtype).max) * math.sqrt(like.numel())


def _is_known(count: object) -> bool:
    """Whether some elements are not finite, and that is known already, as it is not on another device."""
    return isinstance(count, float) and count > 0


def _tensors(values: object) -> Iterator[Tensor]:
    if isinstance(values, Tensor):
        if values.is_floating_point():
            yield values
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _tensors(value)


def _rows(value: Tensor) -> tuple[tuple[int, ...], int, int]:
    """The first few rows with elements that are not finite, their number, and that of all."""
    kept = measures.own(value)
    if kept.ndim < 2:
        return (), 0, 0
    found = (~torch.isfinite(kept)).flatten(1).any(1).nonzero()[:, 0].tolist()
    return tuple(found[:_MOST_ROWS]), len(found), len(kept)


# Forward: what the nodes have saved


def _made(value: Tensor, marks: graph.Marks) -> list[tuple[Operation, tuple[int, ...]]]:
    """The operations between an output and the recorded calls before it that made values which are not finite.

    Each with the calls that it was computed from; the one furthest from the output first.
    """
    nodes = list(graph.until_marked(value, marks))
    hidden = _hides_a_row(nodes)
    found = []
    for node in reversed(nodes):
        kind = _broken(node, hidden=hidden)
        if kind is not None:
            found.append((kind, _calls_below(node, marks)))
    return found[:1]


def _calls_below(node: Any, marks: graph.Marks) -> tuple[int, ...]:
    """The nearest recorded calls that a node's operands were computed from."""
    waiting = [following for following, _ in node.next_functions if following is not None]
    seen = set(waiting)
    calls: list[int] = []
    for below in waiting:  # which grows
        index = marks.of(below)
        if index is not None:
            calls.append(index)
            continue
        for following, _ in below.next_functions:
            if following is not None and following not in seen and len(seen) <= _MOST_NODES:
                seen.add(following)
                waiting.append(following)
    return tuple(index for index in dict.fromkeys(calls) if index >= 0)


def _hides_a_row(nodes: Sequence[Any]) -> bool:
    """Whether a mask among some nodes hides all of a row, or may: one that is added has not been kept."""
    names = [graph.operation(node) for node in nodes]
    kept = [
        node._saved_mask if name == "MaskedFill" else node._saved_condition
        for name, node in zip(names, nodes, strict=True)
        if name in ("MaskedFill", "Where")
    ]
    if kept:
        return any(mask.ndim and bool((mask.all(-1) | (~mask).all(-1)).any()) for mask in kept)
    return bool(_ADDED_MASKS.intersection(names))


def _broken(node: Any, *, hidden: bool) -> Operation | None:
    """The kind of an operation whose result is not finite while what it was given is, by what its node has saved."""
    name = graph.operation(node)
    try:
        if name in _BY_RESULT:
            result = node._saved_result
            if name in ("Softmax", "SafeSoftmax"):
                # Its input is finite, or -inf in all of a row: that a mask has made.
                return "softmax" if hidden and bool(result.isnan().any()) and not bool(result.isinf().any()) else None
            return _BY_RESULT[name] if not bool(torch.isfinite(result).all()) else None
        if name in _BY_SELF:
            kind, is_outside = _BY_SELF[name]
            return kind if bool(is_outside(node._saved_self).any()) else None
        if name == "Div":
            other = node._saved_other
            return "division" if other is not None and bool((other == 0).any()) else None
        if name in _DEVIATIONS:
            value, dimensions = node._saved_self, node._saved_dim
            count = value.numel() if dimensions is None else math.prod(value.shape[_signed(one)] for one in dimensions)
            return "division" if count <= (1 if node._saved_correction is None else node._saved_correction) else None
        if name == "Pow":
            base, exponent = node._saved_self, node._saved_exponent
            if bool(torch.isfinite(base).all()) and not bool(torch.isfinite(base**exponent).all()):
                return "division" if exponent < 0 else "root" if exponent < 1 else "exponential"
    except (AttributeError, RuntimeError):
        return None  # nothing is saved where nothing is needed
    return None


def _signed(dimension: int) -> int:
    """A dimension that torch has kept without its sign."""
    return dimension - (1 << 64) if dimension >= 1 << 63 else dimension


_DEVIATIONS = frozenset({"Std", "Var", "StdMean", "VarMean"})
"""Operations that divide by the number of elements less one."""
_BY_RESULT: Mapping[str, Operation] = MappingProxyType(
    {
        **dict.fromkeys(("Exp", "Exp2", "Expm1"), "exponential"),
        **dict.fromkeys(("Softmax", "SafeSoftmax"), "softmax"),
        "Sqrt": "root",
        "Rsqrt": "root",
        "Reciprocal": "division",
    }
)
_BY_SELF: Mapping[str, tuple[Operation, Callable[[Tensor], Tensor]]] = MappingProxyType(
    {
        **dict.fromkeys(("Log", "Log2", "Log10"), ("logarithm", lambda value: value <= 0)),
        "Log1P": ("logarithm", lambda value: value <= -1),
        "Atanh": ("logarithm", lambda value: value.abs() >= 1),
        "Acos": ("arccosine", lambda value: value.abs() > 1),
        "Asin": ("arccosine", lambda value: value.abs() > 1),
        "Sinh": ("exponential", lambda value: ~torch.isfinite(value.sinh())),
        "Cosh": ("exponential", lambda value: ~torch.isfinite(value.cosh())),
    }
)


# Backward: what lies between the loss and the first δ that is not finite


@dataclass(frozen=True)
class _Region:
    """Operations above a call, up to the next recorded calls or the loss, each with those directly above it."""

    nodes: Mapping[Any, tuple[Any, ...]]
    tops: tuple[int, ...]


def _region(losses: Sequence[Tensor], marks: graph.Marks, call: int, thread: int) -> _Region:
    above: dict[Any, list[Any]] = {}
    waiting = [loss.grad_fn for loss in losses if loss.grad_fn is not None]
    seen = set(waiting)
    starts = []
    for node in waiting:  # which grows
        if marks.of(node, thread) == call:
            starts.append(node)
            continue
        for following, _ in node.next_functions:
            if following is None:
                continue
            above.setdefault(following, []).append(node)
            if following not in seen and len(seen) <= _MOST_NODES:
                seen.add(following)
                waiting.append(following)
    nodes: dict[Any, tuple[Any, ...]] = {}
    tops: list[int] = []
    climbing = [node for start in starts for node in above.get(start, ())]
    for node in climbing:  # which grows
        if node in nodes:
            continue
        nodes[node] = tuple(above.get(node, ()))
        index = marks.of(node, thread)
        if index is not None and index >= 0:
            tops.append(index)
            nodes[node] = ()
        climbing.extend(nodes[node])
    return _Region(nodes, tuple(tops))


def _likely(region: _Region, *, is_finite: bool) -> tuple[tuple[Operation, ...], bool]:
    """The kinds of operations in a region that may have made a gradient that is not finite, the likeliest first.

    Where the loss is finite, only a root of 0 and an arccosine of 1 have a finite value and no finite derivative; all
    else has been masked, or divided by what overflowed.
    """
    suspects = {node: kind for node in region.nodes if (kind := _suspect(node)) is not None}
    masked = {node: _is_masked(node, region.nodes) for node in suspects}
    order: tuple[Operation, ...] = ("alignment", "logarithm", "division", "exponential", "root", "arccosine")
    if is_finite:
        order = ("root", "arccosine", "logarithm", "division", "exponential")
        told = {
            node: kind
            for node, kind in suspects.items()
            if masked[node] or kind in ("root", "arccosine", "exponential")
        }
        suspects = told
    kinds = [kind for kind in order if kind in suspects.values()]
    return tuple(kinds), is_finite and bool(suspects) and all(masked[node] for node in suspects)


def _suspect(node: Any) -> Operation | None:
    name = graph.operation(node)
    if name == "Pow":
        exponent = getattr(node, "_saved_exponent", None)
        if not isinstance(exponent, int | float) or exponent >= 1:
            return None
        return "division" if exponent < 0 else "root"
    kind = _SUSPECTS.get(name)
    return None if kind == "softmax" else kind


def _is_masked(node: Any, nodes: Mapping[Any, tuple[Any, ...]]) -> bool:
    waiting = list(nodes[node])
    seen = set(waiting)
    for above in waiting:  # which grows
        if graph.operation(above) in _MASKS:
            return True
        for other in nodes.get(above, ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return False
