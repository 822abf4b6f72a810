"""Links from call to call: read from autograd's own graph, not guessed from the order of calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import get_ident
from typing import Any, NamedTuple

from torch import Tensor

from gradlab.probing.classification import ENDING, applied

# The graph inside one call is some nodes long. Where it is longer, as in a recurrence written as a loop, the origin of
# an output stays unknown.
_MOST_NODES = 400


class Origin(NamedTuple):
    """Origin of an output: the recorded calls it was computed from, and the operations applied on the way."""

    parents: tuple[int, ...]
    operations: tuple[str, ...]


UNKNOWN = Origin((), ())
OUTSIDE = -1
"""In place of a call's index: of what the model is given, which another network may have made."""


class Marks:
    """The nodes of the graph that made the outputs of recorded calls.

    A node is known by its number, which torch counts up in every thread, so that nothing holds the graph, and nothing
    is written on it (its ``metadata`` would do, but costs a tenth of a training step).
    """

    def __init__(self) -> None:
        self._calls: dict[tuple[int, int], int] = {}

    def mark(self, output: Tensor, index: int) -> None:
        """Note that a tensor is the output of call ``index``."""
        if output.grad_fn is not None:
            self._calls[get_ident(), output.grad_fn._sequence_nr()] = index

    def mark_outside(self, tensor: Tensor) -> None:
        """Note that what made a tensor is no part of the model."""
        self.mark(tensor, OUTSIDE)

    def of(self, node: Any, thread: int | None = None) -> int | None:
        """The call whose output a node made, ``OUTSIDE`` for an input's, None where it is no call's.

        It is a node of this thread, unless another is given.
        """
        return self._calls.get((thread or get_ident(), node._sequence_nr()))


def tell(output: Tensor, delta: Callable[[Tensor], None], failed: Callable[[Exception], None]) -> None:
    """Have δ of an output told when it comes, and what goes wrong then told too, for it must not stop the pass.

    The hook dies with the graph. One on the node is told the same as one on the tensor, and costs less.
    """
    node = output.grad_fn
    if node is None:
        return
    place = output.output_nr

    def hook(gradients: Sequence[Tensor | None]) -> None:
        gradient = gradients[place]
        if gradient is None:
            return
        try:
            delta(gradient)
        except Exception as error:
            failed(error)

    node.register_prehook(hook)


def marked(tensor: Tensor, marks: Marks) -> int | None:
    """The call whose output this very tensor is, None where it is no call's of this pass."""
    return None if tensor.grad_fn is None else marks.of(tensor.grad_fn)


def origin(output: Tensor, marks: Marks) -> Origin:
    """Walk back from an output to the nearest recorded outputs of the same pass."""
    if output.grad_fn is None:
        return UNKNOWN
    parents: list[int] = []
    operations: list[str] = []
    waiting: list[Any] = [output.grad_fn]
    seen = {output.grad_fn}
    while waiting:
        node = waiting.pop()
        operation = applied(node.name())
        if operation is not None:
            operations.append(operation)
        for following, _ in node.next_functions:
            if following is None or following in seen:
                continue
            seen.add(following)
            if len(seen) > _MOST_NODES:
                return UNKNOWN
            index = marks.of(following)
            if index is None:
                waiting.append(following)
            elif index != OUTSIDE and index not in parents:
                parents.append(index)
    return Origin(tuple(parents), tuple(operations))


def operation(node: Any) -> str:
    """The name of a node of autograd's graph without its ending: ``"Sqrt"`` of ``SqrtBackward0``."""
    return ENDING.sub("", node.name().rpartition("::")[2])


def until_marked(output: Tensor, marks: Marks) -> Iterator[Any]:
    """The nodes from that of an output down to those of the nearest recorded outputs, which are left out."""
    waiting: list[Any] = [output.grad_fn]
    seen = set(waiting)
    for node in waiting:  # which grows
        yield node
        for following, _ in node.next_functions:
            if following is not None and following not in seen and len(seen) <= _MOST_NODES:
                seen.add(following)
                if marks.of(following) is None:
                    waiting.append(following)


def leaves(output: Tensor, marks: Marks) -> Iterator[Tensor]:
    """The leaves that an output was computed from since the nearest recorded outputs: weights, and what is given."""
    for node in until_marked(output, marks):
        leaf = getattr(node, "variable", None)
        if leaf is not None:
            yield leaf
