"""Symptoms of training that goes wrong, before and after the fix.

One small task with a fault, with its fix, and with a lookalike of the fault.

Two spirals, ten layers of width 32 unless a row says otherwise, full batch. Every network is looked at with the probe
before the first step and after the last, and its loss is kept for every step between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from gradlab.experiments._shared.layers import Look, look
from gradlab.experiments.training import spirals
from gradlab.experiments.training.spirals import Row, RowResult

ROWS = (
    # Stuck: the gradient vanishes; its fix.
    Row("stuck", activation="sigmoid", initialization="xavier", depth=20, steps=100),
    Row("stuck_fixed", activation="sigmoid", initialization="xavier", normalization="batch", depth=20, steps=100),
    # Stuck as well, for other reasons: inputs that look alike; steps too small.
    Row("alike", depth=50, steps=100),
    Row("slow", learning_rate=1e-5),
    # Overflow: standard deviation 1 at width 32, four times that of He, in PyTorch's precision and in float64.
    Row("overflow", sigma_w=math.sqrt(32), dtype="float32"),
    Row("overflow_double", sigma_w=math.sqrt(32)),
    Row("overflow_fixed"),
    # The first layers do not move; and what moves without learning, and learns slowly with every layer moving.
    # In half of these steps the fix trains some seeds, and which ones hangs on rounding.
    Row("unmoved", activation="sigmoid", initialization="xavier", steps=400),
    Row("unmoved_fixed", activation="tanh", initialization="xavier", steps=400),
    Row("unmoved_adam", activation="sigmoid", initialization="xavier", optimizer="adam", learning_rate=1e-2),
    Row("small_everywhere", activation="tanh", initialization="pytorch_default"),
    # The loss spikes.
    Row("spikes", learning_rate=0.3),
    Row("spikes_slower", learning_rate=0.03),
    Row("spikes_clipped", learning_rate=0.3, maximum_norm=0.5),
    Row("spikes_clipped_hard", learning_rate=0.3, maximum_norm=0.1),
    Row("spikes_fixed", optimizer="adam", learning_rate=1e-3),
    # Units die of steps that are too long; half of them silent does no harm.
    Row("dead", depth=5, optimizer="adam", learning_rate=1.0),
    Row("half_dead", depth=5, optimizer="adam", learning_rate=0.1),
    Row("dead_fixed", depth=5, optimizer="adam", learning_rate=0.01),
    # Fine with 10 layers, dead with 50.
    Row("shallow", initialization="pytorch_default", optimizer="adam", learning_rate=1e-3),
    Row("deep", initialization="pytorch_default", optimizer="adam", learning_rate=1e-3, depth=50),
    Row("deep_fixed", optimizer="adam", learning_rate=1e-3, depth=50),
)
"""The default rows: each symptom, its fix, and what tells it from others."""


@dataclass(frozen=True)
class Config:
    """Settings shared by all rows.

    Attributes:
        rows: the rows, each name once.
        points: points of the two spirals together, even.
        width: units of every hidden layer.
        depth: number L of hidden layers.
        steps: steps of full-batch training.
        seeds: seeds 0, 1, ...: of the weights, the same for every row.
        data_seed: seed of the noise in the data.

    """

    rows: tuple[Row, ...] = ROWS
    points: int = 48
    width: int = 32
    depth: int = 10
    steps: int = 200
    seeds: int = 5
    data_seed: int = 0

    def __post_init__(self) -> None:
        self.training  # noqa: B018 - refuses what the training refuses

    @property
    def training(self) -> spirals.Config:
        """The same for the training itself."""
        return spirals.Config(
            self.rows, self.points, self.width, self.depth, self.steps, self.seeds, data_seed=self.data_seed
        )


@dataclass(frozen=True)
class Case:
    """One row; tuples have one entry for each seed.

    Attributes:
        trained: its losses and factors.
        start: the networks before the first step.
        end: after the last step; None for one that diverged.
        moved: ‖W_l(end) - W_l(start)‖/‖W_l(start)‖ of every hidden layer; empty for one that diverged.

    """

    trained: RowResult
    start: tuple[Look, ...]
    end: tuple[Look | None, ...]
    moved: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Result:
    """The rows in the order of the configuration.

    Attributes:
        config: what was run.
        cases: one for each row.
        chance_loss: ln 2, the loss of the answer 1/2 everywhere.

    """

    config: Config
    cases: tuple[Case, ...]
    chance_loss: float

    def case(self, name: str) -> Case:
        """The row of that name.

        Raises:
            KeyError: there is none of that name.

        """
        return {case.trained.row.name: case for case in self.cases}[name]

    @property
    def training(self) -> spirals.Result:
        """The training alone."""
        return spirals.Result(self.config.training, tuple(case.trained for case in self.cases), self.chance_loss)


def _moved(run: spirals.Run) -> tuple[float, ...]:
    if run.outcome.trained is None:
        return ()
    pairs = zip(run.network.linear_layers[:-1], run.outcome.trained.linear_layers[:-1], strict=True)
    with torch.no_grad():
        return tuple(
            float(torch.linalg.vector_norm(after.weight - before.weight) / torch.linalg.vector_norm(before.weight))
            for before, after in pairs
        )


def _end(run: spirals.Run) -> Look | None:
    return None if run.outcome.trained is None else look(run.outcome.trained, run.rule, run.samples)


def _case(trained: RowResult, runs: Sequence[spirals.Run]) -> Case:
    return Case(
        trained=trained,
        start=tuple(look(run.network, run.rule, run.samples) for run in runs),
        end=tuple(map(_end, runs)),
        moved=tuple(map(_moved, runs)),
    )


def run(config: Config | None = None) -> Result:
    """Train every row from every seed, and look at every network before and after."""
    config = Config() if config is None else config
    cases = {trained.row.name: _case(trained, runs) for trained, runs in spirals.runs(config.training, task="symptoms")}
    return Result(config, tuple(cases[row.name] for row in config.rows), math.log(2))
