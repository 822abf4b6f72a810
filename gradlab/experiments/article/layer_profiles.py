"""One network layer by layer: gradients, activations, theory, and the probe's verdict.

Saturated and silent units are counted as well.

The same measurement for any activation function, weights, width, depth, normalization and residual connection, so that
settings can be compared one by one. The loss is Σ v·a_L with v ~ N(0, 1): every output counts, and none more than
another. Predictions are for infinite width (Schoenholz et al. 2017, arXiv:1611.01232; Yang et al. 2019,
arXiv:1902.08129; De & Smith 2020, arXiv:2002.10444) and have no adjustable number.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from gradlab import activations, batched, initialization, networks, theory
from gradlab._internal import checks
from gradlab.experiments.article import _probed
from gradlab.experiments.article._probed import Measured
from gradlab.networks import MLPConfig
from gradlab.probing.classification import SILENCING
from gradlab.probing.finding import Verdict
from gradlab.probing.measures import SATURATION

ARTICLE = "article"
"""The initialization of the article's exploding network: N(1.5, 0.1²), width 1, seed 42, input 1."""
ARTICLE_SEED = 42
INITIALIZATIONS = (*initialization.INITIALIZATIONS, ARTICLE)
NORMALIZATIONS = ("none", *networks.NORMALIZATIONS)
_ARTICLE_SETTINGS = {
    "sigma_w": None,
    "bias": "zero",
    "width": 1,
    "normalization": "none",
    "residual": "none",
    "batch": 1,
    "seeds": 1,
}
RESIDUALS = ("none", "one", "inverse_sqrt_depth")
"""Residual connections by the scale s of the branch: no connection, 1, and 1/√blocks."""


@dataclass(frozen=True)
class Config:
    """The network to measure; inputs N(0, 1) of its width.

    Attributes:
        activation: name of the activation function.
        initialization: name of the initialization, or ``"article"`` for the one chain of width 1 of the article.
        sigma_w: √(fan_in Var W) to which the initialization is rescaled; None keeps its own.
        bias: ``"zero"``, or ``"uniform"`` for PyTorch's default U(±1/√fan_in).
        width: units of every layer, and of the input.
        depth: number L of layers.
        normalization: before every activation function: ``"none"``, ``"batch"`` or ``"layer"``.
        residual: ``"none"``, or the scale of the branch, ``"one"`` or ``"inverse_sqrt_depth"``; all layers after the
            first are blocks.
        batch: inputs per network.
        seeds: seeds 0, 1, ...

    """

    activation: str = "relu"
    initialization: str = "he"
    sigma_w: float | None = None
    bias: str = "zero"
    width: int = 128
    depth: int = 20
    normalization: str = "none"
    residual: str = "none"
    batch: int = 32
    seeds: int = 5

    def __post_init__(self) -> None:
        activations.get(self.activation)
        checks.one_of("initialization", self.initialization, INITIALIZATIONS)
        if self.sigma_w is not None:
            checks.positive("sigma_w", self.sigma_w)
        checks.one_of("bias", self.bias, ("zero", "uniform"))
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 2)
        checks.one_of("normalization", self.normalization, NORMALIZATIONS)
        checks.one_of("residual", self.residual, RESIDUALS)
        checks.integer("batch", self.batch, 2 if self.normalization == "batch" else 1)
        checks.positive_integer("seeds", self.seeds)
        if self.initialization == ARTICLE:
            for name, wanted in _ARTICLE_SETTINGS.items():
                if (value := getattr(self, name)) != wanted:
                    raise ValueError(f"{name}: found {value!r}, allowed for the article's network: {wanted!r}")

    @property
    def residual_scale(self) -> float | None:
        """The factor s of the branch, None without a residual connection."""
        if self.residual == "none":
            return None
        return 1.0 if self.residual == "one" else 1 / math.sqrt(self.depth - 1)


@dataclass(frozen=True)
class Layer:
    """One layer: median, smallest and largest value over the seeds, and theory where there is one.

    Attributes:
        layer: index from 1.
        gradient_z: ‖δ_l‖/‖δ_L‖, 0 where nothing arrives.
        gradient_z_low: smallest over the seeds.
        gradient_z_high: largest over the seeds.
        predicted_gradient_z: at infinite width; None without a theory.
        gradient_w: ‖∂W_l‖/‖∂W_L‖, likewise.
        gradient_w_low: smallest over the seeds.
        gradient_w_high: largest over the seeds.
        activation: root mean square of the activations a_l.
        activation_low: smallest over the seeds.
        activation_high: largest over the seeds.
        predicted_activation: at infinite width; None without a theory.
        saturated: share of elements of all seeds whose derivative is below a hundredth of the largest; None where the
            activation function cannot saturate.
        silent: share of units of all seeds that put out 0 for the whole batch; None where it cannot fall silent.

    """

    layer: int
    gradient_z: float
    gradient_z_low: float
    gradient_z_high: float
    predicted_gradient_z: float | None
    gradient_w: float
    gradient_w_low: float
    gradient_w_high: float
    activation: float
    activation_low: float
    activation_high: float
    predicted_activation: float | None
    saturated: float | None
    silent: float | None


