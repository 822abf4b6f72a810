"""The first loss of a transformer whose output layer is its word table, before training.

Where the embedding is tied to the output, a word's own vector is still in the stream, so the output says the word that
was just read: its logit is about n/√q for n units of variance 1 and a stream of mean square q. A small table leaves the
logits near 0, and the loss at ln V.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn

from gradlab import estimates
from gradlab._internal import checks, progress
from gradlab.experiments._shared.transformer import Shape, Transformer


@dataclass(frozen=True)
class Config:
    """Transformers with the normalization at the head of every branch and uniform attention, on random words.

    Attributes:
        widths: units of the stream, multiples of 4, each once.
        words: V, words of the table.
        blocks: number of blocks.
        positions: positions of a sequence.
        batch: sequences.
        scales: standard deviations of the table.
        seeds: seeds 0, 1, ..., at least 2.

    """

    widths: tuple[int, ...] = (64, 256)
    words: int = 64
    blocks: int = 2
    positions: int = 16
    batch: int = 8
    scales: tuple[float, ...] = (1.0, 0.02)
    seeds: int = 4

    def __post_init__(self) -> None:
        checks.distinct("widths", self.widths)
        for width in self.widths:
            checks.positive_integer("widths", width)
        for name in ("words", "blocks", "positions", "batch"):
            checks.positive_integer(name, getattr(self, name))
        checks.distinct("scales", self.scales)
        for scale in self.scales:
            checks.positive("scales", scale)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Point:
    """One table.

    Attributes:
        width: units of the stream.
        scale: standard deviation of the table.
        loss: the first loss, a mean over the seeds.
        loss_standard_error: its standard error.
        predicted_loss: (1 - 1/V) n/√q for a table of variance 1, for many units; the logit of the word just read.

    """

    width: int
    scale: float
    loss: float
    loss_standard_error: float
    predicted_loss: float


@dataclass(frozen=True)
class Result:
    """All tables, width by width.

    Attributes:
        config: what was run.
        guessing: ln V, the loss of a model that guesses.
        points: in the order of the configuration.

    """

    config: Config
    guessing: float
    points: tuple[Point, ...]


def _loss(config: Config, width: int, scale: float, seed: int) -> float:
    generator = torch.Generator().manual_seed(seed)
    table = torch.empty(config.words, width, dtype=torch.float64).normal_(0, scale, generator=generator)
    words = torch.randint(config.words, (config.batch, config.positions + 1), generator=generator)
    network = Transformer(Shape(config.blocks, width, uniform=True), generator).double()
    with torch.no_grad():
        logits = network(table[words[:, :-1]]) @ table.T
        return float(nn.functional.cross_entropy(logits.flatten(0, 1), words[:, 1:].flatten()))


def _point(config: Config, width: int, scale: float) -> Point:
    loss = estimates.mean([_loss(config, width, scale, seed) for seed in range(config.seeds)])
    stream = Shape(config.blocks, width).field(config.positions).q[-1]
    own = (1 - 1 / config.words) * width / math.sqrt(stream)
    return Point(width, scale, loss.value, loss.standard_error, own)


def run(config: Config | None = None) -> Result:
    """Measure the first loss of every table."""
    config = Config() if config is None else config
    wanted = [(width, scale) for width in config.widths for scale in config.scales]
    points = tuple(_point(config, *one) for one in progress.track(wanted, "first_loss"))
    return Result(config, math.log(config.words), points)
