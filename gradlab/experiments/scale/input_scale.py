"""The scale of the inputs in a deep sigmoid network.

It matters to the first layer, and to no other.

Large inputs saturate layer 1 and cost its gradient. From layer 2 on every pre-activation is made of numbers
between 0 and 1, whatever the inputs, so that normalizing the data leaves the per-layer factor of the hidden
layers where it was.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gradlab import estimates, initialization, theory
from gradlab._internal import checks, progress
from gradlab.activations import SATURATING
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLPConfig


@dataclass(frozen=True)
class Config:
    """Plain networks without bias, inputs N(0, scale²).

    Attributes:
        scales: standard deviations of the inputs; the same seeds serve all of them.
        activation: name of an activation function that saturates.
        initialization: name of the initialization.
        width: units of every layer, and of the input.
        depth: number L of layers, at least 4.
        batch: inputs per network.
        seeds: seeds 0, 1, ..., at least 2.

    """

    scales: tuple[float, ...] = (0.1, 1.0, 10.0, 100.0, 1000.0)
    activation: str = "sigmoid"
    initialization: str = "xavier"
    width: int = 256
    depth: int = 20
    batch: int = 16
    seeds: int = 5

    def __post_init__(self) -> None:
        checks.distinct("scales", self.scales)
        for scale in self.scales:
            checks.positive("scales", scale)
        checks.one_of("activation", self.activation, SATURATING)
        initialization.get(self.initialization)
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 4)
        checks.positive_integer("batch", self.batch)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Point:
    """One scale of the inputs; means over the seeds are geometric.

    Attributes:
        scale: standard deviation of the inputs.
        first_factor: mean of ‖δ_1‖/‖δ_2‖.
        first_factor_standard_error: its standard error over the seeds.
        predicted_first_factor: √χ at q = sigma_w² scale², mean field.
        factor: mean of (‖δ_2‖/‖δ_{L-1}‖)^(1/(L-3)), the factor of layers 2 ... L-1.
        factor_standard_error: its standard error over the seeds.
        predicted_factor: mean field (Schoenholz et al. 2017, arXiv:1611.01232).
        total: mean of ‖δ_1‖/‖δ_L‖.

    """

    scale: float
    first_factor: float
    first_factor_standard_error: float
    predicted_first_factor: float
    factor: float
    factor_standard_error: float
    predicted_factor: float
    total: float


@dataclass(frozen=True)
class Result:
    """One point for each scale, in the order of the configuration.

    Attributes:
        config: what was run.
        points: one for each scale.

    """

    config: Config
    points: tuple[Point, ...]


def _profiles(config: Config, draw: gaussian.Draw) -> tuple[tuple[float, ...], ...]:
    """‖δ_l‖/‖δ_L‖ of one network at every scale of its inputs."""
    return tuple(gaussian.pass_norms(draw._replace(x=scale * draw.x)).profile for scale in config.scales)


def _point(config: Config, scale: float, profiles: Sequence[Sequence[float]]) -> Point:
    first = estimates.geometric_mean([profile[0] / profile[1] for profile in profiles])
    inner = config.depth - 3
    factor = estimates.geometric_mean([(profile[1] / profile[-2]) ** (1 / inner) for profile in profiles])
    sigma_w = initialization.get(config.initialization).sigma_w(config.width)
    prediction = theory.mean_field(config.activation, sigma_w, config.depth, q_0=scale**2)
    return Point(
        scale=scale,
        first_factor=first.value,
        first_factor_standard_error=first.standard_error,
        predicted_first_factor=math.sqrt(prediction.chi[0]),
        factor=factor.value,
        factor_standard_error=factor.standard_error,
        predicted_factor=math.prod(prediction.chi[1:-2]) ** (1 / (2 * inner)),
        total=estimates.geometric_mean([profile[0] for profile in profiles]).value,
    )


def run(config: Config | None = None) -> Result:
    """Run the same networks on the same inputs at every scale."""
    config = Config() if config is None else config
    shape = MLPConfig(
        width=config.width,
        depth=config.depth,
        activation=config.activation,
        initialization=config.initialization,
        bias="none",
    )
    seeds = progress.track(range(config.seeds), "input_scale")
    by_seed = [_profiles(config, gaussian.draw(shape, config.batch, seed)) for seed in seeds]
    return Result(
        config,
        tuple(
            _point(config, scale, profiles)
            for scale, profiles in zip(config.scales, zip(*by_seed, strict=True), strict=True)
        ),
    )
