"""The gradient through time: recurrent layers at their default initialization, and with what lets them remember.

The task is to tell the sign of the first of many time steps. What is measured is ‖δ‖ of the input at every time step
before training, by the probe, and the loss after training.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import Generator, Tensor, nn

from gradlab._internal import checks
from gradlab.probing import Step, probe
from gradlab.probing.report import report

Kind = Literal["LSTM", "GRU", "RNN"]
"""Class of a recurrent layer in ``torch.nn``."""
KINDS: tuple[Kind, ...] = get_args(Kind)
WINDOW = 10
"""Steps at the end of a training over which its loss is averaged, for every step has other data."""


@dataclass(frozen=True)
class Config:
    """The task, the networks, and their training.

    Attributes:
        time_steps: length T of a sequence.
        width: units of the recurrent layer.
        batch: sequences in a step.
        steps: of training.
        learning_rate: of Adam.
        noise: standard deviation of the input after the first time step.
        gain: factor on orthogonal recurrent weights with which the gradient of a linear recurrence explodes.
        seeds: networks of each kind.

    """

    time_steps: int = 60
    width: int = 16
    batch: int = 32
    steps: int = 150
    learning_rate: float = 0.005
    noise: float = 0.1
    gain: float = 1.3
    seeds: int = 3

    def __post_init__(self) -> None:
        for name in ("width", "batch", "seeds"):
            checks.positive_integer(name, getattr(self, name))
        checks.integer("time_steps", self.time_steps, 8)
        checks.integer("steps", self.steps, WINDOW)
        for name in ("learning_rate", "noise", "gain"):
            checks.positive(name, getattr(self, name))


@dataclass(frozen=True)
class Network:
    """One recurrent network.

    Attributes:
        kind: its layer.
        mended: whether its gates' bias, or its recurrent weights, are those that are advised.
        deltas: before training, ‖∂loss/∂x_t‖ of every time step t.
        cause: that of the probe's first finding; empty without one.
        final_loss: mean over the last steps of training.

    """

    kind: Kind
    mended: bool
    deltas: tuple[float, ...]
    cause: str
    final_loss: float

    @property
    def ratio(self) -> float:
        """‖δ‖ of the first time step over that of the last."""
        return self.deltas[0] / self.deltas[-1]


@dataclass(frozen=True)
class Result:
    """All networks.

    Attributes:
        config: what was run.
        networks: by kind, not mended before mended, then by seed.
        exploding: by seed, a linear recurrence whose orthogonal weights are multiplied by the gain, without training.
        step: what the probe recorded of the first LSTM before its training.

    """

    config: Config
    networks: tuple[Network, ...]
    exploding: tuple[Network, ...]
    step: Step

    def of(self, kind: Kind, *, mended: bool) -> tuple[Network, ...]:
        """The networks of one kind, by seed."""
        return tuple(one for one in self.networks if one.kind == kind and one.mended is mended)


class _Reader(nn.Module):
    """A recurrent layer, and a linear one that reads its last output."""

    def __init__(self, layer: nn.RNNBase) -> None:
        super().__init__()
        self.layer = layer
        self.read_out = nn.Linear(layer.hidden_size, 2)

    def forward(self, x: Tensor) -> Tensor:
        z: Tensor = self.read_out(self.layer(x)[0][:, -1])
        return z


def mend(layer: nn.RNNBase, time_steps: int, generator: Generator) -> None:
    """Let a recurrent layer remember so many time steps.

    The bias of an LSTM's forget gate, and of a GRU's update gate, becomes ln T (Tallec and Ollivier 2018, equation 17);
    the recurrent weights of a plain layer become orthogonal, drawn by the generator.
    """
    if isinstance(layer, nn.RNN):
        _make_orthogonal(layer, generator)
        return
    parameters = dict(layer.named_parameters())
    with torch.no_grad():
        gate = slice(layer.hidden_size, 2 * layer.hidden_size)
        parameters["bias_ih_l0"][gate] = math.log(time_steps)
        parameters["bias_hh_l0"][gate] = 0.0


def _make_orthogonal(layer: nn.RNNBase, generator: Generator, gain: float = 1.0) -> None:
    nn.init.orthogonal_(layer.get_parameter("weight_hh_l0"), gain=gain, generator=generator)


def _batch(config: Config, generator: Generator) -> tuple[Tensor, Tensor]:
    x = config.noise * torch.randn(config.batch, config.time_steps, 2, generator=generator)
    y = torch.randint(0, 2, (config.batch,), generator=generator)
    x[:, 0, 0] = 2.0 * y - 1
    return x, y


def _made(config: Config, kind: Kind, seed: int) -> _Reader:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layer: nn.RNNBase = getattr(nn, kind)(2, config.width, batch_first=True)
        return _Reader(layer)


def _seen(network: _Reader, config: Config, seed: int) -> Step:
    """One step, without an update, under the probe."""
    x, y = _batch(config, Generator().manual_seed(seed))
    with probe(network) as record:
        nn.functional.cross_entropy(network(x), y).backward()  # type: ignore[no-untyped-call]
    (step,) = record.steps
    return step


def _looked_at(network: _Reader, config: Config, seed: int) -> tuple[Sequence[float], str]:
    """‖δ‖ by time step, and the cause that the probe names."""
    step = _seen(network, config, seed)
    (profile,) = step.readings.through_time
    return profile.deltas, next((finding.cause for finding in report((step,), "en").findings), "")


def _trained(network: _Reader, config: Config, seed: int) -> float:
    optimizer = torch.optim.Adam(network.parameters(), config.learning_rate)
    generator = Generator().manual_seed(seed)
    losses: list[float] = []
    for _ in range(config.steps):
        x, y = _batch(config, generator)
        optimizer.zero_grad()
        loss: Any = nn.functional.cross_entropy(network(x), y)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return sum(losses[-WINDOW:]) / WINDOW


def _network(config: Config, kind: Kind, seed: int, *, mended: bool) -> Network:
    network = _made(config, kind, seed)
    if mended:
        mend(network.layer, config.time_steps, Generator().manual_seed(seed))
    deltas, cause = _looked_at(network, config, seed)
    return Network(kind, mended, tuple(deltas), cause, _trained(network, config, seed))


def _exploding(config: Config, seed: int) -> Network:
    """A layer in tanh's linear range, as its inputs are small: the gradient grows by the gain at every step."""
    network = _made(config, "RNN", seed)
    _make_orthogonal(network.layer, Generator().manual_seed(seed), config.gain)
    with torch.no_grad():
        for name in ("weight_ih_l0", "bias_ih_l0", "bias_hh_l0"):
            network.layer.get_parameter(name).mul_(1e-9)
    deltas, cause = _looked_at(network, config, seed)
    return Network("RNN", False, tuple(deltas), cause, math.nan)


def run(config: Config | None = None) -> Result:
    """Look at every network, and train it."""
    config = Config() if config is None else config
    networks = tuple(
        _network(config, kind, seed, mended=mended)
        for kind in KINDS
        for mended in (False, True)
        for seed in range(config.seeds)
    )
    exploding = tuple(_exploding(config, seed) for seed in range(config.seeds))
    return Result(config, networks, exploding, _seen(_made(config, "LSTM", 0), config, 0))
