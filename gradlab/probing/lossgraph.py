"""The loss of a step, and what lies between it and the outputs, as autograd's own graph tells.

While a backward pass runs, torch's engine holds the loss in a frame of Python's stack: a hook that the pass calls finds
it there, without having been told of it, and walks its graph down to the outputs of recorded calls.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import get_ident
from types import FrameType
from typing import Any, NamedTuple

from torch import Tensor

from gradlab.probing import classification, graph
from gradlab.probing.graph import Marks

_ENGINE = "_engine_run_backward"
# The graph of a loss is some nodes long; of one that is a network of its own no more than these are looked at.
_MOST_NODES = 300


class LossNode(NamedTuple):
    """One operation between an output and the loss.

    Attributes:
        operation: name of its node in autograd's graph without ending, such as ``"NllLoss"``; empty for a call.
        shape: shape of its result; empty where it is a single number.
        following: the nodes that its operands come from, as places in the list of all; None for an operand without a
            gradient.
        call: index of the recorded call that made it, where it is an output of one; None for an operation.
        weighted: whether a loss on probabilities, or on logits of them, has weights, or a power is not the square.
        dimension: that along which the operation, or the last one of the call, takes a softmax; None for others.

    """

    operation: str
    shape: tuple[int, ...]
    following: tuple[int | None, ...]
    call: int | None = None
    weighted: bool = False
    dimension: int | None = None


@dataclass(frozen=True)
class LossReading:
    """The loss from which the first backward pass of a step came.

    Attributes:
        value: the loss; with the factor of mixed precision divided out. NaN where it is no single number.
        nodes: the operations from the loss, which is the first, down to the outputs of recorded calls.

    """

    value: float
    nodes: tuple[LossNode, ...]


def of_this_pass() -> tuple[Sequence[Tensor], int]:
    """Tensors from which the running backward pass began, and the thread that began it; none where no stack tells."""
    frame = _engine(sys._getframe())
    thread = get_ident()
    if frame is None:
        # On another device hooks are called by threads of the engine, while the one that asked for the pass waits.
        found = [(one, key) for key, top in sys._current_frames().items() if (one := _engine(top)) is not None]
        if len(found) != 1:
            return (), thread
        frame, thread = found[0]
    return tuple(frame.f_locals.get("t_outputs", ())), thread


def _engine(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of torch's engine in a stack."""
    while frame is not None and frame.f_code.co_name != _ENGINE:
        frame = frame.f_back
    return frame


def _is_weighted(node: Any, operation: str) -> bool:
    """Whether a loss on probabilities has weights, whose values are gone by now, but not that they were there.

    Of a power it tells whether it is another than the square.
    """
    if operation == "Pow":
        return bool(getattr(node, "_saved_exponent", 2) != 2)
    if not operation.startswith("BinaryCrossEntropy"):
        return False
    try:
        return node._saved_weight is not None or getattr(node, "_saved_pos_weight", None) is not None
    except RuntimeError:
        return True


def _softmax_along(node: Any, shape: tuple[int, ...]) -> int | None:
    """The dimension along which a node takes a softmax or its logarithm."""
    if not shape or graph.operation(node) not in ("Softmax", "LogSoftmax"):
        return None
    # A negative one comes as what it is without a sign.
    return int(node._saved_dim - (1 << 64) if node._saved_dim >= 1 << 63 else node._saved_dim) % len(shape)


@lru_cache(maxsize=256)
def _shared(nodes: tuple[LossNode, ...]) -> tuple[LossNode, ...]:
    """The same nodes as one object, for they are those of nearly every step."""
    return nodes


def walked(losses: Sequence[Tensor], marks: Marks, thread: int) -> tuple[LossNode, ...]:
    """The graph from the losses down to the outputs of recorded calls; nothing where it is too large."""
    places: dict[Any, int] = {}
    nodes = [loss.grad_fn for loss in losses if loss.grad_fn is not None]
    for node in nodes:
        places.setdefault(node, len(places))
    nodes = list(places)
    told: list[LossNode] = []
    for node in nodes:  # which grows
        call = marks.of(node, thread)
        shape = tuple(node._input_metadata[0].shape)
        if call is not None:
            told.append(LossNode("", shape, (), call if call >= 0 else None, dimension=_softmax_along(node, shape)))
            continue
        following: list[int | None] = []
        for operand, _ in node.next_functions:
            if operand is not None and operand not in places:
                if len(nodes) >= _MOST_NODES:
                    return ()
                places[operand] = len(nodes)
                nodes.append(operand)
            following.append(None if operand is None else places[operand])
        operation = graph.operation(node)
        told.append(
            LossNode(
                operation, shape, tuple(following), None, _is_weighted(node, operation), _softmax_along(node, shape)
            )
        )
    return _shared(tuple(told))


def consumers(nodes: Sequence[LossNode], place: int) -> Iterator[int]:
    """The operations that take the result of a node, past those that only move, copy or pick elements."""
    for other, node in enumerate(nodes):
        if place in node.following:
            if is_neutral(node):
                yield from consumers(nodes, other)
            else:
                yield other


def is_neutral(node: LossNode) -> bool:
    """Whether an operation leaves elements as they are."""
    return node.call is None and (node.operation in classification.NEUTRAL or node.operation in _PICKING)


_PICKING = frozenset({"Index", "IndexSelect", "MaskedSelect"})
