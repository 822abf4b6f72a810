"""The article's explosion: 20 ReLU layers of width 1.

The weights are drawn around 1.5.

Without a negative weight ReLU never acts, so the gradient with respect to the pre-activation of layer l is
exactly the product of the weights after it; with weights near 1.5 it grows by about 1.5 a layer.

The source computes in float32: ``dtype="float32"``, the default, reproduces its printed digits (output
4255.4160, gradients 2602.2952, 1658.9581, 1130.6781, 715.8470, ...). In float64 the same weights give
2602.2955, 1658.9583, 1130.6782, 715.8471, ...: the source's fourth decimals are rounded. The distribution
over seeds is computed in float64 in either case.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gradlab import batched, theory
from gradlab._internal import checks, progress
from gradlab.networks import ArticleNetwork, replay_article_weights
from gradlab.passes import LayerRecord, record

DTYPES = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True)
class Config:
    """The article's network.

    Attributes:
        num_layers: number of Linear + ReLU layers.
        mean: mean of the weights, at least 6 standard deviations above 0 so that no weight is negative.
        standard_deviation: standard deviation of the weights.
        seed: seed of the network whose layers are listed.
        x: the input, above 0.
        spread_seeds: seeds 0, 1, ... of the distribution of the gradients.
        dtype: precision of the listed network, ``"float32"`` as in the source or ``"float64"``.

    """

    num_layers: int = 20
    mean: float = 1.5
    standard_deviation: float = 0.1
    seed: int = 42
    x: float = 1.0
    spread_seeds: int = 1000
    dtype: str = "float32"

    def __post_init__(self) -> None:
        checks.integer("num_layers", self.num_layers, 2)
        theory.positive_chain_log_law(self.mean, self.standard_deviation)
        checks.seed("seed", self.seed)
        checks.positive("x", self.x)
        checks.integer("spread_seeds", self.spread_seeds, 2)
        checks.one_of("dtype", self.dtype, DTYPES)


@dataclass(frozen=True)
class Layer:
    """One layer: values, gradients of the output with respect to z and W, and the product of weights.

    Attributes:
        layer: l, from 1.
        weight: w_l.
        pre_activation: z_l.
        activation: a_l.
        gradient_z: gradient of the output with respect to z_l.
        gradient_weight: gradient of the output with respect to w_l.
        predicted_gradient_z: product of the weights after the layer.

    """

    layer: int
    weight: float
    pre_activation: float
    activation: float
    gradient_z: float
    gradient_weight: float
    predicted_gradient_z: float


@dataclass(frozen=True)
class Quantiles:
    """2.5, 50 and 97.5% quantiles over the seeds of the gradient with respect to z of one layer.

    Attributes:
        layer: l, from 1.
        low: the 2.5% quantile.
        median: the median.
        high: the 97.5% quantile.

    """

    layer: int
    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Result:
    """Measured and predicted values.

    Attributes:
        config: what was run.
        output: output of the listed network.
        layers: its layers, first to last.
        spread: quantiles over ``spread_seeds`` seeds, first layer to last.
        log_mean: mean over those seeds of ln(gradient with respect to z of layer 1).
        log_mean_standard_error: its standard error.
        predicted_log_mean: (L - 1) E ln w.
        log_standard_deviation: standard deviation over the seeds of the same logarithm.
        predicted_log_standard_deviation: √((L - 1) Var ln w).
        largest_relative_error: largest relative difference of the listed gradients from the product of the
            weights, which is computed in float64.
        output_without_relu: output of the same chain with every ReLU removed.
        gradient_without_relu: gradient with respect to z of layer 1 of that chain.

    """

    config: Config
    output: float
    layers: tuple[Layer, ...]
    spread: tuple[Quantiles, ...]
    log_mean: float
    log_mean_standard_error: float
    predicted_log_mean: float
    log_standard_deviation: float
    predicted_log_standard_deviation: float
    largest_relative_error: float
    output_without_relu: float
    gradient_without_relu: float


def _records(config: Config, activation: str) -> tuple[LayerRecord, ...]:
    dtype = DTYPES[config.dtype]
    network = ArticleNetwork(
        config.num_layers,
        mean=config.mean,
        standard_deviation=config.standard_deviation,
        seed=config.seed,
        activation=activation,
        dtype=dtype,
    )
    return record(network, torch.full((1, 1), config.x, dtype=dtype))


def _layers(records: tuple[LayerRecord, ...]) -> tuple[Layer, ...]:
    predictions = theory.chain_gradients([layer.W.item() for layer in records])
    return tuple(
        Layer(
            layer=layer.layer,
            weight=layer.W.item(),
            pre_activation=layer.z.item(),
            activation=layer.a.item(),
            gradient_z=layer.dz.item(),
            gradient_weight=layer.dW.item(),
            predicted_gradient_z=prediction,
        )
        for layer, prediction in zip(records, predictions, strict=True)
    )


def gradients_over_seeds(config: Config) -> Tensor:
    """The gradients with respect to z for seeds 0, 1, ..., shape (layers, seeds), in float64.

    Every seed's weights are drawn in the article's order, so seed 42 is the article's network; all networks
    are then computed at once.
    """
    weights = torch.stack(
        [
            torch.cat(replay_article_weights(config.num_layers, config.mean, config.standard_deviation, seed)).flatten()
            for seed in progress.track(range(config.spread_seeds), "explosion")
        ]
    )
    x = torch.full((1, 1, 1), config.x, dtype=torch.float64)
    return batched.run(batched.chains(weights, "relu"), x).dz_norms


def _quantiles(gradients: Tensor) -> tuple[Quantiles, ...]:
    levels = torch.tensor([0.025, 0.5, 0.975], dtype=gradients.dtype)
    table = torch.quantile(gradients, levels, dim=1).T.tolist()
    return tuple(Quantiles(layer, *row) for layer, row in enumerate(table, start=1))


def run(config: Config | None = None) -> Result:
    """Run the article's network, and the same network for many seeds."""
    config = Config() if config is None else config
    records = _records(config, "relu")
    layers = _layers(records)
    linear = _records(config, "linear")
    gradients = gradients_over_seeds(config)
    logs = gradients[0].log()
    law = theory.positive_chain_log_law(config.mean, config.standard_deviation)
    factors = config.num_layers - 1
    standard_deviation = float(logs.std())
    return Result(
        config=config,
        output=layers[-1].activation,
        layers=layers,
        spread=_quantiles(gradients),
        log_mean=float(logs.mean()),
        log_mean_standard_error=standard_deviation / math.sqrt(config.spread_seeds),
        # The law is that of ln w²; the gradient is a product of w.
        predicted_log_mean=factors * law.mean / 2,
        log_standard_deviation=standard_deviation,
        predicted_log_standard_deviation=math.sqrt(factors * law.variance) / 2,
        largest_relative_error=max(abs(layer.gradient_z / layer.predicted_gradient_z - 1) for layer in layers),
        output_without_relu=linear[-1].a.item(),
        gradient_without_relu=linear[0].dz.item(),
    )
