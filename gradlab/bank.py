"""A bank of small networks whose truth is known by construction: what a diagnosis has to say of each.

The truth comes from theory or from what was planted, never from a diagnosis: a stack whose per-layer factor f and depth
L make f^(L-1) lie beyond a factor of 100 vanishes or explodes, one at its critical scale is healthy, a layer whose bias
is -10 is dead, one whose weights are a thousand times too large is saturated, one that multiplies by infinity is not
finite, and one behind ``detach`` is cut off. Networks between the two, whose factor over all layers lies from 1/100 to
100 and is not critical, are not members: there is no truth about them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

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


HE = math.sqrt(2)
PYTORCH_DEFAULT = math.sqrt(1 / 3)
_Settings = dict[str, Any]


def _members(truth: str, *settings: _Settings) -> Iterator[Member]:
    for one in settings:
        named = ", ".join(f"{name} {_shown(value)}" for name, value in one.items())
        yield Member(name=f"{truth}: {named}", truth=truth, **one)


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _stacks(sizes: Sequence[tuple[int, int]], **settings: Any) -> list[_Settings]:
    return [{"depth": depth, "width": width, **settings} for depth, width in sizes]


_SCALED_LOSSES = (1e-20, 1e-8, 1e5)

MEMBERS: tuple[Member, ...] = (
    *_members(
        "healthy",
        *_stacks(((5, 16), (5, 64), (10, 64), (20, 64), (30, 32), (20, 256), (50, 256), (100, 256), (10, 1024))),
        *_stacks(((5, 16), (20, 64), (50, 256)), activation="relu_in_place"),
        *_stacks(((20, 64), (50, 256)), activation="leaky_relu"),
        *({"loss_scale": scale} for scale in _SCALED_LOSSES),
        *_stacks(((10, 64), (10, 256)), activation="tanh", sigma_w=1.0),
        {"normalization": "batch", "depth": 5},
        {"normalization": "batch", "depth": 30, "training": False},
        {"normalization": "batch", "depth": 30, "activation": "sigmoid", "batch": 256},
        *_stacks(((30, 64),), normalization="layer"),
        *_stacks(((30, 64),), normalization="layer", sigma_w=PYTORCH_DEFAULT),
        {"residual": 1 / math.sqrt(30), "depth": 30},
        {"residual": 1 / math.sqrt(50), "depth": 50, "activation": "sigmoid", "sigma_w": 1.0},
        {"dtype": torch.bfloat16},
        {"dtype": torch.float64},
    ),
    *_members(
        "vanishing",
        *_stacks(((8, 16), (10, 64), (30, 64), (50, 256), (8, 1024)), sigma_w=PYTORCH_DEFAULT),
        *_stacks(((20, 64), (50, 64)), sigma_w=1.0),
        *({"loss_scale": scale, "sigma_w": PYTORCH_DEFAULT} for scale in _SCALED_LOSSES),
        {"activation": "tanh", "sigma_w": PYTORCH_DEFAULT},
        *_stacks(((6, 64), (20, 64), (30, 64)), activation="sigmoid", sigma_w=1.0),
        {"activation": "leaky_relu", "sigma_w": PYTORCH_DEFAULT},
        {"activation": "gelu", "sigma_w": 1.0},
        {"activation": "silu", "sigma_w": 1.0},
        {"dtype": torch.bfloat16, "sigma_w": PYTORCH_DEFAULT},
    ),
    *_members(
        "exploding",
        *_stacks(((12, 16), (20, 64), (50, 64)), sigma_w=2.4),
        *_stacks(((20, 64),), sigma_w=math.sqrt(6)),
        *({"loss_scale": scale, "sigma_w": 2.4} for scale in _SCALED_LOSSES),
        {"activation": "tanh", "sigma_w": 3.0, "depth": 30},
        {"activation": "sigmoid", "sigma_w": 20.0, "depth": 30, "width": 256},
        {"normalization": "batch", "depth": 30},
        {"normalization": "batch", "depth": 30, "sigma_w": PYTORCH_DEFAULT},
        {"residual": 1.0, "depth": 30},
    ),
    *_members("dead", {"fault": "dead"}, {"fault": "dead", "depth": 5, "width": 256}),
    *_members(
        "saturated",
        {"fault": "saturated", "activation": "tanh", "sigma_w": 1.0, "depth": 6},
        {"fault": "saturated", "activation": "sigmoid", "sigma_w": 1.0, "depth": 4},
    ),
    *_members("non-finite", {"fault": "infinite"}, {"fault": "infinite", "normalization": "layer"}),
    *_members("cut off", {"fault": "detached"}, {"fault": "detached", "activation": "tanh", "sigma_w": 1.0}),
)
"""The bank."""

# Activation, weight scale and the truth, each with the depths at which it is one: the per-layer factor to the power of
# the depth is then at most 1/100, at least 100, or does not leave 1.
_REGIMES: tuple[tuple[str, float, str, tuple[int, int]], ...] = (
    ("relu", HE, "healthy", (4, 20)),
    ("relu_in_place", HE, "healthy", (4, 20)),
    ("tanh", 1.0, "healthy", (4, 12)),
    ("relu", PYTORCH_DEFAULT, "vanishing", (10, 40)),
    ("relu", 1.0, "vanishing", (20, 50)),
    ("sigmoid", 1.0, "vanishing", (6, 30)),
    ("tanh", PYTORCH_DEFAULT, "vanishing", (14, 40)),
    ("relu", 2.4, "exploding", (14, 40)),
    ("tanh", 3.0, "exploding", (30, 50)),
)


def random_members(count: int, seed: int) -> tuple[Member, ...]:
    """Return fresh members: activation, weight scale, depth, width, batch, loss and seed drawn at random.

    Widths are from 64 to 256, at which a healthy network of the depths drawn lies within a factor of 10 but for about
    one in a thousand.
    """
    generator = Generator().manual_seed(checks.seed("seed", seed))

    def pick(low: int, high: int) -> int:
        return int(torch.randint(low, high + 1, (), generator=generator))

    drawn = []
    for index in range(checks.positive_integer("count", count)):
        activation, sigma_w, truth, (shallow, deep) = _REGIMES[pick(0, len(_REGIMES) - 1)]
        drawn.append(
            Member(
                name=f"random {index}",
                truth=truth,
                activation=activation,
                sigma_w=sigma_w,
                depth=pick(shallow, deep),
                width=pick(64, 256),
                batch=pick(16, 128),
                loss_scale=10.0 ** pick(-12, 6),
                seed=pick(0, 10**9),
            )
        )
    return tuple(drawn)


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
