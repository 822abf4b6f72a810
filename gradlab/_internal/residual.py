"""A residual connection, as networks of the bank have it and treatments put it in."""

from __future__ import annotations

from torch import Tensor, nn


class Residual(nn.Module):
    """The sum x + s branch(x)."""

    def __init__(self, branch: nn.Module, scale: float) -> None:
        super().__init__()
        self.branch = branch
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """The sum x + s branch(x)."""
        added: Tensor = x + self.scale * self.branch(x)
        return added
