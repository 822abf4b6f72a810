"""Starts of branches: growth of stream and gradient over all blocks, for seven ways to start a transformer.

All but the first keep the size of the stream by a normalization, or make the branches small beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch

from gradlab import estimates
from gradlab._internal import checks, progress
from gradlab.experiments._shared import transformer
from gradlab.experiments._shared.transformer import Shape, Transformer

STARTS: Mapping[str, Callable[[int], Shape]] = MappingProxyType(
    {
        "none": lambda blocks: Shape(blocks, placement="none"),
        "post": lambda blocks: Shape(blocks, placement="post"),
        "pre": lambda blocks: Shape(blocks),
        "gpt2": lambda blocks: Shape(blocks, outer=1 / math.sqrt(2 * blocks)),
        "deepnorm": lambda blocks: Shape(
            blocks,
            placement="post",
            stream_scale=(2 * blocks) ** 0.25,
            inner=(8 * blocks) ** -0.25,
            outer=(8 * blocks) ** -0.25,
        ),
        "fixup": lambda blocks: Shape(blocks, placement="none", inner=1 / math.sqrt(2 * blocks), outer=0.0),
        "rezero": lambda blocks: Shape(blocks, placement="none", gate=0.0),
    }
)
"""The shape for a number L of blocks.

No normalization; behind every sum; at the head of every branch; the same with what writes a branch's output divided by
√(2 L) (GPT-2: Radford et al. 2019, section 2.3); the normalization behind a sum in which the stream counts (2 L)^(1/4)
times, with weights (8 L)^(-1/4) times Xavier's (DeepNorm: Wang et al. 2022, arXiv:2203.00555); no normalization, with
what reads a branch's input divided by √(2 L) and what writes its output 0 (Fixup: Zhang et al. 2019,
arXiv:1901.09321); no normalization, with a learned factor of 0 on every branch (ReZero: Bachlechner et al. 2020,
arXiv:2003.04887).
"""


@dataclass(frozen=True)
class Config:
    """The transformers to draw: a stream N(0, 1) and a random gradient behind the last block.

    Attributes:
        starts: names in ``STARTS``, each once.
        blocks: numbers L of blocks, each once.
        positions: positions of a sequence.
        batch: sequences.
        seeds: seeds 0, 1, ..., at least 2.

    """

    starts: tuple[str, ...] = tuple(STARTS)
    blocks: tuple[int, ...] = (6, 24)
    positions: int = 16
    batch: int = 4
    seeds: int = 4

    def __post_init__(self) -> None:
        checks.distinct("starts", self.starts)
        for start in self.starts:
            checks.one_of("starts", start, STARTS)
        checks.distinct("blocks", self.blocks)
        for number in (*self.blocks, self.positions, self.batch):
            checks.positive_integer("blocks, positions and batch", number)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Point:
    """One start at one depth; means over the seeds are geometric.

    Attributes:
        start: name in ``STARTS``.
        blocks: number L of blocks.
        stream: by how much all blocks multiply the stream's root mean square.
        stream_standard_error: its standard error.
        gradient: by how much they multiply the norm of the gradient, on the way back.
        gradient_standard_error: its standard error.
        predicted_stream: at infinite width.
        predicted_gradient: at infinite width.

    """

    start: str
    blocks: int
    stream: float
    stream_standard_error: float
    gradient: float
    gradient_standard_error: float
    predicted_stream: float
    predicted_gradient: float


@dataclass(frozen=True)
class Result:
    """All points, start by start, in the order of the configuration.

    Attributes:
        config: what was run.
        points: one for each start and depth.

    """

    config: Config
    points: tuple[Point, ...]


def _shape(start: str, blocks: int) -> Shape:
    shape = STARTS[start](blocks)
    return Shape(**{**vars(shape), "uniform": True})


def _growth(config: Config, shape: Shape, seed: int) -> tuple[float, float]:
    generator = torch.Generator().manual_seed(seed)
    x = transformer.stream(config.batch, config.positions, shape.width, generator)
    v = transformer.stream(config.batch, config.positions, shape.width, generator)
    network = Transformer(shape, generator).double().requires_grad_(requires_grad=False)
    stream = network.trace(x.requires_grad_())
    (delta,) = torch.autograd.grad((v * stream[-1]).sum(), x)
    return float(stream[-1].detach().norm() / x.detach().norm()), float(delta.norm() / v.norm())


def _point(config: Config, start: str, blocks: int) -> Point:
    shape = _shape(start, blocks)
    grown = [_growth(config, shape, seed) for seed in range(config.seeds)]
    stream, gradient = (estimates.geometric_mean(values) for values in zip(*grown, strict=True))
    field = shape.field(config.positions)
    return Point(
        start,
        blocks,
        stream=stream.value,
        stream_standard_error=stream.standard_error,
        gradient=gradient.value,
        gradient_standard_error=gradient.standard_error,
        predicted_stream=math.sqrt(field.q[-1]),
        predicted_gradient=math.sqrt(field.gradient[0]),
    )


def run(config: Config | None = None) -> Result:
    """Measure the growth of stream and gradient, for every start and depth."""
    config = Config() if config is None else config
    wanted = [(start, blocks) for start in config.starts for blocks in config.blocks]
    return Result(config, tuple(_point(config, *one) for one in progress.track(wanted, "branch_starts")))
