"""Silent units that wake again, and dead layers that do not.

A unit that puts out 0 for every point gets no gradient for its own weights. But its inputs move as long as the layers
before it learn, and may reach it again. Nothing passes back through a layer whose units are all silent: neither that
layer nor any before it moves, and it stays as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from gradlab import training
from gradlab._internal import checks, progress
from gradlab.datasets import Samples, two_spirals
from gradlab.experiments.diagnosis import mended


@dataclass(frozen=True)
class Case:
    """One kind of network, and how it is trained.

    Attributes:
        name: identifies the case.
        depth: number of hidden layers.
        optimizer: ``"descent"`` or ``"adam"``.
        learning_rate: the learning rate η.
        killed_with: learning rate of Adam in the steps before those that are counted; None: there are none.
        steps: training steps in which units are watched.

    """

    name: str
    depth: int
    optimizer: str
    learning_rate: float
    killed_with: float | None = None
    steps: int = 200

    def __post_init__(self) -> None:
        checks.positive_integer("depth", self.depth)
        checks.one_of("optimizer", self.optimizer, training.OPTIMIZERS)
        checks.positive("learning_rate", self.learning_rate)
        if self.killed_with is not None:
            checks.positive("killed_with", self.killed_with)
        checks.positive_integer("steps", self.steps)


CASES = (
    Case("shallow", 5, "descent", 0.1),
    # Long steps in a deep network make rounding grow: after these few every kind of processor still has the same units.
    Case("deep", 20, "descent", 0.1, steps=30),
    Case("deep_adam", 20, "adam", 0.001),
    Case("killed", 5, "adam", 0.003, killed_with=1.0),
)


@dataclass(frozen=True)
class Config:
    """Full-batch training of ReLU networks with He initialization on two spirals.

    Attributes:
        cases: the kinds of network, each name once.
        width: units of each hidden layer.
        points: points of the two spirals together.
        killing_steps: steps before those in which units are watched, where a case has any; few, as with them rounding
            grows.
        seeds: seeds 0, 1, ... of the weights.
        data_seed: seed of the noise in the data.

    """

    cases: tuple[Case, ...] = CASES
    width: int = 32
    points: int = 64
    killing_steps: int = 20
    seeds: int = 5
    data_seed: int = 0

    def __post_init__(self) -> None:
        checks.distinct("cases", [case.name for case in self.cases])
        for argument in ("width", "killing_steps", "seeds"):
            checks.positive_integer(argument, getattr(self, argument))
        checks.integer("points", self.points, 4)
        checks.seed("data_seed", self.data_seed)


@dataclass(frozen=True)
class Outcome:
    """Outcome of one network. Units count as silent where they are so for every point.

    Attributes:
        silent: units that are silent at the beginning, in layers of which some unit is not.
        woken: those of them that are not silent after some later step.
        dead: units of layers that are silent as a whole at the beginning.
        dead_woken: those of them that are not silent after some later step.

    """

    silent: int
    woken: int
    dead: int
    dead_woken: int


@dataclass(frozen=True)
class CaseResult:
    """One case.

    Attributes:
        case: what was trained, and how.
        outcomes: one for each seed.

    """

    case: Case
    outcomes: tuple[Outcome, ...]

    @property
    def woken_share(self) -> float:
        """The share of silent units that wake, over all seeds; NaN where there are none."""
        silent = sum(outcome.silent for outcome in self.outcomes)
        return sum(outcome.woken for outcome in self.outcomes) / silent if silent else math.nan


@dataclass(frozen=True)
class Result:
    """The cases in the order of the configuration.

    Attributes:
        config: what was run.
        cases: one for each case.

    """

    config: Config
    cases: tuple[CaseResult, ...]


def _optimizer(case: Case, model: nn.Module) -> torch.optim.Optimizer:
    kind = torch.optim.SGD if case.optimizer == "descent" else torch.optim.Adam
    return kind(model.parameters(), lr=case.learning_rate)


def _forward(model: nn.Sequential, x: Tensor) -> tuple[Tensor, Tensor]:
    """The output, and which units are silent, as a row for each hidden layer."""
    rows = []
    for module in model:
        x = module(x)
        if isinstance(module, nn.ReLU):
            rows.append((x == 0).all(dim=0))
    return x[:, 0], torch.stack(rows)


def _step(model: nn.Sequential, optimizer: torch.optim.Optimizer, samples: Samples) -> Tensor:
    """Take one step; return which units were silent before it."""
    output, silent = _forward(model, samples.x)
    optimizer.zero_grad()
    binary_cross_entropy_with_logits(output, samples.y).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return silent


def _watch(config: Config, case: Case, seed: int, samples: Samples) -> Outcome:
    model = mended.made(mended.Config(depth=case.depth, width=config.width), seed, he=True)
    if case.killed_with is not None:
        # With an optimizer of its own, whose momentum does not outlive these steps.
        killing = torch.optim.Adam(model.parameters(), lr=case.killed_with)
        for _ in range(config.killing_steps):
            _step(model, killing, samples)
    optimizer = _optimizer(case, model)
    first = _step(model, optimizer, samples)
    awake = ~first
    for _ in range(case.steps - 1):
        awake |= ~_step(model, optimizer, samples)
    with torch.no_grad():
        awake |= ~_forward(model, samples.x)[1]
    dead = first & first.all(dim=1, keepdim=True)
    silent = first & ~dead
    return Outcome(*(int(units.sum()) for units in (silent, silent & awake, dead, dead & awake)))


def run(config: Config | None = None) -> Result:
    """Train the networks of every case, and watch the units that are silent at the beginning."""
    config = config or Config()
    samples = two_spirals(config.points, Generator().manual_seed(config.data_seed))
    return Result(
        config,
        tuple(
            CaseResult(case, tuple(_watch(config, case, seed, samples) for seed in range(config.seeds)))
            for case in progress.track(config.cases, "waking_units")
        ),
    )
