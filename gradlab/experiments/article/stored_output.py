"""The source's repaired network, replayed.

Its stored output is not the output of the code above it.

The network is Linear(1, n), then Linear(n, n), then Linear(n, 1), LeakyReLU(0.01) between them, bias 0.01 and
He (Kaiming) weights, all drawn in the source's order from one seed. The numbers printed in the source are
those of the same network with PyTorch's default weights and biases, that is, without the repair.

The draws are float32, as the source's; the network is then computed in float64. All printed norms agree to
their last digit; the printed ratio agrees to 3e-8, the rounding of the float32 in which it was computed.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gradlab._internal import checks
from gradlab.networks import MLP, Draws, MLPConfig, replay_default_linear
from gradlab.passes import record

BIAS = 0.01
"""The bias that the source sets in every layer of its repaired network."""

STORED_OUTPUT = 0.1448
STORED_RATIO = 81621739.5590
STORED_NORMS = (0.0,) * 8 + (
    0.0001,
    0.0002,
    0.0008,
    0.0021,
    0.0043,
    0.0132,
    0.0302,
    0.0902,
    0.2205,
    0.4800,
    1.0000,
)
"""Quotations of the source's notebook, cell 2, to its four decimals."""


@dataclass(frozen=True)
class Config:
    """The source's network.

    Attributes:
        width: units n of every hidden layer.
        depth: number of linear layers, the first and the last included, at least 3.
        seed: seed of the replay.

    """

    width: int = 16
    depth: int = 20
    seed: int = 42

    def __post_init__(self) -> None:
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 3)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Run:
    """One replay.

    Attributes:
        output: the network's output for x = 1.
        gradient_norms: norms of the gradients with respect to the pre-activations of layers 2 to ``depth``,
            the layers that the source lists.
        ratio: the largest of these norms divided by the smallest, as the source computes it.

    """

    output: float
    gradient_norms: tuple[float, ...]
    ratio: float


@dataclass(frozen=True)
class Result:
    """Outputs of the source's code and of PyTorch's default, and the output that the source printed.

    Attributes:
        config: what was run.
        kaiming: with He initialization, as the source's code says.
        default: with PyTorch's default initialization.
        stored_output: the output that the source printed.
        stored_ratio: the ratio that the source printed.
        stored_norms: the norms that the source printed.

    """

    config: Config
    kaiming: Run
    default: Run
    stored_output: float = STORED_OUTPUT
    stored_ratio: float = STORED_RATIO
    stored_norms: tuple[float, ...] = STORED_NORMS


def _draw(config: Config, kaiming: bool) -> Draws:
    widths = (1, *(config.width,) * (config.depth - 1), 1)
    generator = torch.Generator().manual_seed(config.seed)
    default = replay_default_linear(widths, generator)
    if not kaiming:
        return default
    weights: list[Tensor] = [
        torch.nn.init.kaiming_normal_(torch.empty_like(weight), mode="fan_in", nonlinearity="relu", generator=generator)
        for weight in default.weights
    ]
    return Draws(tuple(weights), tuple(torch.full_like(bias, BIAS) for bias in default.biases))


def _run(config: Config, kaiming: bool) -> Run:
    shape = MLPConfig(
        width=config.width,
        depth=config.depth - 1,
        activation="leaky_relu",
        input_width=1,
        output_width=1,
    )
    network = MLP(shape, torch.Generator().manual_seed(config.seed))
    draws = _draw(config, kaiming)
    records = record(network.load(draws.weights, draws.biases), torch.ones(1, 1, dtype=torch.float64))
    norms = tuple(layer.dz_norm for layer in records[1:])
    return Run(records[-1].a.item(), norms, max(norms) / min(norms))


def run(config: Config | None = None) -> Result:
    """Replay the source's network as its code says, and with PyTorch's default initialization."""
    config = Config() if config is None else config
    return Result(config, kaiming=_run(config, True), default=_run(config, False))
