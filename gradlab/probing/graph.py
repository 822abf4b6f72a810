"""Links from call to call: read from autograd's own graph, not guessed from the order of calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from threading import get_ident
from typing import Any, NamedTuple

import torch
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


class Walked(NamedTuple):
    """A node of the graph behind an output.

    Attributes:
        name: its name.
        following: the numbers of the nodes it leads to, from the beginning of the pass; None where it leads nowhere.
        deeper: places among these of the nodes that are walked on from.

    """

    name: str
    following: tuple[int | None, ...]
    deeper: tuple[int, ...]


# In place of numbers: of a parameter's node, which has none of its own, and of what the model was given.
_PARAMETER = (1 << 64) - 1
_GIVEN = -(1 << 63)


class Marks:
    """The nodes of the graph that made the outputs of recorded calls.

    A node is known by its number, which torch counts up in every thread, so that nothing holds the graph, and nothing
    is written on it (its ``metadata`` would do, but costs a tenth of a training step).

    Attributes:
        base: the number of the first node of the pass.

    """

    def __init__(self) -> None:
        self._calls: dict[tuple[int, int], int] = {}
        self.base: int = torch._C._autograd._get_sequence_nr()

    def mark(self, output: Tensor, index: int) -> None:
        """Note that a tensor is the output of call ``index``."""
        if output.grad_fn is not None:
            self._calls[get_ident(), output.grad_fn._sequence_nr()] = index

    def mark_numbers(self, thread: int, made: Iterable[tuple[int, int]]) -> None:
        """Note which calls' outputs the nodes of a thread made, by their numbers from the beginning of the pass."""
        base = self.base
        self._calls.update({(thread, base + number): index for number, index in made})

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


def _number(node: Any, marks: Marks) -> int:
    """Number that tells a node of a pass from the others, the same in all passes that run alike."""
    number: int = node._sequence_nr()
    if number == _PARAMETER:
        return number
    return _GIVEN if marks.of(node) == OUTSIDE else number - marks.base


def known(tensor: Tensor | None, marks: Marks) -> tuple[int, str] | None:
    """The number and the name of the node that made a tensor; None without a graph."""
    node = None if tensor is None else tensor.grad_fn
    return None if node is None else (_number(node, marks), node.name())


def is_node(tensor: Tensor, node: tuple[int, str], marks: Marks) -> bool:
    """Whether the node that made a tensor is a known one."""
    made_by = tensor.grad_fn
    if made_by is None or made_by.name() != node[1]:
        return False
    return made_by._sequence_nr() - marks.base == node[0] or _number(made_by, marks) == node[0]


def walks_alike(node: Any, walked: Sequence[Walked], marks: Marks) -> bool:
    """Whether the walk back from a node meets the same nodes as an earlier one."""
    base, waiting = marks.base, [node]
    for name, numbers, deeper in walked:
        node = waiting.pop()
        following = node.next_functions
        if node.name() != name or len(following) != len(numbers):
            return False
        for (one, _), number in zip(following, numbers, strict=True):
            if one is None or number is None:
                if one is not number:
                    return False
            elif one._sequence_nr() - base != number and _number(one, marks) != number:
                return False
        waiting += [following[place][0] for place in deeper]
    return True


def leading(walked: Sequence[Walked]) -> list[Walked]:
    """The nodes of a walk that lead to other calls or to what is not known, without those that lead to parameters."""
    kept: list[Walked] = []

    def keep(place: int) -> tuple[bool, int]:
        """Whether the node at a place of the walk leads anywhere, and the place after all nodes behind it."""
        name, following, deeper = walked[place]
        at, after, leads = len(kept), place + 1, list[int]()
        kept.append(walked[place])
        for child in reversed(deeper):
            is_leading, after = keep(after)
            if is_leading:
                leads.insert(0, child)
        kept[at] = Walked(name, following, tuple(leads))
        ends = [number for child, number in enumerate(following) if child not in deeper]
        is_leading = bool(leads) or any(number not in (None, _PARAMETER) for number in ends)
        if not is_leading:
            del kept[at:]
        return is_leading, after

    return kept if keep(0)[0] else [Walked(walked[0].name, walked[0].following, ())]


def origin(output: Tensor, marks: Marks, walked: list[Walked] | None = None) -> Origin:
    """Walk back from an output to the nearest recorded outputs of the same pass, and keep what is met, if wanted."""
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
        deeper: list[int] = []
        for place, (following, _) in enumerate(node.next_functions):
            if following is None or following in seen:
                continue
            seen.add(following)
            if len(seen) > _MOST_NODES:
                return UNKNOWN
            index = marks.of(following)
            if index is None:
                waiting.append(following)
                deeper.append(place)
            elif index != OUTSIDE and index not in parents:
                parents.append(index)
        if walked is not None:
            numbers = tuple([None if one is None else _number(one, marks) for one, _ in node.next_functions])
            walked.append(Walked(node.name(), numbers, tuple(deeper)))
    return Origin(tuple(parents), tuple(operations))


def operation(node: Any) -> str:
    """The name of a node of autograd's graph without its ending: ``"Sqrt"`` of ``SqrtBackward0``."""
    return _without_ending(node.name())


@cache
def _without_ending(name: str) -> str:
    return ENDING.sub("", name.rpartition("::")[2])


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
