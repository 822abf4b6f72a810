"""Attention before training: near uniform, and without skip connections it makes all positions alike.

The scores of a head have variance s², 1/4 with torch's own start of ``nn.MultiheadAttention`` and 1 with Xavier's for
each matrix, and the entropy of n positions falls short of ln n by about s²/2. Alone, layer upon layer, attention makes
positions alike, and the more alike they are, the faster: every layer cubes what is left of their differences (Dong et
al. 2021, arXiv:2103.03404).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gradlab import estimates
from gradlab._internal import checks, progress
from gradlab.experiments._shared import transformer
from gradlab.experiments._shared.transformer import Attention, Shape

_FLOOR = 1e-13
"""Below it what is left is rounding."""


@dataclass(frozen=True)
class Config:
    """Layers of attention on a stream N(0, 1).

    Attributes:
        width: units of the stream.
        heads: heads of attention; they divide the width.
        positions: positions of a sequence, at least 2.
        layers: layers upon each other.
        seeds: seeds 0, 1, ..., at least 2.

    """

    width: int = 64
    heads: int = 4
    positions: int = 32
    layers: int = 6
    seeds: int = 6

    def __post_init__(self) -> None:
        for name in ("width", "heads", "layers"):
            checks.positive_integer(name, getattr(self, name))
        checks.integer("positions", self.positions, 2)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Result:
    """Entropy of the first layer, and what is left of the differences of positions.

    Attributes:
        config: what was run.
        seen: e to the power of the mean entropy: as many positions a head looks at, with torch's own start.
        seen_standard_error: its standard error.
        predicted_seen: n e^(-s²/2) with s² = 1/4.
        alone: norm of the differences from the mean position, relative to the whole, before the first, ..., after the
            last layer of attention alone; as far as rounding allows.
        skipped: the same with skip connections.

    """

    config: Config
    seen: float
    seen_standard_error: float
    predicted_seen: float
    alone: tuple[float, ...]
    skipped: tuple[float, ...]


def _entropy(config: Config, seed: int) -> float:
    """Mean entropy of torch's own attention."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        attention = nn.MultiheadAttention(config.width, config.heads, batch_first=True, dtype=torch.float64)
    x = transformer.stream(1, config.positions, config.width, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        weights = attention(x, x, x, need_weights=True, average_attn_weights=False)[1]
    return float(torch.special.entr(weights).sum(-1).mean())


def _differences(x: Tensor) -> float:
    return float((x - x.mean(1, keepdim=True)).norm() / x.norm())


def _left(config: Config, *, is_skipping: bool, seed: int) -> list[float]:
    generator = torch.Generator().manual_seed(seed)
    shape = Shape(blocks=config.layers, width=config.width, heads=config.heads)
    x = transformer.stream(1, config.positions, config.width, generator)
    left = [_differences(x)]
    with torch.no_grad():
        for _ in range(config.layers):
            attention = Attention(shape).double()
            attention.draw(shape, generator)
            x = x * is_skipping + attention(x)
            left.append(_differences(x))
    return left


def run(config: Config | None = None) -> Result:
    """Measure the entropy of the first layer, and the differences after every layer."""
    config = Config() if config is None else config
    seeds = progress.track(range(config.seeds), "attention_start")
    seen = estimates.geometric_mean([math.exp(_entropy(config, seed)) for seed in seeds])
    alone = estimates.geometric_means([_left(config, is_skipping=False, seed=seed) for seed in range(config.seeds)])
    return Result(
        config=config,
        seen=seen.value,
        seen_standard_error=seen.standard_error,
        predicted_seen=config.positions * math.exp(-1 / 8),
        alone=tuple(left for left in alone if left > _FLOOR),
        skipped=estimates.geometric_means([_left(config, is_skipping=True, seed=seed) for seed in range(config.seeds)]),
    )
