"""The same small network at several learning rates, under the probe: too low, fitting, too high, and for few steps.

What is kept are the recorded steps, from which the probe tells the pace of each training.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, nn
from torch.nn.functional import cross_entropy

from gradlab._internal import checks
from gradlab.probing import probe
from gradlab.probing.causes.course import FEWEST
from gradlab.probing.step import Step

FEATURES, CLASSES = 8, 3


@dataclass(frozen=True)
class Config:
    """A network with two hidden layers, and its trainings by gradient descent.

    Attributes:
        too_low: a learning rate of gradient descent.
        right: another.
        too_high: a third.
        moderate: one between the lowest and the one that fits, for a training of few steps.
        width: of the two hidden layers.
        samples: of the data, each with one of three classes.
        steps: of each training.
        short: steps of the training of few steps.
        every: one step in so many is recorded; of few steps each.
        seed: of data and weights.

    """

    too_low: float = 1e-4
    right: float = 0.5
    too_high: float = 10.0
    moderate: float = 0.01
    width: int = 24
    samples: int = 96
    steps: int = 200
    short: int = 20
    every: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("too_low", "right", "too_high", "moderate"):
            checks.positive(name, getattr(self, name))
        for name in ("width", "samples", "every"):
            checks.positive_integer(name, getattr(self, name))
        checks.integer("short", self.short, FEWEST)
        checks.integer("steps", self.steps, FEWEST * self.every)


@dataclass(frozen=True)
class Result:
    """Recorded steps of each training.

    Attributes:
        config: configuration of the run.
        too_low: steps at the lowest rate.
        right: at the one that fits.
        too_high: at the highest.
        short: the few steps at the moderate rate.

    """

    config: Config
    too_low: tuple[Step, ...]
    right: tuple[Step, ...]
    too_high: tuple[Step, ...]
    short: tuple[Step, ...]


def _trained(config: Config, rate: float, steps: int, every: int) -> tuple[Step, ...]:
    generator = Generator().manual_seed(config.seed)
    x = torch.randn(config.samples, FEATURES, generator=generator).double()
    y = (x[:, 0] * x[:, 1] > 0).long() + (x[:, 2] > 0.5).long()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        first, second = nn.Linear(FEATURES, config.width), nn.Linear(config.width, config.width)
        model = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Linear(config.width, CLASSES)).double()
    optimizer = torch.optim.SGD(model.parameters(), rate)
    with probe(model, optimizer=optimizer, every=every) as record:
        for _ in range(steps):
            optimizer.zero_grad()
            cross_entropy(model(x), y).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return tuple(record.steps)


def run(config: Config | None = None) -> Result:
    """Train at each rate under the probe."""
    config = config or Config()
    low, right, high = (
        _trained(config, rate, config.steps, config.every) for rate in (config.too_low, config.right, config.too_high)
    )
    return Result(config, low, right, high, _trained(config, config.moderate, config.short, 1))
