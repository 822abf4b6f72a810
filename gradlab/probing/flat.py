"""Operations without a derivative to speak of: a softmax over one element, and steps such as rounding."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from gradlab.probing import graph

STEPS = frozenset({"Round", "Floor", "Ceil", "Trunc", "Sign", "Sgn", "Fix"})
_SOFTMAX = frozenset({"Softmax", "LogSoftmax", "SafeSoftmax"})
SOFTMAX = "softmax"


class Flat:
    """The operations that pass no gradient, by the call behind them; looked for in the first recorded step alone."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}
        self._looks = True

    def look(self, name: str, number: int, output: Tensor, marks: graph.Marks) -> None:
        """Look for them between the output of a call and the recorded ones before it."""
        if not self._looks or output.grad_fn is None:
            return
        for node in graph.until_marked(output, marks):
            operation = graph.operation(node)
            if operation in STEPS:
                self._found[f"{name} {number}"] = operation.lower()
            elif operation in _SOFTMAX and _is_of_one(node):
                self._found[f"{name} {number}"] = SOFTMAX

    def reading(self) -> tuple[tuple[str, str], ...]:
        """Of each call with such an operation its name and number, and the operation."""
        self._looks = False
        return tuple(self._found.items())


def _is_of_one(node: Any) -> bool:
    shape = tuple(node._input_metadata[0].shape)
    dimension = node._saved_dim
    # A negative one comes as what it is without a sign.
    dimension = dimension - (1 << 64) if dimension >= 1 << 63 else dimension
    return bool(shape) and shape[dimension] == 1
