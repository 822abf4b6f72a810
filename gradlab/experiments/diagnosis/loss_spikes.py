"""Spikes of the loss: the curvature before the largest jump.

At a jump the steepest direction is too curved for the learning rate.

Gradient descent on a quadratic of curvature λ multiplies its error by 1 - ηλ at every step, and the error grows where
ηλ > 2. A network's loss is no quadratic, and its largest curvature changes along the way (Cohen et al. 2021,
arXiv:2103.00065, follow it); here it is measured just before the largest jump of the loss.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from gradlab import training
from gradlab._internal import checks, progress
from gradlab._internal.refusals import RefusalError
from gradlab.datasets import Samples, two_spirals
from gradlab.experiments._shared.layers import Look, look
from gradlab.networks import MLP, MLPConfig


@dataclass(frozen=True)
class Config:
    """A ReLU network with He initialization, trained by plain gradient descent.

    Attributes:
        learning_rate: the learning rate η.
        points: points of the two spirals together, even.
        width: units of every hidden layer.
        depth: number L of hidden layers.
        steps: steps of full-batch gradient descent.
        seeds: seeds 0, 1, ...: of the weights.
        data_seed: seed of the noise in the data.
        iterations: steps of the power iteration for the curvature.

    """

    learning_rate: float = 0.3
    points: int = 48
    width: int = 32
    depth: int = 10
    steps: int = 200
    seeds: int = 5
    data_seed: int = 0
    iterations: int = 20

    def __post_init__(self) -> None:
        checks.positive("learning_rate", self.learning_rate)
        checks.integer("points", self.points, 4)
        if self.points % 2:
            raise RefusalError("points", repr(self.points), "an even number")
        for name in ("width", "depth", "steps", "seeds", "iterations"):
            checks.positive_integer(name, getattr(self, name))
        checks.seed("data_seed", self.data_seed)


@dataclass(frozen=True)
class Jump:
    """The step at which the loss of one network grew most.

    Attributes:
        step: steps taken before it.
        factor: loss after it over loss before it.
        product: η times the largest curvature found there; power iteration finds it from below.
        overshoot: 1 - g'·g/‖g‖², where g and g' are the gradients before and after the step: η times the mean curvature
            along it. Above 1 the step went beyond the lowest point on its way.
        look: the network just before it.

    """

    step: int
    factor: float
    product: float
    overshoot: float
    look: Look


@dataclass(frozen=True)
class Result:
    """One jump for each seed.

    Attributes:
        config: what was run.
        jumps: the largest jump of every seed.
        limit: 2, the largest stable ηλ.

    """

    config: Config
    jumps: tuple[Jump, ...]
    limit: float


def _gradients(network: MLP, samples: Samples, *, graph: bool = False) -> tuple[Tensor, ...]:
    loss = nn.functional.binary_cross_entropy_with_logits(network(samples.x)[:, 0], samples.y)
    return torch.autograd.grad(loss, list(network.parameters()), create_graph=graph)


def _dot(one: Sequence[Tensor], other: Sequence[Tensor]) -> float:
    return sum(float((a * b).sum()) for a, b in zip(one, other, strict=True))


def _curvature(network: MLP, samples: Samples, iterations: int) -> float:
    """The Rayleigh quotient of the loss's Hessian after a power iteration from the gradient."""
    parameters = list(network.parameters())
    gradients = _gradients(network, samples, graph=True)
    direction = [gradient.detach() for gradient in gradients]
    quotient = 0.0
    for _ in range(iterations):
        norm = math.sqrt(_dot(direction, direction))
        direction = [part / norm for part in direction]
        product = torch.autograd.grad(gradients, parameters, grad_outputs=direction, retain_graph=True)
        quotient = _dot(direction, product)
        direction = list(product)
    return quotient


def _jump(config: Config, samples: Samples, seed: int) -> Jump:
    shape = MLPConfig(width=config.width, depth=config.depth, input_width=2, output_width=1, bias="zero")
    network = MLP(shape, torch.Generator().manual_seed(seed))
    rule = training.Rule(config.learning_rate)
    (outcome,) = training.train([network], [rule], samples, config.steps)
    factors = [after / before for before, after in pairwise(outcome.losses)]
    if not factors:
        raise RefusalError("learning_rate", repr(config.learning_rate), "one that takes a step to a finite loss")
    step = max(range(len(factors)), key=factors.__getitem__)
    before, after = (_trained(network, rule, samples, steps) for steps in (step, step + 1))
    g, later = _gradients(before, samples), _gradients(after, samples)
    return Jump(
        step=step,
        factor=factors[step],
        product=config.learning_rate * _curvature(before, samples, config.iterations),
        overshoot=1 - _dot(later, g) / _dot(g, g),
        look=look(before, rule, samples),
    )


def _trained(network: MLP, rule: training.Rule, samples: Samples, steps: int) -> MLP:
    """The network after some steps that lead to finite losses."""
    (outcome,) = training.train([network], [rule], samples, steps)
    assert outcome.trained is not None  # noqa: S101 - the same steps were taken before
    return outcome.trained


def run(config: Config | None = None) -> Result:
    """Train every seed, find its largest jump, and measure the curvature just before it."""
    config = Config() if config is None else config
    samples = two_spirals(config.points, torch.Generator().manual_seed(config.data_seed))
    seeds = progress.track(range(config.seeds), "loss_spikes")
    return Result(config, tuple(_jump(config, samples, seed) for seed in seeds), 2.0)
