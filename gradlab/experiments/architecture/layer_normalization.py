"""Layer normalization before every activation.

It keeps the gradient of ReLU, and loses that of the sigmoid.

The weights' scale cancels, as with batch normalization, but what all samples have in common stays: the factor of
a layer at infinite width is √(E φ'²/E φ²) instead of √(E φ'²/Var φ) (``theory.layer_norm_factor``). For ReLU that
is 1, where batch normalization explodes; for the sigmoid, whose outputs share a mean of 1/2, it is 0.39.
"""

from __future__ import annotations

from dataclasses import dataclass

from gradlab import activations, estimates, theory
from gradlab._internal import checks, progress
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLPConfig

# Small enough that the normalization divides by the true spread however small the weights are.
_EPSILON = 1e-12


@dataclass(frozen=True)
class Config:
    """The networks to draw: weights N(0, sigma_w²/width), no bias, inputs N(0, 1).

    Attributes:
        activation: name of the activation function.
        sigma_w: √(width Var W); it cancels.
        width: units of every layer, and of the input.
        batch: inputs per network.
        depth: number L of layers, at least 3.
        seeds: seeds 0, 1, ..., at least 2.

    """

    activation: str = "relu"
    sigma_w: float = 1.0
    width: int = 256
    batch: int = 16
    depth: int = 20
    seeds: int = 5

    def __post_init__(self) -> None:
        activations.get(self.activation)
        checks.positive("sigma_w", self.sigma_w)
        checks.positive_integer("width", self.width)
        checks.positive_integer("batch", self.batch)
        checks.integer("depth", self.depth, 3)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Result:
    """Gradients with respect to the pre-activations z_l, before the normalization. Means are geometric.

    Attributes:
        config: what was run.
        factor: mean over the seeds of (‖δ_2‖/‖δ_L‖)^(1/(L-2)). Layer 1 is left out: it divides by the spread
            of W x, every other layer by that of W φ(z).
        factor_standard_error: its standard error over the seeds.
        predicted_factor: infinite width.
        profile: mean of ‖δ_l‖/‖δ_L‖, first layer to last.

    """

    config: Config
    factor: float
    factor_standard_error: float
    predicted_factor: float
    profile: tuple[float, ...]


def run(config: Config | None = None) -> Result:
    """Measure the gradient with layer normalization before every activation."""
    config = Config() if config is None else config
    shape = MLPConfig(
        width=config.width,
        depth=config.depth,
        activation=config.activation,
        initialization="normal",
        sigma_w=config.sigma_w,
        normalization="layer",
        bias="none",
        epsilon=_EPSILON,
    )
    profiles = [
        gaussian.pass_norms(gaussian.draw(shape, config.batch, seed)).profile
        for seed in progress.track(range(config.seeds), "layer_normalization")
    ]
    factor = estimates.geometric_mean([profile[1] ** (1 / (config.depth - 2)) for profile in profiles])
    return Result(
        config=config,
        factor=factor.value,
        factor_standard_error=factor.standard_error,
        predicted_factor=theory.layer_norm_factor(config.activation),
        profile=estimates.geometric_means(profiles),
    )
