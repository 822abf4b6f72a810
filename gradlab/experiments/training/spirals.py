"""A deep network on two spirals, trained with each remedy and without.

Twenty layers between a point of the plane and its label, full-batch gradient descent (plain unless a row says
otherwise), the same steps for every row. A loss of ln 2 = 0.693 is that of a network that answers 1/2
everywhere: it has learned nothing. There is no closed form for the final loss, but there is one for the
gradient's factor per layer with which a network starts; both are measured on the same networks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import torch
from torch import nn

from gradlab import activations, initialization, theory, training
from gradlab._internal import checks, progress
from gradlab._internal.descent import loss_at_the_end
from gradlab._internal.refusals import RefusalError
from gradlab.datasets import Samples, two_spirals
from gradlab.networks import MLP, NORMALIZATIONS, MLPConfig

_TYPES = {"float64": torch.float64, "float32": torch.float32}


@dataclass(frozen=True)
class Row:
    """One way to build and train the network.

    Attributes:
        name: identifies the row.
        activation: name of the activation function.
        initialization: name of the initialization of the hidden layers and the read-out.
        sigma_w: √(fan_in Var W) to which it is rescaled; None keeps its own.
        learning_rate: the learning rate η.
        maximum_norm: bound for clipping by the global norm; None: no clipping.
        optimizer: ``"descent"`` or ``"adam"``.
        input_scale: factor of the standardized inputs.
        normalization: None, ``"batch"`` or ``"layer"``, before every activation.
        residual_scale: s of blocks z + s W φ(z); None for a plain network.
        depth: number of hidden layers; None takes that of the configuration.
        steps: steps of gradient descent; None takes those of the configuration.
        dtype: floating-point type of everything, ``"float64"`` or ``"float32"``.

    """

    name: str
    activation: str = "relu"
    initialization: str = "he"
    sigma_w: float | None = None
    learning_rate: float = 0.1
    maximum_norm: float | None = None
    optimizer: str = "descent"
    input_scale: float = 1.0
    normalization: str | None = None
    residual_scale: float | None = None
    depth: int | None = None
    steps: int | None = None
    dtype: str = "float64"

    def __post_init__(self) -> None:
        if not self.name:
            raise RefusalError("name", "''", "a name")
        activations.get(self.activation)
        initialization.get(self.initialization)
        if self.normalization is not None:
            checks.one_of("normalization", self.normalization, NORMALIZATIONS)
        checks.one_of("optimizer", self.optimizer, training.OPTIMIZERS)
        checks.one_of("dtype", self.dtype, _TYPES)
        checks.positive("input_scale", self.input_scale)
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
_SCALED = 1 / math.sqrt(20)
"""1/√L for 20 layers."""
_LONG = 400
"""Steps after which every seed of a tanh network has learned. Half of them are the fewest in which most do, and which
seeds those are hangs on rounding."""
_DEEP = 40
"""Many layers. With many more, one pass through batch normalization makes rounding grow to the size of the result."""

ROWS = (
    # The gradient vanishes: sigmoid.
    Row("sigmoid_xavier", activation="sigmoid", initialization="xavier"),
    Row("sigmoid_large", activation="sigmoid", sigma_w=10.0),
    Row("sigmoid_batch_norm", activation="sigmoid", initialization="xavier", normalization="batch"),
    Row("sigmoid_layer_norm", activation="sigmoid", initialization="xavier", normalization="layer"),
    Row("sigmoid_residual", activation="sigmoid", initialization="xavier", residual_scale=1.0),
    Row("sigmoid_adam", activation="sigmoid", initialization="xavier", optimizer="adam", learning_rate=1e-3),
    Row("sigmoid_clip", activation="sigmoid", initialization="xavier", maximum_norm=1.0),
    Row("sigmoid_xavier_large_rate", activation="sigmoid", initialization="xavier", learning_rate=10.0),
    Row("sigmoid_large_inputs", activation="sigmoid", initialization="xavier", input_scale=10.0),
    # The gradient vanishes: ReLU with PyTorch's default.
    Row("relu_default", initialization="pytorch_default"),
    Row("relu_default_batch_norm", initialization="pytorch_default", normalization="batch"),
    Row("relu_default_layer_norm", initialization="pytorch_default", normalization="layer"),
    Row("relu_default_residual", initialization="pytorch_default", residual_scale=1.0),
    Row("relu_default_adam", initialization="pytorch_default", optimizer="adam", learning_rate=1e-3),
    # It neither vanishes nor explodes.
    Row("relu_he"),
    Row("relu_he_adam", optimizer="adam", learning_rate=1e-3),
    Row("relu_residual", residual_scale=1.0),
    Row("relu_residual_scaled", residual_scale=_SCALED),
    # The gradient vanishes: tanh with PyTorch's default.
    Row("tanh_default", activation="tanh", initialization="pytorch_default"),
    Row("tanh_xavier", activation="tanh", initialization="xavier", steps=_LONG),
    Row("tanh_orthogonal", activation="tanh", initialization="orthogonal", steps=_LONG),
    Row("tanh_batch_norm", activation="tanh", initialization="pytorch_default", normalization="batch"),
    Row("tanh_residual", activation="tanh", initialization="pytorch_default", residual_scale=1.0),
    Row("tanh_adam", activation="tanh", initialization="pytorch_default", optimizer="adam", learning_rate=1e-3),
    Row("tanh_large_rate", activation="tanh", initialization="pytorch_default", learning_rate=10.0),
    # It explodes: weights twice those of He.
    Row("relu_large", sigma_w=_LARGE),
    Row("relu_large_batch_norm", sigma_w=_LARGE, normalization="batch"),
    Row("relu_large_layer_norm", sigma_w=_LARGE, normalization="layer"),
    Row("relu_large_residual_scaled", sigma_w=_LARGE, residual_scale=_SCALED),
    Row("relu_large_adam", sigma_w=_LARGE, optimizer="adam", learning_rate=1e-3),
    Row("relu_large_clip", sigma_w=_LARGE, maximum_norm=1.0),
    Row("relu_large_tiny_rate", sigma_w=_LARGE, learning_rate=1e-9),
    Row("relu_large_small_inputs", sigma_w=_LARGE, input_scale=1e-3),
    # It explodes: many plain layers with batch normalization.
    Row("relu_batch_norm_deep", normalization="batch", depth=_DEEP, steps=50),
    Row("relu_he_deep", depth=_DEEP, steps=50),
    Row("relu_layer_norm_deep", normalization="layer", depth=_DEEP, steps=50),
    Row("relu_batch_norm_residual_deep", normalization="batch", residual_scale=1.0, depth=_DEEP, steps=50),
    Row("relu_batch_norm_clip_deep", normalization="batch", maximum_norm=1.0, depth=_DEEP, steps=50),
    Row("relu_batch_norm_small_rate_deep", normalization="batch", learning_rate=0.01, depth=_DEEP, steps=50),
)
"""The default rows. Those that end in ``_deep`` have more layers and, for the time it takes, fewer steps."""


@dataclass(frozen=True)
class Config:
    """Settings shared by all rows.

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
    seeds: int = 5
    data_seed: int = 0

    def __post_init__(self) -> None:
        checks.distinct("rows", [row.name for row in self.rows])
        checks.integer("points", self.points, 4)
        if self.points % 2:
            raise RefusalError("points", repr(self.points), "an even number")
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
        final_losses: loss at the end, the median over the last quarter of the steps; infinity where it left the finite
            numbers. At long steps the loss jumps up and down, and that after the last step alone hangs on rounding.
        accuracies: share of the training points classified correctly; 0 where it diverged.
        diverged_at: steps after which the loss was no longer finite; None where it stayed so.
        median_final_loss: median of the final losses (infinity counts as the largest).
        median_accuracy: median of the accuracies.
        losses: loss before step 1, 2, ... and after the last, as long as it was finite.
        factors: (‖δ_2‖/‖δ_L‖)^(1/(L-2)) before the first step, δ the gradient of the loss with respect to z, L the
            last hidden layer. Layer 1 is left out: its inputs have passed no activation function. NaN for fewer
            than 3 layers, or where the gradient is 0.
        predicted_factor: the same at infinite width, where theory has it for any inputs; None with batch
            normalization, whose factor depends on how alike the inputs of a batch are.
        similarities: root mean square of the cosine between the last hidden activations of two points, over all
            pairs, before the first step: 1 where the read-out sees all points in one direction.

    """

    row: Row
    first_losses: tuple[float, ...]
    final_losses: tuple[float, ...]
    accuracies: tuple[float, ...]
    diverged_at: tuple[int | None, ...]
    median_final_loss: float
    median_accuracy: float
    losses: tuple[tuple[float, ...], ...]
    factors: tuple[float, ...]
    predicted_factor: float | None
    similarities: tuple[float, ...]


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


def _depth(config: Config, row: Row) -> int:
    return config.depth if row.depth is None else row.depth


def _network(config: Config, row: Row, seed: int) -> MLP:
    shape = MLPConfig(
        width=config.width,
        depth=_depth(config, row),
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
    return MLP(shape, torch.Generator().manual_seed(seed)).to(_TYPES[row.dtype])


def _group(config: Config, row: Row) -> tuple[object, ...]:
    """The properties that rows share when they are trained in one batched computation."""
    shape = (row.activation, row.normalization, row.residual_scale, _depth(config, row))
    return (*shape, row.steps, row.optimizer, row.input_scale, row.dtype)


def _start(network: MLP, samples: Samples) -> tuple[float, float]:
    """The gradient's factor per layer and the similarity of the points before the first step."""
    *hidden, read_out = network.trace(samples.x)
    loss = nn.functional.binary_cross_entropy_with_logits(read_out.a[:, 0], samples.y)
    gradients = torch.autograd.grad(loss, [step.z for step in hidden])
    norms = [float(torch.linalg.vector_norm(gradient)) for gradient in gradients[1:]]
    usable = len(norms) > 1 and norms[0] > 0 and norms[-1] > 0
    a = nn.functional.normalize(hidden[-1].a.detach(), dim=1)
    cosines = (a @ a.mT)[~torch.eye(len(a), dtype=torch.bool)]
    return (
        (norms[0] / norms[-1]) ** (1 / (len(norms) - 1)) if usable else math.nan,
        float(cosines.square().mean().sqrt()),
    )


