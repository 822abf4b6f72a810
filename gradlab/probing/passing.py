"""The model's place in the loop of a training: signs of a new step, also of one that is not recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(eq=False)
class Passing:
    """Passes and updates, as the hooks that always stay tell them.

    A gradient is known by its place in memory and by torch's count of the changes made to it, so that nothing is read.

    Attributes:
        by_parts: whether parts of the model are called by themselves, and its own forward is not.
        awaits_backward: whether a forward pass of the model came since the last backward pass.
        backward: whether a gradient came since the step began.
        returned: whether one came since the last forward pass began.
        updated: whether the optimizer made its step since this one began.
        within_update: number of forward passes that began within the optimizer's step; None outside of one.

    """

    by_parts: bool = False
    awaits_backward: bool = False
    backward: bool = False
    returned: bool = False
    updated: bool = False
    within_update: int | None = None
    _last: tuple[str, tuple[int, int]] | None = None
    _noted: tuple[int, int] | None = None
    _earlier: tuple[int, int] | None = None
    _task: int = -1

    def begin(self) -> None:
        """Note that a forward pass begins."""
        self.returned = False
        self._earlier = self._noted

    def note(self, name: str, gradient: Tensor | None, *, watched: bool = False) -> None:
        """Note that a parameter got its gradient, the one whose gradients are compared or another."""
        self.backward = self.returned = True
        state = None if gradient is None else (id(gradient), gradient._version)
        if watched:
            self._noted = state
        self._last = None if state is None else (name, state)

    def added_to_earlier(self, parameter: Tensor) -> bool:
        """Whether the gradient that has just come was added to that of the backward pass before this forward pass."""
        state = _state(parameter)
        return self._earlier is not None and state == (self._earlier[0], self._earlier[1] + 1)

    def is_another_backward(self) -> bool:
        """Whether the backward pass that runs is not the one of the last time."""
        task = torch._C._current_graph_task_id()
        if task == self._task:
            return False
        self._task = task
        return True

    def adds_up(self, parameters: Mapping[str, Tensor]) -> bool:
        """Whether a forward pass that begins belongs to the last step, whose gradients are there and unused.

        The optimizer has not made its step since, and nobody has set them to 0 or changed them, as a scaler does that
        skips a step. Of several passes within one step of the optimizer each is at other weights.
        """
        if self.within_update is not None:
            self.within_update += 1
            if self.within_update > 1:
                return False
        if not self.backward or self.updated or self._last is None:
            return False
        name, state = self._last
        return _state(parameters[name]) == state


def _state(parameter: Tensor) -> tuple[int, int] | None:
    gradient = parameter.grad
    return None if gradient is None else (id(gradient), gradient._version)
