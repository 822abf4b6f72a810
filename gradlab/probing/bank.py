"""A bank of small networks whose truth is known by construction: what a diagnosis has to say of each.

The truth comes from theory or from what was planted, never from a diagnosis: a stack whose per-layer factor f and depth
L make f^(L-1) lie beyond a factor of 100 vanishes or explodes, one at its critical scale is healthy, a layer whose bias
is far below 0 is dead, and so is one with three quarters of its units like that, one whose weights are a thousand times
too large is saturated, one that multiplies by infinity is not finite, and one behind ``detach`` is cut off. Networks
between the two, whose factor over all layers lies from 1/100 to 100 and is not critical, are not members: there is no
truth about them. Transformers and residual recurrent layers are healthy because every block adds to what passes it by,
and what is planted in them is as wrong as elsewhere; without normalization a transformer's blocks multiply instead, and
many of them explode. Without the connections as well many of them vanish: where attention is near uniform a block
passes back what its four layers of Xavier's scale do, √(2/9). In a stack of plain recurrent layers half of the variance
of a pre-activation comes from the layer below and half from the step before, which makes a factor of √(χ/(2 - χ)) per
layer out of a chain's √χ, and of √(χ/2) per time step where that is above 1. No theory of the probe's reaches these
two, so that such members lie beyond 1000. An LSTM or GRU that forgets is no member: it is ill only by its task, which
may have nothing to remember. A network that was healthy and has learned is healthy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import torch
from torch import Generator, Tensor, nn

from gradlab import activations
from gradlab._internal import checks
from gradlab._internal.residual import Residual

IN_PLACE = "relu_in_place"
ACTIVATIONS: Mapping[str, Callable[[], nn.Module]] = MappingProxyType(
    {
        IN_PLACE: lambda: nn.ReLU(inplace=True),
        **{name: phi.module for name, phi in activations.ACTIVATIONS.items() if phi.module is not None},
    }
)
_OF_RNN = ("relu", "tanh")
"""Activation functions that PyTorch's plain recurrent layer has."""
NORMALIZATIONS = ("none", "batch", "layer")
FAULTS = ("none", "dead", "mostly_dead", "saturated", "infinite", "detached")
KINDS = ("linear", "convolution", "embedding", "transformer", "recurrent", "rnn")
_OVER_TIME = ("transformer", "recurrent", "rnn")
MOSTLY = 0.75
"""Share of the units of a layer that is mostly dead."""
_POSITIONS = 6
"""Length of the sides of images, and of sequences unless a member says otherwise."""
_WORDS = 100
_HEADS = 4


