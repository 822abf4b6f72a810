"""Units that die of a learning rate far too large.

A smaller learning rate afterwards does not bring them back.

A small network with He initialization, healthy at the start, is trained with Adam on two spirals: with a rate far too
large, then on from there with a good one, and with the good one from the start; and with one in between, which fits
the points so well that nothing is left to learn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from gradlab._internal import checks
from gradlab.datasets import Samples, two_spirals
from gradlab.experiments.diagnosis import mended
from gradlab.probing import probe, structure
from gradlab.probing.history import verdict_of
from gradlab.probing.step import Step


@dataclass(frozen=True)
class Config:
    """The network and its training.

    Attributes:
        depth: number of hidden layers.
        width: units of each hidden layer.
        points: points of the two spirals together.
        large: learning rate that is far too large.
        small: a good learning rate.
        middle: learning rate in between, which fits the data to the last digit.
        steps: training steps with the good learning rate and with the one in between.
        every: how many steps apart the recorded ones of these are.
        large_steps: training steps with the large one; few, as with them rounding grows.
        large_every: how many steps apart the recorded ones of these are.
        seeds: seeds 0, 1, ... of the weights; the first one's steps are kept.
        data_seed: seed of the noise in the data.

    """

    depth: int = 5
    width: int = 32
    points: int = 64
    large: float = 1.0
    small: float = 0.003
    middle: float = 0.01
    steps: int = 60
    every: int = 10
    large_steps: int = 16
    large_every: int = 4
    seeds: int = 5
    data_seed: int = 0

    def __post_init__(self) -> None:
        for argument in ("depth", "width", "steps", "every", "large_steps", "large_every", "seeds"):
            checks.positive_integer(argument, getattr(self, argument))
        checks.integer("points", self.points, 4)
        for argument in ("large", "small", "middle"):
            checks.positive(argument, getattr(self, argument))
        checks.seed("data_seed", self.data_seed)


@dataclass(frozen=True)
class Outcome:
    """Outcome of one seed's network.

    Attributes:
        verdicts: the probe's verdict of every recorded step.
        silent: the largest share of silent units that a layer has at the last recorded step.
        ratio: ‖δ‖ of the first over the last linear layer but the read-out, at the last recorded step.
        loss: the loss after the last step.

    """

    verdicts: tuple[str, ...]
    silent: float
    ratio: float
    loss: float


@dataclass(frozen=True)
class Result:
    """Outcomes of every seed, in each way of training.

    Attributes:
        config: what was run.
        large: trained with the rate that is too large.
        afterwards: trained on from there with the good rate.
        small: trained with the good rate from the start.
        fitted: trained with the rate in between.
        steps: what was recorded of the first seed with the rate that is too large.
        mended_steps: what was recorded of the first seed with the good rate from the start.

    """

    config: Config
    large: tuple[Outcome, ...]
    afterwards: tuple[Outcome, ...]
    small: tuple[Outcome, ...]
    fitted: tuple[Outcome, ...]
    steps: tuple[Step, ...]
    mended_steps: tuple[Step, ...]


def _train(model: nn.Module, samples: Samples, rate: float, steps: int, every: int) -> tuple[Outcome, tuple[Step, ...]]:
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    with probe(model, optimizer=optimizer, every=every) as record:
        # One more, so that the last step is a recorded one.
        for _ in range(steps + 1):
            loss = binary_cross_entropy_with_logits(model(samples.x)[:, 0], samples.y)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    recorded = tuple(record.steps)
    silent = max(call.silent for call in recorded[-1].calls if call.silent is not None)
    (chain,) = structure.stretches(recorded[-1])
    ratio = math.nan if chain.ratio is None else chain.ratio
    return Outcome(tuple(map(verdict_of, recorded)), silent, ratio, loss.item()), recorded


def run(config: Config | None = None) -> Result:
    """Train the network of every seed in each way."""
    config = config or Config()
    samples = two_spirals(config.points, Generator().manual_seed(config.data_seed))
    network = mended.Config(depth=config.depth, width=config.width)
    usual = (config.steps, config.every)
    large, afterwards, small, fitted = [], [], [], []
    for seed in range(config.seeds):
        model = mended.made(network, seed, he=True)
        large.append(_train(model, samples, config.large, config.large_steps, config.large_every))
        afterwards.append(_train(model, samples, config.small, *usual)[0])
        small.append(_train(mended.made(network, seed, he=True), samples, config.small, *usual))
        fitted.append(_train(mended.made(network, seed, he=True), samples, config.middle, *usual)[0])
    return Result(
        config,
        tuple(outcome for outcome, _ in large),
        tuple(afterwards),
        tuple(outcome for outcome, _ in small),
        tuple(fitted),
        large[0][1],
        small[0][1],
    )
