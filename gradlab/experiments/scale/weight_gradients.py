"""The gradient that vanishes: of the pre-activation, or of the weight.

A ReLU network without bias is homogeneous of degree one in every weight matrix, so ⟨W_l, ∂W_l⟩ = f for its
output f and every layer l (Euler's identity), and the weights' scale cancels in ‖∂W_1‖/‖∂W_L‖ while ‖δ‖
changes by √(sigma_w²/2) at every layer. Glorot & Bengio 2010 (Figure 8, equation 14) observed the flat
weight gradients. Two networks are not homogeneous, and there both vanish: one of sigmoids, and the ReLU network
with the random biases of ``nn.Linear``, which keep ‖a‖ from shrinking.

The gradient with respect to the activation a_l is between the two of pre-activations: W_{l+1}ᵀ δ_{l+1}, of which
φ'(z_l) makes δ_l, smaller by √(E φ'²) on average.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from gradlab import estimates, initialization, theory
from gradlab._internal import checks, progress
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLPConfig
from gradlab.passes import LayerRecord


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
        predicted_delta_profile: ReLU: expected logarithm at this width (finite-width law); sigmoid: mean field.
        predicted_weight_profile: ReLU without bias: 1 for every layer, sigma_w and width; otherwise the ratio of δ
            times that of ‖a_{l-1}‖ to ‖a_{L-1}‖ in mean field.
        delta_ratio: first entry of the first.
        delta_ratio_standard_error: its standard error over the seeds.
        predicted_delta_ratio: its prediction.
        weight_ratio: first entry of the second.
        weight_ratio_standard_error: its standard error over the seeds.
        predicted_weight_ratio: its prediction.
        weight_norm: mean of ‖∂W_L‖.
        derivative_ratio: mean of the root mean square, over the layers before the last, of ‖δ_l‖/‖∂a_l‖.
        derivative_ratio_standard_error: its standard error over the seeds.
        predicted_derivative_ratio: √(E φ'(z)²), in mean field.
        seed_weight_ratios: ‖∂W_1‖/‖∂W_L‖ of every seed.
        euler_error: largest |⟨W_l, ∂W_l⟩ - f|/(‖δ_L‖‖z_L‖) over layers and seeds; None for the sigmoid.

    """

    activation: str
    variance: float
    delta_profile: tuple[float, ...]
    weight_profile: tuple[float, ...]
    predicted_delta_profile: tuple[float, ...]
    predicted_weight_profile: tuple[float, ...]
    delta_ratio: float
    delta_ratio_standard_error: float
    predicted_delta_ratio: float
    weight_ratio: float
    weight_ratio_standard_error: float
    predicted_weight_ratio: float
    weight_norm: float
    derivative_ratio: float
    derivative_ratio_standard_error: float
    predicted_derivative_ratio: float
    seed_weight_ratios: tuple[float, ...]
    euler_error: float | None


@dataclass(frozen=True)
class Result:
    """The ReLU series in the order of the configuration, then the sigmoid series.

    Attributes:
        config: what was run.
        series: as above.
        biased: the ReLU networks with PyTorch's default initialization and its biases, U(±1/√width) both.
        largest_ratio_difference: largest relative difference of ‖∂W_1‖/‖∂W_L‖ between the scales of the ReLU
            networks, over the seeds; rounding, because the scale cancels.

    """

    config: Config
    series: tuple[Series, ...]
    biased: Series
    largest_ratio_difference: float


def _euler_error(layers: tuple[LayerRecord, ...]) -> float:
    # The loss is Σ v·a_L, and a_L is homogeneous of degree one in z_L: f = ⟨δ_L, z_L⟩.
    # In relation to ‖δ_L‖‖z_L‖, the largest value f can have: f itself may happen to be almost 0.
    last = layers[-1]
    f = float((last.dz * last.z).sum())
    scale = last.dz_norm * last.z_norm
    return max(abs(float((layer.W * layer.dW).sum()) - f) / scale for layer in layers)


def _derivative_ratio(layers: tuple[LayerRecord, ...]) -> float:
    # ∂a_l = W_{l+1}ᵀ δ_{l+1}, with one input in every row.
    squares = [
        float(layer.dz.square().sum() / (after.dz @ after.W).square().sum())
        for layer, after in itertools.pairwise(layers)
    ]
    return math.sqrt(sum(squares) / len(squares))


