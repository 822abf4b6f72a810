"""Transformers at infinite width: growth of the stream, of the gradient and of the likeness of positions."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gradlab._internal import checks

PLACEMENTS = ("pre", "post", "none")
"""Place of the normalization: at the head of every branch, behind every sum, or nowhere."""

XAVIER_FEEDFORWARD = 0.32
"""Gain of a feed-forward branch of ReLU units, four times as many as the stream has, with Xavier's weights.

The weights have variance 2/(5 n): (n · 2/(5 n)) (4 n · 2/(5 n))/2.
"""


@dataclass(frozen=True)
class TransformerField:
    """A transformer before training, block by block.

    Attributes:
        q: mean square of the stream before the first, ..., after the last block.
        correlation: cosine between the streams of two positions, at the same places.
        gradient: squared norm of the gradient with respect to the stream, at the same places, relative to the last.

    """

    q: tuple[float, ...]
    correlation: tuple[float, ...]
    gradient: tuple[float, ...]


@dataclass(frozen=True)
class _Sum:
    """One sum of a stream and a branch, with what it does on the way back: positions each, and in pairs."""

    own: float
    shared: float
    cross: float


def relu_correlation(c: float) -> float:
    """Cosine of ReLU outputs of two Gaussian vectors with cosine ``c``: (√(1 - c²) + (π - arccos c) c)/π.

    The arc-cosine kernel of order 1 (Cho & Saul 2009).

    Examples:
        >>> from gradlab import theory
        >>> round(theory.relu_correlation(0.0), 4)
        0.3183

    """
    c = min(checks.finite("c", c), 1.0)
    return (math.sqrt(1 - c * c) + (math.pi - math.acos(c)) * c) / math.pi


def transformer_mean_field(
    placement: str,
    blocks: int,
    positions: int,
    attention_gain: float = 1.0,
    feedforward_gain: float = XAVIER_FEEDFORWARD,
    stream_scale: float = 1.0,
) -> TransformerField:
    """Follow stream and gradient through blocks of attention and a feed-forward branch, at infinite width.

    Attention is uniform, as it is where the query weights are 0 (the setting of Xiong et al. 2020,
    arXiv:2002.04745), so its branch is the mean over positions, of mean square (1 + (n - 1) c)/n for n positions of
    mean square 1 and cosine c. Weights have mean 0 and are independent of the stream, so a branch adds in squares:
    q' = a² q + g u, where u is the branch's mean square before its gain g, and a = ``stream_scale``. On the way back
    ‖δ‖² gains the branch's share alike; positions that share their gradient gain more from attention, and ReLU units
    keep 1 - arccos(c)/π of what two positions share.

    A normalization in front of the branch divides its input by √q, one behind the sum divides stream and gradient
    by √q'. Positions are independent before the first block, and so are their gradients behind the last.

    Args:
        placement: name in ``PLACEMENTS``.
        blocks: number of blocks, at least 1.
        positions: number n of positions.
        attention_gain: (n Var W)² of values and outputs, times all factors on the branch.
        feedforward_gain: half of the product of fan_in Var W of both matrices, times all factors on the branch.
        stream_scale: factor a on the stream in front of every sum.

    Examples:
        >>> from gradlab import theory
        >>> theory.transformer_mean_field("post", blocks=2, positions=8).q
        (1.0, 1.0, 1.0)

    """
    checks.one_of("placement", placement, PLACEMENTS)
    checks.positive_integer("blocks", blocks)
    checks.positive_integer("positions", positions)
    gains = (
        checks.non_negative("attention_gain", attention_gain),
        checks.non_negative("feedforward_gain", feedforward_gain),
    )
    kept = checks.positive("stream_scale", stream_scale) ** 2
    q, c = 1.0, 0.0
    stream, likeness, sums = [q], [c], []
    for _ in range(blocks):
        for is_attention, gain in zip((True, False), gains, strict=True):
            weight = gain / q if placement == "pre" else gain
            mean = (1 + (positions - 1) * c) / positions
            own, alike = (mean, mean) if is_attention else (1.0, relu_correlation(c))
            total = kept + weight * own
            share = 0.0 if is_attention else 1 - math.acos(min(c, 1.0)) / math.pi
            divided = total * q if placement == "post" else 1.0
            sums.append(
                _Sum(
                    own=(kept + (0.0 if is_attention else weight)) / divided,
                    shared=(weight if is_attention else 0.0) / divided,
                    cross=(kept + weight * share) / divided,
                )
            )
            q, c = (1.0 if placement == "post" else q * total), (kept * c + weight * alike) / total
        stream.append(q)
        likeness.append(c)
    return TransformerField(tuple(stream), tuple(likeness), _backward(sums, positions))


def _backward(sums: list[_Sum], positions: int) -> tuple[float, ...]:
    """The squared gradient at the ends of all blocks: ``own`` of each position, ``pairs`` over all pairs of them."""
    own, pairs = 1.0, 0.0
    gradient = [own]
    for place, one in reversed(list(enumerate(sums))):
        together = (own + pairs) / positions
        own, pairs = (
            own * one.own + together * one.shared,
            pairs * one.cross + together * one.shared * (positions - 1),
        )
        if place % 2 == 0:
            gradient.append(own)
    return tuple(reversed(gradient))
