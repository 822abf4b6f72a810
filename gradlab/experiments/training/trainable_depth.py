"""Depths at which networks learn: kinds of networks trained at several depths, on two spirals.

Published results of this form are compared with it: a rectifier network that trains with He's initialization and stalls
with Xavier's (He et al. 2015, arXiv:1502.01852, figures 2 and 3), plain networks that get worse with depth where
residual ones do not (He et al. 2016, arXiv:1512.03385, figure 6), and tanh networks that train up to about six
correlation lengths (Schoenholz et al. 2017, arXiv:1611.01232).

Full-batch gradient descent on the binary cross-entropy. A network has learned once its loss is below a share of ln 2,
the loss of guessing.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from gradlab import activations, initialization
from gradlab._internal import checks, progress
from gradlab._internal.descent import loss_at_the_end
from gradlab._internal.refusals import RefusalError
from gradlab.datasets import two_spirals
from gradlab.networks import MLP, NORMALIZATIONS, MLPConfig
from gradlab.training import Outcome, Rule, train


@dataclass(frozen=True)
class Kind:
    """A kind of network.

    Attributes:
        name: identifies it.
        activation: name of the activation function.
        initialization: name of the initialization.
        sigma_w: √(fan_in Var W) to which it is rescaled; None keeps its own.
        bias_deviation: standard deviation of the hidden layers' biases.
        normalization: None, ``"batch"`` or ``"layer"``, before every activation.
        residual_scale: s of residual layers z + s W φ(z); None for a plain network.

    """

    name: str
    activation: str = "relu"
    initialization: str = "he"
    sigma_w: float | None = None
    bias_deviation: float = 0.0
    normalization: str | None = None
    residual_scale: float | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise RefusalError("name", "''", "a name")
        activations.get(self.activation)
        initialization.get(self.initialization)
        checks.non_negative("bias_deviation", self.bias_deviation)
        if self.sigma_w is not None:
            checks.positive("sigma_w", self.sigma_w)
        if self.normalization is not None:
            checks.one_of("normalization", self.normalization, NORMALIZATIONS)
        if self.residual_scale is not None:
            checks.positive("residual_scale", self.residual_scale)


@dataclass(frozen=True)
class Config:
    """Networks and their training.

    Attributes:
        kinds: the kinds of networks, each name once.
        depths: numbers of hidden layers.
        width: units of every hidden layer.
        learning_rate: the learning rate η.
        steps: steps of gradient descent.
        seeds: seeds 0, 1, ... of the weights.
        points: points of the two spirals together, even.
        learned: share of the loss of guessing below which a network has learned.
        data_seed: seed of the noise in the data.

    """

    kinds: tuple[Kind, ...] = (Kind("he"), Kind("xavier", initialization="xavier"))
    depths: tuple[int, ...] = (10, 30)
    width: int = 64
    learning_rate: float = 0.05
    steps: int = 400
    seeds: int = 5
    points: int = 48
    learned: float = 0.2
    data_seed: int = 0

    def __post_init__(self) -> None:
        checks.distinct("kinds", [kind.name for kind in self.kinds])
        checks.distinct("depths", self.depths)
        for depth in self.depths:
            checks.positive_integer("depths", depth)
        checks.positive_integer("width", self.width)
        checks.positive("learning_rate", self.learning_rate)
        checks.positive_integer("steps", self.steps)
        checks.positive_integer("seeds", self.seeds)
        checks.integer("points", self.points, 4)
        if self.points % 2:
            raise RefusalError("points", repr(self.points), "an even number")
        if not 0 < checks.finite("learned", self.learned) < 1:
            raise RefusalError("learned", repr(self.learned), "above 0 and below 1")
        checks.seed("data_seed", self.data_seed)


@dataclass(frozen=True)
class Point:
    """One kind at one depth; tuples have one entry for each seed.

    Attributes:
        kind: its name.
        depth: number of hidden layers.
        final_losses: the median over the last quarter of the steps; infinity where the loss left the finite numbers.
        steps_to_learn: steps until the network had learned; None where it had not at the end.
        losses: the loss before every step and after the last; infinity where it left the finite numbers.

    """

    kind: str
    depth: int
    final_losses: tuple[float, ...]
    steps_to_learn: tuple[int | None, ...]
    losses: tuple[tuple[float, ...], ...]

    @property
    def median_losses(self) -> tuple[float, ...]:
        """Median over the seeds of the loss before every step and after the last."""
        return tuple(map(statistics.median, zip(*self.losses, strict=True)))

    @property
    def median_final_loss(self) -> float:
        """Median of the final losses."""
        return statistics.median(self.final_losses)

    @property
    def median_steps(self) -> float:
        """Median of the steps to learn; infinity where half of the networks did not."""
        return statistics.median(math.inf if steps is None else steps for steps in self.steps_to_learn)

    @property
    def learned(self) -> int:
        """Number of networks that learned."""
        return sum(steps is not None for steps in self.steps_to_learn)


@dataclass(frozen=True)
class Result:
    """All points, kind by kind.

    Attributes:
        config: what was run.
        points: one for each kind and depth.
        chance_loss: ln 2, the loss of guessing.

    """

    config: Config
    points: tuple[Point, ...]
    chance_loss: float = math.log(2)

    def at(self, kind: str, depth: int) -> Point:
        """The point of a kind at a depth."""
        return next(point for point in self.points if (point.kind, point.depth) == (kind, depth))


def _network(config: Config, kind: Kind, depth: int, seed: int) -> MLP:
    shape = MLPConfig(
        width=config.width,
        depth=depth,
        activation=kind.activation,
        initialization=kind.initialization,
        sigma_w=kind.sigma_w,
        normalization=kind.normalization,
        residual_scale=kind.residual_scale,
        input_width=2,
        output_width=1,
    )
    generator = torch.Generator().manual_seed(seed)
    network = MLP(shape, generator)
    if kind.bias_deviation:
        with torch.no_grad():
            for layer in network.linear_layers[:-1]:
                layer.bias.normal_(0.0, kind.bias_deviation, generator=generator)
    return network


def _history(outcome: Outcome, steps: int) -> list[float]:
    """The loss before every step and after the last, infinity from where it was no longer finite."""
    return [*outcome.losses, *[math.inf] * (steps + 1 - len(outcome.losses))]


def _point(config: Config, kind: Kind, depth: int, outcomes: Sequence[Outcome]) -> Point:
    histories = [_history(outcome, config.steps) for outcome in outcomes]
    bound = config.learned * math.log(2)
    return Point(
        kind=kind.name,
        depth=depth,
        final_losses=tuple(map(loss_at_the_end, histories)),
        steps_to_learn=tuple(
            next((step for step, loss in enumerate(history) if loss < bound), None) for history in histories
        ),
        losses=tuple(map(tuple, histories)),
    )


def _alike(kinds: Sequence[Kind]) -> list[list[Kind]]:
    """The kinds in groups that differ in nothing but their random numbers, and so can be trained in one product."""
    groups: dict[tuple[object, ...], list[Kind]] = {}
    for kind in kinds:
        groups.setdefault((kind.activation, kind.normalization, kind.residual_scale), []).append(kind)
    return list(groups.values())


def run(config: Config | None = None) -> Result:
    """Train networks of every kind and depth; those of one shape are trained together."""
    config = Config() if config is None else config
    samples = two_spirals(config.points, torch.Generator().manual_seed(config.data_seed))
    wanted = [(kinds, depth) for kinds in _alike(config.kinds) for depth in config.depths]
    found: dict[tuple[str, int], Point] = {}
    for kinds, depth in progress.track(wanted, "trainable_depth"):
        networks = [_network(config, kind, depth, seed) for kind in kinds for seed in range(config.seeds)]
        outcomes = train(networks, [Rule(config.learning_rate)] * len(networks), samples, config.steps)
        for place, kind in enumerate(kinds):
            own = outcomes[place * config.seeds : (place + 1) * config.seeds]
            found[kind.name, depth] = _point(config, kind, depth, own)
    return Result(config, tuple(found[kind.name, depth] for kind in config.kinds for depth in config.depths))
