"""Finite width: a seed is a sample of a wide distribution.

He initialization keeps the mean of the squared norm, ‖a_L‖² and ‖δ_1‖² alike, at every width. Yet their logarithm
drifts down and spreads, both in proportion to depth/width, so that a typical network lies below the mean, and two
seeds of the same network differ by factors (Hanin & Nica 2020, arXiv:1812.05994: mean -5L/(2n), variance 5L/n to
leading order). The measurement is compared with the exact law of ``theory.finite_width_law``: every layer
multiplies the squared norm by an independent factor (2/n) χ²_K with K ~ Binomial(n, 1/2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gradlab import batched, theory
from gradlab._internal import checks, progress
from gradlab._internal.refusals import RefusalError
from gradlab.estimates import Estimate
from gradlab.networks import MLPConfig
from gradlab.theory import LogLaw

# Networks computed at once: the weights of more would not fit beside much else in memory.
_AT_ONCE = 50


@dataclass(frozen=True)
class Config:
    """The networks to draw: ReLU, He initialization, no bias, one input and one output gradient N(0, 1) each.

    Attributes:
        width: n, units of every layer, and of the input, at least 8, so that hardly a network is dead.
        depth: number L of layers, at least 2.
        networks: number of networks, at least 20.
        pair_factor: factor between the norms of two networks from which on a pair counts as different, above 1.
        seed: seed of the weights, inputs and output gradients.

    """

    width: int = 64
    depth: int = 64
    networks: int = 500
    pair_factor: float = 10.0
    seed: int = 0

    def __post_init__(self) -> None:
        checks.integer("width", self.width, 8)
        checks.integer("depth", self.depth, 2)
        checks.integer("networks", self.networks, 20)
        if checks.finite("pair_factor", self.pair_factor) <= 1:
            raise RefusalError("pair_factor", repr(self.pair_factor), "above 1")
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Distribution:
    """A logarithm over the networks.

    Attributes:
        values: of every network that is not dead, in ascending order.
        factors: how many layers it goes through, each of which multiplies by an independent factor.
        mean: its mean.
        mean_standard_error: from the measured variance.
        predicted_mean: exact law.
        leading_mean: -5/(2 n) for each factor, to leading order.
        variance: its variance.
        variance_standard_error: from the measured fourth moment.
        predicted_variance: exact law.
        leading_variance: 5/n for each factor, to leading order.
        distance: largest distance of the distribution function from that of a normal distribution with the
            predicted mean, variance and (to first order) skewness (Kolmogorov & Smirnov).
        critical_distance: what that distance exceeds in one of 1,000 samples of this size.
        pair_share: share of pairs of networks whose norms differ by the configured factor or more.
        pair_share_standard_error: its standard error.
        predicted_pair_share: from the exact variance.

    """

    values: tuple[float, ...]
    factors: int
    mean: float
    mean_standard_error: float
    predicted_mean: float
    leading_mean: float
    variance: float
    variance_standard_error: float
    predicted_variance: float
    leading_variance: float
    distance: float
    critical_distance: float
    pair_share: float
    pair_share_standard_error: float
    predicted_pair_share: float


@dataclass(frozen=True)
class Result:
    """Both directions.

    Attributes:
        config: what was run.
        dead: networks with a layer that is off, which have no logarithm.
        forward: ln(‖a_L‖²/‖x‖²), L factors.
        backward: ln(‖∂x‖²/‖v‖²) with v the gradient of the loss with respect to a_L, L factors.
        correlation: of the two logarithms over the networks.

    """

    config: Config
    dead: int
    forward: Distribution
    backward: Distribution
    correlation: float


def _logarithms(config: Config) -> Tensor:
    """Both logarithms of every network, shape (2, networks); minus infinity for a dead one."""
    generator = torch.Generator().manual_seed(config.seed)
    shape = MLPConfig(config.width, config.depth, bias="none")
    parts: list[Tensor] = []
    starts = range(0, config.networks, _AT_ONCE)
    for start in progress.track(starts, "finite_width"):
        count = min(_AT_ONCE, config.networks - start)
        x, v = torch.empty(2, count, 1, config.width, dtype=torch.float64).normal_(generator=generator)
        both = batched.run(batched.draw(shape, count, generator), x, v)
        ends = torch.stack([both.a[-1], both.dx]).square().sum(dim=(2, 3))
        parts.append((ends / torch.stack([x, v]).square().sum(dim=(2, 3))).log())
    return torch.cat(parts, dim=1)


def _pairs(ordered: Tensor, factor: float) -> Estimate:
    """The share of pairs whose norms differ by a factor or more, with its standard error.

    A pair shares each of its networks with other pairs, so that the error is that of a U-statistic (Hoeffding
    1948): twice the standard deviation of the share of partners that a network differs from, over √S.
    """
    S = len(ordered)
    distance = 2 * math.log(factor)
    partners = torch.searchsorted(ordered, ordered - distance, right=True)
    partners += S - torch.searchsorted(ordered, ordered + distance)
    share = partners.double() / (S - 1)
    return Estimate(float(share.mean()), 2 * float(share.std()) / math.sqrt(S))


def _distribution(config: Config, values: Tensor, law: LogLaw) -> Distribution:
    L, n, S = config.depth, config.width, len(values)
    ordered = values.sort().values
    variance = float(values.var())
    fourth = float((values - values.mean()).pow(4).mean())
    predicted = law.distribution_function(ordered, L)
    steps = torch.arange(S + 1, dtype=torch.float64) / S
    pairs = _pairs(ordered, config.pair_factor)
    distance = max(float((steps[1:] - predicted).max()), float((predicted - steps[:-1]).max()))
    return Distribution(
        values=tuple(ordered.tolist()),
        factors=L,
        mean=float(values.mean()),
        mean_standard_error=math.sqrt(variance / S),
        predicted_mean=L * law.mean,
        leading_mean=-5 * L / (2 * n),
        variance=variance,
        variance_standard_error=math.sqrt((fourth - variance**2) / S),
        predicted_variance=L * law.variance,
        leading_variance=5 * L / n,
        distance=distance,
        # The limit distribution exceeds √(ln(2/α)/2) with probability α.
        critical_distance=math.sqrt(math.log(2 / 1e-3) / 2 / S),
        pair_share=pairs.value,
        pair_share_standard_error=pairs.standard_error,
        predicted_pair_share=law.pair_share(config.pair_factor, L),
    )


def run(config: Config | None = None) -> Result:
    """Draw the networks and take the logarithms of their squared norms, forward and backward."""
    config = Config() if config is None else config
    logarithms = _logarithms(config)
    alive = logarithms[:, logarithms.isfinite().all(dim=0)]
    law = theory.finite_width_law(config.width, math.sqrt(2))
    forward, backward = (_distribution(config, values, law) for values in alive)
    return Result(
        config=config,
        dead=config.networks - alive.shape[1],
        forward=forward,
        backward=backward,
        correlation=float(torch.corrcoef(alive)[0, 1]),
    )
