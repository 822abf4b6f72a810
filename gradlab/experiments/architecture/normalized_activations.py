"""A distribution under batch normalization.

Mean and variance change, the shape does not.

Over the batch it subtracts a number from every pre-activation of a unit and divides by another one. Skewness and
kurtosis do not notice: what had two peaks before has two peaks after. And the activations that the next layer
receives are rectified, so that for normal pre-activations half of them are exactly 0, with the skewness and
kurtosis of a rectified normal variable (``theory.rectified_normal``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gradlab import estimates, theory
from gradlab._internal import checks, progress
from gradlab._internal.refusals import RefusalError
from gradlab.estimates import Estimate
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLP, MLPConfig
from gradlab.theory import DistributionShape, shape_from_moments

_RANGE = 3.0


@dataclass(frozen=True)
class Config:
    """One ReLU layer with batch normalization before the ReLU, He initialization, no bias.

    Attributes:
        width: n, units, and inputs of each.
        batch: B, inputs, even, at least 4.
        distance: d, of each of two equally large clusters of inputs N(±d e, 1) from 0, where e is the unit vector
            along (1, ..., 1).
        seeds: seeds 0, 1, ..., at least 2.
        epsilon: what the normalization adds to the variance.
        bins: bins of the histograms, which run from -3 to 3; even.

    """

    width: int = 128
    batch: int = 4096
    distance: float = 24.0
    seeds: int = 5
    epsilon: float = 1e-12
    bins: int = 24

    def __post_init__(self) -> None:
        checks.positive_integer("width", self.width)
        checks.integer("batch", self.batch, 4)
        if self.batch % 2:
            raise RefusalError("batch", repr(self.batch), "an even number")
        checks.positive("distance", self.distance)
        checks.integer("seeds", self.seeds, 2)
        checks.positive("epsilon", self.epsilon)
        checks.integer("bins", self.bins, 2)
        if self.bins % 2:
            raise RefusalError("bins", repr(self.bins), "an even number")

    @property
    def edges(self) -> Tensor:
        """The edges of the bins, shape (bins + 1,)."""
        return torch.linspace(-_RANGE, _RANGE, self.bins + 1, dtype=torch.float64)


@dataclass(frozen=True)
class Histogram:
    """A distribution of normalized values, for the first seed; all tuples have one entry for each bin.

    Attributes:
        centers: middle of every bin.
        share: share of the values in the bin.
        standard_error: binomial.
        predicted: the same for the distribution that theory gives.

    """

    centers: tuple[float, ...]
    share: tuple[float, ...]
    standard_error: tuple[float, ...]
    predicted: tuple[float, ...]


@dataclass(frozen=True)
class Result:
    """Inputs N(0, 1) unless said otherwise.

    Attributes:
        config: what was run.
        largest_mean: largest |mean| over the batch of a normalized pre-activation, all units and seeds.
        largest_variance_error: largest |variance - 1|.
        zeros: share of the activations that are exactly 0, over the seeds.
        skewness: of the activations of a unit, mean over the units, over the seeds.
        excess_kurtosis: likewise.
        clusters_before: excess kurtosis of a unit's pre-activations for two clusters, mean over the units, over the
            seeds.
        clusters_after: the same after batch normalization.
        clusters_change: largest |difference| of skewness or excess kurtosis before and after, all units and seeds.
        clusters: normalized pre-activations for two clusters of the unit whose excess kurtosis is the median one;
            predicted from its weights.
        normal: all normalized pre-activations for inputs N(0, 1); predicted N(0, 1).

    """

    config: Config
    largest_mean: float
    largest_variance_error: float
    zeros: Estimate
    skewness: Estimate
    excess_kurtosis: Estimate
    clusters_before: Estimate
    clusters_after: Estimate
    clusters_change: float
    clusters: Histogram
    normal: Histogram

    @property
    def predicted_clusters(self) -> float:
        """Excess kurtosis of two clusters: -2 t²/(t + 1)² where t is the squared distance over the variance of each.

        A unit sees the distance d times a weight's worth, so that t = g² d²/n with g ~ N(0, 1), for many inputs.
        """
        ratio = self.config.distance**2 / self.config.width
        return theory.gaussian_average(lambda g: -2 * (ratio * g**2 / (ratio * g**2 + 1)) ** 2)


def _shapes(values: Tensor) -> list[DistributionShape]:
    """The shape of every column of ``values``, shape (batch, units)."""
    # About the mean, where the moments lose nothing to rounding.
    mean = values.mean(dim=0)
    centred = values - mean
    moments = torch.stack([centred.pow(power).mean(dim=0) for power in (1, 2, 3, 4)])
    return [
        DistributionShape(float(m), *shape_from_moments(*column)[1:])
        for m, column in zip(mean, moments.T.tolist(), strict=True)
    ]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


@dataclass(frozen=True)
class _Pass:
    """Measurements of one seed."""

    mean: float
    variance_error: float
    zeros: float
    skewness: float
    excess_kurtosis: float
    before: float
    after: float
    change: float


def _layer(network: MLP, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The tensors z, normalized z and a, all of shape (batch, units)."""
    with torch.no_grad():
        (step,) = network.trace(x)
        return step.z, network.normalizations[0](step.z), step.a


