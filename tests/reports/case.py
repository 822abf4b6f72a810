"""A report: what a person saw, what resolved it, and a program that does both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Training:
    """A training that has been set up.

    Attributes:
        model: what is watched.
        optimizer: of the model.
        step: one step of the program's own loop.

    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    step: Callable[[], object]


@dataclass(frozen=True)
class Case:
    """A program, sound or as it was reported.

    Attributes:
        make: sets up the training: as it was reported if given True, else as it was resolved; sound ones are resolved.
        seen: what the person saw, in a line.
        resolution: what was wrong; empty for a sound training.
        causes: what the probe may name for it to be right: causes, or verdicts that say the same.
        says: words of the report, one of which does as well where no cause has a name of its own.
        address: where the report can be read.

    """

    make: Callable[[bool], Training]
    seen: str
    resolution: str = ""
    causes: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    address: str = ""

    @property
    def name(self) -> str:
        """The name of its function."""
        return self.make.__name__

    def made(self, faulty: bool, seed: int = 0) -> Training:
        """The training, set up with a seed."""
        torch.manual_seed(seed)
        return self.make(faulty)


def plain(model: nn.Module, optimizer: torch.optim.Optimizer, loss: Callable[[], Tensor]) -> Training:
    """The loop of every tutorial: clear, forward, backward, step."""

    def step() -> Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step()
        return value.detach()

    return Training(model, optimizer, step)
