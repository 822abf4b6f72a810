"""Losses on probabilities that people write out, as Keras does: quotients, limits and logarithms before a mean.

What is taken of them are facts: whether the outputs are probabilities, whether each row of targets has one class, and
the loss of a constant guess, which knows the targets of the batch and not the inputs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

from gradlab.probing import measures
from gradlab.probing.lossgraph import LossNode, consumers, is_neutral
from gradlab.probing.measures import Measure
from gradlab.probing.recovered import is_distance

Kind = Literal["classes", "binary", "logits", "distance"]
"""Meaning of an output to a loss: probabilities of classes, of yes, logits of classes, or values."""
# Elements of an output that is larger are not looked at.
_MOST_ELEMENTS = 1 << 16
_ROUNDING = 1e-2
"""Targets recovered from δ in single precision are off by less."""
_ALIKE = 0.75
# What a target costs where the output is clipped on the other side: by torch, and by 1e-7 in single precision.
_LIMITS = (100.0, -math.log(1e-7), 23 * math.log(2))
_COUNTED = 2e-3
"""A whole number of such costs is told from a loss in single precision within this much."""


@dataclass(frozen=True)
class WrittenReading:
    """Facts of an output that a loss tells that is written out; None where it does not.

    Attributes:
        call: index of the call that put it out.
        kind: what the loss takes the output for.
        single: whether the loss divides every output by itself, since a row has one element.
        shares: whether it divides the elements of a row by their sum.
        improper: share of elements that are below 0 or above 1, and taken for probabilities.
        outside: share of targets, all of them whole numbers, that are neither 0 nor 1.
        labels: 1 where δ or the loss shows that targets of yes or no are 0 and 1, and 0 where nothing tells.
        several: share of rows that have several classes, or, where each says yes or no, not exactly one.
        binary: whether every target of a distance is 0 or 1.
        guess: loss of a constant guess on this batch.

    """

    call: int
    kind: Kind
    single: bool = False
    shares: bool = False
    improper: float | None = None
    outside: float | None = None
    labels: float | None = None
    several: float | None = None
    binary: float | None = None
    guess: float | None = None


@dataclass(eq=False)
class WrittenTrace:
    """A loss that is written out while its step runs."""

    call: int
    kind: Kind
    single: bool = False
    shares: bool = False
    measures: dict[str, Measure] = field(default_factory=dict)

    def read(self) -> WrittenReading:
        """The plain facts, once no measure waits."""
        return WrittenReading(self.call, self.kind, self.single, self.shares, **self.measures)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Way:
    """A loss's use of an output: its meaning, and whether the loss divides by the sum of a row before."""

    kind: Kind
    renormalized: bool = False
    single: bool = False


def _way(nodes: Sequence[LossNode], place: int) -> _Way | None:
    taking = [*consumers(nodes, place)]
    operations = sorted(nodes[one].operation for one in taking)
    renormalized = single = False
    if operations == ["Div", "Sum"]:
        total, place = sorted(taking, key=lambda one: nodes[one].operation == "Div")
        if not any(place in (one, *_beyond_moves(nodes, one)) for one in consumers(nodes, total)):
            return None
        renormalized, single = True, nodes[total].shape == nodes[place].shape
        taking = [*consumers(nodes, place)]
    while [nodes[one].operation.startswith("Clamp") for one in taking] == [True]:
        taking = [*consumers(nodes, taking[0])]
    operations = sorted(nodes[one].operation for one in taking)
    if operations == ["Log"]:
        return _Way("classes", renormalized, single)
    if operations in (["Log", "Rsub"], ["Log", "Sub"]) or operations == ["BinaryCrossEntropy"]:
        return None if any(nodes[one].weighted for one in taking) else _Way("binary", renormalized, single)
    if operations == ["LogSoftmax"]:
        return _Way("logits")
    if len(taking) == 1 and is_distance(nodes, taking[0]):
        return _Way("distance")
    return None


def _beyond_moves(nodes: Sequence[LossNode], place: int) -> tuple[int, ...]:
    """Operations that take the result of a node that only moves elements; none for other nodes."""
    return tuple(consumers(nodes, place)) if is_neutral(nodes[place]) else ()


def take(
    nodes: Sequence[LossNode], call: int, activation: str | None, output: Tensor, gradient: Tensor, value: Measure
) -> WrittenTrace | None:
    """The facts of one output; None where the loss is none of these."""
    places = [place for place, node in enumerate(nodes) if node.call == call]
    way = _way(nodes, places[0]) if len(places) == 1 else None
    if way is None or output.numel() > _MOST_ELEMENTS or output.ndim < 2 or output.device.type == "mps":
        return None
    found = WrittenTrace(call, way.kind, way.single, way.renormalized)
    a, delta = output.flatten(1).double(), gradient.flatten(1).double()
    if way.kind in ("classes", "binary"):
        found.measures["improper"] = measures.number(((a < 0) | (a > 1)).double().mean())
    if way.kind == "classes":
        _classes(found, a, delta, way, activation)
    elif way.kind == "logits" and output.ndim == 2:
        _counted(found, delta.argmin(1), a.shape[1])
    elif way.kind == "binary":
        _binary(found, a, delta, value, activation)
        _labels(found, a, delta, value)
    elif way.kind == "distance":
        _distance(found, a, delta, value)
    return found if found.measures else None


