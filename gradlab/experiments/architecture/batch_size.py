"""Batch normalization and the size of the batch.

The growth of the gradient is measured in training and in evaluation mode.

In training the normalization uses mean and variance of the batch itself, and the gradient passes through both. In
evaluation it uses running statistics, which are constants: those of a network that has seen no data are 0 and 1, so
that the normalization is the identity and the network a plain one; those of a trained network are the statistics
of the data, here of this batch. Predictions for infinite width: Yang et al. 2019 (arXiv:1902.08129, Theorems 7 and
8), and for constant statistics :func:`gradlab.theory.batch_norm_frozen_factor`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import nn

from gradlab import activations, estimates, theory
from gradlab._internal import checks, progress
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLPConfig

# Small enough that the normalization divides by the true spread.
_EPSILON = 1e-12


@dataclass(frozen=True)
class Config:
    """The networks to draw: weights N(0, sigma_w²/width), no bias, inputs N(0, 1).

    Attributes:
        batches: sizes B of the batch, each at least 5, each once.
        activation: name of the activation function.
        sigma_w: √(width Var W). In training mode it has no influence.
        width: units of every layer, and of the input.
        depth: number L of layers, at least 3. Few, so that the samples of a batch remain alike in size, as
            the predictions assume.
        seeds: seeds 0, 1, ..., at least 2.

    """

    batches: tuple[int, ...] = (8, 16, 32, 64, 128, 256)
    activation: str = "relu"
    sigma_w: float = math.sqrt(2)
    width: int = 256
    depth: int = 12
    seeds: int = 8

    def __post_init__(self) -> None:
        checks.distinct("batches", self.batches)
        for batch in self.batches:
            checks.integer("batches", batch, 5)
        activations.get(self.activation)
        checks.positive("sigma_w", self.sigma_w)
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 3)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Point:
    """One size of the batch; a factor is (‖δ_2‖/‖δ_L‖)^(1/(L-2)), its mean over the seeds geometric.

    Attributes:
        batch: batch size B.
        factor: in training mode.
        factor_standard_error: its standard error over the seeds.
        predicted_factor: infinite width, this batch (Yang et al. 2019, Theorem 7).
        frozen_factor: in evaluation mode, with the statistics of this batch.
        frozen_factor_standard_error: its standard error over the seeds.
        predicted_frozen_factor: infinite width, this batch.
        fresh_factor: in evaluation mode, with the statistics 0 and 1 of a network that has seen no data.
        plain_factor: the same network without normalization.

    """

    batch: int
    factor: float
    factor_standard_error: float
    predicted_factor: float
    frozen_factor: float
    frozen_factor_standard_error: float
    predicted_frozen_factor: float
    fresh_factor: float
    plain_factor: float


@dataclass(frozen=True)
class Result:
    """The points in the order of the configuration.

    Attributes:
        config: what was run.
        points: one for each size of the batch.
        predicted_factor_infinite_batch: √(E φ'²/Var φ), in both modes; for ReLU √(π/(π - 1)).

    """

    config: Config
    points: tuple[Point, ...]
    predicted_factor_infinite_batch: float


def _factor(config: Config, drawn: gaussian.Draw) -> float:
    return float(gaussian.pass_norms(drawn).profile[1] ** (1 / (config.depth - 2)))


def _factors(config: Config, batch: int, seed: int) -> tuple[float, float, float, float]:
    """The factors in evaluation mode before any data, in training, in evaluation after it, and of the plain."""
    shape = MLPConfig(
        width=config.width,
        depth=config.depth,
        activation=config.activation,
        initialization="normal",
        sigma_w=config.sigma_w,
        normalization="batch",
        bias="none",
        epsilon=_EPSILON,
    )
    drawn = gaussian.draw(shape, batch, seed)
    network = drawn.network
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d):
            # The running statistics become the mean over all batches seen: those of the only one.
            module.momentum = None
    network.eval()
    fresh = _factor(config, drawn)
    network.train()
    training = _factor(config, drawn)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d) and module.running_var is not None:
            # PyTorch collects the variance with the divisor B - 1, and normalizes with B.
            module.running_var *= (batch - 1) / batch
    network.eval()
    frozen = _factor(config, drawn)
    network.normalizations = nn.ModuleList(nn.Identity() for _ in range(config.depth))
    return fresh, training, frozen, _factor(config, drawn)


def _point(config: Config, batch: int) -> Point:
    fresh, training, frozen, plain = (
        estimates.geometric_mean(values)
        for values in zip(*(_factors(config, batch, seed) for seed in range(config.seeds)), strict=True)
    )
    return Point(
        batch=batch,
        factor=training.value,
        factor_standard_error=training.standard_error,
        predicted_factor=theory.batch_norm_finite_batch_factor(config.activation, batch),
        frozen_factor=frozen.value,
        frozen_factor_standard_error=frozen.standard_error,
        predicted_frozen_factor=theory.batch_norm_frozen_factor(config.activation, batch),
        fresh_factor=fresh.value,
        plain_factor=plain.value,
    )


def run(config: Config | None = None) -> Result:
    """Measure the factor for every size of the batch, in the three modes."""
    config = Config() if config is None else config
    points = tuple(_point(config, batch) for batch in progress.track(config.batches, "batch_size"))
    return Result(config, points, theory.batch_norm_factor(config.activation))
