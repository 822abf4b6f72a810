"""A bank of small networks whose truth is known by construction: what a diagnosis has to say of each.

The truth comes from theory or from what was planted, never from a diagnosis: a stack whose per-layer factor f and depth
L make f^(L-1) lie beyond a factor of 100 vanishes or explodes, one at its critical scale is healthy, a layer whose bias
is -10 is dead, one whose weights are a thousand times too large is saturated, one that multiplies by infinity is not
finite, and one behind ``detach`` is cut off. Networks between the two, whose factor over all layers lies from 1/100 to
100 and is not critical, are not members: there is no truth about them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from gradlab import checks

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "relu_in_place": lambda: nn.ReLU(inplace=True),
    "leaky_relu": nn.LeakyReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}
NORMALIZATIONS = ("none", "batch", "layer")
FAULTS = ("none", "dead", "saturated", "infinite", "detached")


@dataclass(frozen=True)
class Member:
    """One network, its input and loss, and the truth about it.

    Attributes:
        name: says what it is.
        truth: the right verdict.
        activation: name in ``ACTIVATIONS``.
        sigma_w: √(fan_in Var W) of the hidden layers.
        depth: number of hidden layers.
        width: units of each, and of the input.
        batch: number of inputs.
        normalization: before the activation: ``"none"``, ``"batch"`` or ``"layer"``.
        residual: scale of the branch of residual blocks x + s W φ(x); None for a plain stack.
        fault: what is planted in the middle layer.
        loss_scale: factor on the loss.
        training: mode of the model.
        dtype: of weights and input.
        seed: of weights and input.

    """

    name: str
    truth: str
    activation: str = "relu"
    sigma_w: float = math.sqrt(2)
    depth: int = 20
    width: int = 64
    batch: int = 64
    normalization: str = "none"
    residual: float | None = None
    fault: str = "none"
    loss_scale: float = 1.0
    training: bool = True
    dtype: torch.dtype = torch.float32
    seed: int = 0

    def __post_init__(self) -> None:
        checks.one_of("activation", self.activation, ACTIVATIONS)
        checks.one_of("normalization", self.normalization, NORMALIZATIONS)
        checks.one_of("fault", self.fault, FAULTS)
        checks.positive("sigma_w", self.sigma_w)
        for name in ("depth", "width", "batch"):
            checks.positive_integer(name, getattr(self, name))

    def make(self) -> tuple[nn.Module, Tensor]:
        """Return the network and its input."""
        generator = Generator().manual_seed(self.seed)
        model = nn.Sequential(*self._layers(generator), self._linear(generator, 1)).to(self.dtype)
        x = torch.empty(self.batch, self.width).normal_(generator=generator).to(self.dtype)
        return model.train(self.training), x

    def loss(self, output: Tensor) -> Tensor:
        """Return the loss of the network's output: a plain sum, scaled."""
        return output.sum() * self.loss_scale

    def _linear(self, generator: Generator, outputs: int | None = None) -> nn.Linear:
        layer = nn.Linear(self.width, outputs or self.width)
        with torch.no_grad():
            layer.weight.normal_(0, self.sigma_w / math.sqrt(self.width), generator=generator)
            layer.bias.zero_()
        return layer

    def _layers(self, generator: Generator) -> Iterator[nn.Module]:
        for index in range(self.depth):
            linear = self._linear(generator)
            middle = index == self.depth // 2
            if middle:
                self._plant(linear)
            body = [linear, *self._normalization(), ACTIVATIONS[self.activation]()]
            if self.residual is not None:
                yield Residual(nn.Sequential(body[-1], *body[:-1]), self.residual)
                continue
            yield from body
            if middle and self.fault == "detached":
                yield Detached()

    def _normalization(self) -> list[nn.Module]:
        if self.normalization == "batch":
            return [nn.BatchNorm1d(self.width)]
        return [nn.LayerNorm(self.width)] if self.normalization == "layer" else []

    def _plant(self, linear: nn.Linear) -> None:
        with torch.no_grad():
            if self.fault == "dead":
                linear.bias.fill_(-1e3)
            elif self.fault == "saturated":
                linear.weight.mul_(1e3)
            elif self.fault == "infinite":
                linear.weight.view(-1)[0] = math.inf


class Residual(nn.Module):
    """x + s branch(x)."""

    def __init__(self, branch: nn.Module, scale: float) -> None:
        super().__init__()
        self.branch = branch
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """Return x + s branch(x)."""
        added: Tensor = x + self.scale * self.branch(x)
        return added


class Detached(nn.Module):
    """Cuts the graph, as a forgotten ``detach()`` does."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x without its history."""
        return x.detach()