@dataclass(frozen=True)
class Member:
    """One network, its input and loss, and the truth about it.

    Attributes:
        name: says what it is.
        truth: the right verdict.
        activation: name of an activation function that PyTorch has as a module, or ``"relu_in_place"``.
        sigma_w: √(fan_in Var W) of the hidden layers; plain recurrent ones take in as many states as inputs.
        kind: kind of the hidden layers: ``"linear"``, ``"convolution"`` (3×3, circular), ``"embedding"`` (of words,
            before linear ones), ``"transformer"`` (encoder blocks), ``"recurrent"`` (LSTMs with residual connections)
            or ``"rnn"`` (plain recurrent layers on top of each other, of ReLU or tanh).
        depth: number of hidden layers, or of blocks.
        width: units of each, and of the input.
        batch: number of inputs.
        time_steps: length of the sequences that transformers and recurrent layers read.
        normalization: before the activation: ``"none"``, ``"batch"`` or ``"layer"``.
        residual: scale of the branch of residual blocks x + s W φ(x); None for a plain stack. A transformer has its
            connections anyway; with a scale, which is 1, it has no normalization.
        bypassed: whether residual connections pass a transformer's blocks by; without them it has no normalization.
        fault: what is planted in the middle layer: ``"none"``, ``"dead"``, ``"mostly_dead"`` (three quarters of its
            units), ``"saturated"``, ``"infinite"`` or ``"detached"``.
        trained: number of steps of Adam beforehand, towards the outputs of a network like it from another seed.
        loss_scale: factor on the loss.
        training: whether the model is in training mode.
        dtype: floating-point type of weights and input.
        seed: what weights and input are drawn from.

    """

    name: str
    truth: str
    activation: str = "relu"
    sigma_w: float = math.sqrt(2)
    kind: str = "linear"
    depth: int = 20
    width: int = 64
    batch: int = 64
    time_steps: int = _POSITIONS
    normalization: str = "none"
    residual: float | None = None
    bypassed: bool = True
    fault: str = "none"
    trained: int = 0
    loss_scale: float = 1.0
    training: bool = True
    dtype: torch.dtype = torch.float32
    seed: int = 0

    def __post_init__(self) -> None:
        checks.one_of("activation", self.activation, _OF_RNN if self.kind == "rnn" else ACTIVATIONS)
        checks.one_of("normalization", self.normalization, NORMALIZATIONS)
        checks.one_of("fault", self.fault, FAULTS)
        checks.one_of("kind", self.kind, KINDS)
        checks.integer("trained", self.trained, 0)
        checks.positive("sigma_w", self.sigma_w)
        for name in ("depth", "width", "batch", "time_steps"):
            checks.positive_integer(name, getattr(self, name))

    def make(self) -> tuple[nn.Module, Tensor]:
        """The network and its input."""
        generator = Generator().manual_seed(self.seed)
        hidden = self._blocks(generator) if self.kind in _OVER_TIME else self._layers(generator)
        model = nn.Sequential(*hidden, *self._pooling(), self._linear(generator, 1)).to(self.dtype)
        x = self._input(generator)
        if self.trained:
            self._train(model, x)
        return model.train(self.training), x

    def loss(self, output: Tensor) -> Tensor:
        """The loss of the network's output: a plain sum, scaled."""
        return output.sum() * self.loss_scale

    def _input(self, generator: Generator) -> Tensor:
        if self.kind == "embedding":
            return torch.randint(_WORDS, (self.batch,), generator=generator)
        shape = {
            "linear": (self.batch, self.width),
            "convolution": (self.batch, self.width, _POSITIONS, _POSITIONS),
        }.get(self.kind, (self.batch, self.time_steps, self.width))
        return torch.empty(shape).normal_(generator=generator).to(self.dtype)

    def _linear(self, generator: Generator, outputs: int | None = None) -> nn.Linear | nn.Conv2d:
        layer: nn.Linear | nn.Conv2d = nn.Linear(self.width, outputs or self.width)
        if self.kind == "convolution" and outputs is None:
            layer = nn.Conv2d(self.width, self.width, 3, padding=1, padding_mode="circular")
        self._draw(layer, generator)
        return layer

    def _draw(self, layer: nn.Linear | nn.Conv2d, generator: Generator) -> None:
        """Draw the weights with σ_w = √(fan_in Var W), and set the bias to 0."""
        fan_in = layer.weight[0].numel()
        with torch.no_grad():
            layer.weight.normal_(0, self.sigma_w / math.sqrt(fan_in), generator=generator)
            if layer.bias is not None:
                layer.bias.zero_()

    def _layers(self, generator: Generator) -> Iterator[nn.Module]:
        if self.kind == "embedding":
            words = nn.Embedding(_WORDS, self.width)
            nn.init.normal_(words.weight, generator=generator)
            yield words
        for index in range(self.depth):
            linear = self._linear(generator)
            middle = index == self.depth // 2
            if middle:
                self._plant(linear)
            body = [linear, *self._normalization(), ACTIVATIONS[self.activation]()]
            if self.residual is not None:
                yield Residual(nn.Sequential(body[-1], *body[:-1]), self.residual)
            else:
                yield from body
            if middle and self.fault == "detached":
                yield Detached()

    def _blocks(self, generator: Generator) -> Iterator[nn.Module]:
        """Encoder blocks or residual LSTMs of Xavier's scale, or plain recurrent layers; all biases are 0."""
        for index in range(self.depth):
            block = self._block()
            for name, parameter in block.named_parameters():
                if parameter.ndim > 1 and self.kind == "rnn":
                    nn.init.normal_(parameter, 0, self.sigma_w / math.sqrt(2 * self.width), generator=generator)
                elif parameter.ndim > 1:
                    nn.init.xavier_normal_(parameter, generator=generator)
                elif "bias" in name:
                    nn.init.zeros_(parameter)
            if index == self.depth // 2:
                self._plant(block.layer if isinstance(block, ResidualLSTM | PlainRecurrent) else block.linear1)
            yield block
            if index == self.depth // 2 and self.fault == "detached":
                yield Detached()

    def _block(self) -> nn.TransformerEncoderLayer | ResidualLSTM | PlainRecurrent | PlainTransformer:
        if self.kind == "rnn":
            return PlainRecurrent(self.width, self.activation)
        if self.kind == "recurrent":
            return ResidualLSTM(self.width)
        if not self.bypassed:
            return PlainTransformer(self.width, self.activation)
        block = nn.TransformerEncoderLayer(
            self.width,
            _HEADS,
            2 * self.width,
            0.0,
            ACTIVATIONS[self.activation](),
            batch_first=True,
            norm_first=self.normalization == "none",
        )
        if self.residual is not None:
            block.norm1 = block.norm2 = nn.Identity()  # type: ignore[assignment]
        return block

    def _pooling(self) -> list[nn.Module]:
        return [nn.AdaptiveAvgPool2d(1), nn.Flatten()] if self.kind == "convolution" else []

    def _normalization(self) -> list[nn.Module]:
        if self.normalization == "batch":
            return [nn.BatchNorm2d(self.width) if self.kind == "convolution" else nn.BatchNorm1d(self.width)]
        if self.normalization == "layer":
            return [nn.GroupNorm(1, self.width) if self.kind == "convolution" else nn.LayerNorm(self.width)]
        return []

    def _plant(self, layer: nn.Linear | nn.Conv2d | nn.RNNBase) -> None:
        of_time = "_ih_l0" if isinstance(layer, nn.RNNBase) else ""
        weight, bias = layer.get_parameter(f"weight{of_time}"), layer.get_parameter(f"bias{of_time}")
        with torch.no_grad():
            if self.fault in ("dead", "mostly_dead"):
                share = 1.0 if self.fault == "dead" else MOSTLY
                bias[: round(share * len(bias))] = -1e3
            elif self.fault == "saturated":
                weight.mul_(1e3)
            elif self.fault == "infinite":
                weight.view(-1)[0] = math.inf

    def _train(self, model: nn.Module, x: Tensor) -> None:
        """Have the network learn what another of its kind puts out, as long as that takes."""
        other, _ = replace(self, trained=0, seed=self.seed + 1).make()
        with torch.no_grad():
            y = other(x)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        for _ in range(self.trained):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x), y).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        optimizer.zero_grad()


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
        {"dtype": torch.float16, "depth": 10},
        *_stacks(((10, 64), (20, 128)), kind="convolution", batch=8),
        {"kind": "convolution", "depth": 20, "normalization": "layer", "batch": 8},
        {"kind": "convolution", "depth": 20, "normalization": "batch", "training": False, "batch": 8},
        {"kind": "embedding"},
        *_stacks(((6, 64),), kind="transformer", batch=8),
        {"kind": "transformer", "depth": 6, "normalization": "layer", "batch": 8},
        {"kind": "transformer", "depth": 6, "training": False, "batch": 8},
        {"kind": "recurrent", "depth": 6, "batch": 8},
        {"kind": "rnn", "depth": 4, "batch": 8},
        {"kind": "rnn", "depth": 4, "batch": 8, "time_steps": 24},
        {"kind": "rnn", "depth": 4, "batch": 8, "activation": "tanh", "sigma_w": 1.0},
        *_stacks(((5, 64), (10, 128)), trained=200),
        {"trained": 200, "depth": 5, "activation": "tanh", "sigma_w": 1.0},
        {"trained": 200, "depth": 5, "normalization": "batch", "training": False},
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
        {"dtype": torch.float16, "sigma_w": PYTORCH_DEFAULT, "depth": 10},
        {"kind": "convolution", "sigma_w": PYTORCH_DEFAULT, "depth": 14, "batch": 8},
        {"kind": "embedding", "sigma_w": PYTORCH_DEFAULT},
        {"kind": "rnn", "sigma_w": PYTORCH_DEFAULT, "depth": 10, "width": 32, "batch": 8},
        {"kind": "transformer", "bypassed": False, "depth": 16, "batch": 8},
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
        {"kind": "convolution", "sigma_w": 2.4, "batch": 8},
        {"kind": "convolution", "normalization": "batch", "depth": 30, "batch": 8},
        {"kind": "embedding", "sigma_w": 2.4},
        {"kind": "transformer", "residual": 1.0, "depth": 16, "batch": 8},
        {"kind": "rnn", "sigma_w": 3.5, "depth": 10, "batch": 8},
        {"kind": "rnn", "sigma_w": 3.5, "depth": 2, "batch": 8, "time_steps": 24},
    ),
    *_members(
        "dead",
        {"fault": "dead"},
        {"fault": "dead", "depth": 5, "width": 256},
        *_stacks(((5, 256), (20, 256), (50, 256), (10, 1024)), fault="mostly_dead"),
        {"fault": "mostly_dead", "depth": 10, "width": 256, "activation": "relu_in_place", "loss_scale": 1e-20},
        {"fault": "dead", "kind": "convolution", "depth": 10, "batch": 8},
        {"fault": "mostly_dead", "kind": "convolution", "depth": 10, "width": 256, "batch": 2},
        {"fault": "dead", "kind": "transformer", "depth": 4, "batch": 8},
        {"fault": "mostly_dead", "kind": "transformer", "depth": 4, "width": 128, "batch": 8},
        {"fault": "dead", "residual": 0.2, "depth": 20},
        {"fault": "dead", "kind": "rnn", "depth": 4, "batch": 8},
        {"fault": "mostly_dead", "kind": "rnn", "depth": 4, "width": 128, "batch": 8},
    ),
    *_members(
        "saturated",
        {"fault": "saturated", "activation": "tanh", "sigma_w": 1.0, "depth": 6},
        {"fault": "saturated", "activation": "sigmoid", "sigma_w": 1.0, "depth": 4},
        {"fault": "saturated", "kind": "transformer", "activation": "tanh", "depth": 4, "batch": 8},
        {"fault": "saturated", "kind": "rnn", "activation": "tanh", "sigma_w": 1.0, "depth": 4, "batch": 8},
    ),
    *_members(
        "non-finite",
        {"fault": "infinite"},
        {"fault": "infinite", "normalization": "layer"},
        *({"fault": "infinite", "kind": kind, "depth": 4, "batch": 8} for kind in KINDS[1:]),
    ),
    *_members(
        "cut off",
        {"fault": "detached"},
        {"fault": "detached", "activation": "tanh", "sigma_w": 1.0},
        {"fault": "detached", "residual": 0.2},
        *({"fault": "detached", "kind": kind, "depth": 4, "batch": 8} for kind in KINDS[1:]),
    ),
)
"""The bank: fixed networks of every verdict that theory or a planted fault decides."""