def _predictions(shape: MLPConfig, sigma_w: float, sigma_b: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    field = theory.mean_field(shape.activation, sigma_w, shape.depth, sigma_b=sigma_b)
    delta = field.profile[::-1]
    if shape.activation == "relu":
        law = theory.finite_width_law(shape.width, sigma_w, initialization.get(shape.initialization).excess_kurtosis)
        delta = tuple(math.exp(law.mean * k / 2) for k in reversed(range(shape.depth)))
        if sigma_b == 0:
            return delta, (1.0,) * shape.depth
    # The mean square of a_{l-1} is (q_l - sigma_b²)/sigma_w².
    inputs = [q - sigma_b**2 for q in field.q]
    return delta, tuple(ratio * math.sqrt(q / inputs[-1]) for ratio, q in zip(delta, inputs, strict=True))


def _series(config: Config, shape: MLPConfig, variance: float, sigma_b: float = 0.0) -> Series:
    sigma_w = math.sqrt(variance)
    label = f"weight_gradients: {shape.activation}, variance {variance:.3g}"
    passes = [gaussian.record_pass(shape, 1, seed) for seed in progress.track(range(config.seeds), label)]
    delta = [tuple(layer.dz_norm / layers[-1].dz_norm for layer in layers) for layers in passes]
    weight = [tuple(layer.dW_norm / layers[-1].dW_norm for layer in layers) for layers in passes]
    delta_ratio = estimates.geometric_mean([profile[0] for profile in delta])
    weight_ratio = estimates.geometric_mean([profile[0] for profile in weight])
    derivative_ratio = estimates.geometric_mean([_derivative_ratio(layers) for layers in passes])
    predicted_delta, predicted_weight = _predictions(shape, sigma_w, sigma_b)
    field = theory.mean_field(shape.activation, sigma_w, config.depth, sigma_b=sigma_b)
    return Series(
        activation=shape.activation,
        variance=variance,
        delta_profile=estimates.geometric_means(delta),
        weight_profile=estimates.geometric_means(weight),
        predicted_delta_profile=predicted_delta,
        predicted_weight_profile=predicted_weight,
        delta_ratio=delta_ratio.value,
        delta_ratio_standard_error=delta_ratio.standard_error,
        predicted_delta_ratio=predicted_delta[0],
        weight_ratio=weight_ratio.value,
        weight_ratio_standard_error=weight_ratio.standard_error,
        predicted_weight_ratio=predicted_weight[0],
        weight_norm=estimates.geometric_mean([layers[-1].dW_norm for layers in passes]).value,
        derivative_ratio=derivative_ratio.value,
        derivative_ratio_standard_error=derivative_ratio.standard_error,
        predicted_derivative_ratio=field.factor / sigma_w,
        seed_weight_ratios=tuple(profile[0] for profile in weight),
        euler_error=max(map(_euler_error, passes)) if shape.activation == "relu" else None,
    )


def _plain(config: Config, activation: str, variance: float) -> Series:
    shape = MLPConfig(
        config.width,
        config.depth,
        activation,
        initialization="normal",
        sigma_w=math.sqrt(variance),
        bias="none",
    )
    return _series(config, shape, variance)


def _biased(config: Config) -> Series:
    shape = MLPConfig(config.width, config.depth, "relu", initialization="pytorch_default", bias="uniform")
    sigma_w = initialization.get(shape.initialization).sigma_w(config.width)
    # Weights and biases are uniform in the same interval.
    return _series(config, shape, sigma_w**2, sigma_b=sigma_w / math.sqrt(config.width))


def run(config: Config | None = None) -> Result:
    """Record both gradients of every network."""
    config = Config() if config is None else config
    relu = tuple(_plain(config, "relu", variance) for variance in config.variances)
    reference = relu[0].seed_weight_ratios
    return Result(
        config=config,
        series=(*relu, _plain(config, "sigmoid", config.sigmoid_variance)),
        biased=_biased(config),
        largest_ratio_difference=max(
            abs(ratio / expected - 1)
            for series in relu
            for ratio, expected in zip(series.seed_weight_ratios, reference, strict=True)
        ),
    )
