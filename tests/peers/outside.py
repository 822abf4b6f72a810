"""The outside bank as questions for every tool; needs the libraries of `make models`."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from tests.outside.bank import ENTRIES
from tests.outside.entries import Entry
from tests.outside.tasks import Task
from tests.peers.asked import Posed

EVERY = 4
"""Of the sound networks, seeds apart, every such one is timed."""


class WithLoss(nn.Module):
    """A network and its task as one module, which puts out the loss, whatever it is called with."""

    def __init__(self, model: nn.Module, task: Task) -> None:
        super().__init__()
        self.model = model
        self.task = task

    def forward(self, x: Tensor) -> Tensor:
        """The loss whose gradient is taken."""
        return self.task.loss(self.model) * self.task.factor * self.task.grad_scale


def of_entry(entry: Entry) -> Posed:
    """A network of the outside bank; its task gives it its inputs."""
    model, task = entry.make()
    return Posed(model, WithLoss(model, task), torch.zeros(()), lambda loss: loss, task.grad_scale)


QUESTIONS = [partial(of_entry, entry) for entry in ENTRIES]
"""All networks, in the bank's order."""
TIMED = [partial(of_entry, entry) for entry in [one for one in ENTRIES if not one.fault and not one.seed][::EVERY]]
"""Networks of which a watched step is timed."""
