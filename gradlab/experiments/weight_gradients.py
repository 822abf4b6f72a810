"""Which gradient vanishes: that with respect to the pre-activation z, or that with respect to the weight W.

A ReLU network without bias is homogeneous of degree one in every weight matrix, so ⟨W_l, ∂W_l⟩ = f for its
output f and every layer l (Euler's identity), and the weights' scale cancels in ‖∂W_1‖/‖∂W_L‖ while ‖δ‖
changes by √(sigma_w²/2) at every layer. Glorot & Bengio 2010 (Figure 8, equation 14) observed the flat
weight gradients. A sigmoid network shows what ReLU hides: there both vanish.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gradlab import checks, estimates, progress, theory
from gradlab.experiments import _gaussian
from gradlab.networks import MLPConfig
from gradlab.recording import LayerRecord


@dataclass(frozen=True)
class Config:
    """Plain networks without bias, weights N(0, sigma_w²/width), one input N(0, 1) each, f = Σ v·a_L.

    Attributes:
        variances: the sigma_w² of the ReLU networks; the same seeds serve all of them.
        sigmoid_variance: sigma_w² of the sigmoid networks.
        width: units of every layer, and of the input.
        depth: number L of layers, at least 2.
        seeds: seeds 0, 1, ..., at least 2.

    """

    variances: tuple[float, ...] = (1 / 3, 1.0, 2.0, 4.0)
    sigmoid_variance: float = 1.0
    width: int = 128
    depth: int = 30
    seeds: int = 8

    def __post_init__(self) -> None:
        checks.distinct("variances", self.variances)
        for variance in self.variances:
            checks.positive("variances", variance)
        checks.positive("sigmoid_variance", self.sigmoid_variance)
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 2)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Series:
    """One activation function and scale; means over the seeds are geometric, profiles first layer to last.

    Attributes:
        activation: its name.
        variance: sigma_w².
        delta_profile: mean of ‖δ_l‖/‖δ_L‖.
        weight_profile: mean of ‖∂W_l‖/‖∂W_L‖.
        delta_ratio: first entry of the first.
        delta_ratio_standard_error: its standard error over the seeds.
        predicted_delta_ratio: ReLU: expected logarithm at this width (finite-width law); sigmoid: mean field.
        weight_ratio: first entry of the second.
        weight_ratio_standard_error: its standard error over the seeds.
        predicted_weight_ratio: ReLU: 1 for every sigma_w and width; sigmoid: mean field, the ratio of δ times
            that of ‖x‖ to ‖a_{L-1}‖.
        seed_weight_ratios: ‖∂W_1‖/‖∂W_L‖ of every seed.
        euler_error: largest |⟨W_l, ∂W_l⟩ - f|/(‖δ_L‖‖z_L‖) over layers and seeds; None for the sigmoid.

    """

    activation: str
    variance: float
    delta_profile: tuple[float, ...]
    weight_profile: tuple[float, ...]
    delta_ratio: float
    delta_ratio_standard_error: float
    predicted_delta_ratio: float
    weight_ratio: float
    weight_ratio_standard_error: float
    predicted_weight_ratio: float
    seed_weight_ratios: tuple[float, ...]
    euler_error: float | None


@dataclass(frozen=True)
class Result:
    """The ReLU series in the order of the configuration, then the sigmoid series.

    Attributes:
        config: what was run.
        series: as above.
        largest_ratio_difference: largest relative difference of ‖∂W_1‖/‖∂W_L‖ between the scales of the ReLU
            networks, over the seeds; rounding, because the scale cancels.

    """

    config: Config
    series: tuple[Series, ...]
    largest_ratio_difference: float


def _euler_error(layers: tuple[LayerRecord, ...]) -> float:
    # The loss is Σ v·a_L, and a_L is homogeneous of degree one in z_L: f = ⟨δ_L, z_L⟩.
    # In relation to ‖δ_L‖‖z_L‖, the largest value f can have: f itself may happen to be almost 0.
    last = layers[-1]
    f = float((last.dz * last.z).sum())
    scale = last.dz_norm * last.z_norm
    return max(abs(float((layer.W * layer.dW).sum()) - f) / scale for layer in layers)


def _predictions(config: Config, activation: str, variance: float) -> tuple[float, float]:
    L, sigma_w = config.depth, math.sqrt(variance)
    if activation == "relu":
        law = theory.finite_width_law(config.width, sigma_w)
        return math.exp(law.mean * (L - 1) / 2), 1.0
    field = theory.mean_field(activation, sigma_w, L)
    ratio = field.factor ** (L - 1)
    # E φ(z_{L-1})² = q_L/sigma_w², and the entries of x have mean square 1.
    return ratio, ratio / math.sqrt(field.q[-1] / variance)


def _series(config: Config, activation: str, variance: float) -> Series:
    shape = MLPConfig(
        width=config.width,
        depth=config.depth,
        activation=activation,
        initialization="normal",
        sigma_w=math.sqrt(variance),
        bias="none",
    )
    seeds = progress.track(range(config.seeds), f"weight_gradients: {activation}, variance {variance:.3g}")
    passes = [_gaussian.record_pass(shape, 1, seed) for seed in seeds]
    delta = [tuple(layer.dz_norm / layers[-1].dz_norm for layer in layers) for layers in passes]
    weight = [tuple(layer.dW_norm / layers[-1].dW_norm for layer in layers) for layers in passes]
    delta_ratio = estimates.geometric_mean([profile[0] for profile in delta])
    weight_ratio = estimates.geometric_mean([profile[0] for profile in weight])
    predicted_delta_ratio, predicted_weight_ratio = _predictions(config, activation, variance)
    return Series(
        activation=activation,
        variance=variance,
        delta_profile=estimates.geometric_means(delta),
        weight_profile=estimates.geometric_means(weight),
        delta_ratio=delta_ratio.value,
        delta_ratio_standard_error=delta_ratio.standard_error,
        predicted_delta_ratio=predicted_delta_ratio,
        weight_ratio=weight_ratio.value,
        weight_ratio_standard_error=weight_ratio.standard_error,
        predicted_weight_ratio=predicted_weight_ratio,
        seed_weight_ratios=tuple(profile[0] for profile in weight),
        euler_error=max(map(_euler_error, passes)) if activation == "relu" else None,
    )


def run(config: Config | None = None) -> Result:
    """Record both gradients of every network."""
    config = Config() if config is None else config
    relu = tuple(_series(config, "relu", variance) for variance in config.variances)
    reference = relu[0].seed_weight_ratios
    return Result(
        config=config,
        series=(*relu, _series(config, "sigmoid", config.sigmoid_variance)),
        largest_ratio_difference=max(
            abs(ratio / expected - 1)
            for series in relu
            for ratio, expected in zip(series.seed_weight_ratios, reference, strict=True)
        ),
    )
