"""Order of two symbols in a long sequence, with and without gradient clipping.

Without clipping, gradient descent fails on sequences on which it succeeds with it.

The task is the temporal order of Hochreiter and Schmidhuber (1997) as Pascanu, Mikolov and Bengio (2013,
arXiv:1211.5063, section 4.1.1) set it: an A or a B early, another in the middle, and symbols without a meaning
everywhere else. At the end the network says which two they were, and in what order: four classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from gradlab._internal import checks, progress
from gradlab._internal.descent import global_norms
from gradlab.experiments.recurrence import _networks
from gradlab.experiments.recurrence._networks import FLOAT, Recurrent

SYMBOLS, MEANT, CLASSES = 6, 2, 4


@dataclass(frozen=True)
class Config:
    """The task, the networks and their training by plain gradient descent.

    Attributes:
        lengths: lengths T of a sequence, at least 10.
        width: units of the recurrent layer, tanh.
        deviation: standard deviation of all weights at the start.
        batch: sequences in a step.
        updates: steps of gradient descent.
        learning_rate: learning rate, without momentum.
        maximum_norm: bound of the gradient's norm, for the networks that are clipped.
        fresh: sequences on which a network is tried in the end.
        allowed: share of them that a network may get wrong and count as a success.
        networks: networks with clipping, and as many without, from the same seeds and with the same sequences.
        seed: seed of weights and sequences.

    """

    lengths: tuple[int, ...] = (10, 15, 20, 25)
    width: int = 32
    deviation: float = 0.18
    batch: int = 20
    updates: int = 400
    learning_rate: float = 0.1
    maximum_norm: float = 1.0
    fresh: int = 500
    allowed: float = 0.01
    networks: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        checks.distinct("lengths", self.lengths)
        for length in self.lengths:
            checks.integer("lengths", length, 10)
        for name in ("width", "batch", "updates", "fresh", "networks"):
            checks.positive_integer(name, getattr(self, name))
        for name in ("deviation", "learning_rate", "maximum_norm"):
            checks.positive(name, getattr(self, name))
        checks.non_negative("allowed", self.allowed)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Networks:
    """All networks of one length, either with or without clipping.

    Attributes:
        length: length T of a sequence.
        clipped: whether their gradients were clipped.
        errors: share of fresh sequences that each network gets wrong.
        largest: largest norm of a gradient in the training of each, before clipping.
        successes: number of networks with at most the allowed share of errors.

    """

    length: int
    clipped: bool
    errors: tuple[float, ...]
    largest: tuple[float, ...]
    successes: int


@dataclass(frozen=True)
class Result:
    """For each length the networks without clipping, then those with it.

    Attributes:
        config: what was run.
        networks: in the order of the lengths.

    """

    config: Config
    networks: tuple[Networks, ...]

    def of(self, *, clipped: bool) -> tuple[Networks, ...]:
        """Those with, or those without clipping, by length."""
        return tuple(one for one in self.networks if one.clipped is clipped)


def _sequences(count: int, batch: int, length: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """Symbols of shape (count, batch, length), and the class of each sequence."""
    tenth = length // 10
    symbols = torch.randint(MEANT, SYMBOLS, (count, batch, length), generator=generator)
    y = torch.zeros(count, batch, dtype=torch.long)
    for number, start in enumerate((tenth, length // 2)):
        where = start + torch.randint(0, tenth, (count, batch, 1), generator=generator)
        which = torch.randint(0, MEANT, (count, batch), generator=generator)
        symbols.scatter_(2, where, which[:, :, None])
        y += which * MEANT**number
    return symbols, y


def _twice(one: Tensor) -> Tensor:
    """The same for the networks without clipping and for those with it."""
    return torch.cat((one, one))


def _made(config: Config, generator: Generator) -> Recurrent:
    def drawn(*size: int) -> Tensor:
        weights = torch.randn(config.networks, *size, dtype=FLOAT, generator=generator)
        return _twice(config.deviation * weights)

    n, many = config.width, 2 * config.networks
    U, W, V = drawn(SYMBOLS, n), drawn(n, n), drawn(n, CLASSES)
    return Recurrent(U, W, torch.zeros(many, 1, n, dtype=FLOAT), V, torch.zeros(many, 1, CLASSES, dtype=FLOAT))


def _one_hot(symbols: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(symbols, SYMBOLS).to(FLOAT)


def _trained(config: Config, length: int) -> tuple[Networks, Networks]:
    generator = Generator().manual_seed(config.seed * 1_000_003 + length)
    network = _made(config, generator)
    parameters = network.parameters
    unbounded = torch.full((config.networks,), torch.inf, dtype=FLOAT)
    bounds = torch.cat((unbounded, torch.full_like(unbounded, config.maximum_norm)))
    largest = torch.zeros_like(bounds)
    for _ in range(config.updates):
        symbols, y = map(_twice, _sequences(config.networks, config.batch, length, generator))
        loss = _networks.losses(network(_one_hot(symbols)), y).sum()
        gradients = torch.autograd.grad(loss, parameters)
        largest = torch.maximum(largest, global_norms(gradients))
        _networks.clip(gradients, bounds)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.data.sub_(config.learning_rate * gradient)
    errors = _errors(config, network, length, generator)
    plain, clipped = slice(0, config.networks), slice(config.networks, None)
    return (
        _networks_of(config, length, errors[plain], largest[plain], clipped=False),
        _networks_of(config, length, errors[clipped], largest[clipped], clipped=True),
    )


def _errors(config: Config, network: Recurrent, length: int, generator: Generator) -> Tensor:
    with torch.no_grad():
        symbols, y = map(_twice, _sequences(config.networks, config.fresh, length, generator))
        return (network(_one_hot(symbols)).argmax(2) != y).to(FLOAT).mean(1)


def _networks_of(config: Config, length: int, errors: Tensor, largest: Tensor, *, clipped: bool) -> Networks:
    successes = int((errors <= config.allowed).sum())
    return Networks(length, clipped, tuple(errors.tolist()), tuple(largest.tolist()), successes)


def run(config: Config | None = None) -> Result:
    """Train the networks for every length, and try them on fresh sequences."""
    config = Config() if config is None else config
    pairs = [_trained(config, length) for length in progress.track(config.lengths, "temporal_order")]
    return Result(config, tuple(one for pair in pairs for one in pair))
