"""Training: which remedy lets a deep network learn two spirals, and which leaves it where it was.

Twenty layers between a point of the plane and its label, plain full-batch gradient descent, the same steps
for every row. A loss of ln 2 = 0.693 is that of a network that answers 1/2 everywhere: it has learned
nothing. There is no closed form for the final loss; the prediction of a row is the sign of its gradients'
growth, given by sigma_w and the remedy (see the other experiments).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from gradlab import activations, checks, initialization, progress, training
from gradlab.datasets import Samples, two_spirals
from gradlab.networks import MLP, MLPConfig


@dataclass(frozen=True)
class Row:
    """One way to build and train the network.

    Attributes:
        name: identifies the row.
        activation: name of the activation function.
        initialization: name of the initialization of the hidden layers and the read-out.
        sigma_w: √(fan_in Var W) to which it is rescaled; None keeps its own.
        learning_rate: η.
        maximum_norm: bound for clipping by the global norm; None: no clipping.
        normalization: None or ``"batch"``, before every activation.
        residual_scale: s of blocks z + s W φ(z); None for a plain network.
        depth: number of hidden layers; None takes that of the configuration.
        steps: steps of gradient descent; None takes those of the configuration.

    """

    name: str
    activation: str = "relu"
    initialization: str = "he"
    sigma_w: float | None = None
    learning_rate: float = 0.1
    maximum_norm: float | None = None
    normalization: str | None = None
    residual_scale: float | None = None
    depth: int | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("name: found '', allowed: a name")
        activations.get(self.activation)
        initialization.get(self.initialization)
        if self.normalization is not None:
            checks.one_of("normalization", self.normalization, ("batch",))
        if self.residual_scale is not None:
            checks.positive("residual_scale", self.residual_scale)
        for argument in ("sigma_w", "learning_rate", "maximum_norm"):
            value = getattr(self, argument)
            if value is not None:
                checks.positive(argument, value)
        for argument in ("depth", "steps"):
            value = getattr(self, argument)
            if value is not None:
                checks.positive_integer(argument, value)


_LARGE = math.sqrt(8)
"""Twice He's sigma_w: ‖δ‖ and ‖a‖ double at every layer."""

ROWS = (
    Row("sigmoid_xavier", activation="sigmoid", initialization="xavier"),
    Row("sigmoid_xavier_large_rate", activation="sigmoid", initialization="xavier", learning_rate=10.0),
    Row("sigmoid_batch_norm", activation="sigmoid", initialization="xavier", normalization="batch"),
    Row("sigmoid_residual", activation="sigmoid", initialization="xavier", residual_scale=1.0),
    Row("relu_default", initialization="pytorch_default"),
    Row("relu_he"),
    Row("relu_large", sigma_w=_LARGE),
    Row("relu_large_clip", sigma_w=_LARGE, maximum_norm=1.0),
    Row("relu_large_tiny_rate", sigma_w=_LARGE, learning_rate=1e-9),
    Row("relu_large_batch_norm", sigma_w=_LARGE, normalization="batch"),
    Row("relu_residual", residual_scale=1.0),
    Row("relu_residual_scaled", residual_scale=1 / math.sqrt(20)),
    Row("relu_batch_norm_deep", normalization="batch", depth=100, steps=50),
    Row("relu_batch_norm_residual_deep", normalization="batch", residual_scale=1.0, depth=100, steps=50),
)
"""The default rows. In ``relu_residual_scaled`` the branch is scaled by 1/√20, for 20 layers. The last two
rows have 100 layers and, for the time it takes, fewer steps."""