@dataclass(frozen=True)
class Result:
    """The layers, first to last, and the probe's verdicts.

    Attributes:
        config: what was run.
        layers: one entry per layer.
        verdict: the most frequent one of the probe's over the seeds, of equally frequent ones the worst.
        agreeing: how many seeds have it.

    """

    config: Config
    layers: tuple[Layer, ...]
    verdict: Verdict
    agreeing: int


def _article(config: Config) -> batched.Networks:
    weights = torch.cat(networks.replay_article_weights(config.depth, seed=ARTICLE_SEED)).reshape(1, -1)
    return batched.chains(weights, config.activation)


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Draws of the seeds: networks at the scale of their distribution, x and v of shape (seeds, batch, width)."""

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    x: Tensor
    v: Tensor


@lru_cache(maxsize=4)
def _draw(shape: MLPConfig, batch: int, seeds: int) -> _Drawn:
    """Draw x, the network and v, in this order, from each seed; kept, for many settings differ in a scale only."""
    parts: list[batched.Networks] = []
    x = torch.empty(seeds, batch, shape.width, dtype=torch.float64)
    v = torch.empty_like(x)
    for seed in range(seeds):
        generator = torch.Generator().manual_seed(seed)
        x[seed].normal_(generator=generator)
        parts.append(batched.draw(shape, 1, generator))
        v[seed].normal_(generator=generator)

    def joined(layers: Sequence[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
        return tuple(torch.cat(layer) for layer in zip(*layers, strict=True))

    return _Drawn(joined([part.weights for part in parts]), joined([part.biases for part in parts]), x, v)


def _networks(config: Config) -> tuple[batched.Networks, Tensor, Tensor]:
    """The networks, x and v; those of one shape share all random numbers."""
    distribution = initialization.get(config.initialization)
    natural = distribution.sigma_w(config.width)
    # He and Xavier are the normal distribution at a scale.
    kind = config.initialization if distribution.name in ("pytorch_default", "orthogonal") else "normal"
    scale = (natural if config.sigma_w is None else config.sigma_w) / initialization.get(kind).sigma_w(config.width)
    plain = MLPConfig(config.width, config.depth, "linear", initialization=kind, bias=config.bias)
    drawn = _draw(plain, config.batch, config.seeds)
    weights = drawn.weights if scale == 1 else tuple(scale * W for W in drawn.weights)
    normalization = None if config.normalization == "none" else config.normalization
    many = batched.Networks(weights, drawn.biases, config.activation, normalization, config.residual_scale)
    return many, drawn.x, drawn.v


def _measure(config: Config) -> Measured:
    if config.initialization == ARTICLE:
        many, x, v = _article(config), torch.ones(1, 1, 1, dtype=torch.float64), None
    else:
        many, x, v = _networks(config)
    passed = batched.run(many, x, v, weight_gradients=True)
    a = torch.stack(passed.a)
    limit = SATURATION.get(config.activation)
    # None of these functions is negative enough for a sum of 0 by accident; so does the probe.
    silent = (a.sum(dim=2) == 0).double().mean(dim=2) if config.activation in SILENCING else None
    return Measured(
        z=batched.norms(passed.z),
        dz=passed.dz_norms,
        W=batched.norms(many.weights),
        W_mean=torch.stack([W.mean(dim=(1, 2)) for W in many.weights]),
        dW=passed.dW_norms,
        a=batched.norms(passed.a),
        saturated=None if limit is None else ((a - limit[0]).abs() > limit[1]).double().mean(dim=(2, 3)),
        silent=silent,
        rare=None if silent is None else _probed.rare_share(a, silent),
    )


@dataclass(frozen=True)
class _Prediction:
    """First layer to last; None without a theory."""

    gradient_z: tuple[float, ...] | None = None
    activation: tuple[float, ...] | None = None


def _profile(factors: Sequence[float]) -> tuple[float, ...]:
    """‖δ_l‖/‖δ_L‖ from the factors of ‖δ‖ over each layer, first layer to last."""
    products = itertools.accumulate(reversed(factors), lambda product, factor: product * factor, initial=1.0)
    return tuple(products)[::-1]


def _predict(config: Config) -> _Prediction:
    if config.initialization == ARTICLE:
        return _predict_article(config)
    return _predict_wide(
        config.activation,
        config.depth,
        config.sigma_w or initialization.get(config.initialization).sigma_w(config.width),
        1 / math.sqrt(3 * config.width) if config.bias == "uniform" else 0.0,
        config.residual_scale,
        config.normalization,
        config.batch,
    )


@lru_cache(maxsize=4096)
def _predict_wide(
    phi: str, depth: int, sigma_w: float, sigma_b: float, scale: float | None, normalization: str, batch: int
) -> _Prediction:
    """The prediction for networks of infinite width, kept: those of several widths have it in common."""
    if normalization == "none":
        first = sigma_w**2 + sigma_b**2
        field = (
            theory.mean_field(phi, sigma_w, depth, sigma_b=sigma_b)
            if scale is None
            else theory.residual_mean_field(phi, sigma_w, scale, depth - 1, first, sigma_b)
        )
        return _Prediction(field.profile[::-1], tuple(math.sqrt(theory.next_q(phi, q, 1.0)) for q in field.q))
    flat = (math.sqrt(theory.next_q(phi, 1.0, 1.0)),) * depth
    if normalization == "batch" and scale is not None:
        first = sigma_w**2
        field = theory.residual_batch_norm_mean_field(phi, sigma_w, scale, depth - 1, first)
        return _Prediction(field.profile[::-1], flat)
    if normalization == "batch" and batch >= 5:
        factor = theory.batch_norm_finite_batch_factor(phi, batch)
        return _Prediction(_profile([theory.batch_norm_first_factor(phi), *[factor] * (depth - 2)]), flat)
    if normalization == "layer" and scale is None:
        slope = theory.chi(phi, 1.0, sigma_w)
        factor = math.sqrt(slope / theory.next_q(phi, 1.0, sigma_w, sigma_b))
        first = math.sqrt(slope / (sigma_w**2 + sigma_b**2))
        return _Prediction(_profile([first, *[factor] * (depth - 2)]), flat)
    return _Prediction()


def _keeps_positive(activation: str) -> bool:
    """Whether φ(z) = z for every z above 0, so that a chain of positive weights is a product."""
    z = torch.arange(1, 1001, dtype=torch.float64) / 10
    return torch.equal(activations.get(activation)(z), z)


def _predict_article(config: Config) -> _Prediction:
    """The typical chain of positive weights: a product whose logarithm has the mean of its law."""
    if not _keeps_positive(config.activation):
        return _Prediction()
    step = math.exp(theory.positive_chain_log_law(1.5, 0.1).mean / 2)
    depth = config.depth
    return _Prediction(_profile([step] * (depth - 1)), tuple(step**layer for layer in range(1, depth + 1)))


def _spread(values: Tensor) -> list[tuple[float, float, float]]:
    """Median, smallest and largest over the seeds, first layer to last."""
    middle = values.quantile(0.5, dim=1, interpolation="lower")
    return list(zip(middle.tolist(), values.amin(dim=1).tolist(), values.amax(dim=1).tolist(), strict=True))


def _relative(norms: Tensor) -> Tensor:
    """Norms relative to the last layer's; 0 where that is 0, for then all are."""
    last = norms[-1]
    return torch.where(last > 0, norms / last.clamp_min(torch.finfo(norms.dtype).tiny), 0.0)


