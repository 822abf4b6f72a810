"""Change of the gradient per layer, for many weight scales.

The map of sigma_w for one activation function.

The prediction follows the mean-field equations of Schoenholz et al. 2017 (arXiv:1611.01232) layer by layer
from the mean square of the actual inputs; it has no adjustable number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gradlab import activations, batched, theory
from gradlab._internal import checks, progress
from gradlab.networks import MLPConfig


@dataclass(frozen=True)
class Config:
    """The networks to draw: plain, weights N(0, sigma_w²/width), bias 0.

    Attributes:
        activation: name of the activation function.
        sigma_w: the scales; the same seeds serve all of them, so a network is compared with itself rescaled.
        width: units of every layer, and of the input.
        depth: number L of layers.
        batch: inputs N(0, 1) per network.
        seeds: seeds 0, 1, ...

    """

    activation: str = "relu"
    sigma_w: tuple[float, ...] = (math.sqrt(1 / 3), 1.0, math.sqrt(2), 1.7, 2.5)
    width: int = 256
    depth: int = 20
    batch: int = 16
    seeds: int = 5

    def __post_init__(self) -> None:
        activations.get(self.activation)
        checks.distinct("sigma_w", self.sigma_w)
        for value in self.sigma_w:
            checks.positive("sigma_w", value)
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 2)
        checks.positive_integer("batch", self.batch)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Point:
    """One scale of the weights.

    Attributes:
        sigma_w: √(width Var W).
        factor: geometric mean over the seeds of (‖δ_1‖/‖δ_L‖)^(1/(L-1)).
        factor_standard_error: its standard error over the seeds.
        predicted_factor: mean-field prediction.
        profile: geometric mean over the seeds of ‖δ_{L-k}‖/‖δ_L‖ for k = 0 ... L-1.
        profile_low: smallest over the seeds.
        profile_high: largest over the seeds.
        predicted_profile: mean-field prediction.
        forward_factor: geometric mean over the seeds of (‖z_L‖/‖z_1‖)^(1/(L-1)).
        forward_factor_standard_error: its standard error over the seeds.
        predicted_forward_factor: mean-field prediction.
        last_pre_activation: root mean square of the entries of z_L over all seeds.
        largest_unit: mean over the seeds of the root mean square, over the inputs, of the largest unit of z_L, in
            units of the root mean square over all units.

    """

    sigma_w: float
    factor: float
    factor_standard_error: float
    predicted_factor: float
    profile: tuple[float, ...]
    profile_low: tuple[float, ...]
    profile_high: tuple[float, ...]
    predicted_profile: tuple[float, ...]
    forward_factor: float
    forward_factor_standard_error: float
    predicted_forward_factor: float
    last_pre_activation: float
    largest_unit: float


@dataclass(frozen=True)
class Result:
    """One point for each scale, in the order of the configuration.

    Attributes:
        config: what was run.
        points: one for each scale.

    """

    config: Config
    points: tuple[Point, ...]


@dataclass(frozen=True, eq=False)
class _Sample:
    """One network of scale 1 for each seed, with its inputs and the gradient of the loss at its output."""

    networks: batched.Networks
    x: Tensor
    v: Tensor


def _draw(config: Config) -> _Sample:
    shape = MLPConfig(
        width=config.width,
        depth=config.depth,
        activation=config.activation,
        initialization="normal",
        bias="none",
    )
    parts: list[batched.Networks] = []
    ends: list[Tensor] = []
    for seed in range(config.seeds):
        generator = torch.Generator().manual_seed(seed)
        ends.append(torch.empty(2, config.batch, config.width, dtype=torch.float64).normal_(generator=generator))
        parts.append(batched.draw(shape, 1, generator))
    x, v = torch.stack(ends, dim=1)
    weights = tuple(torch.cat(layer) for layer in zip(*(part.weights for part in parts), strict=True))
    return _Sample(replace(parts[0], weights=weights), x, v)


def _point(config: Config, sample: _Sample, sigma_w: float) -> Point:
    networks = replace(sample.networks, weights=tuple(sigma_w * W for W in sample.networks.weights))
    passed = batched.run(networks, sample.x, sample.v)
    norms = passed.dz_norms
    logs = (norms / norms[-1]).log().flip(0)
    per_layer = logs[-1] / (config.depth - 1)
    factor = math.exp(per_layer.mean())
    first, last = (z.square().mean(dim=(1, 2)) for z in (passed.z[0], passed.z[-1]))
    forward = (last / first).log() / (2 * (config.depth - 1))
    forward_factor = math.exp(forward.mean())
    units = passed.z[-1].square().mean(dim=1)
    prediction = theory.mean_field(config.activation, sigma_w, config.depth, q_0=float(sample.x.square().mean()))
    return Point(
        sigma_w=sigma_w,
        factor=factor,
        factor_standard_error=factor * float(per_layer.std()) / math.sqrt(config.seeds),
        predicted_factor=prediction.factor,
        profile=tuple(logs.mean(dim=1).exp().tolist()),
        profile_low=tuple(logs.amin(dim=1).exp().tolist()),
        profile_high=tuple(logs.amax(dim=1).exp().tolist()),
        predicted_profile=prediction.profile,
        forward_factor=forward_factor,
        forward_factor_standard_error=forward_factor * float(forward.std()) / math.sqrt(config.seeds),
        predicted_forward_factor=(prediction.q[-1] / prediction.q[0]) ** (1 / (2 * (config.depth - 1))),
        last_pre_activation=float(last.mean().sqrt()),
        largest_unit=float((units.amax(dim=1) / last).sqrt().mean()),
    )


def run(config: Config | None = None) -> Result:
    """Measure the factor of the gradient at every scale of the weights."""
    config = Config() if config is None else config
    sample = _draw(config)
    return Result(
        config, tuple(_point(config, sample, sigma_w) for sigma_w in progress.track(config.sigma_w, "sigma_map"))
    )
