"""A deep ReLU network before and after He initialization.

As anybody writes it, it does not train; the probe diagnoses it and the advice mends it.

Twenty hidden layers made by ``torch.nn.Linear`` with its default initialization, two spirals to tell apart, plain
full-batch gradient descent. The mended network differs in nothing but the initialization that the probe advises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Generator, Tensor, nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap
from torch.nn.functional import binary_cross_entropy_with_logits

from gradlab._internal import checks
from gradlab.datasets import Samples, two_spirals
from gradlab.probing import probe
from gradlab.probing.step import Step


@dataclass(frozen=True)
class Config:
    """The network and its training.

    Attributes:
        depth: number of hidden layers.
        width: units of each hidden layer.
        points: points of the two spirals together.
        learning_rate: η of plain gradient descent.
        steps: number of training steps.
        seeds: seeds 0, 1, ... of the weights; the first one's network is diagnosed.
        data_seed: seed of the noise in the data.

    """

    depth: int = 20
    width: int = 32
    points: int = 64
    learning_rate: float = 0.05
    steps: int = 200
    seeds: int = 5
    data_seed: int = 0

    def __post_init__(self) -> None:
        for argument in ("depth", "width", "steps", "seeds"):
            checks.positive_integer(argument, getattr(self, argument))
        checks.integer("points", self.points, 4)
        checks.positive("learning_rate", self.learning_rate)
        checks.seed("data_seed", self.data_seed)


@dataclass(frozen=True)
class Run:
    """One initialization.

    Attributes:
        losses: binary cross-entropy before each step and after the last, for every seed.
        step: what the probe recorded of the first step, from the first seed.

    """

    losses: tuple[tuple[float, ...], ...]
    step: Step


@dataclass(frozen=True)
class Result:
    """The network before and after it is mended.

    Attributes:
        config: what was run.
        default: with the initialization of ``torch.nn.Linear``.
        he: with He initialization of every weight.

    """

    config: Config
    default: Run
    he: Run


def make_model(depth: int, width: int) -> nn.Sequential:
    """The network in its usual form: two inputs, hidden layers with ReLU, one output."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise([2, *[width] * depth]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, 1))


def made(config: Config, seed: int, *, he: bool) -> nn.Sequential:
    """The network of one seed in float64, with He initialization if wished."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make_model(config.depth, config.width).double()
        if he:
            for module in model.modules():
                if isinstance(module, nn.Linear):
                    nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    return model


def _loss(model: nn.Module, parameters: dict[str, Tensor], samples: Samples) -> Tensor:
    z: Tensor = functional_call(model, parameters, (samples.x,))
    return binary_cross_entropy_with_logits(z[:, 0], samples.y)


def _trained(config: Config, models: Sequence[nn.Sequential], samples: Samples) -> tuple[tuple[float, ...], ...]:
    """Train many networks at once, each on its own, and return their losses."""
    parameters, _ = stack_module_state(models)
    step = vmap(grad_and_value(lambda own: _loss(models[0], own, samples)))
    losses = []
    for number in range(config.steps + 1):
        gradients, values = step(parameters)
        losses.append(values)
        if number < config.steps:
            parameters = {name: w.detach() - config.learning_rate * gradients[name] for name, w in parameters.items()}
    return tuple(map(tuple, torch.stack(losses, dim=1).tolist()))


def _first_step(model: nn.Sequential, samples: Samples) -> Step:
    with probe(model) as record:
        binary_cross_entropy_with_logits(model(samples.x)[:, 0], samples.y).backward()  # type: ignore[no-untyped-call]
    return record.steps[-1]


def run(config: Config | None = None) -> Result:
    """Diagnose and train the network with both initializations."""
    config = config or Config()
    samples = two_spirals(config.points, Generator().manual_seed(config.data_seed))
    default, he = ([made(config, seed, he=he) for seed in range(config.seeds)] for he in (False, True))
    losses = _trained(config, [*default, *he], samples)
    return Result(
        config,
        Run(losses[: config.seeds], _first_step(default[0], samples)),
        Run(losses[config.seeds :], _first_step(he[0], samples)),
    )
