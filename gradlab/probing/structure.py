"""Stretches of like layers that follow each other, along which δ is compared.

δ of two layers can be compared when what lies between them repeats. Three kinds of stretch are looked for: the chain of
all linear layers, where the network is one chain; linear layers of the same place in repeated blocks; and the outputs
of such blocks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from gradlab.probing.step import LayerCall, Step

_DIGITS = re.compile(r"\d+")
SHORTEST_CHAIN = 2
SHORTEST_GROUP = 3


@dataclass(frozen=True)
class Link:
    """From one layer to the next like it: what is applied to the output of the first until the second takes it.

    Attributes:
        lower: the layer nearer to the input.
        upper: the layer nearer to the loss.
        operations: from the lower to the upper layer, in that order; None where there is more than one way, or more
            layers on the way.

    """

    lower: LayerCall
    upper: LayerCall
    operations: tuple[str, ...] | None


@dataclass(frozen=True)
class Stretch:
    """Layers that are alike, in forward order.

    Attributes:
        kind: ``"chain"`` of linear layers, ``"layers"`` of the same place in blocks, or ``"blocks"`` themselves.
        calls: at least two, each with a gradient.
        links: between neighbours.

    """

    kind: Literal["chain", "layers", "blocks"]
    calls: tuple[LayerCall, ...]
    links: tuple[Link, ...] = ()

    @property
    def ratio(self) -> float | None:
        """‖δ‖ of the first over the last layer; None where it is no finite number."""
        first, last = self.calls[0].delta_norm, self.calls[-1].delta_norm
        if first is None or not last or not math.isfinite(first) or not math.isfinite(last):
            return None
        return first / last


def _lower_linear(calls: Sequence[LayerCall], call: LayerCall) -> Link | None:
    """Follow a linear layer back to the one linear layer that it takes its input from, if there is just one."""
    operations = [*call.operations]
    parents = call.parents
    while len(parents) == 1:
        lower = calls[parents[0]]
        if lower.role == "linear":
            return Link(lower, call, tuple(reversed(operations)))
        operations += lower.operations
        parents = lower.parents
    return None


def _chain(step: Step) -> Stretch | None:
    linear = [call for call in step.calls if call.role == "linear" and call.delta_norm is not None]
    links = [_lower_linear(step.calls, call) for call in linear[1:]]
    joined = [link for link, lower in zip(links, linear, strict=False) if link is not None and link.lower is lower]
    if len(linear) < SHORTEST_CHAIN or len(joined) != len(links):
        return None
    if len(linear) > SHORTEST_GROUP and _is_read_out(step, linear[-1]):
        linear, joined = linear[:-1], joined[:-1]
    return Stretch("chain", tuple(linear), tuple(joined))


def _is_read_out(step: Step, call: LayerCall) -> bool:
    """Whether nothing that was seen comes after a layer.

    What it passes back is no sample of a random direction: δ of a read-out is that of the loss, alike for all inputs
    where the loss is a sum, and normalizations or ReLU then let another share of it through than within the network.
    """
    return all(call.index not in other.parents for other in step.calls)


def place(name: str) -> str:
    """A module's name without what tells it from those of the same place in like blocks.

    Numbers that stand for themselves and those in the names of blocks are left out: ``layer2.0.conv1`` has the place
    ``layer#.#.conv1``, for ``conv1`` and ``conv2`` of a block are two places. Where there is no block, they are one.
    """
    outer, _, last = name.rpartition(".")
    numbered = _DIGITS.sub("#", outer)
    within_block = numbered != outer and not last.isdecimal()
    return f"{numbered}.{last}" if within_block else _DIGITS.sub("#", name)


def _alike(step: Step) -> list[list[LayerCall]]:
    """The calls of like modules, those of one kind and place together."""
    groups: dict[tuple[str, str, str], list[LayerCall]] = {}
    for call in step.calls:
        if call.role in ("linear", "block", "recurrent") and call.delta_norm is not None and call.name:
            groups.setdefault((call.role, call.kind, place(call.name)), []).append(call)
    return list(groups.values())


def _groups(step: Step) -> list[Stretch]:
    return [
        Stretch(
            "layers" if calls[0].role == "linear" else "blocks",
            tuple(calls),
            tuple(Link(lower, upper, None) for lower, upper in pairwise(calls)),
        )
        for calls in _alike(step)
        if len(calls) >= SHORTEST_GROUP
    ]


def stretches(step: Step) -> tuple[Stretch, ...]:
    """The stretches of a step: the chain, if the network is one, else the groups of like layers and blocks."""
    chain = _chain(step)
    return (chain,) if chain is not None else tuple(_groups(step))


def sizes(step: Step) -> tuple[int, int]:
    """Number of linear layers with a gradient, and the largest number of layers or blocks of one kind and place."""
    linear = sum(call.role == "linear" and call.delta_norm is not None for call in step.calls)
    return linear, max(map(len, _alike(step)), default=0)
