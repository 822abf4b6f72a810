"""Gradient clipping at its limits: infinity, NaN, overflow.

A vanished layer beside a large one is clipped as well.

``clip_grad_norm_`` multiplies everything by min(1, m/(‖g‖ + 1e-6)) and checks nothing unless it is told to: an
infinite norm makes the factor 0, and 0 · ∞ is not a number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gradlab import theory
from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError


@dataclass(frozen=True)
class Config:
    """The gradients that are clipped.

    Attributes:
        maximum_norm: the bound m.
        maximum_value: the bound of every entry when clipping by value.
        overflowing: the entries of a gradient whose square exceeds float32, above 1.9e19 and below 3.4e38.
        entries: number of those entries.
        large_layer: norm of one layer, above the limit.
        vanished_layer: norm of another in the same network.

    """

    maximum_norm: float = 1.0
    maximum_value: float = 1.0
    overflowing: float = 1e25
    entries: int = 4
    large_layer: float = 1e4
    vanished_layer: float = 1e-8

    def __post_init__(self) -> None:
        for argument in ("maximum_norm", "maximum_value", "large_layer", "vanished_layer"):
            checks.positive(argument, getattr(self, argument))
        if not 1.9e19 < checks.finite("overflowing", self.overflowing) < 3.4e38:
            raise RefusalError("overflowing", repr(self.overflowing), "above 1.9e19 and below 3.4e38")
        checks.positive_integer("entries", self.entries)


@dataclass(frozen=True)
class Case:
    """One gradient.

    Attributes:
        name: identifies the case.
        dtype: ``"float32"`` or ``"float64"``.
        gradient: its entries.
        norm: its norm, as PyTorch computes it.
        by_norm: its entries after clipping by norm.
        by_value: its entries after clipping by value.
        refused: whether ``error_if_nonfinite=True`` raises an error.

    """

    name: str
    dtype: str
    gradient: tuple[float, ...]
    norm: float
    by_norm: tuple[float, ...]
    by_value: tuple[float, ...]
    refused: bool


@dataclass(frozen=True)
class Result:
    """Every case.

    Attributes:
        config: what was run.
        ordinary: (3, 4).
        infinite: one entry is infinite.
        not_a_number: one entry is NaN.
        single: large entries in float32.
        double: the same in float64.
        layers: one entry for a large layer, one for a vanished one.
        predicted_vanished: the vanished layer's norm times min(1, m/(‖g‖ + 1e-6)).

    """

    config: Config
    ordinary: Case
    infinite: Case
    not_a_number: Case
    single: Case
    double: Case
    layers: Case
    predicted_vanished: float

    @property
    def cases(self) -> tuple[Case, ...]:
        """All of them, in the order of the attributes."""
        return (self.ordinary, self.infinite, self.not_a_number, self.single, self.double, self.layers)


def _parameter(gradient: Tensor) -> nn.Parameter:
    parameter = nn.Parameter(torch.zeros_like(gradient))
    parameter.grad = gradient.clone()
    return parameter


def _entries(parameter: nn.Parameter) -> tuple[float, ...]:
    return () if parameter.grad is None else tuple(parameter.grad.tolist())


def _refuses(gradient: Tensor, maximum_norm: float) -> bool:
    try:
        nn.utils.clip_grad_norm_([_parameter(gradient)], maximum_norm, error_if_nonfinite=True)
    except RuntimeError:
        return True
    return False


def _case(config: Config, name: str, entries: tuple[float, ...], dtype: torch.dtype = torch.float64) -> Case:
    gradient = torch.tensor(entries, dtype=dtype)
    by_norm, by_value = _parameter(gradient), _parameter(gradient)
    norm = nn.utils.clip_grad_norm_([by_norm], config.maximum_norm)
    nn.utils.clip_grad_value_([by_value], config.maximum_value)
    return Case(
        name=name,
        dtype=str(dtype).removeprefix("torch."),
        gradient=entries,
        norm=float(norm),
        by_norm=_entries(by_norm),
        by_value=_entries(by_value),
        refused=_refuses(gradient, config.maximum_norm),
    )


def run(config: Config | None = None) -> Result:
    """Clip every gradient by norm and by value."""
    config = Config() if config is None else config
    large = (config.overflowing,) * config.entries
    norm = math.hypot(config.large_layer, config.vanished_layer)
    return Result(
        config=config,
        ordinary=_case(config, "ordinary", (3.0, 4.0)),
        infinite=_case(config, "infinite", (1.0, 2.0, math.inf)),
        not_a_number=_case(config, "not_a_number", (1.0, 2.0, math.nan)),
        single=_case(config, "single", large, torch.float32),
        double=_case(config, "double", large),
        layers=_case(config, "layers", (config.large_layer, config.vanished_layer)),
        predicted_vanished=config.vanished_layer * theory.clipping_coefficient(norm, config.maximum_norm),
    )
