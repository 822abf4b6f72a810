"""Questions for every tool: a network of a bank with its loss, and a training of it that stands still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gradlab.probing.bank import Member
from tests.bench_probe import Training

STEPS = 4
"""As many as any of the tools' rules asks for that is not about the course of the loss."""


@dataclass(frozen=True)
class Posed:
    """A network with fresh weights, as it is put to a tool.

    Attributes:
        model: the network.
        whole: what is called with ``x``: the network, or the network and its loss where that calls it by itself.
        x: the input.
        read: the loss of what comes out.
        grad_scale: the factor on the loss that mixed precision puts there.

    """

    model: nn.Module
    whole: nn.Module
    x: Tensor
    read: Callable[[Tensor], Tensor]
    grad_scale: float = 1.0

    def loss(self) -> Tensor:
        """The loss, after a forward pass."""
        return self.read(self.whole(self.x))

    def training(self, rate: float) -> Training:
        """Its training by gradient descent."""
        return Training(self.whole, self.x, torch.optim.SGD(self.model.parameters(), lr=rate))


Question = Callable[[], Posed]
"""Poses a network of a bank, the same whenever it is called."""


def mean_loss(member: Member, output: Tensor) -> Tensor:
    """A member's loss, averaged over the batch.

    The truth does not depend on the scale of the loss, but thresholds do, and this is the scale that they expect.
    """
    return member.loss(output) / len(output)


def of_member(member: Member) -> Posed:
    """A member of the bank whose truth is known by construction."""
    model, x = member.make()
    return Posed(model, model, x, lambda output: mean_loss(member, output))


def still(question: Question) -> tuple[Posed, torch.optim.Optimizer, Callable[[], float]]:
    """A network, its optimizer with learning rate 0, and a step of its training that returns the loss.

    The network stays what its truth was written about.
    """
    posed = question()
    optimizer = posed.training(0.0).optimizer

    def step() -> float:
        optimizer.zero_grad()
        loss = posed.loss()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return float(loss.detach())

    return posed, optimizer, step