def _predicted_factor(config: Config, row: Row) -> float | None:
    """The factor of layers 2 ... L at infinite width; see :class:`RowResult`."""
    L = _depth(config, row)
    if L < 3 or row.normalization == "batch" or (row.normalization and row.residual_scale is not None):
        return None
    if row.normalization == "layer":
        return theory.layer_norm_factor(row.activation)
    distribution = initialization.get(row.initialization)
    first, sigma_w = (row.sigma_w or distribution.sigma_w(fan_in, config.width) for fan_in in (2, config.width))
    # The inputs are standardized: the mean square of their entries is that of the factor.
    q = (first * row.input_scale) ** 2
    s = row.residual_scale
    if s is not None:
        blocks = theory.residual_mean_field(row.activation, sigma_w, s, L - 1, q)
    else:
        # As if layer 1 had the other layers' weights, and inputs that give it this q.
        blocks = theory.mean_field(row.activation, sigma_w, L, q / sigma_w**2)
    return math.exp(sum(map(math.log, blocks.chi[1 : L - 1])) / (2 * (L - 2)))


def _at_the_end(outcome: training.Outcome) -> float:
    """The loss at the end of a training; see :class:`RowResult`."""
    return math.inf if outcome.diverged_at else loss_at_the_end(outcome.losses)