def _draw(config: Config, seed: int) -> tuple[MLP, Tensor, Tensor]:
    """The network, inputs N(0, 1), and the same in two clusters."""
    shape = MLPConfig(config.width, 1, normalization="batch", bias="none", epsilon=config.epsilon)
    x, network, _ = gaussian.draw(shape, config.batch, seed)
    side = torch.ones(config.batch, 1, dtype=x.dtype)
    side[1::2] = -1
    return network, x, x + side * config.distance / config.width**0.5


def _measure(config: Config, seed: int) -> _Pass:
    network, x, clusters = _draw(config, seed)
    _, normalized, a = _layer(network, x)
    activations = [one for one in _shapes(a) if one.variance > 0]
    before, after, _ = _layer(network, clusters)
    pairs = list(zip(_shapes(before), _shapes(after), strict=True))
    return _Pass(
        mean=float(normalized.mean(dim=0).abs().max()),
        variance_error=float((normalized.var(dim=0, correction=0) - 1).abs().max()),
        zeros=float((a == 0).double().mean()),
        skewness=_mean([one.skewness for one in activations]),
        excess_kurtosis=_mean([one.excess_kurtosis for one in activations]),
        before=_mean([one.excess_kurtosis for one, _ in pairs]),
        after=_mean([other.excess_kurtosis for _, other in pairs]),
        change=max(
            max(abs(one.skewness - other.skewness), abs(one.excess_kurtosis - other.excess_kurtosis))
            for one, other in pairs
        ),
    )


def _histogram(config: Config, values: Tensor, distribution: Tensor) -> Histogram:
    """The histogram of ``values``; ``distribution`` is the predicted one at the edges of the bins."""
    edges = config.edges
    count = values.numel()
    share = torch.histogram(values.flatten(), edges).hist / count
    return Histogram(
        centers=tuple(((edges[1:] + edges[:-1]) / 2).tolist()),
        share=tuple(share.tolist()),
        standard_error=tuple((share * (1 - share) / count).sqrt().tolist()),
        predicted=tuple(distribution.diff().tolist()),
    )


def _histograms(config: Config) -> tuple[Histogram, Histogram]:
    """The histogram of one unit for two clusters, and that of all units for inputs N(0, 1)."""
    network, x, clusters = _draw(config, 0)
    _, after, _ = _layer(network, clusters)
    order = sorted(range(config.width), key=[one.excess_kurtosis for one in _shapes(after)].__getitem__)
    unit = order[config.width // 2]
    w = network.linear_layers[0].weight.detach()[unit]
    # z is ±mean with the variance ‖w‖² of its noise.
    mean, deviation = float(w.sum()) * config.distance / math.sqrt(config.width), float(w.norm())
    z = config.edges * math.hypot(mean, deviation)
    two = (torch.special.ndtr((z - mean) / deviation) + torch.special.ndtr((z + mean) / deviation)) / 2
    return (
        _histogram(config, after[:, unit], two),
        _histogram(config, _layer(network, x)[1], torch.special.ndtr(config.edges)),
    )


def run(config: Config | None = None) -> Result:
    """Feed both kinds of inputs to the layer, from every seed."""
    config = Config() if config is None else config
    clusters, normal = _histograms(config)
    passes = [_measure(config, seed) for seed in progress.track(range(config.seeds), "normalized_activations")]
    return Result(
        config=config,
        largest_mean=max(one.mean for one in passes),
        largest_variance_error=max(one.variance_error for one in passes),
        zeros=estimates.mean([one.zeros for one in passes]),
        skewness=estimates.mean([one.skewness for one in passes]),
        excess_kurtosis=estimates.mean([one.excess_kurtosis for one in passes]),
        clusters_before=estimates.mean([one.before for one in passes]),
        clusters_after=estimates.mean([one.after for one in passes]),
        clusters_change=max(one.change for one in passes),
        clusters=clusters,
        normal=normal,
    )
