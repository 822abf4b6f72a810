"""Stretches of like layers that follow each other, along which δ is compared.

δ of two layers can be compared when all of it comes from the upper one to the lower, and what lies between repeats.
Two kinds of stretch are like that: a chain of linear layers, each of which feeds the next and nothing else; and blocks
that every way from the first of them to the loss passes, as those of a residual network. A third kind lies within such
blocks, beside other ways: layers of the same place in each. Their δ differ for reasons of their own, as those of
queries and keys do with how far attention is from uniform, and decide nothing.
"""

from __future__ import annotations

import math
import re
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from itertools import pairwise, starmap
from typing import Literal, TypeVar

from gradlab.probing.classification import ACTIVATIONS
from gradlab.probing.step import LayerCall, Step

_DIGITS = re.compile(r"\d+")
SHORTEST_CHAIN = 2
SHORTEST_GROUP = 3
_JOINING = ("activation", "function", "normalization", "other")
"""Roles of calls that end a block where no module does: they take the sum of a branch and what passes it by."""
_WITH_WEIGHTS = ("recurrent", "attention", "embedding")
_TAKING = ("linear", "normalization", *_WITH_WEIGHTS)
_OWN = "multiply_matrices"
_Found = TypeVar("_Found")


def _kept(find: Callable[[Step], _Found]) -> Callable[[Step], _Found]:
    """Keep the answer about the last step, which never changes: of each, several rules ask the same in turn."""
    last: tuple[weakref.ref[Step], _Found] | None = None

    @wraps(find)
    def found(step: Step) -> _Found:
        nonlocal last
        known = last
        if known is None or known[0]() is not step:
            last = known = (weakref.ref(step), find(step))
        return known[1]

    return found


@dataclass(frozen=True)
class Link:
    """From one layer to the next like it: what is applied to the output of the first until the second takes it.

    Attributes:
        lower: the layer nearer to the input.
        upper: the layer nearer to the loss.
        operations: from the lower to the upper layer, in that order; None where there is more than one way, or more
            layers on the way.
        between: the calls on the way, in forward order.
        averaged: over how many positions a mean is taken on the way. It gives each of P positions 1/P of the gradient
            and so divides ‖δ‖ by √P, whatever the weights.

    """

    lower: LayerCall
    upper: LayerCall
    operations: tuple[str, ...] | None
    between: tuple[LayerCall, ...] = ()
    averaged: float = 1.0

    @property
    def factor(self) -> float | None:
        """The factor of ‖δ‖ from the upper to the lower layer, without that of averaging; None where it is none."""
        if self.lower.delta_norm is None or not self.upper.delta_norm:
            return None
        return self.lower.delta_norm * math.sqrt(self.averaged) / self.upper.delta_norm


@dataclass(frozen=True)
class Stretch:
    """Layers that are alike, in forward order.

    Attributes:
        kind: ``"chain"`` of linear layers, ``"blocks"``, or ``"layers"`` of the same place in blocks.
        calls: at least two, each with a gradient.
        links: between neighbours.
        bypassed: whether other ways of the gradient lead past it.

    """

    kind: Literal["chain", "layers", "blocks"]
    calls: tuple[LayerCall, ...]
    links: tuple[Link, ...] = ()
    bypassed: bool = False

    @cached_property
    def logs(self) -> tuple[float, ...]:
        """Ln ‖δ‖ of every layer, as it would be if no mean over positions came between it and the last."""
        averaged = 0.0
        logs = [_log(self.calls[-1].delta_norm)]
        for link in reversed(self.links):
            averaged += math.log(link.averaged) / 2
            logs.append(_log(link.lower.delta_norm) + averaged)
        return tuple(reversed(logs))

    @property
    def log_ratio(self) -> float | None:
        """Ln of ‖δ‖ of the first over the last layer; None where there is none."""
        first, last = self.logs[0], self.logs[-1]
        return first - last if math.isfinite(last) and first < math.inf else None

    @property
    def ratio(self) -> float | None:
        """‖δ‖ of the first over the last layer; None where it is no finite number."""
        return None if self.log_ratio is None else _exp(self.log_ratio)


def _log(value: float | None) -> float:
    if value is None or math.isnan(value):
        return math.nan
    return math.log(value) if value > 0 else -math.inf


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


