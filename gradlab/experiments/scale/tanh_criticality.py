"""tanh with Xavier initialization: exactly critical.

Signal and gradient die slowly, as a power of the depth.

At sigma_w = 1 without bias the fixed point of the variance q of the pre-activations is 0, and χ there is 1: below
that scale both vanish exponentially, above it the gradient explodes. On it q_l tends to 1/(2 l) and ‖δ‖ falls as
one over the root of the depth (Schoenholz et al. 2017, arXiv:1611.01232; Roberts, Yaida & Hanin 2022,
arXiv:2106.10165, section 5.3.3). “Xavier makes tanh stable” is thus true of the rate and not of the signal.

At finite width n the mean of q is smaller by 1 + l/(3 n), derived in ``theory.tanh_critical_q``: 12% at layer 100
of a network of width 256. That is why narrow deep networks fall below 1/(2 l).

The same networks rescaled to either side of the critical scale are the contrast: below it q and the gradient fall
exponentially, above it q stays and the gradient grows exponentially.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from gradlab import estimates, theory
from gradlab._internal import checks, progress
from gradlab.experiments._shared import gaussian
from gradlab.experiments._shared.gaussian import Norms
from gradlab.networks import MLPConfig


@dataclass(frozen=True)
class Config:
    """The networks to draw: tanh, weights N(0, 1/width), no bias, inputs N(0, 1).

    Attributes:
        width: n, units of every layer, and of the input.
        depth: number L of layers, at least 20.
        batch: inputs per network.
        seeds: seeds 0, 1, ..., at least 2.
        contrast: other sigma_w to which the same networks are rescaled.

    """

    width: int = 256
    depth: int = 100
    batch: int = 16
    seeds: int = 8
    contrast: tuple[float, ...] = (0.9, 1.2)

    def __post_init__(self) -> None:
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 20)
        checks.positive_integer("batch", self.batch)
        checks.integer("seeds", self.seeds, 2)
        checks.distinct("contrast", (1.0, *self.contrast))
        for value in self.contrast:
            checks.positive("contrast", value)


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        layer: l, from 1.
        q: mean of z² over units, inputs and seeds.
        q_standard_error: its standard error over the seeds.
        predicted_q: the mean-field iteration at this width, that is divided by 1 + l/(3 n).
        mean_field_q: the mean-field iteration, infinite width.
        asymptotic_q: 1/(2 l).

    """

    layer: int
    q: float
    q_standard_error: float
    predicted_q: float
    mean_field_q: float
    asymptotic_q: float


@dataclass(frozen=True)
class Scale:
    """The networks at one weight scale; tuples have one entry for each layer, first to last.

    Attributes:
        sigma_w: √(width Var W).
        q: mean of z² over units, inputs and seeds.
        q_standard_error: its standard error over the seeds.
        mean_field_q: the mean-field iteration, infinite width.
        arrival: ‖δ_1‖/‖δ_l‖, what of the gradient at layer l arrives at the first; geometric mean over the seeds.
        arrival_standard_error: its standard error over the seeds.
        predicted_arrival: mean field, infinite width.

    """

    sigma_w: float
    q: tuple[float, ...]
    q_standard_error: tuple[float, ...]
    mean_field_q: tuple[float, ...]
    arrival: tuple[float, ...]
    arrival_standard_error: tuple[float, ...]
    predicted_arrival: tuple[float, ...]


@dataclass(frozen=True)
class Result:
    """Measured values, first layer to last; means over the seeds are geometric for gradients.

    Attributes:
        config: what was run.
        layers: the variance of the pre-activations of every layer.
        exponent: slope of ln q over ln l between layers 10 and L, mean over the seeds; -1 for 1/(2 l).
        exponent_standard_error: its standard error over the seeds.
        predicted_exponent: slope of the prediction at this width.
        profile: mean of ‖δ_l‖/‖δ_L‖.
        ratio: first entry of the profile, ‖δ_1‖/‖δ_L‖.
        ratio_standard_error: its standard error over the seeds.
        predicted_profile: mean field, infinite width.
        predicted_ratio: its first entry.
        scales: the critical scale 1 first, then the contrasts in the order of the configuration.

    """

    config: Config
    layers: tuple[Layer, ...]
    exponent: float
    exponent_standard_error: float
    predicted_exponent: float
    profile: tuple[float, ...]
    ratio: float
    ratio_standard_error: float
    predicted_profile: tuple[float, ...]
    predicted_ratio: float
    scales: tuple[Scale, ...]


