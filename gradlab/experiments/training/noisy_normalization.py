"""Batch normalization with noise after it.

Does a stable distribution of the inputs explain why it helps?

Santurkar et al. 2018 (arXiv:1805.11604, figure 2): batch normalization was said to help because it keeps the
distribution of a layer's inputs stable. They put noise behind it, another mean and another spread for every unit at
every step, so that this distribution is less stable than without normalization at all; and the networks train nearly as
well as with the plain one. They find the reason in the loss, which changes less along a step.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Generator, Tensor, nn

from gradlab import initialization
from gradlab._internal import checks, progress
from gradlab._internal.descent import loss_at_the_end
from gradlab._internal.refusals import RefusalError
from gradlab.datasets import Samples, two_spirals

KINDS = ("plain", "normalized", "noisy")
"""Kinds of networks: without normalization, with batch normalization, and with noise behind it."""


@dataclass(frozen=True)
class Config:
    """ReLU networks on two spirals, full-batch gradient descent.

    Attributes:
        kinds: names in ``KINDS``, each once.
        initialization: name in :data:`gradlab.initialization.INITIALIZATIONS`.
        width: units of every hidden layer.
        depth: number of hidden layers.
        points: points of the two spirals together, even.
        learning_rate: the learning rate η.
        steps: steps of gradient descent.
        seeds: seeds 0, 1, ....
        shift: the noise adds to every unit a number between -shift and shift, another one at every step.
        spread: and multiplies it by a number between 1 and this.
        data_seed: seed of the noise in the data.

    """

    kinds: tuple[str, ...] = KINDS
    initialization: str = "pytorch_default"
    width: int = 32
    depth: int = 8
    points: int = 48
    learning_rate: float = 0.1
    steps: int = 150
    seeds: int = 5
    shift: float = 1.0
    spread: float = 1.5
    data_seed: int = 0

    def __post_init__(self) -> None:
        checks.distinct("kinds", self.kinds)
        for kind in self.kinds:
            checks.one_of("kinds", kind, KINDS)
        initialization.get(self.initialization)
        for argument in ("width", "depth", "steps", "seeds"):
            checks.positive_integer(argument, getattr(self, argument))
        checks.integer("points", self.points, 4)
        if self.points % 2:
            raise RefusalError("points", repr(self.points), "an even number")
        checks.positive("learning_rate", self.learning_rate)
        checks.non_negative("shift", self.shift)
        if checks.finite("spread", self.spread) < 1:
            raise RefusalError("spread", repr(self.spread), "at least 1")
        checks.seed("data_seed", self.data_seed)


@dataclass(frozen=True)
class Training:
    """One kind of network; tuples have one entry for each seed.

    Attributes:
        kind: name in ``KINDS``.
        final_losses: the median over the last quarter of the steps.
        losses: the loss before every step and after the last.
        drifts: how much the mean of a unit's input to the next layer changes from one step to the next, in its standard
            deviations over the batch: the median over steps, units and hidden layers.

    """

    kind: str
    final_losses: tuple[float, ...]
    losses: tuple[tuple[float, ...], ...]
    drifts: tuple[float, ...]

    @property
    def median_losses(self) -> tuple[float, ...]:
        """Median over the seeds of the loss before every step and after the last."""
        return tuple(map(statistics.median, zip(*self.losses, strict=True)))

    @property
    def median_final_loss(self) -> float:
        """Median of the final losses."""
        return statistics.median(self.final_losses)


@dataclass(frozen=True)
class Result:
    """The kinds in the order of the configuration.

    Attributes:
        config: what was run.
        trainings: one for each kind.
        chance_loss: ln 2, the loss of guessing.

    """

    config: Config
    trainings: tuple[Training, ...]
    chance_loss: float = math.log(2)


class _Network:
    """Weights, biases, gains and shifts of one network."""

    def __init__(self, config: Config, kind: str, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        widths = (2, *(config.width,) * config.depth, 1)
        fill = initialization.get(config.initialization).fill_
        self.weights = [fill(torch.empty(out, fan, dtype=torch.float64), generator) for fan, out in pairwise(widths)]
        self.biases = [torch.zeros(out, dtype=torch.float64) for out in widths[1:]]
        self.gains = [torch.ones(config.width, dtype=torch.float64) for _ in range(config.depth)]
        self.config, self.kind = config, kind
        self.parameters = [one.requires_grad_() for one in (*self.weights, *self.biases, *self.gains)]
        self.noise = torch.Generator().manual_seed(seed)

    def _noisy(self, z: Tensor, generator: Generator) -> Tensor:
        shift, spread = torch.rand(2, z.shape[1], generator=generator, dtype=torch.float64)
        moved: Tensor = z * (1 + (self.config.spread - 1) * spread) + self.config.shift * (2 * shift - 1)
        return moved

    def outputs(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The outputs, and the pre-activations of the hidden layers as the activation function sees them."""
        a, seen = x, []
        for layer in range(self.config.depth):
            z = nn.functional.linear(a, self.weights[layer], self.biases[layer])
            if self.kind != "plain":
                z = nn.functional.batch_norm(z, None, None, self.gains[layer], training=True)
            if self.kind == "noisy":
                z = self._noisy(z, self.noise)
            seen.append(z.detach())
            a = torch.relu(z)
        return nn.functional.linear(a, self.weights[-1], self.biases[-1])[:, 0], seen


def _drift(before: Sequence[Tensor], after: Sequence[Tensor]) -> float:
    changes = [
        (new.mean(dim=0) - old.mean(dim=0)).abs() / old.std(dim=0).clamp_min(1e-12)
        for old, new in zip(before, after, strict=True)
    ]
    return float(torch.cat(changes).median())


def _train(config: Config, kind: str, seed: int, samples: Samples) -> tuple[list[float], float]:
    """The loss before every step and after the last, and the median drift."""
    network = _Network(config, kind, seed)
    losses, drifts, before = [], [], None
    for step in range(config.steps + 1):
        output, seen = network.outputs(samples.x)
        loss = nn.functional.binary_cross_entropy_with_logits(output, samples.y)
        losses.append(loss.item())
        if before is not None:
            drifts.append(_drift(before, seen))
        before = seen
        if step < config.steps:
            gradients = torch.autograd.grad(loss, network.parameters, allow_unused=True, materialize_grads=True)
            with torch.no_grad():
                for parameter, gradient in zip(network.parameters, gradients, strict=True):
                    parameter -= config.learning_rate * gradient
    return losses, statistics.median(drifts)


def run(config: Config | None = None) -> Result:
    """Train every kind of network from every seed."""
    config = Config() if config is None else config
    samples = two_spirals(config.points, torch.Generator().manual_seed(config.data_seed))
    trainings = []
    for kind in progress.track(config.kinds, "noisy_normalization"):
        runs = [_train(config, kind, seed, samples) for seed in range(config.seeds)]
        trainings.append(
            Training(
                kind,
                tuple(loss_at_the_end(losses) for losses, _ in runs),
                tuple(tuple(losses) for losses, _ in runs),
                tuple(drift for _, drift in runs),
            )
        )
    return Result(config, tuple(trainings))