def _counted(found: WrittenTrace, target: Tensor, classes: int) -> None:
    """The loss of guessing the shares of the classes; of few examples the entropy is corrected (Miller 1955)."""
    counts = torch.zeros(classes, dtype=torch.float64, device=target.device)
    counts.scatter_add_(0, target, torch.ones_like(target, dtype=torch.float64))
    shares = counts / counts.sum()
    entropy = -(shares * shares.clamp_min(1e-300).log()).sum()
    found.measures["guess"] = measures.number(entropy + ((counts > 0).sum() - 1) / (2 * counts.sum()))


def _classes(found: WrittenTrace, a: Tensor, delta: Tensor, way: _Way, activation: str | None) -> None:
    """-Σ t log(a/Σa) has δ = c(Σt/Σa - t/a), and without the quotient δ = -c t/a: in both ct follows from δ."""
    if a.shape[1] < 2:
        return
    base = delta.amax(1, keepdim=True) if way.renormalized else torch.zeros_like(delta[:, :1])
    weighted = a * (base - delta)
    # Where an output is clipped its δ is 0, and the row shows no target at all.
    there = weighted > weighted.amax().clamp_min(torch.finfo(a.dtype).tiny) / 2
    _counted(found, weighted.argmax(1), a.shape[1])
    if activation == "softmax":
        # Targets of 0 and 1 are all the same where they are not 0; others, smoothed or weighted, are left alone. A row
        # with all classes tells less than it has.
        nothing = torch.full_like(weighted, torch.nan)
        middle = torch.where(there, weighted, nothing).nanmedian()
        alike = (there & ((weighted - middle).abs() < 2 * _ROUNDING * middle)).sum() / there.sum().clamp_min(1)
        several = (there.sum(1) > 1).double().mean()
        found.measures["several"] = measures.number(torch.where(alike > _ALIKE, several, torch.zeros_like(several)))


def _binary(found: WrittenTrace, a: Tensor, delta: Tensor, value: Measure, activation: str | None) -> None:
    """δ = c(a - t)/(a(1 - a)), and the loss itself tells c."""
    p = a.clamp(1e-7, 1 - 1e-7)
    z = torch.logit(p)
    slope = delta * p * (1 - p)
    entropy = (torch.nn.functional.softplus(z) - p * z).sum()
    scale = (value - (slope * z).sum()) / entropy.clamp_min(torch.finfo(a.dtype).tiny)
    target = p - slope / scale
    whole = target.round()
    is_whole = (target - whole).abs().amax() < _ROUNDING
    found.measures["outside"] = measures.number(torch.where(is_whole, ((whole < 0) | (whole > 1)).double().mean(), 0.0))
    if activation == "softmax" and a.shape[1] > 1:
        found.measures["several"] = measures.number(torch.where(is_whole, (whole.sum(1) != 1).double().mean(), 0.0))
    shares = target.clamp(0, 1).mean(0).clamp(1e-12, 1 - 1e-12)
    guess = -(shares * shares.log() + (1 - shares) * (1 - shares).log()).mean()
    found.measures["guess"] = measures.number(guess + 1 / (2 * len(a)))


def _labels(found: WrittenTrace, a: Tensor, delta: Tensor, value: Measure) -> None:
    """Targets of 0 and 1 told from others: of these alone max(δ(1 - a), -δa) is the same factor for every element.

    Where all outputs are clipped, and every δ is 0, each target of 0 and 1 costs nothing or the logarithm of the limit,
    so that the loss is a whole number of these.
    """
    seen = (delta != 0) & (a > 0) & (a < 1)
    factors = torch.maximum(delta * (1 - a), -delta * a)
    largest = torch.where(seen, factors, -torch.inf).amax()
    least = torch.where(seen, factors, torch.inf).amin()
    alike = (seen.sum() > 1) & (largest - least < _ROUNDING * largest)
    counts = torch.as_tensor(value, dtype=torch.float64, device=a.device) * a.numel() / a.new_tensor(_LIMITS)
    off = (counts - counts.round()).abs()
    # All of them wrong is what targets of mean 0 look like as well.
    whole = ((off < _COUNTED) & (counts.round() > 0) & (counts.round() < a.numel())).any()
    found.measures["labels"] = measures.number(torch.where(seen.any(), alike, whole).double())


def _distance(found: WrittenTrace, a: Tensor, delta: Tensor, value: Measure) -> None:
    """A mean of |a - t| with targets 0 and 1 is told by the signs of δ alone; so is one of squares."""
    away = torch.where(delta < 0, 1 - a, a)
    absolute, squared = away.mean(), away.square().mean()
    size: Any = abs(value)
    is_one = torch.minimum((absolute - value).abs(), (squared - value).abs()) < 1e-4 * size
    found.measures["binary"] = measures.number(is_one.double())
