"""Questions for every tool: a member with an averaged loss, and a training of it that stands still."""

from collections.abc import Callable

import torch
from torch import Tensor

from gradlab.probing.bank import Member
from tests.bench_probe import Training

STEPS = 4
"""As many as any of the tools' rules asks for that is not about the course of the loss."""


def mean_loss(member: Member, output: Tensor) -> Tensor:
    """A member's loss, averaged over the batch.

    The truth does not depend on the scale of the loss, but thresholds do, and this is the scale that they expect.
    """
    return member.loss(output) / len(output)


def still(member: Member) -> tuple[Training, Callable[[], float]]:
    """A member's training with learning rate 0, and a step of it that returns the loss.

    The network stays what its truth was written about.
    """
    model, x = member.make()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)

    def step() -> float:
        optimizer.zero_grad()
        loss = mean_loss(member, model(x))
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return float(loss.detach())

    return Training(model, x, optimizer), step
