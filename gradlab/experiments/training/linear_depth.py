"""Deep linear networks: how many steps they take to learn, with depth.

Saxe, McClelland & Ganguli 2014 (arXiv:1312.6120, figure 6): learning a linear map with a deep linear network takes a
time that does not depend on the depth if the weights start orthogonal, and grows with it if they start as scaled
Gaussian ones, each at its best learning rate. An orthogonal start keeps all singular values of the product at 1; those
of a Gaussian product spread as e^(L λ_k), with the Lyapunov exponents λ_k (``theory.lyapunov_exponents``).
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

import torch
from torch import Tensor

from gradlab import initialization
from gradlab._internal import checks, progress
from gradlab._internal.refusals import RefusalError


@dataclass(frozen=True)
class Config:
    """Networks W_L ... W_1 x and the map that they learn, on whitened inputs.

    Attributes:
        initializations: names in :data:`gradlab.initialization.INITIALIZATIONS`.
        depths: numbers L of weight matrices, each at least 2.
        width: units of every layer, and of the input.
        outputs: units of the last layer, at most ``width``.
        rates: learning rates times L; of each depth the best one is taken.
        steps: steps of gradient descent.
        learned: share of the squared norm of the map below which the error has to fall.
        seeds: number of networks and maps.
        seed: seed of them all.

    """

    initializations: tuple[str, ...] = ("orthogonal", "normal")
    depths: tuple[int, ...] = (2, 4, 8, 16, 32)
    width: int = 16
    outputs: int = 4
    rates: tuple[float, ...] = (0.1, 0.2, 0.4, 0.8)
    steps: int = 150
    learned: float = 0.01
    seeds: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        checks.distinct("initializations", self.initializations)
        for name in self.initializations:
            initialization.get(name)
        checks.distinct("depths", self.depths)
        for depth in self.depths:
            checks.integer("depths", depth, 2)
        checks.positive_integer("width", self.width)
        checks.positive_integer("outputs", self.outputs)
        if self.outputs > self.width:
            raise RefusalError("outputs", repr(self.outputs), f"at most the width, {self.width}")
        for rate in self.rates:
            checks.positive("rates", rate)
        checks.positive_integer("steps", self.steps)
        if not 0 < checks.finite("learned", self.learned) < 1:
            raise RefusalError("learned", repr(self.learned), "above 0 and below 1")
        checks.positive_integer("seeds", self.seeds)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Point:
    """One initialization at one depth.

    Attributes:
        initialization: its name.
        depth: number L of weight matrices.
        steps: steps until the error was below the share, of every seed at the learning rate with the smallest median;
            infinity where it never was.
        spread: median over the seeds of the ratio of the largest to the smallest singular value of the product of the
            square weights before the first step.

    """

    initialization: str
    depth: int
    steps: tuple[float, ...]
    spread: float

    @property
    def median_steps(self) -> float:
        """Median of the steps; infinity where half of the networks did not learn."""
        return statistics.median(self.steps)


@dataclass(frozen=True)
class Result:
    """All points, initialization by initialization.

    Attributes:
        config: what was run.
        points: one for each initialization and depth.

    """

    config: Config
    points: tuple[Point, ...]


def _product(weights: list[Tensor]) -> Tensor:
    product = weights[0]
    for W in weights[1:]:
        product = torch.bmm(W, product)
    return product


def _steps(config: Config, weights: list[Tensor], target: Tensor, rates: Tensor) -> Tensor:
    """Steps that every network takes; infinity for one that has not learned at the end."""
    taken = torch.full((len(target),), math.inf, dtype=torch.float64)
    size = target.square().sum(dim=(1, 2))
    weights = [W.requires_grad_() for W in weights]
    for step in range(config.steps):
        error = (_product(weights) - target).square().sum(dim=(1, 2))
        learned = error.detach() < config.learned * size
        taken = torch.where(learned & taken.isinf(), float(step), taken)
        gradients = torch.autograd.grad(error.sum() / 2, weights)
        with torch.no_grad():
            for W, gradient in zip(weights, gradients, strict=True):
                # A network that has left the finite numbers stays there, and does not learn.
                W -= rates.view(-1, 1, 1) * gradient
    return taken


def _point(config: Config, name: str, depth: int) -> Point:
    generator = torch.Generator().manual_seed(config.seed)
    n, S = config.width, config.seeds
    tall = torch.empty(S, n, config.outputs, dtype=torch.float64).normal_(generator=generator)
    strengths = torch.linspace(0.5, 1.5, config.outputs, dtype=torch.float64)
    target = strengths.view(-1, 1) * torch.linalg.qr(tall).Q.mT
    distribution = initialization.get(name)
    rows = [n] * (depth - 1) + [config.outputs]
    weights = [distribution.fill_(torch.empty(S, row, n, dtype=torch.float64), generator) for row in rows]
    values = torch.linalg.svdvals(_product(weights[:-1]))
    copies = len(config.rates)
    rates = torch.tensor(config.rates, dtype=torch.float64).repeat_interleave(S) / depth
    taken = _steps(config, [W.repeat(copies, 1, 1) for W in weights], target.repeat(copies, 1, 1), rates)
    of_rates = [tuple(row) for row in taken.view(copies, S).tolist()]
    return Point(name, depth, min(of_rates, key=statistics.median), float((values[:, 0] / values[:, -1]).median()))


def run(config: Config | None = None) -> Result:
    """Train networks of every initialization and depth at every learning rate."""
    config = Config() if config is None else config
    wanted = [(name, depth) for name in config.initializations for depth in config.depths]
    return Result(config, tuple(_point(config, *one) for one in progress.track(wanted, "linear_depth")))