def run(config: Config | None = None) -> Result:
    """Measure a network layer by layer."""
    config = Config() if config is None else config
    measured = _measure(config)
    predicted = _predict(config)
    empty = (None,) * config.depth
    saturated = empty if measured.saturated is None else measured.saturated.mean(dim=1).tolist()
    silent = empty if measured.silent is None else measured.silent.mean(dim=1).tolist()
    shape = (config.batch, config.width)
    kind = _probed.Kind(config.activation, config.normalization, config.residual != "none", shape)
    verdict, agreeing = _probed.most_frequent(_probed.verdicts(kind, measured))
    rows = zip(
        _spread(_relative(measured.dz)),
        predicted.gradient_z or empty,
        _spread(_relative(measured.dW)),
        _spread(measured.a / math.sqrt(math.prod(shape))),
        predicted.activation or empty,
        saturated,
        silent,
        strict=True,
    )
    layers = tuple(
        Layer(
            layer=index,
            gradient_z=dz[0],
            gradient_z_low=dz[1],
            gradient_z_high=dz[2],
            predicted_gradient_z=predicted_dz,
            gradient_w=dW[0],
            gradient_w_low=dW[1],
            gradient_w_high=dW[2],
            activation=a[0],
            activation_low=a[1],
            activation_high=a[2],
            predicted_activation=predicted_a,
            saturated=full,
            silent=off,
        )
        for index, (dz, predicted_dz, dW, a, predicted_a, full, off) in enumerate(rows, start=1)
    )
    return Result(config, layers, verdict, agreeing)
