"""The correlation of a pre-activation between two inputs, layer by layer.

Two inputs become alike in a ReLU network, and unlike in a chaotic tanh network.

Both inputs go through the same random weights. At infinite width their correlation in the next layer follows from
that in this one alone (Poole et al. 2016, arXiv:1606.05340): ``theory.mean_field_correlations``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from gradlab import activations, estimates, theory
from gradlab._internal import checks, progress
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLP, MLPConfig


@dataclass(frozen=True)
class Config:
    """The networks to draw, without bias, and the inputs that are sent through them.

    Attributes:
        activation: name of the activation function.
        sigma_w: √(width Var W).
        starts: correlations of the pairs of inputs, each from -1 to 1.
        width: units of every layer, and of the input, at least 2.
        depth: number L of layers, at least 2.
        seeds: seeds 0, 1, ..., at least 2.

    """

    activation: str = "relu"
    sigma_w: float = math.sqrt(2)
    starts: tuple[float, ...] = (0.0, 0.5)
    width: int = 512
    depth: int = 20
    seeds: int = 16

    def __post_init__(self) -> None:
        activations.get(self.activation)
        checks.positive("sigma_w", self.sigma_w)
        for start in self.starts:
            checks.correlation("starts", start)
        checks.integer("width", self.width, 2)
        checks.integer("depth", self.depth, 2)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Series:
    """One pair of inputs, first layer to last.

    Attributes:
        start: correlation of the inputs.
        correlation: mean over the seeds of z·z'/(‖z‖ ‖z'‖).
        standard_error: its standard error over the seeds.
        predicted: infinite width.

    """

    start: float
    correlation: tuple[float, ...]
    standard_error: tuple[float, ...]
    predicted: tuple[float, ...]


@dataclass(frozen=True)
class Result:
    """The correlations.

    Attributes:
        config: what was run.
        series: one for each pair of inputs.

    """

    config: Config
    series: tuple[Series, ...]


def _inputs(config: Config, generator: Generator) -> Tensor:
    """An input of mean square 1, and for every start another one that has this correlation with it, to rounding."""
    first, other = gaussian.inputs(2, config.width, generator)
    first = first / torch.linalg.vector_norm(first)
    other = other - (other @ first) * first
    other = other / torch.linalg.vector_norm(other)
    partners = [start * first + math.sqrt(1 - start**2) * other for start in config.starts]
    return math.sqrt(config.width) * torch.stack([first, *partners])


def _correlations(config: Config, seed: int) -> Tensor:
    """The correlations in the network of one seed, of shape (layers, starts)."""
    generator = torch.Generator().manual_seed(seed)
    x = _inputs(config, generator)
    shape = MLPConfig(
        width=config.width,
        depth=config.depth,
        activation=config.activation,
        initialization="normal",
        sigma_w=config.sigma_w,
        bias="none",
    )
    with torch.no_grad():
        steps = MLP(shape, generator).trace(x)
    return torch.stack([torch.cosine_similarity(step.z[:1], step.z[1:], eps=0) for step in steps])


def run(config: Config | None = None) -> Result:
    """Send pairs of inputs through random networks."""
    config = Config() if config is None else config
    seeds = [_correlations(config, seed) for seed in progress.track(range(config.seeds), "correlation")]

    def series(place: int, start: float) -> Series:
        layers = [estimates.mean([float(seed[layer, place]) for seed in seeds]) for layer in range(config.depth)]
        predicted = theory.mean_field_correlations(config.activation, config.sigma_w, config.depth, 1.0, start)
        return Series(
            start=start,
            correlation=tuple(layer.value for layer in layers),
            standard_error=tuple(layer.standard_error for layer in layers),
            predicted=predicted,
        )

    return Result(config, tuple(series(place, start) for place, start in enumerate(config.starts)))
