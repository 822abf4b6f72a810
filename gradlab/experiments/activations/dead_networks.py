"""Share of narrow ReLU networks that are dead.

With He initialization many narrow networks have a gradient of exactly zero.

He initialization keeps the mean of the squared gradient over networks. In narrow networks that mean is made
by a few large gradients, while in most networks some layer is switched off entirely and no gradient passes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from gradlab import batched, theory
from gradlab._internal import checks, progress
from gradlab.networks import MLPConfig


@dataclass(frozen=True)
class Config:
    """The networks to draw: He initialization, bias 0, ReLU after every layer, one random input each.

    Attributes:
        widths: widths n of the networks.
        depth: number L of layers.
        networks: number of networks of each width.
        seed: seed of the weights and inputs.

    """

    widths: tuple[int, ...] = tuple(range(1, 13))
    depth: int = 20
    networks: int = 4000
    seed: int = 0

    def __post_init__(self) -> None:
        checks.distinct("widths", self.widths)
        for width in self.widths:
            checks.positive_integer("widths", width)
        checks.positive_integer("depth", self.depth)
        checks.positive_integer("networks", self.networks)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Point:
    """One width.

    Attributes:
        width: the width n.
        dead: number of networks whose gradient with respect to the input is exactly 0.
        share: ``dead`` divided by the number of networks.
        standard_error: binomial standard error of the share, at the predicted probability.
        predicted: 1 - (1 - 2^-n)^L.

    """

    width: int
    dead: int
    share: float
    standard_error: float
    predicted: float


@dataclass(frozen=True)
class Result:
    """One point for each width, in the order of the configuration.

    Attributes:
        config: what was run.
        points: one for each width.

    """

    config: Config
    points: tuple[Point, ...]


def _point(config: Config, width: int) -> Point:
    # One stream for each width: adding a width to the list does not change the others.
    generator = torch.Generator().manual_seed(config.seed * 1_000_003 + width)
    shape = MLPConfig(width=width, depth=config.depth, initialization="he", bias="none")
    networks = batched.draw(shape, config.networks, generator)
    x, v = torch.empty(2, config.networks, 1, width, dtype=torch.float64).normal_(generator=generator)
    gradient = batched.run(networks, x, v).dx
    dead = int((gradient == 0).flatten(1).all(dim=1).sum())
    predicted = theory.death_probability(width, config.depth)
    return Point(
        width=width,
        dead=dead,
        share=dead / config.networks,
        standard_error=math.sqrt(predicted * (1 - predicted) / config.networks),
        predicted=predicted,
    )


def run(config: Config | None = None) -> Result:
    """Draw the networks, differentiate them, and count the exact zeros."""
    config = Config() if config is None else config
    return Result(config, tuple(_point(config, width) for width in progress.track(config.widths, "dead_networks")))
