"""Which call's output led to which: read from autograd's own graph, not guessed from the order of calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from torch import Tensor

from gradlab.probing.classification import applied

_KEY = "gradlab.probe"
# The graph inside one call is some nodes long. Where it is longer, as in a recurrence written as a loop, the origin of
# an output stays unknown.
_MOST_NODES = 400


class Origin(NamedTuple):
    """Where an output came from: the recorded calls it was computed from, and what was applied on the way."""

    parents: tuple[int, ...]
    operations: tuple[str, ...]


UNKNOWN = Origin((), ())


def watch(output: Tensor, token: object, index: int, delta: Callable[[Tensor], None]) -> None:
    """Note on a tensor's node in the graph that it is the output of call ``index``, and have δ told when it comes.

    The note and the hook die with the graph. A hook on the node is told the same as one on the tensor, and costs less.
    """
    node = output.grad_fn
    if node is None:
        return
    place = output.output_nr

    def tell(gradients: Sequence[Tensor | None]) -> None:
        gradient = gradients[place]
        if gradient is not None:
            delta(gradient)

    cast(dict[Any, Any], node.metadata)[_KEY] = (token, index)
    node.register_prehook(tell)


def _marked(node: Any, token: object) -> int | None:
    note = node.metadata.get(_KEY)
    return int(note[1]) if note is not None and note[0] is token else None


def marked(tensor: Tensor, token: object) -> int | None:
    """Return the call whose output this very tensor is, None where it is no call's of this pass."""
    return None if tensor.grad_fn is None else _marked(tensor.grad_fn, token)


def origin(output: Tensor, token: object) -> Origin:
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
            index = _marked(following, token)
            if index is None:
                waiting.append(following)
            elif index not in parents:
                parents.append(index)
    return Origin(tuple(parents), tuple(operations))