@dataclass(frozen=True)
class Config:
    """What all rows share.

    Attributes:
        rows: the rows, each name once.
        points: points of the two spirals together, even.
        width: units of every hidden layer.
        depth: number L of hidden layers.
        steps: steps of full-batch gradient descent.
        seeds: seeds 0, 1, ...: of the weights, the same for every row.
        data_seed: seed of the noise in the data.

    """

    rows: tuple[Row, ...] = ROWS
    points: int = 48
    width: int = 32
    depth: int = 20
    steps: int = 200
    seeds: int = 3
    data_seed: int = 0

    def __post_init__(self) -> None:
        checks.distinct("rows", [row.name for row in self.rows])
        checks.integer("points", self.points, 4)
        if self.points % 2:
            raise ValueError(f"points: found {self.points!r}, allowed: an even number")
        checks.positive_integer("width", self.width)
        checks.positive_integer("depth", self.depth)
        checks.positive_integer("steps", self.steps)
        checks.positive_integer("seeds", self.seeds)
        checks.seed("data_seed", self.data_seed)


@dataclass(frozen=True)
class RowResult:
    """One row; tuples have one entry for each seed.

    Attributes:
        row: how it was built and trained.
        first_losses: loss before the first step.
        final_losses: loss after the last step; infinity where it left the finite numbers.
        accuracies: share of the training points classified correctly; 0 where it diverged.
        diverged_at: steps after which the loss was no longer finite; None where it stayed so.
        median_final_loss: median of the final losses (infinity counts as the largest).
        median_accuracy: median of the accuracies.

    """

    row: Row
    first_losses: tuple[float, ...]
    final_losses: tuple[float, ...]
    accuracies: tuple[float, ...]
    diverged_at: tuple[int | None, ...]
    median_final_loss: float
    median_accuracy: float


@dataclass(frozen=True)
class Result:
    """The rows in the order of the configuration.

    Attributes:
        config: what was run.
        rows: one for each row.
        chance_loss: ln 2, the loss of the answer 1/2 everywhere.

    """

    config: Config
    rows: tuple[RowResult, ...]
    chance_loss: float


def _network(config: Config, row: Row, seed: int) -> MLP:
    shape = MLPConfig(
        width=config.width,
        depth=config.depth if row.depth is None else row.depth,
        activation=row.activation,
        initialization=row.initialization,
        sigma_w=row.sigma_w,
        normalization=row.normalization,
        residual_scale=row.residual_scale,
        input_width=2,
        output_width=1,
        # A bias in front of batch normalization has gradient 0: the normalization's own shift replaces it.
        bias="none" if row.normalization else "zero",
    )
    return MLP(shape, torch.Generator().manual_seed(seed))


def _group(config: Config, row: Row) -> tuple[object, ...]:
    """Return what rows must share to be trained in one batched computation."""
    return (row.activation, row.normalization, row.residual_scale, row.depth or config.depth, row.steps)


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _row_result(row: Row, outcomes: Sequence[training.Outcome]) -> RowResult:
    final_losses = tuple(outcome.final_loss for outcome in outcomes)
    accuracies = tuple(outcome.accuracy for outcome in outcomes)
    return RowResult(
        row=row,
        first_losses=tuple(outcome.first_loss for outcome in outcomes),
        final_losses=final_losses,
        accuracies=accuracies,
        diverged_at=tuple(outcome.diverged_at for outcome in outcomes),
        median_final_loss=_median(final_losses),
        median_accuracy=_median(accuracies),
    )


def _train_group(config: Config, rows: Sequence[Row], samples: Samples) -> dict[str, RowResult]:
    networks = [_network(config, row, seed) for row in rows for seed in range(config.seeds)]
    rules = [training.Rule(row.learning_rate, row.maximum_norm) for row in rows for _ in range(config.seeds)]
    outcomes = training.train(networks, rules, samples, rows[0].steps or config.steps)
    return {
        row.name: _row_result(row, outcomes[index * config.seeds : (index + 1) * config.seeds])
        for index, row in enumerate(rows)
    }


def run(config: Config | None = None) -> Result:
    """Train every row from every seed."""
    config = Config() if config is None else config
    samples = two_spirals(config.points, torch.Generator().manual_seed(config.data_seed))
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in config.rows:
        groups.setdefault(_group(config, row), []).append(row)
    results: dict[str, RowResult] = {}
    for rows in progress.track(tuple(groups.values()), "spirals"):
        results |= _train_group(config, rows, samples)
    return Result(config, tuple(results[row.name] for row in config.rows), math.log(2))
