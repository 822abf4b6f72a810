"""Gradient of a recurrent layer's inputs, time step by time step, before any training.

A plain layer multiplies it by its recurrent matrix at every step on the way back, an LSTM by its forget gate. Which of
the two a layer has, and how large that is, decides how far back the gradient reaches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Generator, nn

from gradlab import estimates
from gradlab._internal import checks
from gradlab.experiments.recurrence import _networks

KINDS = ("plain", "lstm")


@dataclass(frozen=True)
class Layer:
    """A recurrent layer at PyTorch's default initialization, but for what is said here.

    Attributes:
        kind: ``"plain"`` (tanh) or ``"lstm"``.
        value: what an orthogonal recurrent matrix is multiplied by, or the bias of the forget gate; None leaves
            PyTorch's.

    """

    kind: str
    value: float | None = None

    def __post_init__(self) -> None:
        checks.one_of("kind", self.kind, KINDS)
        if self.value is not None:
            checks.finite("value", self.value)


@dataclass(frozen=True)
class Config:
    """The layers, and the sequences that they read: a first input that counts, and noise.

    Attributes:
        layers: each once.
        time_steps: length T of a sequence.
        width: units of a layer.
        batch: sequences.
        noise: standard deviation of the inputs after the first.
        seeds: seeds 0, 1, ..., at least 2.

    """

    layers: tuple[Layer, ...] = (
        *(Layer("plain", value) for value in (None, 0.8, 1.0, 1.2, 2.0)),
        *(Layer("lstm", value) for value in (None, 1.0, 2.0, 3.0, math.log(60))),
    )
    time_steps: int = 60
    width: int = 16
    batch: int = 32
    noise: float = 0.1
    seeds: int = 5

    def __post_init__(self) -> None:
        checks.distinct("layers", self.layers)
        checks.integer("time_steps", self.time_steps, 2)
        for name in ("width", "batch"):
            checks.positive_integer(name, getattr(self, name))
        checks.integer("seeds", self.seeds, 2)
        checks.positive("noise", self.noise)


@dataclass(frozen=True)
class Profile:
    """One layer.

    Attributes:
        layer: which.
        deltas: ‖∂loss/∂x_t‖/‖∂loss/∂x_T‖ of every time step t, first to last, geometric mean over the seeds.

    """

    layer: Layer
    deltas: tuple[float, ...]


@dataclass(frozen=True)
class Result:
    """One profile for each layer.

    Attributes:
        config: what was run.
        profiles: in the order of the configuration.

    """

    config: Config
    profiles: tuple[Profile, ...]


def _deltas(config: Config, layer: Layer, seed: int) -> tuple[float, ...]:
    generator = Generator().manual_seed(seed)
    made, read_out = _networks.layer_and_read_out("LSTM" if layer.kind == "lstm" else "RNN", config.width, seed)
    if layer.value is not None and layer.kind == "lstm":
        _networks.set_forget_gate(made, layer.value)
    elif layer.value is not None:
        recurrent = made.get_parameter("weight_hh_l0")
        nn.init.orthogonal_(recurrent, layer.value, generator=generator)
    x, y = _networks.first_says(config.batch, config.time_steps, config.noise, generator)
    deltas = _networks.deltas_over_time(made, read_out, x, y)
    return tuple(delta / deltas[-1] for delta in deltas)


def run(config: Config | None = None) -> Result:
    """Differentiate the loss with respect to every input, for every layer and seed."""
    config = Config() if config is None else config
    return Result(
        config,
        tuple(
            Profile(layer, estimates.geometric_means([_deltas(config, layer, seed) for seed in range(config.seeds)]))
            for layer in config.layers
        ),
    )
