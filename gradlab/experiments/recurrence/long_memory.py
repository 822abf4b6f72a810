"""Task with a long memory: tell the sign of the first of T inputs, after T - 1 more of noise.

It trains where the gradient of the first time step arrives, and clipping brings back none that has vanished.

Plain recurrent networks that differ in their recurrent matrix at the start: as PyTorch draws it, orthogonal (Saxe,
McClelland & Ganguli 2014), or the identity with ReLU (Le, Jaitly & Hinton 2015).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType

import torch
from torch import Generator, Tensor

from gradlab._internal import checks, progress
from gradlab.experiments.recurrence import _networks
from gradlab.experiments.recurrence._networks import FLOAT, Recurrent

STARTS = ("default", "orthogonal", "identity")
INPUTS, CLASSES = 2, 2
WINDOW = 10
"""Steps at the end of a training over which its loss is averaged, for every step has other data."""
SHARE = 1 / 5
"""A network has learned where its loss is below this share of that of guessing."""


@dataclass(frozen=True)
class Training:
    """One way to begin and to train.

    Attributes:
        start: ``"default"`` (uniform ±1/√n, tanh), ``"orthogonal"`` (tanh) or ``"identity"`` (ReLU).
        time_steps: length T of a sequence.
        maximum_norm: bound of the gradient's norm, None for no clipping.
        window: number of last time steps that the gradient goes back through, None for all of them.

    """

    start: str = "default"
    time_steps: int = 40
    maximum_norm: float | None = None
    window: int | None = None

    def __post_init__(self) -> None:
        checks.one_of("start", self.start, STARTS)
        checks.integer("time_steps", self.time_steps, 2)
        if self.maximum_norm is not None:
            checks.positive("maximum_norm", self.maximum_norm)
        if self.window is not None:
            checks.positive_integer("window", self.window)


LENGTHS = (10, 20, 40, 60)
TRAININGS = (
    *(Training(start, length) for start in STARTS for length in LENGTHS),
    Training("default", 40, maximum_norm=1.0),
    Training("orthogonal", 40, window=10),
)


@dataclass(frozen=True)
class Config:
    """Trainings, each from so many seeds.

    Attributes:
        trainings: what is trained, none of it twice.
        width: units n of the recurrent layer.
        batch: sequences in a step.
        steps: of training.
        learning_rate: of Adam.
        noise: standard deviation of the inputs after the first.
        networks: number of networks of each.
        seed: seed of the weights and of the sequences.

    """

    trainings: tuple[Training, ...] = TRAININGS
    width: int = 16
    batch: int = 16
    steps: int = 150
    learning_rate: float = 0.005
    noise: float = 0.1
    networks: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        checks.distinct("trainings", self.trainings)
        for name in ("width", "batch", "networks"):
            checks.positive_integer(name, getattr(self, name))
        checks.integer("steps", self.steps, WINDOW)
        for name in ("learning_rate", "noise"):
            checks.positive(name, getattr(self, name))
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Trained:
    """One training, from every seed.

    Attributes:
        training: what was trained.
        ratios: before training, ‖∂loss/∂h_1‖/‖∂loss/∂h_T‖ of each network; 0 where the window ends before.
        final_losses: mean loss over the last steps of each network.

    """

    training: Training
    ratios: tuple[float, ...]
    final_losses: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median ratio."""
        return median(self.ratios)

    @property
    def final_loss(self) -> float:
        """The median loss."""
        return median(self.final_losses)

    @property
    def learned(self) -> int:
        """Number of networks whose loss is below a fifth of that of guessing."""
        return sum(loss < SHARE * math.log(CLASSES) for loss in self.final_losses)


@dataclass(frozen=True)
class Result:
    """One entry for each training, in the order of the configuration.

    Attributes:
        config: what was run.
        trained: one for each.

    """

    config: Config
    trained: tuple[Trained, ...]

    @property
    def by_training(self) -> Mapping[Training, Trained]:
        """The same by what was trained."""
        return MappingProxyType({one.training: one for one in self.trained})


def _made(config: Config, start: str) -> Recurrent:
    """Networks as PyTorch draws them, but for the recurrent matrix."""
    generator = Generator().manual_seed(config.seed)
    n, bound = config.width, 1 / math.sqrt(config.width)

    def drawn(*size: int) -> Tensor:
        return torch.empty(config.networks, *size, dtype=FLOAT).uniform_(-bound, bound, generator=generator)

    U, W, b, V, c = drawn(INPUTS, n), drawn(n, n), drawn(1, n), drawn(n, CLASSES), drawn(1, CLASSES)
    if start == "orthogonal":
        W = _networks.orthogonal(config.networks, n, generator)
    if start == "identity":
        W, b = torch.eye(n, dtype=FLOAT).repeat(config.networks, 1, 1), torch.zeros_like(b)
    return Recurrent(U, W, b, V, c, torch.relu if start == "identity" else torch.tanh)


def _batch(config: Config, time_steps: int, generator: Generator) -> tuple[Tensor, Tensor]:
    size = (config.networks, config.batch, time_steps, INPUTS)
    x = config.noise * torch.randn(size, dtype=FLOAT, generator=generator)
    y = torch.randint(0, CLASSES, size[:2], generator=generator)
    x[:, :, 0, 0] = 2.0 * y - 1
    return x, y


def _ratios(network: Recurrent, x: Tensor, y: Tensor, window: int | None) -> tuple[float, ...]:
    """‖∂loss/∂h_1‖/‖∂loss/∂h_T‖ of each network; what the loss does not depend on has the gradient 0."""
    states = network.states(x, window)
    loss = _networks.losses(torch.baddbmm(network.c, states[-1], network.V), y).sum()
    gradients = torch.autograd.grad(loss, (states[0], states[-1]), allow_unused=True, materialize_grads=True)
    first, last = (one.flatten(1).norm(dim=1) for one in gradients)
    return tuple((first / last).tolist())


def _trained(config: Config, training: Training) -> Trained:
    network = _made(config, training.start)
    parameters = network.parameters
    generator = Generator().manual_seed(config.seed)
    ratios = _ratios(network, *_batch(config, training.time_steps, generator), training.window)
    optimizer = torch.optim.Adam(parameters, config.learning_rate)
    losses: list[Tensor] = []
    for _ in range(config.steps):
        x, y = _batch(config, training.time_steps, generator)
        loss = _networks.losses(network(x, training.window), y)
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss.sum(), parameters), strict=True):
            parameter.grad = gradient
        if training.maximum_norm is not None:
            _networks.clip([one.grad for one in parameters if one.grad is not None], training.maximum_norm)
        optimizer.step()
        losses.append(loss.detach())
    return Trained(training, ratios, tuple(torch.stack(losses[-WINDOW:]).mean(0).tolist()))


def run(config: Config | None = None) -> Result:
    """Train every network."""
    config = Config() if config is None else config
    return Result(config, tuple(_trained(config, one) for one in progress.track(config.trainings, "long_memory")))
