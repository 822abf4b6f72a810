"""Activations that are not zero-centred: what it does to the gradients of one neuron's incoming weights.

For one sample the gradient of the weight from unit j to unit i is δ_i a_j, so that with a sigmoid, where
every a_j is positive, all incoming gradients of a neuron share one sign (LeCun et al. 1998, "Efficient
BackProp"). Averaged over a batch the signs may differ, and they still mostly agree. With tanh they agree no
more than coins do.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from gradlab import activations, checks, estimates, initialization, progress, theory
from gradlab.estimates import Estimate
from gradlab.experiments import _gaussian
from gradlab.networks import MLPConfig
from gradlab.recording import LayerRecord


@dataclass(frozen=True)
class Config:
    """Plain networks without bias, inputs N(0, 1).

    Attributes:
        activations: names of the activation functions.
        initialization: name of the initialization.
        width: units of every layer, and of the input.
        depth: number L of layers, at least 2; examined are the activations of layer 1 and the weights of
            layer 2, where the samples are still independent. Deeper activations depend on the sample less and
            less, so that the signs of a sigmoid network agree even more.
        batches: batch sizes.
        seeds: seeds 0, 1, ..., at least 2.

    """

    activations: tuple[str, ...] = ("sigmoid", "tanh")
    initialization: str = "xavier"
    width: int = 256
    depth: int = 3
    batches: tuple[int, ...] = (1, 512)
    seeds: int = 10

    def __post_init__(self) -> None:
        checks.distinct("activations", self.activations)
        for name in self.activations:
            checks.one_of("activations", name, ("sigmoid", "tanh", "gelu"))
        initialization.get(self.initialization)
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 2)
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
        mean_activation: mean of the activations of layer 1.
        mean_activation_standard_error: its standard error over the seeds.
        same_sign_share: share of the commoner sign among the gradients of one neuron's incoming weights,
            mean over the neurons of layer 2; exact zeros are left out.
        same_sign_share_standard_error: its standard error over the seeds.
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
    predicted_same_sign_share: float
    coin_share: float


@dataclass(frozen=True)
class Result:
    """One point for each activation function and batch size."""

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
        layers = _gaussian.record_pass(shape, batch, seed)
        means.append(float(layers[0].a.mean()))
        shares.append(_same_sign_share(layers[1]))
    return estimates.mean(means), estimates.mean(shares)


def _prediction(config: Config, activation: str, batch: int) -> float:
    sigma_w = initialization.get(config.initialization).sigma_w(config.width)
    if batch > 1:
        return theory.same_sign_share(activation, sigma_w**2, config.width)
    phi = activations.get(activation)
    # Rounding may lead beyond 1.
    positive = min(1.0, theory.gaussian_average(lambda z: (phi(z) > 0).to(z.dtype)))
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
