"""Change of the output by one step of Adam, against the width: a standard transformer, and one scaled by muP.

Adam moves every weight by the learning rate, whatever its gradient. A unit that reads n others thus has its input moved
by as much as n of them agree on: in proportion to the width. Maximal-update scaling (muP: Yang et al. 2022,
arXiv:2203.03466) divides the learning rate of matrices between units by the width, and the output by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gradlab import estimates
from gradlab._internal import checks, progress
from gradlab.experiments._shared import transformer
from gradlab.experiments._shared.transformer import Shape, Transformer

SCALINGS = ("standard", "mup")
"""The same learning rate for every weight, or maximal-update scaling."""
_HEAD = 16


@dataclass(frozen=True)
class Config:
    """Transformers with the normalization at the head of every branch, heads of 16 units, random words.

    Attributes:
        widths: units of the stream, multiples of 16, rising; at the first both scalings are the same.
        words: words of the table and of the output.
        blocks: number of blocks.
        positions: positions of a sequence.
        batch: sequences.
        learning_rate: of Adam, at the first width.
        seeds: seeds 0, 1, ..., at least 2.

    """

    widths: tuple[int, ...] = (32, 64, 128, 256)
    words: int = 32
    blocks: int = 2
    positions: int = 8
    batch: int = 8
    learning_rate: float = 1e-3
    seeds: int = 4

    def __post_init__(self) -> None:
        checks.distinct("widths", self.widths)
        for width in self.widths:
            checks.integer("widths", width, _HEAD)
        for name in ("words", "blocks", "positions", "batch"):
            checks.positive_integer(name, getattr(self, name))
        checks.positive("learning_rate", self.learning_rate)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Point:
    """One scaling at one width.

    Attributes:
        scaling: name in ``SCALINGS``.
        width: units of the stream.
        change: root mean square of the change of the logits by the first step, a geometric mean over the seeds.
        change_standard_error: its standard error.

    """

    scaling: str
    width: int
    change: float
    change_standard_error: float


@dataclass(frozen=True)
class Result:
    """Both scalings at every width.

    Attributes:
        config: what was run.
        points: scaling by scaling, in the order of the configuration.

    """

    config: Config
    points: tuple[Point, ...]


class _Model(nn.Module):
    """A word table, blocks, and an output layer with a fixed factor behind it."""

    def __init__(self, config: Config, width: int, factor: float, generator: torch.Generator) -> None:
        super().__init__()
        self.table = nn.Parameter(transformer.stream(1, config.words, width, generator)[0])
        self.stack = Transformer(Shape(config.blocks, width, width // _HEAD, causal=True), generator).double()
        # Behind the factor the weights have the variance 1/width at the first width, and less at others.
        first = config.widths[0]
        self.readout = nn.Parameter(
            transformer.readout(width, config.words, generator) * (width / first) ** (0.5 if factor != 1 else 0.0)
        )
        self.factor = factor

    def forward(self, words: Tensor) -> Tensor:
        """The logits of the next words."""
        logits: Tensor = self.stack(self.table[words]) @ self.readout.T * self.factor
        return logits


def _change(config: Config, scaling: str, width: int, seed: int) -> float:
    generator = torch.Generator().manual_seed(seed)
    words = torch.randint(config.words, (config.batch, config.positions + 1), generator=generator)
    share = config.widths[0] / width if scaling == "mup" else 1.0
    model = _Model(config, width, share, generator)
    between = [weight for weight in model.stack.parameters() if weight.ndim > 1]
    others = [weight for weight in model.parameters() if all(weight is not one for one in between)]
    optimizer = torch.optim.Adam(
        [
            {"params": between, "lr": config.learning_rate * share},
            {"params": others, "lr": config.learning_rate},
        ],
    )
    before = model(words[:, :-1])
    nn.functional.cross_entropy(before.flatten(0, 1), words[:, 1:].flatten()).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    with torch.no_grad():
        return float((model(words[:, :-1]) - before).square().mean().sqrt())


def run(config: Config | None = None) -> Result:
    """Measure the change of the output by one step, for both scalings at every width."""
    config = Config() if config is None else config
    points = []
    for scaling in SCALINGS:
        for width in progress.track(config.widths, "width_updates"):
            change = estimates.geometric_mean([_change(config, scaling, width, seed) for seed in range(config.seeds)])
            points.append(Point(scaling, width, change.value, change.standard_error))
    return Result(config, tuple(points))
