"""Origins of a NaN: four ways.

For each, the first step that is not finite and what the probe sees of it.

A ReLU network in float32, PyTorch's default. The faults are planted; what is measured is where the first value that is
not finite appears: on the way forward, in the loss, or only on the way back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError
from gradlab.datasets import Samples, two_spirals
from gradlab.networks import MLP, MLPConfig
from gradlab.probing import probe
from gradlab.probing.finding import Verdict


@dataclass(frozen=True)
class Config:
    """The network, and the faults planted in it.

    Attributes:
        gain: factor of He's weights in the network that explodes.
        learning_rate: η of its first step.
        logit: output of the network whose loss takes the logarithm of a rounded probability.
        points: points of the two spirals together, even.
        width: units of every hidden layer.
        depth: number L of hidden layers.
        seed: of weights and data.

    """

    gain: float = 4.0
    learning_rate: float = 0.1
    logit: float = 30.0
    points: int = 48
    width: int = 32
    depth: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("gain", "learning_rate", "logit"):
            checks.positive(name, getattr(self, name))
        checks.integer("points", self.points, 4)
        if self.points % 2:
            raise RefusalError("points", repr(self.points), "an even number")
        checks.positive_integer("width", self.width)
        checks.positive_integer("depth", self.depth)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Pass:
    """One forward and backward pass with the probe.

    Attributes:
        loss: its loss.
        verdict: the probe's.
        starts_at: the layer at which the first finding begins; None where there is none.
        forward: layers, the read-out included, whose outputs are not all finite.
        backward: layers whose δ is not all finite.

    """

    loss: float
    verdict: Verdict
    starts_at: str | None
    forward: int
    backward: int


@dataclass(frozen=True)
class Origin:
    """One way to a NaN.

    Attributes:
        name: ``"explosion"``, ``"input"``, ``"logarithm"`` or ``"root"``.
        passes: up to the first with a value that is not finite; a step of gradient descent lies between two.

    """

    name: str
    passes: tuple[Pass, ...]


@dataclass(frozen=True)
class Result:
    """The four ways.

    Attributes:
        config: what was run.
        origins: in the order explosion, input, logarithm, root.
        layers: linear layers, the read-out included.

    """

    config: Config
    origins: tuple[Origin, ...]
    layers: int

    def origin(self, name: str) -> Origin:
        """The way of that name.

        Raises:
            KeyError: there is none of that name.

        """
        return {origin.name: origin for origin in self.origins}[name]


LONGEST = 5
"""Passes after which a way is given up."""

Loss = Callable[[Tensor, Tensor], Tensor]


def _rounded(logit: float) -> Loss:
    """The cross-entropy as it is written by hand; at a large z the sigmoid rounds to 1, and log(1 - p) to -∞."""

    def loss(output: Tensor, y: Tensor) -> Tensor:
        p = torch.sigmoid(output + logit)
        return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()

    return loss


def _root(output: Tensor, y: Tensor) -> Tensor:
    """A distance whose target is reached: √0 is 0, and its derivative infinite."""
    return torch.sqrt((output - output.detach()).square() + 0 * y).mean()


def _network(config: Config, gain: float) -> nn.Sequential:
    shape = MLPConfig(
        width=config.width, depth=config.depth, sigma_w=gain * math.sqrt(2), input_width=2, output_width=1, bias="zero"
    )
    *hidden, read_out = MLP(shape, torch.Generator().manual_seed(config.seed)).to(torch.float32).linear_layers
    # Plain modules, because the laboratory's network refuses an input that is not finite.
    return nn.Sequential(*(part for layer in hidden for part in (layer, nn.ReLU())), read_out)


def _pass(network: nn.Module, samples: Samples, loss_function: Loss, optimizer: torch.optim.Optimizer) -> Pass:
    optimizer.zero_grad()
    with probe(network, optimizer=optimizer) as record:
        loss = loss_function(network(samples.x)[:, 0], samples.y)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    (step,) = record.steps
    report = record.report()
    linear = [call for call in step.calls if call.role == "linear"]
    return Pass(
        loss=float(loss.detach()),
        verdict=report.verdict,
        starts_at=next((found.starts_at for found in report.findings if found.severity == "hinders"), None),
        forward=sum(call.nonfinite > 0 for call in linear),
        backward=sum(call.delta_nonfinite > 0 for call in linear),
    )


def _origin(config: Config, name: str, samples: Samples, loss_function: Loss, gain: float = 1.0) -> Origin:
    network = _network(config, gain)
    optimizer = torch.optim.SGD(network.parameters(), lr=config.learning_rate)
    passes: list[Pass] = []
    while len(passes) < LONGEST:
        passes.append(_pass(network, samples, loss_function, optimizer))
        if passes[-1].verdict == "non-finite":
            break
    return Origin(name, tuple(passes))


def run(config: Config | None = None) -> Result:
    """Take every way to its first value that is not finite."""
    config = Config() if config is None else config
    spirals = two_spirals(config.points, torch.Generator().manual_seed(config.seed))
    samples = Samples(spirals.x.float(), spirals.y.float())
    x = samples.x.clone()
    x[0, 0] = math.nan
    return Result(
        config=config,
        origins=(
            _origin(config, "explosion", samples, nn.functional.binary_cross_entropy_with_logits, config.gain),
            _origin(config, "input", Samples(x, samples.y), nn.functional.binary_cross_entropy_with_logits),
            _origin(config, "logarithm", samples, _rounded(config.logit)),
            _origin(config, "root", samples, _root),
        ),
        layers=config.depth + 1,
    )
