"""Shattered gradients: the correlation of the gradients of two inputs, with depth.

Balduzzi et al. 2017 (arXiv:1702.08591): in a plain rectifier network the correlation between the gradients of two
inputs decays as 2^-L with depth, in a residual network more slowly, as (3/4)^L; both under the assumption that a unit
is on for both inputs with probability 1/4, as it is where inputs are orthogonal. But the layers of a network make
inputs alike: with θ_l the angle between them at layer l, a unit that is on for one is on for the other with
probability 1 - θ_l/π, so that the correlation is the product of 1 - θ_l/π over the layers of a plain network at
infinite width, and of (1 + s² (1 - θ_l/π))/(1 + s²) over the blocks of a residual one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from gradlab import batched, estimates, theory
from gradlab._internal import checks, progress
from gradlab.networks import MLPConfig

KINDS = ("plain", "residual")
"""Kinds of networks: layers that replace the signal, or add to it with s = 1."""


@dataclass(frozen=True)
class Config:
    """The networks to draw: ReLU, He initialization, no bias, two orthogonal inputs, the same output gradient N(0, 1).

    Attributes:
        kinds: names in ``KINDS``, each once.
        depths: numbers L of layers, each at least 1.
        width: units of every layer, and of the input, at least 2.
        networks: number of networks of each kind and depth, at least 20.
        seed: seed of networks and inputs.

    """

    kinds: tuple[str, ...] = KINDS
    depths: tuple[int, ...] = (1, 2, 4, 8, 16)
    width: int = 256
    networks: int = 60
    seed: int = 0

    def __post_init__(self) -> None:
        checks.distinct("kinds", self.kinds)
        for kind in self.kinds:
            checks.one_of("kinds", kind, KINDS)
        checks.distinct("depths", self.depths)
        for depth in self.depths:
            checks.positive_integer("depths", depth)
        checks.integer("width", self.width, 2)
        checks.integer("networks", self.networks, 20)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Point:
    """One kind at one depth.

    Attributes:
        kind: name in ``KINDS``.
        depth: number L of layers.
        correlation: mean over the networks of the cosine between the gradients with respect to the two inputs.
        standard_error: its standard error.
        predicted: at infinite width.
        published: 2^-L, or (3/4)^(L-1)/2 for residual layers 2 to L, as the paper has it.

    """

    kind: str
    depth: int
    correlation: float
    standard_error: float
    predicted: float
    published: float


@dataclass(frozen=True)
class Result:
    """All points, kind by kind.

    Attributes:
        config: what was run.
        points: one for each kind and depth.

    """

    config: Config
    points: tuple[Point, ...]


def predicted(kind: str, depth: int) -> float:
    """The correlation at infinite width, for inputs that are orthogonal."""
    cosine, correlation = 0.0, 1.0
    for _ in range(depth - 1):
        both_on = 1 - math.acos(cosine) / math.pi
        if kind == "plain":
            correlation *= both_on
            cosine = min(1.0, theory.relu_correlation(cosine))
        else:
            correlation *= (1 + both_on) / 2
            cosine = min(1.0, (cosine + theory.relu_correlation(cosine)) / 2)
    return correlation * (1 - math.acos(cosine) / math.pi)


def _point(config: Config, kind: str, depth: int) -> Point:
    generator = torch.Generator().manual_seed(config.seed)
    n, S = config.width, config.networks
    pairs = torch.empty(S, n, 2, dtype=torch.float64).normal_(generator=generator)
    # Orthogonal, of mean square 1.
    x = math.sqrt(n) * torch.linalg.qr(pairs).Q.mT
    v = torch.empty(S, 1, n, dtype=torch.float64).normal_(generator=generator).expand(-1, 2, -1)
    shape = MLPConfig(n, depth, residual_scale=None if kind == "plain" else 1.0, bias="none")
    dx = batched.run(batched.draw(shape, S, generator), x.contiguous(), v.contiguous()).dx
    cosines = estimates.mean(torch.cosine_similarity(dx[:, 0], dx[:, 1], dim=1).tolist())
    published = 2.0**-depth if kind == "plain" else 0.75 ** (depth - 1) / 2
    return Point(kind, depth, cosines.value, cosines.standard_error, predicted(kind, depth), published)


def run(config: Config | None = None) -> Result:
    """Measure the correlation for every kind and depth."""
    config = Config() if config is None else config
    wanted = [(kind, depth) for kind in config.kinds for depth in config.depths]
    return Result(config, tuple(_point(config, *one) for one in progress.track(wanted, "gradient_correlation")))
