"""Residual networks of growing depth.

The growth of the gradient over all blocks together.

With blocks z + s W relu(z) and He initialization ‖δ‖² grows by (1 + s²)^L over L blocks: 2^L for s = 1, less than e
for s = 1/√L (Hanin & Rolnick 2018, arXiv:1803.01719, recommend to scale). With
batch normalization at the head of the branch the stream grows linearly, so the branch's share of it shrinks (De &
Smith 2020, arXiv:2002.10444), and ‖δ‖² grows as ∏ (1 + 1/(2 + l (1 - 1/π))), l = 0 ... L-1, a power of the depth
with exponent π/(π - 1); 2 is the variance of the stream before the first block.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gradlab import estimates, theory
from gradlab._internal import checks, progress
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLPConfig

KINDS = ("one", "inverse_sqrt_depth", "batch_norm")
"""Kinds of branches: s = 1, s = 1/√L, or s = 1 and batch normalization at its head."""

_HE = math.sqrt(2)
# Small enough that the normalization divides by the true spread.
_EPSILON = 1e-12


@dataclass(frozen=True)
class Config:
    """The networks to draw: a linear layer W_1 x, then residual blocks; ReLU, He, no bias, inputs N(0, 1).

    Attributes:
        kinds: names in ``KINDS``, each once.
        blocks: numbers L of residual blocks, each at least 2.
        width: units of every layer, and of the input.
        batch: inputs per network, at least 5.
        normalized_batch: the same for ``"batch_norm"``, whose prediction is for many.
        seeds: seeds 0, 1, ..., at least 2.

    """

    kinds: tuple[str, ...] = KINDS
    blocks: tuple[int, ...] = (4, 8, 16, 32, 64)
    width: int = 256
    batch: int = 32
    normalized_batch: int = 128
    seeds: int = 5

    def __post_init__(self) -> None:
        checks.distinct("kinds", self.kinds)
        for kind in self.kinds:
            checks.one_of("kinds", kind, KINDS)
        checks.distinct("blocks", self.blocks)
        for blocks in self.blocks:
            checks.integer("blocks", blocks, 2)
        checks.positive_integer("width", self.width)
        checks.integer("batch", self.batch, 5)
        checks.integer("normalized_batch", self.normalized_batch, 5)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Point:
    """One kind at one depth.

    Attributes:
        kind: name in ``KINDS``.
        blocks: number L of blocks.
        total: ‖δ‖² before the first block divided by that after the last; its mean over the seeds is geometric.
        total_standard_error: its standard error over the seeds.
        predicted_total: at infinite width, and where there is normalization for an infinite batch.
        batch_bias: what the finite batch may add to the prediction, relative to it: the factor (B-2)/(B-3) that
            E 1/σ² over B samples puts to the share of every branch, B as in the configuration; 0 without
            normalization.

    """

    kind: str
    blocks: int
    total: float
    total_standard_error: float
    predicted_total: float
    batch_bias: float


@dataclass(frozen=True)
class Result:
    """All points, kind by kind, in the order of the configuration.

    Attributes:
        config: what was run.
        points: one for each kind and depth.

    """

    config: Config
    points: tuple[Point, ...]


def scale(kind: str, blocks: int) -> float:
    """The factor s of the branch for a kind at a depth."""
    checks.one_of("kind", kind, KINDS)
    return 1 / math.sqrt(blocks) if kind == "inverse_sqrt_depth" else 1.0


def block_factors(kind: str, blocks: int) -> tuple[float, ...]:
    """The predicted factor of ‖δ‖² over every block, first to last; their product is the total."""
    s = scale(kind, blocks)
    if kind == "batch_norm":
        return theory.residual_batch_norm_mean_field("relu", _HE, s, blocks, _HE**2).chi[:-1]
    return (theory.residual_growth(s, _HE),) * blocks


def _point(config: Config, kind: str, blocks: int) -> Point:
    normalized = kind == "batch_norm"
    batch = config.normalized_batch if normalized else config.batch
    shape = MLPConfig(
        width=config.width,
        depth=blocks + 1,
        initialization="normal",
        sigma_w=_HE,
        normalization="batch" if normalized else None,
        residual_scale=scale(kind, blocks),
        bias="none",
        epsilon=_EPSILON,
    )
    passes = (gaussian.pass_norms(gaussian.draw(shape, batch, seed)) for seed in range(config.seeds))
    total = estimates.geometric_mean([norms.profile[0] ** 2 for norms in passes])
    factors = block_factors(kind, blocks)
    shares = sum(1 - 1 / factor for factor in factors) / (batch - 3) if normalized else 0.0
    return Point(kind, blocks, total.value, total.standard_error, math.prod(factors), shares)


def run(config: Config | None = None) -> Result:
    """Measure the growth over all blocks, for every kind and depth."""
    config = Config() if config is None else config
    wanted = [(kind, blocks) for kind in config.kinds for blocks in config.blocks]
    return Result(config, tuple(_point(config, *one) for one in progress.track(wanted, "residual_depth")))
