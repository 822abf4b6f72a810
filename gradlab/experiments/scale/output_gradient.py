"""Gradient that enters at the output: exact at every width.

E‖∂x‖² of ReLU networks follows from a closed form, as long as that gradient is random.

With weights symmetric about 0 and no bias, E‖∂x‖² = (sigma_w²/2)^L E‖v‖² for any width, if the gradient v of the
loss with respect to the output has independent entries of mean 0, as behind a random read-out (He et al. 2015,
arXiv:1502.01852, section 2.2). The loss that adds up all outputs, v = (1, ..., 1), has not: ReLU outputs are
positive on average, so the rows of the last weight matrix that are on point the same way, and their sum is longer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from gradlab import batched, theory
from gradlab._internal import checks, progress
from gradlab.networks import MLPConfig


@dataclass(frozen=True)
class Config:
    """ReLU networks with weights N(0, sigma_w²/width), no bias, one input N(0, 1) each.

    Attributes:
        widths: the n to try.
        sigma_w: √(width Var W).
        depth: number L of layers.
        networks: networks of each width, at least 2.
        seed: seed of all random numbers of a width, so that each can be repeated alone.

    """

    widths: tuple[int, ...] = (1, 2, 8, 16)
    sigma_w: float = math.sqrt(2)
    depth: int = 3
    networks: int = 20_000
    seed: int = 0

    def __post_init__(self) -> None:
        checks.distinct("widths", self.widths)
        for width in self.widths:
            checks.positive_integer("widths", width)
        checks.positive("sigma_w", self.sigma_w)
        checks.positive_integer("depth", self.depth)
        checks.integer("networks", self.networks, 2)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Growth:
    """Mean over the networks of ‖gradient below‖²/‖v‖².

    Attributes:
        value: the mean.
        standard_error: its standard error.
        predicted: in closed form.

    """

    value: float
    standard_error: float
    predicted: float


@dataclass(frozen=True)
class Point:
    """One width.

    Attributes:
        width: the width n.
        random: L layers, v ~ N(0, 1).
        summed: the last layer alone, v = (1, ..., 1).
        summed_deep: L layers, v = (1, ..., 1): the mean alone.

    """

    width: int
    random: Growth
    summed: Growth
    summed_deep: float


@dataclass(frozen=True)
class Result:
    """The widths in the order of the configuration.

    Attributes:
        config: what was run.
        points: one for each width.

    """

    config: Config
    points: tuple[Point, ...]


def _growths(networks: batched.Networks, x: Tensor, v: Tensor) -> Tensor:
    dx = batched.run(networks, x, v).dx
    return dx.square().sum(dim=(1, 2)) / v.square().sum(dim=(1, 2))


def _growth(growths: Tensor, predicted: float) -> Growth:
    return Growth(float(growths.mean()), float(growths.std()) / math.sqrt(len(growths)), predicted)


def _draw(config: Config, width: int, depth: int, generator: Generator) -> batched.Networks:
    shape = MLPConfig(width, depth, initialization="normal", sigma_w=config.sigma_w, bias="none")
    return batched.draw(shape, config.networks, generator)


def _point(config: Config, width: int) -> Point:
    generator = torch.Generator().manual_seed(config.seed)
    x, v = torch.empty(2, config.networks, 1, width, dtype=torch.float64).normal_(generator=generator)
    ones = torch.ones_like(v)
    deep = _draw(config, width, config.depth, generator)
    shallow = _draw(config, width, 1, generator)
    return Point(
        width=width,
        random=_growth(_growths(deep, x, v), theory.relu_factor(config.sigma_w) ** (2 * config.depth)),
        summed=_growth(_growths(shallow, x, ones), theory.relu_summed_factor(width, config.sigma_w) ** 2),
        summed_deep=float(_growths(deep, x, ones).mean()),
    )


def run(config: Config | None = None) -> Result:
    """Send both kinds of gradient back through the networks of every width."""
    config = Config() if config is None else config
    return Result(config, tuple(_point(config, width) for width in progress.track(config.widths, "output_gradient")))
