"""Pre-norm against post-norm: the gradient of a transformer's last layer before training, against its depth.

With the normalization at the head of every branch the stream grows with every block, and the one normalization behind
the last divides the gradient by it: about 1/√L for L blocks. Behind every sum it keeps the stream's size, and the last
layer's gradient does not know the depth (Xiong et al. 2020, arXiv:2002.04745, Theorem 1). Attention is uniform here, as
in that theorem.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from gradlab import estimates
from gradlab._internal import checks, progress
from gradlab.experiments._shared import transformer
from gradlab.experiments._shared.transformer import Shape, Transformer

PLACEMENTS = ("pre", "post")
"""At the head of every branch, or behind every sum."""


@dataclass(frozen=True)
class Config:
    """The transformers to draw: a stream N(0, 1), random next words, an output layer of variance 1.

    Attributes:
        blocks: numbers L of blocks, at least 2 of them, each once.
        width: units of the stream.
        heads: heads of attention; they divide the width.
        positions: positions of a sequence.
        batch: sequences.
        words: words that the output chooses from.
        seeds: seeds 0, 1, ..., at least 2.

    """

    blocks: tuple[int, ...] = (6, 12, 24, 48)
    width: int = 64
    heads: int = 4
    positions: int = 16
    batch: int = 4
    words: int = 2048
    seeds: int = 6

    def __post_init__(self) -> None:
        checks.distinct("blocks", self.blocks)
        checks.integer("blocks", len(self.blocks), 2)
        for name in ("width", "heads", "positions", "batch", "words"):
            checks.positive_integer(name, getattr(self, name))
        for blocks in self.blocks:
            checks.positive_integer("blocks", blocks)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Point:
    """One placement at one depth; means over the seeds are geometric.

    Attributes:
        placement: name in ``PLACEMENTS``.
        blocks: number L of blocks.
        gradient: norm of the gradient of the last layer's weights.
        gradient_standard_error: its standard error.
        stream: mean square of the stream before the first, ..., after the last block.
        delta: norm of the gradient with respect to the stream, at the same places, relative to the last.
        passed: the last of these norms, relative to that of the gradient behind the final normalization, if there is
            one.
        predicted_stream: at infinite width.
        predicted_delta: at infinite width.

    """

    placement: str
    blocks: int
    gradient: float
    gradient_standard_error: float
    stream: tuple[float, ...]
    delta: tuple[float, ...]
    passed: float
    predicted_stream: tuple[float, ...]
    predicted_delta: tuple[float, ...]

    @property
    def predicted_share(self) -> float:
        """By what the final normalization divides the gradient: 1/√q of the last stream."""
        return 1 / math.sqrt(self.predicted_stream[-1])


@dataclass(frozen=True)
class Slope:
    """The power of L with which the last layer's gradient changes: the slope of the line through its logarithms.

    Attributes:
        placement: name in ``PLACEMENTS``.
        value: mean over the seeds.
        standard_error: its standard error.
        predicted: at infinite width.

    """

    placement: str
    value: float
    standard_error: float
    predicted: float


@dataclass(frozen=True)
class Result:
    """Both placements at every depth.

    Attributes:
        config: what was run.
        points: placement by placement, in the order of the configuration.
        slopes: one for each placement.

    """

    config: Config
    points: tuple[Point, ...]
    slopes: tuple[Slope, ...]


@dataclass(frozen=True)
class _Pass:
    gradient: float
    stream: tuple[float, ...]
    delta: tuple[float, ...]
    passed: float


def _pass(config: Config, shape: Shape, seed: int) -> _Pass:
    generator = torch.Generator().manual_seed(seed)
    x = transformer.stream(config.batch, config.positions, config.width, generator)
    readout = transformer.readout(config.width, config.words, generator)
    target = torch.randint(config.words, (config.batch * config.positions,), generator=generator)
    network = Transformer(shape, generator).double().requires_grad_(requires_grad=False)
    network.last.requires_grad_()
    stream = network.trace(x.requires_grad_())
    read = network.final(stream[-1])
    loss = nn.functional.cross_entropy(read.flatten(0, 1) @ readout.T, target)
    gradient, of_read, *deltas = torch.autograd.grad(loss, [network.last, read, *stream])
    norms = [float(delta.norm()) for delta in deltas]
    return _Pass(
        gradient=float(gradient.norm()),
        stream=tuple(float(z.detach().square().mean()) for z in stream),
        delta=tuple(norm / norms[-1] for norm in norms),
        passed=norms[-1] / float(of_read.norm()),
    )


def _slope(blocks: Sequence[int], gradients: Sequence[float]) -> float:
    """Least squares over the logarithms."""
    x = [math.log(number) for number in blocks]
    y = [math.log(gradient) for gradient in gradients]
    middle = sum(x) / len(x)
    return sum((a - middle) * b for a, b in zip(x, y, strict=True)) / sum((a - middle) ** 2 for a in x)


def run(config: Config | None = None) -> Result:
    """Measure stream and gradients of both placements at every depth."""
    config = Config() if config is None else config
    points, slopes = [], []
    for placement in progress.track(PLACEMENTS, "norm_placement"):
        table, own = [], []
        for blocks in config.blocks:
            shape = Shape(blocks, config.width, config.heads, placement, uniform=True)
            passes = [_pass(config, shape, seed) for seed in range(config.seeds)]
            table.append([one.gradient for one in passes])
            gradient = estimates.geometric_mean(table[-1])
            field = shape.field(config.positions)
            own.append(
                Point(
                    placement,
                    blocks,
                    gradient=gradient.value,
                    gradient_standard_error=gradient.standard_error,
                    stream=estimates.geometric_means([one.stream for one in passes]),
                    delta=estimates.geometric_means([one.delta for one in passes]),
                    passed=estimates.geometric_mean([one.passed for one in passes]).value,
                    predicted_stream=field.q,
                    predicted_delta=tuple(math.sqrt(square) for square in field.gradient),
                )
            )
        slope = estimates.mean([_slope(config.blocks, gradients) for gradients in zip(*table, strict=True)])
        predicted = _slope(config.blocks, [point.predicted_share for point in own])
        slopes.append(Slope(placement, slope.value, slope.standard_error, predicted))
        points += own
    return Result(config, tuple(points), tuple(slopes))