@dataclass(frozen=True)
class Regime:
    """A range of networks with one truth: of these depths, widths and batches, with these settings.

    Attributes:
        truth: the right verdict.
        depths: smallest and largest. For stacks, the per-layer factor to the power of the depth is then at most 1/100,
            at least 100, or does not leave 1.
        widths: smallest and largest. From 64 on a healthy network of these depths lies within a factor of 10 but for
            about one in a thousand; of a layer that is mostly dead, from 160 on as many units are no chance.
        batches: smallest and largest.
        settings: of every :class:`Member`, where they differ from its defaults.

    """

    truth: str
    depths: tuple[int, int]
    settings: _Settings
    widths: tuple[int, int] = (64, 256)
    batches: tuple[int, int] = (16, 128)


_IMAGES: dict[str, Any] = {"widths": (32, 64), "batches": (4, 16)}
# Widths in heads of transformers, which others take too.
_SEQUENCES: dict[str, Any] = {"widths": (16, 32), "batches": (4, 16)}

REGIMES: tuple[Regime, ...] = (
    Regime("healthy", (4, 20), {}),
    Regime("healthy", (4, 20), {"activation": "relu_in_place"}),
    Regime("healthy", (4, 20), {"activation": "leaky_relu"}),
    Regime("healthy", (4, 12), {"activation": "tanh", "sigma_w": 1.0}),
    Regime("healthy", (4, 20), {"kind": "embedding"}),
    Regime("healthy", (4, 30), {"normalization": "layer"}),
    Regime("healthy", (4, 30), {"normalization": "layer", "sigma_w": PYTORCH_DEFAULT}),
    Regime("healthy", (4, 20), {"normalization": "batch", "training": False}),
    Regime("healthy", (3, 5), {"normalization": "batch"}, batches=(64, 128)),
    *(Regime("healthy", (depth, depth), {"residual": 1 / math.sqrt(depth)}) for depth in (10, 30)),
    Regime("healthy", (4, 12), {"kind": "convolution"}, **_IMAGES),
    Regime("healthy", (3, 6), {"kind": "transformer"}, **_SEQUENCES),
    Regime("healthy", (3, 6), {"kind": "transformer", "normalization": "layer"}, **_SEQUENCES),
    Regime("healthy", (3, 6), {"kind": "recurrent"}, **_SEQUENCES),
    Regime("healthy", (3, 5), {"kind": "rnn"}, **_SEQUENCES),
    Regime("vanishing", (10, 40), {"sigma_w": PYTORCH_DEFAULT}),
    Regime("vanishing", (20, 50), {"sigma_w": 1.0}),
    Regime("vanishing", (6, 30), {"activation": "sigmoid", "sigma_w": 1.0}),
    Regime("vanishing", (14, 40), {"activation": "tanh", "sigma_w": PYTORCH_DEFAULT}),
    Regime("vanishing", (10, 40), {"activation": "leaky_relu", "sigma_w": PYTORCH_DEFAULT}),
    Regime("vanishing", (10, 20), {"kind": "convolution", "sigma_w": PYTORCH_DEFAULT}, **_IMAGES),
    Regime("vanishing", (10, 16), {"kind": "rnn", "sigma_w": PYTORCH_DEFAULT}, **_SEQUENCES),
    Regime("vanishing", (16, 24), {"kind": "transformer", "bypassed": False}, **_SEQUENCES),
    Regime("exploding", (14, 40), {"sigma_w": 2.4}),
    Regime("exploding", (30, 50), {"activation": "tanh", "sigma_w": 3.0}),
    Regime("exploding", (28, 50), {"normalization": "batch"}, batches=(64, 128)),
    Regime("exploding", (20, 50), {"residual": 1.0}),
    Regime("exploding", (14, 24), {"kind": "convolution", "sigma_w": 2.4}, **_IMAGES),
    Regime("exploding", (16, 24), {"kind": "transformer", "residual": 1.0}, **_SEQUENCES),
    Regime("exploding", (10, 16), {"kind": "rnn", "sigma_w": 3.5}, **_SEQUENCES),
    Regime("exploding", (1, 3), {"kind": "rnn", "sigma_w": 3.5, "time_steps": 24}, **_SEQUENCES),
    Regime("dead", (4, 20), {"fault": "dead"}),
    Regime("dead", (4, 20), {"fault": "mostly_dead"}, widths=(160, 512)),
    Regime("dead", (4, 10), {"fault": "dead", "kind": "convolution"}, **_IMAGES),
    *(Regime("dead", (2, 6), {"fault": "dead", "kind": kind}, **_SEQUENCES) for kind in ("transformer", "rnn")),
    Regime("saturated", (4, 8), {"fault": "saturated", "activation": "tanh", "sigma_w": 1.0}),
    Regime("saturated", (4, 4), {"fault": "saturated", "activation": "sigmoid", "sigma_w": 1.0}),
    Regime("saturated", (3, 6), {"fault": "saturated", "kind": "transformer", "activation": "tanh"}, **_SEQUENCES),
    Regime(
        "saturated",
        (3, 6),
        {"fault": "saturated", "kind": "rnn", "activation": "tanh", "sigma_w": 1.0},
        **_SEQUENCES,
    ),
    Regime("non-finite", (4, 20), {"fault": "infinite"}),
    Regime("non-finite", (4, 20), {"fault": "infinite", "normalization": "batch"}),
    *(Regime("non-finite", (2, 6), {"fault": "infinite", "kind": kind}, **_SEQUENCES) for kind in KINDS[1:]),
    Regime("cut off", (4, 20), {"fault": "detached"}),
    Regime("cut off", (4, 20), {"fault": "detached", "residual": 0.3}),
    *(Regime("cut off", (2, 6), {"fault": "detached", "kind": kind}, **_SEQUENCES) for kind in KINDS[1:]),
)
"""Regimes from which random members are drawn."""


