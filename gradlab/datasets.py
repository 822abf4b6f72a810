"""Data that a small network can be trained on in seconds."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError


class Samples(NamedTuple):
    """Inputs of shape (points, 2) and labels 0 or 1 of shape (points,), both float64.

    Attributes:
        x: inputs.
        y: labels.

    """

    x: Tensor
    y: Tensor


def two_spirals(points: int, generator: Generator, *, turns: float = 1.0, noise: float = 0.02) -> Samples:
    """Two interleaved spirals, one for each label, standardized to mean 0 and variance 1.

    No straight line separates them, so a network has to use its hidden layers.

    Args:
        points: number of points, even, at least 4.
        generator: source of the noise.
        turns: turns of each spiral about the origin.
        noise: standard deviation of the noise, where the spirals end at radius 1.

    Examples:
        >>> import torch
        >>> from gradlab import datasets
        >>> generator = torch.Generator().manual_seed(0)
        >>> samples = datasets.two_spirals(200, generator)
        >>> samples.x.shape, samples.y.sum()
        (torch.Size([200, 2]), tensor(100., dtype=torch.float64))

    """
    checks.integer("points", points, 4)
    if points % 2:
        raise RefusalError("points", repr(points), "an even number")
    radius = torch.linspace(0.25, 1, points // 2, dtype=torch.float64)
    angle = 2 * math.pi * checks.positive("turns", turns) * radius
    arm = torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=1)
    x = torch.cat([arm, -arm])
    x = x + checks.non_negative("noise", noise) * torch.empty_like(x).normal_(generator=generator)
    y = torch.arange(2, dtype=torch.float64).repeat_interleave(points // 2)
    return Samples((x - x.mean(dim=0)) / x.std(dim=0, correction=0), y)
