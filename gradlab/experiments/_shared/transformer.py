"""The transformer that several experiments share: a stream, and blocks that add two branches to it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Generator, Tensor, nn
from torch.nn.utils import skip_init

from gradlab import theory
from gradlab.theory.transformers import XAVIER_FEEDFORWARD

FEEDFORWARD = 4
"""Units of a feed-forward branch for each of the stream."""


@dataclass(frozen=True)
class Shape:
    """A stack of blocks before training; no biases, Xavier's weights where nothing else is said.

    Attributes:
        blocks: number L of blocks, each attention and a feed-forward branch of ReLU units.
        width: units n of the stream, a multiple of ``heads``.
        heads: heads of attention.
        placement: where the normalization is, a name in ``gradlab.theory.transformers.PLACEMENTS``.
        stream_scale: factor on the stream in front of every sum.
        inner: factor on the weights that read a branch's input: of the values, and of the first feed-forward matrix.
        outer: factor on the weights that write a branch's output.
        gate: the learned factor on every branch, as it begins; None for branches without one.
        uniform: whether the query weights are 0, so that attention is uniform.
        causal: whether a position sees only those before it.

    """

    blocks: int
    width: int = 64
    heads: int = 4
    placement: str = "pre"
    stream_scale: float = 1.0
    inner: float = 1.0
    outer: float = 1.0
    gate: float | None = None
    uniform: bool = False
    causal: bool = False

    def field(self, positions: int) -> theory.TransformerField:
        """Its mean-field prediction."""
        gain = (self.inner * self.outer * (1.0 if self.gate is None else self.gate)) ** 2
        return theory.transformer_mean_field(
            self.placement,
            self.blocks,
            positions,
            attention_gain=gain,
            feedforward_gain=gain * XAVIER_FEEDFORWARD,
            stream_scale=self.stream_scale,
        )


def _undrawn(module: type[nn.Module], *sizes: int, **options: bool) -> Any:
    """A module whose weights are drawn later, by a generator of our own."""
    return skip_init(module, *sizes, **options)  # type: ignore[no-untyped-call]


class Attention(nn.Module):
    """Attention of a sequence to itself."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention: nn.MultiheadAttention = _undrawn(
            nn.MultiheadAttention, shape.width, shape.heads, bias=False, batch_first=True
        )
        self.is_causal = shape.causal

    def forward(self, x: Tensor) -> Tensor:
        """The branch of attention, shape (batch, positions, width)."""
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[-2], dtype=x.dtype) if self.is_causal else None
        added: Tensor = self.attention(x, x, x, need_weights=False, attn_mask=mask, is_causal=self.is_causal)[0]
        return added

    def draw(self, shape: Shape, generator: Generator) -> None:
        """Draw the weights, each matrix with Xavier's variance 1/n."""
        weights = self.attention.in_proj_weight
        for place, factor in enumerate((0.0 if shape.uniform else 1.0, 1.0, shape.inner)):
            part = weights[place * shape.width : (place + 1) * shape.width]
            nn.init.xavier_normal_(part, generator=generator).mul_(factor)
        nn.init.xavier_normal_(self.attention.out_proj.weight, generator=generator).mul_(shape.outer)


class FeedForward(nn.Module):
    """Two matrices with ReLU in between, each position for itself."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        inner = FEEDFORWARD * shape.width
        self.first: nn.Linear = _undrawn(nn.Linear, shape.width, inner, bias=False)
        self.last: nn.Linear = _undrawn(nn.Linear, inner, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """The feed-forward branch."""
        added: Tensor = self.last(self.first(x).relu())
        return added

    def draw(self, shape: Shape, generator: Generator) -> None:
        """Draw the weights, with Xavier's variance 2/(5 n)."""
        nn.init.xavier_normal_(self.first.weight, generator=generator).mul_(shape.inner)
        nn.init.xavier_normal_(self.last.weight, generator=generator).mul_(shape.outer)


class Addition(nn.Module):
    """A branch, added to the stream, with the normalization where it belongs."""

    def __init__(self, shape: Shape, branch: Attention | FeedForward) -> None:
        super().__init__()
        self.placement, self.stream_scale = shape.placement, shape.stream_scale
        self.branch = branch
        self.normalization = nn.Identity() if shape.placement == "none" else nn.LayerNorm(shape.width)
        self.gate = 1.0 if shape.gate is None else nn.Parameter(torch.tensor(shape.gate))

    def forward(self, x: Tensor) -> Tensor:
        """The stream behind the sum."""
        if self.placement == "post":
            total: Tensor = self.normalization(self.stream_scale * x + self.gate * self.branch(x))
        else:
            total = self.stream_scale * x + self.gate * self.branch(self.normalization(x))
        return total


class Transformer(nn.Module):
    """A stack of blocks; with the normalization in front of branches there is one more behind the last block."""

    def __init__(self, shape: Shape, generator: Generator) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(Addition(shape, Attention(shape)), Addition(shape, FeedForward(shape)))
            for _ in range(shape.blocks)
        )
        self.final = nn.LayerNorm(shape.width) if shape.placement == "pre" else nn.Identity()
        with torch.no_grad():
            for addition in (one for block in self.blocks for one in cast(nn.Sequential, block)):
                cast(Addition, addition).branch.draw(shape, generator)

    def trace(self, x: Tensor) -> list[Tensor]:
        """The stream before the first, ..., after the last block."""
        stream = [x]
        for block in self.blocks:
            stream.append(block(stream[-1]))
        return stream

    def forward(self, x: Tensor) -> Tensor:
        """The output, normalized where the stream is not."""
        read: Tensor = self.final(self.trace(x)[-1])
        return read

    @property
    def last(self) -> Tensor:
        """The last matrix of the last block."""
        addition = cast(Addition, cast(nn.Sequential, self.blocks[-1])[1])
        return cast(FeedForward, addition.branch).last.weight


def stream(batch: int, positions: int, width: int, generator: Generator) -> Tensor:
    """Independent positions of mean square 1, shape (batch, positions, width), float64."""
    return torch.empty(batch, positions, width, dtype=torch.float64).normal_(generator=generator)


def readout(width: int, words: int, generator: Generator) -> Tensor:
    """Weights of an output layer whose outputs have variance 1, shape (words, width), float64."""
    return torch.empty(words, width, dtype=torch.float64).normal_(0, 1 / math.sqrt(width), generator=generator)