def random_members(count: int, seed: int, truth: str | None = None) -> tuple[Member, ...]:
    """Fresh members: settings, depth, width, batch, scale of the loss and seed drawn at random.

    Args:
        count: number of members.
        seed: seed of what is drawn.
        truth: draw only members with this truth; any truth if not given.

    Examples:
        >>> from gradlab.probing import bank
        >>> members = bank.random_members(3, seed=0, truth="vanishing")
        >>> {member.truth for member in members}
        {'vanishing'}

    """
    generator = Generator().manual_seed(checks.seed("seed", seed))
    truths = list(dict.fromkeys(regime.truth for regime in REGIMES))
    wanted = truths if truth is None else [checks.one_of("truth", truth, truths)]
    regimes = [regime for regime in REGIMES if regime.truth in wanted]

    def pick(low: int, high: int) -> int:
        return int(torch.randint(low, high + 1, (), generator=generator))

    drawn = []
    for index in range(checks.positive_integer("count", count)):
        regime = regimes[pick(0, len(regimes) - 1)]
        # A transformer's width is a multiple of its heads.
        heads = _HEADS if regime.settings.get("kind") in _OVER_TIME else 1
        drawn.append(
            Member(
                name=f"random {index}",
                truth=regime.truth,
                **regime.settings,
                depth=pick(*regime.depths),
                width=pick(*regime.widths) * heads,
                batch=pick(*regime.batches),
                loss_scale=10.0 ** pick(-12, 6),
                seed=pick(0, 10**9),
            )
        )
    return tuple(drawn)


