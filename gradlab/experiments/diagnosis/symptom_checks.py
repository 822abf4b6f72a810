"""The checks of the symptom gallery, as a reader runs them.

Plain modules of PyTorch, one seed, and the lines that they print.

`gradlab.experiments.symptoms` measures the same faults from several seeds; here are the few lines that show
each on one network, and the loss after its fix.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from gradlab._internal import checks
from gradlab.datasets import Samples, two_spirals
from gradlab.probing import probe
from gradlab.probing.step import Step

BEFORE_JUMP = 46
"""Steps of gradient descent at η = 0.3 after which, from seed 0, the loss is about to jump."""

Start = Callable[[Tensor], object]
"""A function that draws the weights of a layer anew."""


@dataclass(frozen=True)
class Config:
    """Settings shared by all checks.

    Attributes:
        width: units of every hidden layer.
        points: points of the two spirals together, even.
        seed: of the weights and of the noise in the data.

    """

    width: int = 32
    points: int = 48
    seed: int = 0

    def __post_init__(self) -> None:
        checks.positive_integer("width", self.width)
        checks.integer("points", self.points, 4)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Check:
    """One symptom.

    Attributes:
        fixed: the loss before the last step of training after the fix.
        steps: what the probe records of the fault.
        values: what the check computes of it by itself.

    """

    fixed: float
    steps: tuple[Step, ...] = ()
    values: tuple[float, ...] = ()


@dataclass(frozen=True)
class Result:
    """The six checks.

    Attributes:
        config: what was run.
        stuck: 20 sigmoid layers, and one recorded step.
        overflow: weights of standard deviation 1 in float32, and two recorded steps; the value is the second's loss.
        unmoved: 10 sigmoid layers, and one recorded step with its update.
        spikes: for a step that jumps: the loss before it, 1 - g'·g/‖g‖² of its two gradients, and the loss after it.
        dead: steps too long for Adam; the values are the shares of silent units, layer by layer.
        deep: 10 layers and 50; the values are the norms of the first layer's weight gradient.

    """

    config: Config
    stuck: Check
    overflow: Check
    unmoved: Check
    spikes: Check
    dead: Check
    deep: Check


def he(weight: Tensor) -> Tensor:
    """Draw a weight anew by He initialization."""
    return nn.init.kaiming_normal_(weight, nonlinearity="relu")


def linear_layers(model: nn.Sequential) -> list[nn.Linear]:
    """The linear layers of a network, first to last."""
    return [layer for layer in model if isinstance(layer, nn.Linear)]


@dataclass(frozen=True)
class Task:
    """The data, and networks of one width and seed for it.

    Attributes:
        samples: two spirals.
        width: units of every hidden layer.
        seed: of the weights.

    """

    samples: Samples
    width: int
    seed: int

    def network(self, depth: int, activation: Callable[[], nn.Module], start: Start | None = None) -> nn.Sequential:
        """A network in float64, with PyTorch's default or with the start given and biases of 0."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            pairs = pairwise([2, *[self.width] * depth])
            hidden = [part for inputs, outputs in pairs for part in (nn.Linear(inputs, outputs), activation())]
            model = nn.Sequential(*hidden, nn.Linear(self.width, 1)).double()
            if start is not None:
                for layer in linear_layers(model):
                    start(layer.weight)
                    nn.init.zeros_(layer.bias)
        return model

    def loss(self, model: nn.Sequential) -> Tensor:
        """The loss, in the precision of the model."""
        like = next(model.parameters())
        return binary_cross_entropy_with_logits(model(self.samples.x.to(like))[:, 0], self.samples.y.to(like))

    def train(self, model: nn.Sequential, optimizer: torch.optim.Optimizer, steps: int = 1) -> float:
        """Take some steps, and return the loss before the last of them."""
        value = torch.tensor(math.nan)
        for _ in range(steps):
            optimizer.zero_grad()
            value = self.loss(model)
            value.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return float(value.detach())

    def gradient(self, model: nn.Sequential) -> Tensor:
        """The gradient with respect to all parameters as one vector."""
        gradients = torch.autograd.grad(self.loss(model), list(model.parameters()))
        return torch.cat([gradient.flatten() for gradient in gradients])


def _descent(model: nn.Module, rate: float = 0.1) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), lr=rate)


def _adam(model: nn.Module, rate: float = 0.001) -> torch.optim.Optimizer:
    return torch.optim.Adam(model.parameters(), lr=rate)


def _stuck(task: Task) -> Check:
    model = task.network(20, nn.Sigmoid, nn.init.xavier_normal_)
    with probe(model) as record:
        task.loss(model).backward()  # type: ignore[no-untyped-call]

    def normalized() -> nn.Module:
        return nn.Sequential(nn.BatchNorm1d(task.width), nn.Sigmoid())

    mended = task.network(20, normalized, nn.init.xavier_normal_)
    return Check(task.train(mended, _descent(mended), 100), tuple(record.steps))


def _overflow(task: Task) -> Check:
    model = task.network(10, nn.ReLU, nn.init.normal_).float()
    optimizer = _descent(model)
    with probe(model, optimizer=optimizer) as record:
        loss = task.train(model, optimizer, 2)
    mended = task.network(10, nn.ReLU, he)
    return Check(task.train(mended, _descent(mended), 200), tuple(record.steps), (loss,))


def _unmoved(task: Task) -> Check:
    model = task.network(10, nn.Sigmoid, nn.init.xavier_normal_)
    optimizer = _descent(model)
    with probe(model, optimizer=optimizer) as record:
        task.train(model, optimizer)
    mended = task.network(10, nn.Tanh, nn.init.xavier_normal_)
    return Check(task.train(mended, _descent(mended), 400), tuple(record.steps))


def _spikes(task: Task) -> Check:
    model = task.network(10, nn.ReLU, he)
    optimizer = _descent(model, 0.3)
    task.train(model, optimizer, BEFORE_JUMP)
    g = task.gradient(model)
    before = task.train(model, optimizer)
    overshoot = 1 - float(task.gradient(model) @ g / (g @ g))
    mended = task.network(10, nn.ReLU, he)
    return Check(task.train(mended, _adam(mended), 200), values=(before, overshoot, float(task.loss(model).detach())))


def _dead(task: Task) -> Check:
    model = task.network(5, nn.ReLU, he)
    task.train(model, _adam(model, 1.0), 200)
    silent = ((model[:end](task.samples.x) == 0).all(dim=0) for end in range(2, len(model), 2))
    mended = task.network(5, nn.ReLU, he)
    shares = tuple(float(units.double().mean()) for units in silent)
    return Check(task.train(mended, _adam(mended, 0.01), 200), values=shares)


def _deep(task: Task) -> Check:
    gradients = []
    for depth in (10, 50):
        whole = task.gradient(task.network(depth, nn.ReLU))
        gradients.append(float(torch.linalg.vector_norm(whole[: 2 * task.width])))
    mended = task.network(50, nn.ReLU, he)
    return Check(task.train(mended, _adam(mended), 200), values=tuple(gradients))


def run(config: Config | None = None) -> Result:
    """Run the six checks, each with its fault and after its fix."""
    config = Config() if config is None else config
    samples = two_spirals(config.points, Generator().manual_seed(config.seed))
    task = Task(samples, config.width, config.seed)
    return Result(
        config=config,
        stuck=_stuck(task),
        overflow=_overflow(task),
        unmoved=_unmoved(task),
        spikes=_spikes(task),
        dead=_dead(task),
        deep=_deep(task),
    )