class Ways:
    """The ways of the gradient through a step: which calls all of it passes."""

    def __init__(self, calls: Sequence[LayerCall]) -> None:
        """Follow the calls back from the last to the first."""
        self.calls = calls
        self.takers: list[list[int]] = [[] for _ in calls]
        for call in calls:
            for parent in call.parents:
                if parent < call.index:
                    self.takers[parent].append(call.index)
        # The nearest call on every way to the loss; the loss itself is None, and at depth 0.
        self._next: list[int | None] = [None] * len(calls)
        self._depth = [1] * len(calls)
        for index in reversed(range(len(calls))):
            takers = self.takers[index]
            nearest: int | None = takers[0] if takers else None
            for taker in takers[1:]:
                nearest = self._meeting(nearest, taker)
            self._next[index] = nearest
            self._depth[index] = 1 + (0 if nearest is None else self._depth[nearest])

    def _meeting(self, one: int | None, other: int | None) -> int | None:
        while one != other:
            if one is None or other is None:
                return None
            if self._depth[one] >= self._depth[other]:
                one = self._next[one]
            else:
                other = self._next[other]
        return one

    def always_passed(self, index: int) -> Iterator[int]:
        """The calls that every way from a call to the loss passes, the nearest first."""
        following = self._next[index]
        while following is not None:
            yield following
            following = self._next[following]

    def is_read_out(self, call: LayerCall) -> bool:
        """Whether no layer with weights takes what a linear layer puts out."""
        taking = (*self.always_passed(call.index), *self.takers[call.index])
        return call.role == "linear" and not any(self.calls[taker].role in _TAKING for taker in taking)

    def passes(self, lower: LayerCall, upper: LayerCall) -> bool:
        """Whether every way from one call to the loss passes another."""
        return upper.index in self.always_passed(lower.index)


@_kept
def ways_through(step: Step) -> Ways:
    """The ways of the gradient through a step."""
    return Ways(step.calls)


def _averaged(call: LayerCall, parent: LayerCall, fan_in: int | None) -> float:
    """Over how many positions a call averages what its parent puts out."""
    if "average" not in call.operations:
        return 1.0
    taken = call.elements
    if call.role == "linear":
        if fan_in is None or call.kind.startswith("Conv") or not call.shape:
            return 1.0
        taken = call.elements // call.shape[-1] * fan_in
    return max(parent.elements / taken, 1.0) if taken else 1.0


def _lower_linear(step: Step, ways: Ways, call: LayerCall, fans: dict[str, int]) -> Link | None:
    """Follow a linear layer back to the one linear layer that feeds it, if that feeds nothing else."""
    calls = step.calls
    own = call.operations
    # A matrix product without a bias is the layer's own.
    operations = [*(own[1:] if own[:1] == (_OWN,) else own)]
    between: list[LayerCall] = []
    averaged, last = 1.0, call
    while len(last.parents) == 1:
        lower = calls[last.parents[0]]
        if ways.takers[lower.index] != [last.index]:
            return None
        averaged *= _averaged(last, lower, fans.get(call.weight or ""))
        if lower.role == "linear":
            return Link(lower, call, tuple(reversed(operations)), tuple(reversed(between)), averaged)
        if lower.role in _WITH_WEIGHTS:
            return None
        operations += lower.operations
        between.append(lower)
        last = lower
    return None


def _chains(step: Step, ways: Ways) -> Iterator[Stretch]:
    """The longest chains of linear layers, without the last where at least two others are left.

    What the last one passes back is no sample of a random direction: δ of a read-out is that of the loss, alike for all
    inputs where the loss is a sum, and that of a branch's last layer, which may start at 0, is the stream's. One that
    the same activation function follows as the others, and no layer, is like them.
    """
    fans = {parameter.name: math.prod(parameter.shape[1:]) for parameter in step.parameters}
    linear = [call for call in step.calls if call.role == "linear" and call.delta_norm is not None]
    found = (_lower_linear(step, ways, call, fans) for call in linear)
    links = {link.lower.index: link for link in found if link is not None and link.lower.delta_norm is not None}
    uppers = {link.upper.index for link in links.values()}
    for lowest in (call for call in linear if call.index in links and call.index not in uppers):
        chain = [links[lowest.index]]
        while chain[-1].upper.index in links:
            chain.append(links[chain[-1].upper.index])
        if len(chain) >= SHORTEST_CHAIN and not _is_like_the_others(ways, chain[-1]):
            chain.pop()
        elif len(chain) < SHORTEST_CHAIN < len(linear):
            continue
        yield Stretch("chain", (lowest, *(link.upper for link in chain)), tuple(chain), _bypassed(ways, lowest))


