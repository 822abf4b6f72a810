"""Activations that are not zero-centered, and the signs of gradients.

The gradients are those of one neuron's incoming weights.

For one sample the gradient of the weight from unit j to unit i is δ_i a_j, so that with a sigmoid, where
every a_j is positive, all incoming gradients of a neuron share one sign (LeCun et al. 1998, “Efficient
BackProp”). Averaged over a batch the signs may differ, and they still mostly agree: the more, the deeper the layer,
because deeper activations depend on the sample less and less. With tanh they agree no more than coins do. Inputs whose
mean is not 0 do the same to the weights of the first layer: only the ratio of the mean to the spread counts.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch

from gradlab import activations, estimates, initialization, theory
from gradlab._internal import checks, progress
from gradlab._internal.refusals import RefusalError
from gradlab.estimates import Estimate
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLPConfig
from gradlab.passes import LayerRecord


def _is_signed(activation: str) -> bool:
    """Whether φ(z) has a sign wherever z is not 0: what is 0 leaves the gradient of a weight without one."""
    z = torch.arange(1, 801, dtype=torch.float64) / 100
    return bool((activations.get(activation)(torch.cat((-z, z))) != 0).all())


@dataclass(frozen=True)
class Config:
    """Plain networks without bias, inputs N(offset, 1).

    Attributes:
        activations: names of the activation functions, none of which is 0 for half of its inputs.
        initialization: name of the initialization.
        width: units of every layer, and of the input.
        depth: number L of layers, at least 2.
        layer: examined are the weights of this layer, and what they multiply: the inputs, or the activations of the
            layer before it. Every sample has an output gradient of its own, independent of the others; a loss whose
            gradients point the same way for many samples leaves more signs alike.
        offset: m, mean of every input; not 0 only where the weights of layer 1 are examined.
        batches: batch sizes.
        seeds: seeds 0, 1, ..., at least 2.

    """

    activations: tuple[str, ...] = ("sigmoid", "tanh")
    initialization: str = "xavier"
    width: int = 256
    depth: int = 3
    layer: int = 2
    offset: float = 0.0
    batches: tuple[int, ...] = (1, 512)
    seeds: int = 10

    def __post_init__(self) -> None:
        checks.distinct("activations", self.activations)
        for name in self.activations:
            checks.one_of("activations", name, filter(_is_signed, activations.ACTIVATIONS))
        initialization.get(self.initialization)
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 2)
        if checks.positive_integer("layer", self.layer) > self.depth:
            raise RefusalError("layer", repr(self.layer), f"from 1 to the depth, {self.depth}")
        if checks.finite("offset", self.offset) != 0 and self.layer != 1:
            raise RefusalError("offset", repr(self.offset), "0.0 where the layer is not 1")
        checks.distinct("batches", self.batches)
        for batch in self.batches:
            checks.positive_integer("batches", batch)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Point:
    """One activation function and one batch size; means over the seeds.

    Attributes:
        activation: its name.
        batch: number of samples.
        mean_activation: mean of what the examined weights multiply: the activations of the layer before, or the inputs.
        mean_activation_standard_error: its standard error over the seeds.
        same_sign_share: share of the more common sign among the gradients of one neuron's incoming weights,
            mean over the neurons of the examined layer; exact zeros are left out.
        same_sign_share_standard_error: its standard error over the seeds.
        mean_to_spread: predicted |mean|/standard deviation over the samples of what these weights multiply.
        predicted_same_sign_share: batch 1: activations of independent sign; larger batches: the limit of many
            samples.
        coin_share: the same share for fair coins, as many as a neuron has incoming weights.

    """

    activation: str
    batch: int
    mean_activation: float
    mean_activation_standard_error: float
    same_sign_share: float
    same_sign_share_standard_error: float
    mean_to_spread: float
    predicted_same_sign_share: float
    coin_share: float


@dataclass(frozen=True)
class Result:
    """One point for each activation function and batch size.

    Attributes:
        config: what was run.
        points: one for each activation function and batch size.

    """

    config: Config
    points: tuple[Point, ...]


def _same_sign_share(layer: LayerRecord) -> float:
    positive = (layer.dW > 0).sum(dim=1)
    negative = (layer.dW < 0).sum(dim=1)
    signed = positive + negative
    share = positive.maximum(negative) / signed
    return float(share[signed > 0].mean())


def _measure(config: Config, activation: str, batch: int) -> tuple[Estimate, Estimate]:
    shape = MLPConfig(
        width=config.width,
        depth=config.depth,
        activation=activation,
        initialization=config.initialization,
        bias="none",
    )
    means: list[float] = []
    shares: list[float] = []
    for seed in range(config.seeds):
        drawn = gaussian.draw(shape, batch, seed)
        x = config.offset + drawn.x
        layers = gaussian.record_draw(drawn._replace(x=x))
        means.append(float((x if config.layer == 1 else layers[config.layer - 2].a).mean()))
        shares.append(_same_sign_share(layers[config.layer - 1]))
    return estimates.mean(means), estimates.mean(shares)


def _mean_to_spread(config: Config, activation: str) -> float:
    if config.layer == 1:
        return abs(config.offset)
    sigma_w = initialization.get(config.initialization).sigma_w(config.width)
    variances = theory.mean_field(activation, sigma_w, config.depth).q
    correlations = theory.mean_field_correlations(activation, sigma_w, config.depth, 1.0, 0.0)
    return theory.mean_to_spread(activation, variances[config.layer - 2], correlations[config.layer - 2])


def _prediction(config: Config, activation: str, batch: int) -> float:
    if batch > 1:
        return theory.same_sign_share(_mean_to_spread(config, activation), config.width)
    phi = activations.get("linear" if config.layer == 1 else activation)
    # Rounding may lead beyond 1.
    positive = min(1.0, theory.gaussian_average(lambda z: (phi(config.offset + z) > 0).to(z.dtype)))
    return theory.majority_share(config.width, positive)


def _point(config: Config, activation: str, batch: int) -> Point:
    mean, share = _measure(config, activation, batch)
    return Point(
        activation=activation,
        batch=batch,
        mean_activation=mean.value,
        mean_activation_standard_error=mean.standard_error,
        same_sign_share=share.value,
        same_sign_share_standard_error=share.standard_error,
        mean_to_spread=_mean_to_spread(config, activation),
        predicted_same_sign_share=_prediction(config, activation, batch),
        coin_share=theory.majority_share(config.width),
    )


def run(config: Config | None = None) -> Result:
    """Measure the mean activation and the agreement of signs."""
    config = Config() if config is None else config
    cases = tuple(itertools.product(config.activations, config.batches))
    return Result(
        config,
        tuple(_point(config, name, batch) for name, batch in progress.track(cases, "zero_centred")),
    )
