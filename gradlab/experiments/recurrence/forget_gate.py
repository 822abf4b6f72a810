"""Gradient of an LSTM's first time step against the last, by the bias of its forget gate.

At PyTorch's default it has all but vanished; with a bias of ln T the gate alone lets about a third of it through.

What an LSTM stores is multiplied by its forget gate at every step, and so is the gradient on its way back. The weights
that lead to the gate are small at the start, so that the gate is near the sigmoid of its bias.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import geometric_mean

from torch import Generator, nn

from gradlab import theory
from gradlab._internal import checks
from gradlab.experiments.recurrence import _networks


@dataclass(frozen=True)
class Config:
    """LSTMs at PyTorch's default initialization but for the bias of the forget gate, before any training.

    Attributes:
        biases: of the forget gate.
        time_steps: length T of a sequence.
        width: units of the layer.
        batch: sequences, of which the first input says the class and the others are noise.
        noise: standard deviation of the inputs after the first.
        seeds: seeds 0, 1, ...

    """

    biases: tuple[float, ...] = (0.0, 1.0, 2.0, 3.0, math.log(60), 6.0)
    time_steps: int = 60
    width: int = 16
    batch: int = 32
    noise: float = 0.1
    seeds: int = 5

    def __post_init__(self) -> None:
        checks.distinct("biases", self.biases)
        for bias in self.biases:
            checks.finite("biases", bias)
        checks.integer("time_steps", self.time_steps, 2)
        for name in ("width", "batch", "seeds"):
            checks.positive_integer(name, getattr(self, name))
        checks.positive("noise", self.noise)


@dataclass(frozen=True)
class Point:
    """One bias.

    Attributes:
        bias: of the forget gate.
        ratios: ‖∂loss/∂x_1‖/‖∂loss/∂x_T‖ by seed.
        gate_ratios: the same with recurrent weights of 0, where the gate is the only way back.
        predicted: σ(b)^(T-1).

    """

    bias: float
    ratios: tuple[float, ...]
    gate_ratios: tuple[float, ...]
    predicted: float

    @property
    def ratio(self) -> float:
        """The geometric mean over seeds."""
        return geometric_mean(self.ratios)

    @property
    def gate_ratio(self) -> float:
        """The same with the gate as the only way back."""
        return geometric_mean(self.gate_ratios)


@dataclass(frozen=True)
class Result:
    """One point for each bias, and the layer as PyTorch makes it.

    Attributes:
        config: what was run.
        points: in the order of the configuration.
        default: the ratio by seed with the bias that PyTorch draws.
        deltas: of the first seed at that bias, ‖∂loss/∂x_t‖ of every time step t.

    """

    config: Config
    points: tuple[Point, ...]
    default: tuple[float, ...]
    deltas: tuple[float, ...]


def _deltas(config: Config, seed: int, bias: float | None, *, gate_only: bool = False) -> tuple[float, ...]:
    layer, read_out = _networks.layer_and_read_out("LSTM", config.width, seed)
    if bias is not None:
        _networks.set_forget_gate(layer, bias)
    if gate_only:
        nn.init.zeros_(layer.get_parameter("weight_hh_l0"))
    x, y = _networks.first_says(config.batch, config.time_steps, config.noise, Generator().manual_seed(seed))
    return _networks.deltas_over_time(layer, read_out, x, y)


def _ratio(deltas: tuple[float, ...]) -> float:
    return deltas[0] / deltas[-1]


def run(config: Config | None = None) -> Result:
    """Differentiate the loss with respect to every input, for every bias and seed."""
    config = Config() if config is None else config
    seeds = range(config.seeds)
    points = tuple(
        Point(
            bias,
            tuple(_ratio(_deltas(config, seed, bias)) for seed in seeds),
            tuple(_ratio(_deltas(config, seed, bias, gate_only=True)) for seed in seeds),
            theory.forget_gate_ratio(bias, config.time_steps),
        )
        for bias in config.biases
    )
    default = [_deltas(config, seed, None) for seed in seeds]
    return Result(config, points, tuple(map(_ratio, default)), default[0])