def _is_like_the_others(ways: Ways, last: Link) -> bool:
    """Whether what is applied to the output of a chain's last layer is what is applied to that of the one before."""
    top = last.upper
    following = {operation for taker in ways.takers[top.index] for operation in ways.calls[taker].operations}
    return ways.is_read_out(top) and bool(following.intersection(last.operations or ()).intersection(ACTIVATIONS))


def _bypassed(ways: Ways, call: LayerCall) -> bool:
    """Whether some of the gradient to what lies before a call comes by another way."""
    waiting, seen = [call], {call.index}
    while waiting:
        upper = waiting.pop()
        for index in upper.parents:
            if call.index not in ways.always_passed(index):
                return True
            if index not in seen:
                seen.add(index)
                waiting.append(ways.calls[index])
    return False


def place(call: LayerCall) -> str:
    """A call's name without what tells it from those of the same place in like blocks.

    Numbers that stand for themselves and those in the names of blocks are left out: ``layer2.0.conv1`` has the place
    ``layer#.#.conv1``, for ``conv1`` and ``conv2`` of a block are two places. So have the layers of a block that is an
    ``nn.Sequential``, whose names are numbers: ``blocks.0.1`` has the place ``blocks.#.1``. Where there is no block,
    they are one.
    """
    return place_of(call.name, is_block=call.role == "block")


def place_of(name: str, *, is_block: bool = False) -> str:
    """The same, of a module's name."""
    outer, _, last = name.rpartition(".")
    numbered = _DIGITS.sub("#", outer)
    within_block = numbered != outer and not (is_block and last.isdecimal())
    return f"{numbered}.{last}" if within_block else _DIGITS.sub("#", name)


def alike(calls: Iterable[LayerCall]) -> list[list[LayerCall]]:
    """Calls of like modules, those of one role, kind and place together."""
    groups: dict[tuple[str, str, str], list[LayerCall]] = {}
    for call in calls:
        if call.delta_norm is not None and call.name:
            groups.setdefault((call.role, call.kind, place(call)), []).append(call)
    return list(groups.values())


def _ends_block(call: LayerCall) -> bool:
    return call.role in ("block", "recurrent") or (call.role in _JOINING and len(call.parents) > 1)


def _grouped(kind: Literal["layers", "blocks"], calls: Sequence[LayerCall], *, bypassed: bool) -> Iterator[Stretch]:
    if len(calls) >= SHORTEST_GROUP:
        links = tuple(Link(lower, upper, None) for lower, upper in pairwise(calls))
        yield Stretch(kind, tuple(calls), links, bypassed)


def _blocks(step: Step, ways: Ways) -> Iterator[Stretch]:
    """Blocks of one kind and place, each of which all of the gradient passes that comes to the one before.

    Where other ways lead past all of them, they are layers within a block.
    """
    for calls in alike(call for call in step.calls if _ends_block(call)):
        part, parts = [calls[0]], []
        for lower, upper in pairwise(calls):
            if not ways.passes(lower, upper):
                parts.append(part)
                part = []
            part.append(upper)
        found = [stretch for calls in (*parts, part) for stretch in _grouped("blocks", calls, bypassed=False)]
        yield from found or _grouped("layers", calls, bypassed=True)


def _layers(step: Step, ways: Ways, chained: set[int]) -> Iterator[Stretch]:
    """Linear layers of one place within blocks, of one width; where no way leads past a block, past none of them."""
    for calls in alike(call for call in step.calls if call.role == "linear" and call.index not in chained):
        parts = [[calls[0]]]
        for lower, upper in pairwise(calls):
            if lower.shape != upper.shape:
                parts.append([])
            parts[-1].append(upper)
        for part in parts:
            yield from _grouped("layers", part, bypassed=not all(starmap(ways.passes, pairwise(part))))


@_kept
def stretches(step: Step) -> tuple[Stretch, ...]:
    """The stretches of a step: its chains, its blocks, and the layers of one place within blocks."""
    ways = ways_through(step)
    chains = tuple(_chains(step, ways))
    chained = {call.index for chain in chains for call in chain.calls}
    return (*chains, *_blocks(step, ways), *_layers(step, ways, chained))


def sizes(step: Step) -> tuple[int, int]:
    """Number of linear layers with a gradient, and the largest number of layers or blocks of one kind and place."""
    linear = sum(call.role == "linear" and call.delta_norm is not None for call in step.calls)
    groups = alike(call for call in step.calls if call.role in ("linear", "block", "recurrent"))
    return linear, max(map(len, groups), default=0)
