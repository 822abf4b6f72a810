"""Unit that holds a bit: the more robustly it holds it, the faster the gradient vanishes.

And training finds it the less often, the longer the bit has to be held.

A unit a_t = w tanh(a_{t-1}) + h_t with w > 1 has two stable states, and so remembers a bit. A larger w lets it
withstand more noise, and contracts more strongly around each state: the gradient is multiplied by the slope there at
every step (Bengio, Simard & Frasconi 1994). The training is that paper's minimal task: the inputs of the first time
steps are learned, one sequence of them for each of two classes, and so is w; what follows is noise, and the last state
has to say the class.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from gradlab import theory
from gradlab._internal import checks

FLOAT = torch.float64
# Long enough to pass by the place where two fixed points have just met.
_LONG = 4000
_HALVINGS = 30
_SETTLED = 200


@dataclass(frozen=True)
class Config:
    """The units to look at, and those to train.

    Attributes:
        weights: w of the units that are looked at, above 1.
        held: number of time steps over which their gradient is measured.
        lengths: numbers T of time steps to train with.
        learned: number of time steps at the start whose inputs are learned.
        noise: standard deviation of the inputs after them.
        weight: w before the training.
        target: the last tanh(a) is to be plus or minus this.
        learning_rate: of gradient descent, for the recurrent weight and for the inputs.
        updates: steps of gradient descent.
        batch: sequences in a step, half of them of each class.
        runs: trainings for each length.
        seed: seed of the first inputs and of the noise.

    """

    weights: tuple[float, ...] = (1.05, 1.1, 1.25, 1.5, 2.0, 3.0, 4.0)
    held: int = 10
    lengths: tuple[int, ...] = (5, 10, 20, 40, 80)
    learned: int = 3
    noise: float = 0.2
    weight: float = 1.25
    target: float = 0.8
    learning_rate: float = 0.1
    updates: int = 100
    batch: int = 10
    runs: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        checks.distinct("weights", self.weights)
        for weight in self.weights:
            theory.latch_factor(weight)
        checks.distinct("lengths", self.lengths)
        for length in self.lengths:
            checks.integer("lengths", length, self.learned + 1)
        for name in ("held", "learned", "updates", "batch", "runs"):
            checks.positive_integer(name, getattr(self, name))
        for name in ("noise", "weight", "target", "learning_rate"):
            checks.positive(name, getattr(self, name))
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Latch:
    """One unit.

    Attributes:
        weight: its recurrent weight w.
        margin: the largest constant input against which it keeps its sign, by bisection.
        predicted_margin: the same in closed form.
        factor: of the gradient over one time step in the stable state, by automatic differentiation.
        kept: the same over ``held`` time steps.
        predicted_factor: of one time step, in closed form.

    """

    weight: float
    margin: float
    predicted_margin: float
    factor: float
    kept: float
    predicted_factor: float


@dataclass(frozen=True)
class Learned:
    """All trainings with one length.

    Attributes:
        length: number T of time steps.
        share: of the trainings, how many end with a unit that tells every class of fresh sequences.
        gradient: before training, the median of |∂a_T/∂h_1| over the trainings.

    """

    length: int
    share: float
    gradient: float


@dataclass(frozen=True)
class Result:
    """Units that hold a bit, and trainings of one that shall.

    Attributes:
        config: what was run.
        latches: one for each weight, in the order of the configuration.
        learned: one for each length, in the order of the configuration.

    """

    config: Config
    latches: tuple[Latch, ...]
    learned: tuple[Learned, ...]


def _latch(weight: float, held: int) -> Latch:
    return Latch(
        weight,
        _margin(weight),
        theory.latch_margin(weight),
        _kept(weight, 1),
        _kept(weight, held),
        theory.latch_factor(weight),
    )


def _margin(weight: float) -> float:
    """A push against the state, halved and halved again, that just does not turn it over."""
    low, high = 0.0, weight
    for _ in range(_HALVINGS):
        push = (low + high) / 2
        a = weight
        for _ in range(_LONG):
            a = weight * math.tanh(a) - push
            if a < 0:
                break
        low, high = (low, push) if a < 0 else (push, high)
    return low


def _kept(weight: float, steps: int) -> float:
    """The derivative over so many time steps, once the unit has settled."""
    a = torch.tensor(weight, dtype=FLOAT)
    for _ in range(_SETTLED):
        a = weight * torch.tanh(a)
    before = after = a.clone().requires_grad_()
    for _ in range(steps):
        after = weight * torch.tanh(after)
    (slope,) = torch.autograd.grad(after, before)
    return float(slope)


def _last(weight: Tensor, inputs: Tensor, noise: Tensor) -> Tensor:
    """The last state a_T of every sequence, in tensors of shape (runs, sequences)."""
    a = torch.zeros_like(noise[0])
    for h in inputs:
        a = weight * torch.tanh(a) + h
    for h in noise:
        a = weight * torch.tanh(a) + h
    return a


def _trained(config: Config, length: int) -> Learned:
    generator = Generator().manual_seed(config.seed * 1_000_003 + length)
    y = torch.ones(config.batch, dtype=FLOAT)
    y[config.batch // 2 :] = -1.0
    weight = torch.full((config.runs, 1), config.weight, dtype=FLOAT).requires_grad_()
    # Inputs of both classes: those of the first, and those of the second.
    inputs = 0.1 * torch.randn(2, config.learned, config.runs, 1, dtype=FLOAT, generator=generator)
    inputs.requires_grad_()

    def noise() -> Tensor:
        size = (length - config.learned, config.runs, config.batch)
        return config.noise * torch.randn(size, dtype=FLOAT, generator=generator)

    def last() -> Tensor:
        return _last(weight, torch.where(y > 0, inputs[0], inputs[1]), noise())

    (first,) = torch.autograd.grad(last().sum(), inputs)
    gradient = first[:, 0].abs().sum(0).flatten() / config.batch
    for _ in range(config.updates):
        error = (torch.tanh(last()) - config.target * y).square().mean(1).sum() / 2
        for one, change in zip((weight, inputs), torch.autograd.grad(error, (weight, inputs)), strict=True):
            one.data.sub_(config.learning_rate * change)
    with torch.no_grad():
        right = (last() * y > 0).all(1)
    return Learned(length, float(right.double().mean()), float(gradient.median()))


def run(config: Config | None = None) -> Result:
    """Look at every unit, and train for every length."""
    config = Config() if config is None else config
    return Result(
        config,
        tuple(_latch(weight, config.held) for weight in config.weights),
        tuple(_trained(config, length) for length in config.lengths),
    )
