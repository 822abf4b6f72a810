"""By how much an optimizer's step changes every parameter: from all entries of small ones, from a sample of large ones.

A copy of all weights would tell exactly, and would cost as much memory as the weights. Of a large weight the entries of
a fixed sample are kept instead: one drawn from each of ``SAMPLE`` equal blocks, so that every entry is as likely, and
‖ΔW‖² of the sample, scaled up, is an unbiased estimate of the whole. Where only some rows have a gradient, as those of
the words of a batch in an embedding, they are sampled apart from the rest, for a sample of all would miss most of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

from gradlab.probing import measures
from gradlab.probing.measures import Measure

SAMPLE = 2048
"""Entries kept of one weight. ‖ΔW‖ is then off by 1/√(2 SAMPLE) = 1.6% of itself where ΔW is normally distributed."""
_SEED = 0


@dataclass(eq=False)
class _Part:
    """Some entries of a parameter, or of this process's part of it, before the step, and of how many a sample."""

    name: str
    parameter: Tensor
    index: Tensor | None
    before: Tensor
    population: int

    def now(self) -> Tensor:
        return _entries(self.parameter, self.index)


@dataclass(frozen=True)
class Change:
    """ΔW of one parameter.

    Attributes:
        norm: ‖ΔW‖.
        error: its relative standard error, estimated from the sample itself; 0 where every entry was looked at.

    """

    norm: Measure
    error: Measure


def _entries(parameter: Tensor, index: Tensor | None) -> Tensor:
    """A copy of the entries at some places of a parameter taken as one row, or of all."""
    parameter = parameter.detach()
    if index is None:
        return parameter.clone()
    # A fifth of the price of torch.take, which does without a view.
    return parameter.view(-1).index_select(0, index) if parameter.is_contiguous() else torch.take(parameter, index)


class Updates:
    """Keeps what is needed of the parameters before a step of the optimizer, and compares afterwards."""

    def __init__(self, by_row: frozenset[str] = frozenset()) -> None:
        """Start with nothing kept.

        Args:
            by_row: names of parameters many of whose rows have no gradient in a step, as those of embeddings.

        """
        self._by_row = by_row
        self._samples: dict[tuple[int, torch.device], Tensor] = {}
        self._parts: list[_Part] = []

    def before(self, parameters: Mapping[str, Tensor]) -> None:
        """Keep a sample of each parameter."""
        self._parts = [part for name, parameter in parameters.items() for part in self._taken(name, parameter)]

    def after(self) -> dict[str, Change]:
        """Measure the change that the step made, and free the copies."""
        parts, self._parts = self._parts, []
        changes = [part.before.sub_(part.now()) for part in parts]
        errors = _relative_errors(parts, changes)
        by_name: dict[str, list[tuple[_Part, Measure, Measure]]] = {}
        for part, size, error in zip(parts, measures.norms(changes), errors, strict=True):
            scaled = size * math.sqrt(part.population / part.before.numel())
            by_name.setdefault(part.name, []).append((part, scaled, error))
        return {name: _change(of_parameter) for name, of_parameter in by_name.items()}

    def forget(self) -> None:
        """Keep nothing of a step that will not come to its end."""
        self._parts = []

    def _sample(self, population: int, device: torch.device) -> Tensor | None:
        """Places of the sample among so many entries; None for all of them."""
        if population <= SAMPLE:
            return None
        if (population, device) not in self._samples:
            drawn = torch.rand(SAMPLE, generator=Generator().manual_seed(_SEED), dtype=torch.float64)
            places = ((torch.arange(SAMPLE) + drawn) * (population / SAMPLE)).long().clamp_max(population - 1)
            self._samples[population, device] = places.to(device)
        return self._samples[population, device]

    def _taken(self, name: str, whole: Tensor) -> list[_Part]:
        parameter = measures.own(whole)
        index = self._sample(parameter.numel(), parameter.device)
        if index is not None and parameter.ndim == 2 and not measures.is_spread(whole):
            rows = _rows_with_gradient(whole.grad, name in self._by_row)
            if rows is not None:
                return self._apart(name, parameter, index, rows)
        return [_Part(name, parameter, index, _entries(parameter, index), parameter.numel())]

    def _apart(self, name: str, parameter: Tensor, index: Tensor, rows: Tensor) -> list[_Part]:
        """Sample the rows with a gradient and those without one by themselves."""
        length = parameter.shape[1]
        moving = len(rows) * length
        within = self._sample(moving, parameter.device)
        if within is None:
            within = torch.arange(moving, device=parameter.device)
        touched = torch.zeros(len(parameter), dtype=torch.bool, device=parameter.device)
        touched[rows] = True
        places = (
            (rows[within // length] * length + within % length, moving),
            (index[~touched[index // length]], parameter.numel() - moving),
        )
        return [
            _Part(name, parameter, place, _entries(parameter, place), population)
            for place, population in places
            if len(place)
        ]


def _rows_with_gradient(gradient: Tensor | None, dense: bool) -> Tensor | None:
    """Places of the rows with a gradient; None where all may have one."""
    if gradient is None:
        return None
    if gradient.is_sparse:
        return torch.unique(gradient._indices()[0])  # type: ignore[no-untyped-call, no-any-return, unused-ignore]
    if not dense:
        return None
    # NaN is not 0, and is a gradient too.
    sizes: Tensor = torch.linalg.vector_norm(gradient.detach(), dim=1)
    return (sizes != 0).nonzero()[:, 0]


def _change(parts: list[tuple[_Part, Measure, Measure]]) -> Change:
    """Add up the parts of one parameter, each with its norm and the relative error of that."""
    if len(parts) == 1:
        return Change(*parts[0][1:])
    total: Any = 0.0
    variance: Any = 0.0
    for _, size, error in parts:
        # The error of the square is twice that of the norm.
        total, variance = total + size * size, variance + (2 * size * size * error) ** 2
    if isinstance(total, Tensor):
        return Change(total.sqrt(), (variance.sqrt() / (2 * total)).nan_to_num())
    return Change(math.sqrt(total), math.sqrt(variance) / (2 * total) if total else 0.0)


def _relative_errors(parts: list[_Part], changes: list[Tensor]) -> list[Measure]:
    """The standard error of each norm scaled up from a sample, relative to it: half of that of the square.

    From Σ d² and Σ d⁴ of the sample, whose largest element is divided out so that no power underflows.
    """
    errors: list[Measure] = [0.0] * len(parts)
    alike: dict[tuple[int, torch.dtype, torch.device], list[int]] = {}
    for index, part in enumerate(parts):
        taken = part.before.numel()
        if taken < part.population:
            alike.setdefault((taken, part.before.dtype, part.before.device), []).append(index)
    for (taken, kind, device), indices in alike.items():
        squares = torch.stack([changes[index] for index in indices])
        squares = squares.abs_() if kind.itemsize > 2 else squares.abs_().float()
        squares.div_(squares.amax(1, keepdim=True).clamp_min(torch.finfo(squares.dtype).tiny)).square_()
        mean, fourth = squares.mean(1), torch.linalg.vector_norm(squares, dim=1) ** 2 / taken
        missing = torch.tensor([1 - taken / parts[index].population for index in indices]).to(mean)
        variance = ((fourth / mean**2 - 1).clamp_min(0) * missing / taken).sqrt() / 2
        found = variance.nan_to_num(0.0)
        for index, error in zip(indices, found.tolist() if device.type == "cpu" else found.unbind(), strict=True):
            errors[index] = error
    return errors