_FIRST = 10
"""First layer of the range in which the exponent is taken: before it q has not forgotten the input."""


def _exponent(config: Config, q: Sequence[float]) -> float:
    return math.log(q[-1] / q[_FIRST - 1]) / math.log(config.depth / _FIRST)


def _layers(config: Config, variances: Sequence[Sequence[float]]) -> tuple[Layer, ...]:
    mean_field = theory.mean_field("tanh", 1.0, config.depth).q
    layers: list[Layer] = []
    for layer, (values, q) in enumerate(zip(zip(*variances, strict=True), mean_field, strict=True), 1):
        measured = estimates.mean(values)
        asymptotic = theory.tanh_critical_q(layer)
        correction = theory.tanh_critical_q(layer, config.width) / asymptotic
        layers.append(Layer(layer, measured.value, measured.standard_error, q * correction, q, asymptotic))
    return tuple(layers)


def _variances(config: Config, norms: Norms) -> tuple[float, ...]:
    return tuple(norm**2 / (config.batch * config.width) for norm in norms.z)


def _passes(config: Config, seed: int) -> tuple[Norms, ...]:
    """The pass of one network at scale 1, then rescaled to every contrast."""
    shape = MLPConfig(config.width, config.depth, "tanh", initialization="xavier", bias="none")
    draw = gaussian.draw(shape, config.batch, seed)
    passes: list[Norms] = []
    scale = 1.0
    for sigma_w in (1.0, *config.contrast):
        with torch.no_grad():
            for W in draw.network.parameters():
                W.mul_(sigma_w / scale)
        scale = sigma_w
        passes.append(gaussian.pass_norms(draw))
    return tuple(passes)


def _scale(config: Config, sigma_w: float, norms: Sequence[Norms]) -> Scale:
    field = theory.mean_field("tanh", sigma_w, config.depth)
    profile = field.profile[::-1]
    q = [estimates.mean(values) for values in zip(*(_variances(config, one) for one in norms), strict=True)]
    arrivals = [tuple(one.dz[0] / norm for norm in one.dz) for one in norms]
    # The first entry is 1 for every seed.
    arrival = [estimates.geometric_mean(values) for values in zip(*arrivals, strict=True)]
    return Scale(
        sigma_w=sigma_w,
        q=tuple(one.value for one in q),
        q_standard_error=tuple(one.standard_error for one in q),
        mean_field_q=field.q,
        arrival=tuple(one.value for one in arrival),
        arrival_standard_error=tuple(one.standard_error for one in arrival),
        predicted_arrival=tuple(profile[0] / value for value in profile),
    )


def run(config: Config | None = None) -> Result:
    """Follow the variance and the gradient through the layers of critical tanh networks."""
    config = Config() if config is None else config
    passes = [_passes(config, seed) for seed in progress.track(range(config.seeds), "tanh_criticality")]
    by_scale = list(zip(*passes, strict=True))
    norms = by_scale[0]
    variances = [_variances(config, one) for one in norms]
    layers = _layers(config, variances)
    exponent = estimates.mean([_exponent(config, q) for q in variances])
    ratio = estimates.geometric_mean([one.profile[0] for one in norms])
    predicted_profile = theory.mean_field("tanh", 1.0, config.depth).profile[::-1]
    return Result(
        config=config,
        layers=layers,
        exponent=exponent.value,
        exponent_standard_error=exponent.standard_error,
        predicted_exponent=_exponent(config, [layer.predicted_q for layer in layers]),
        profile=estimates.geometric_means([one.profile for one in norms]),
        ratio=ratio.value,
        ratio_standard_error=ratio.standard_error,
        predicted_profile=predicted_profile,
        predicted_ratio=predicted_profile[0],
        scales=tuple(
            _scale(config, sigma_w, one) for sigma_w, one in zip((1.0, *config.contrast), by_scale, strict=True)
        ),
    )