def _row_result(
    config: Config, row: Row, outcomes: Sequence[training.Outcome], starts: Sequence[tuple[float, float]]
) -> RowResult:
    final_losses = tuple(map(_at_the_end, outcomes))
    accuracies = tuple(outcome.accuracy for outcome in outcomes)
    return RowResult(
        row=row,
        first_losses=tuple(outcome.first_loss for outcome in outcomes),
        final_losses=final_losses,
        accuracies=accuracies,
        diverged_at=tuple(outcome.diverged_at for outcome in outcomes),
        median_final_loss=median(final_losses),
        median_accuracy=median(accuracies),
        losses=tuple(outcome.losses for outcome in outcomes),
        factors=tuple(factor for factor, _ in starts),
        predicted_factor=_predicted_factor(config, row),
        similarities=tuple(similarity for _, similarity in starts),
    )


@dataclass(frozen=True, eq=False)
class Run:
    """One network of a row, for a closer look than a result gives.

    Attributes:
        network: before the first step.
        rule: how it was trained.
        samples: on what.
        outcome: what became of it; the trained network is there.

    """

    network: MLP
    rule: training.Rule
    samples: Samples
    outcome: training.Outcome


def _train_group(config: Config, rows: Sequence[Row], samples: Samples) -> Iterator[tuple[RowResult, tuple[Run, ...]]]:
    dtype = _TYPES[rows[0].dtype]
    samples = Samples((rows[0].input_scale * samples.x).to(dtype), samples.y.to(dtype))
    networks = [_network(config, row, seed) for row in rows for seed in range(config.seeds)]
    rules = [
        training.Rule(row.learning_rate, row.maximum_norm, row.optimizer) for row in rows for _ in range(config.seeds)
    ]
    starts = [_start(network, samples) for network in networks]
    outcomes = training.train(networks, rules, samples, rows[0].steps or config.steps)
    of_networks = zip(networks, rules, outcomes, strict=True)
    runs = tuple(Run(network, rule, samples, outcome) for network, rule, outcome in of_networks)
    for index, row in enumerate(rows):
        seeds = slice(index * config.seeds, (index + 1) * config.seeds)
        yield _row_result(config, row, outcomes[seeds], starts[seeds]), runs[seeds]


def runs(config: Config, *, task: str = "spirals") -> Iterator[tuple[RowResult, tuple[Run, ...]]]:
    """Train every row from every seed, and yield each with its networks; rows of one shape follow one another.

    Args:
        config: what is run.
        task: the experiment that progress is shown for.

    """
    samples = two_spirals(config.points, torch.Generator().manual_seed(config.data_seed))
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in config.rows:
        groups.setdefault(_group(config, row), []).append(row)
    for rows in progress.track(tuple(groups.values()), task):
        yield from _train_group(config, rows, samples)


def run(config: Config | None = None) -> Result:
    """Train every row from every seed."""
    config = Config() if config is None else config
    results = {result.row.name: result for result, _ in runs(config)}
    return Result(config, tuple(results[row.name] for row in config.rows), math.log(2))
