"""He initialization against PyTorch's default.

The repaired network of width 16, over many seeds.

For each initialization the networks' gradient norms ‖δ_l‖ are compared with that of the last layer. He keeps
their root mean square exactly, whatever the width; a typical network still loses a little at every layer,
because the mean of a logarithm is below the logarithm of the mean (Hanin & Nica 2020, arXiv:1812.05994). The
default, U(±1/√fan_in), has sigma_w² = 1/3 and loses a factor √(1/6) = 0.408 at every layer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gradlab import batched, initialization, theory
from gradlab._internal import checks, progress
from gradlab.networks import MLPConfig

ACTIVATIONS = ("relu",)
"""Activations for which the predictions of this experiment hold."""


@dataclass(frozen=True)
class Config:
    """The networks to draw: ``depth`` layers of ``width`` units, one random input each.

    Attributes:
        width: units of every layer, and of the input.
        depth: number L of layers.
        initializations: names of the initializations of the weights.
        networks: number of networks for each initialization.
        seed: seed of the weights and inputs.
        activation: ``"relu"``.
        bias: ``"zero"``, or ``"uniform"`` for the default bias of ``nn.Linear``. It changes no prediction:
            whether a unit is on stays an even chance, independent of the weights behind it.

    """

    width: int = 16
    depth: int = 20
    initializations: tuple[str, ...] = ("he", "pytorch_default")
    networks: int = 1000
    seed: int = 0
    activation: str = "relu"
    bias: str = "zero"

    def __post_init__(self) -> None:
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 2)
        checks.distinct("initializations", self.initializations)
        for name in self.initializations:
            checks.one_of("initializations", name, initialization.INITIALIZATIONS)
        checks.integer("networks", self.networks, 2)
        checks.seed("seed", self.seed)
        checks.one_of("activation", self.activation, ACTIVATIONS)
        checks.one_of("bias", self.bias, ("zero", "uniform"))


@dataclass(frozen=True)
class Series:
    """One initialization. Tuples have one entry for each layer, first to last, in units of ‖δ_L‖.

    Attributes:
        initialization: name of the initialization.
        bias: ``"zero"`` or ``"uniform"`` (PyTorch's default).
        sigma_w: √(fan_in Var W).
        alive: number of networks whose gradient reaches the first layer; all else is about these.
        root_mean_square: root of the mean over the networks of (‖δ_l‖/‖δ_L‖)². Over many layers few networks
            make this mean, so far from the last layer it is mostly below its expectation.
        median: median over the networks.
        low: 2.5% quantile over the networks.
        high: 97.5% quantile over the networks.
        factor: root mean square of ‖δ_l‖/‖δ_{l+1}‖ over networks and layers.
        factor_standard_error: its standard error.
        predicted_factor: √(sigma_w²/2), over √(1 - 2^-n) because dead networks are left out; exact.
        typical_factor: median over the networks of (‖δ_1‖/‖δ_L‖)^(1/(L-1)).
        typical_factor_standard_error: its standard error, that of the median of a normal distribution.
        predicted_typical_factor: from the law of ln‖δ‖² at finite width.

    """

    initialization: str
    bias: str
    sigma_w: float
    alive: int
    root_mean_square: tuple[float, ...]
    median: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    factor: float
    factor_standard_error: float
    predicted_factor: float
    typical_factor: float
    typical_factor_standard_error: float
    predicted_typical_factor: float


@dataclass(frozen=True)
class Result:
    """One series for each initialization, in the order of the configuration.

    Attributes:
        config: what was run.
        series: one for each initialization.

    """

    config: Config
    series: tuple[Series, ...]


def _norms(config: Config, name: str) -> Tensor:
    """‖δ_l‖, shape (layers, networks), of the networks in which no layer is off entirely."""
    generator = torch.Generator().manual_seed(config.seed)
    shape = MLPConfig(
        width=config.width,
        depth=config.depth,
        activation=config.activation,
        initialization=name,
        bias=config.bias,
    )
    # The inputs first, so that all initializations see the same ones.
    ends = torch.empty(2, config.networks, 1, config.width, dtype=torch.float64)
    x, v = ends.normal_(generator=generator)
    norms = batched.run(batched.draw(shape, config.networks, generator), x, v).dz_norms
    return norms[:, (norms > 0).all(dim=0)]


def _mean_factor(norms: Tensor) -> tuple[float, float]:
    """The root mean square of ‖δ_l‖/‖δ_{l+1}‖ and its standard error."""
    # Networks are independent, the layers of one network need not be: hence one mean for each network.
    per_network = (norms[:-1] / norms[1:]).square().mean(dim=0)
    factor = math.sqrt(per_network.mean())
    return factor, float(per_network.std()) / math.sqrt(len(per_network)) / (2 * factor)


def _series(config: Config, name: str) -> Series:
    norms = _norms(config, name)
    profile = norms / norms[-1]
    low, median, high = torch.quantile(profile, torch.tensor([0.025, 0.5, 0.975], dtype=profile.dtype), dim=1).tolist()
    distribution = initialization.get(name)
    sigma_w = distribution.sigma_w(config.width)
    law = theory.finite_width_law(config.width, sigma_w, distribution.excess_kurtosis)
    factor, factor_standard_error = _mean_factor(norms)
    typical_factors = profile[0] ** (1 / (config.depth - 1))
    return Series(
        initialization=name,
        bias=config.bias,
        sigma_w=sigma_w,
        alive=norms.shape[1],
        root_mean_square=tuple(profile.square().mean(dim=1).sqrt().tolist()),
        median=tuple(median),
        low=tuple(low),
        high=tuple(high),
        factor=factor,
        factor_standard_error=factor_standard_error,
        # Every layer of a network that is alive has at least one unit that is on.
        predicted_factor=theory.relu_factor(sigma_w) / math.sqrt(1 - 2.0**-config.width),
        typical_factor=float(typical_factors.median()),
        typical_factor_standard_error=float(typical_factors.std()) * math.sqrt(math.pi / 2 / len(typical_factors)),
        predicted_typical_factor=law.typical_factor(config.depth - 1),
    )


def run(config: Config | None = None) -> Result:
    """Draw the networks of every initialization and compare their gradients layer by layer."""
    config = Config() if config is None else config
    return Result(
        config,
        tuple(_series(config, name) for name in progress.track(config.initializations, "repair")),
    )
