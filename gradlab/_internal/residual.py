"""A residual connection, as networks of the bank have it and treatments put it in."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class Residual(nn.Module):
    """The sum x + s branch(x)."""

    def __init__(self, branch: nn.Module, scale: float) -> None:
        super().__init__()
        self.branch = branch
        self.scale = scale

    def forward(self, x: Tensor, *more: Any, **named: Any) -> Tensor:
        """The sum x + s branch(x); whatever else is given goes to the branch."""
        added: Tensor = x + self.scale * self.branch(x, *more, **named)
        return added