class Detached(nn.Module):
    """Cuts the graph, as a forgotten ``detach()`` does."""

    def forward(self, x: Tensor) -> Tensor:
        """The tensor x without its history."""
        return x.detach()


class ResidualLSTM(nn.Module):
    """x + what an LSTM makes of the sequence x."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer = nn.LSTM(width, width, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """The sum x + LSTM(x)."""
        added: Tensor = x + self.layer(x)[0]
        return added


class PlainRecurrent(nn.Module):
    """The states through which a plain recurrent layer goes as it reads the sequence x."""

    def __init__(self, width: int, activation: str) -> None:
        super().__init__()
        self.layer = nn.RNN(width, width, nonlinearity=activation, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """The state at every time step."""
        states: Tensor = self.layer(x)[0]
        return states


class PlainTransformer(nn.Module):
    """Attention and two layers behind each other, as an encoder block is without what passes them by."""

    def __init__(self, width: int, activation: str) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, _HEADS, batch_first=True)
        self.linear1 = nn.Linear(width, 2 * width)
        self.activation = ACTIVATIONS[activation]()
        self.linear2 = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """The sequence that the block makes of x."""
        attended = self.attention(x, x, x, need_weights=False)[0]
        passed: Tensor = self.linear2(self.activation(self.linear1(attended)))
        return passed
