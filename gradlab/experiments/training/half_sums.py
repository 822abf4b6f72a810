"""Sums in 16 bits: a large sum no longer notices a small term.

Adding is exact as long as the sum is a number of the format. From where half a step is as large as the term on, the
term is lost (``theory.FloatFormat.standstill``). A weight that is moved by small steps stands still for the same
reason, unless a copy of it is kept in float32 (Micikevicius et al. 2018, arXiv:1710.03740, section 3.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from gradlab import theory
from gradlab._internal import checks

FORMATS = ("float16", "bfloat16")


@dataclass(frozen=True)
class Config:
    """Numbers that are added up.

    Attributes:
        terms: number of ones that are counted.
        updates: number of steps of a weight that starts at 1.
        step: by how much each of them moves it.
        harmonic: number of terms 1/k of a sum that is taken in either order.

    """

    terms: int = 4096
    updates: int = 1000
    step: float = 1e-4
    harmonic: int = 2000

    def __post_init__(self) -> None:
        checks.positive_integer("terms", self.terms)
        checks.positive_integer("updates", self.updates)
        checks.positive("step", self.step)
        checks.positive_integer("harmonic", self.harmonic)


@dataclass(frozen=True)
class Sums:
    """One format.

    Attributes:
        format: its name.
        counted: the sum of ones after 1, 2, ... terms.
        predicted_standstill: where it stands still.
        weight: the weight after all steps.
        master_weight: the same with the steps added to a copy in float32, rounded at the end.
        smallest_step: predicted smallest step that moves a weight just above 1.
        large_first: sum of 1/k, k = 1, 2, ....
        small_first: the same sum from the last term to the first.

    """

    format: str
    counted: tuple[float, ...]
    predicted_standstill: float
    weight: float
    master_weight: float
    smallest_step: float
    large_first: float
    small_first: float


@dataclass(frozen=True)
class Result:
    """Both formats.

    Attributes:
        config: what was run.
        sums: one for each format.
        exact_weight: the weight in float64.
        exact_harmonic: the sum of 1/k in float64.

    """

    config: Config
    sums: tuple[Sums, ...]
    exact_weight: float
    exact_harmonic: float


def _added(terms: Sequence[float] | torch.Tensor, dtype: torch.dtype, start: float = 0.0) -> list[float]:
    """The partial sums, each rounded to the type."""
    total = torch.tensor(start, dtype=dtype)
    partial = []
    for term in torch.as_tensor(terms, dtype=torch.float64).to(dtype):
        total = total + term
        partial.append(total.item())
    return partial


def _sums(config: Config, name: str) -> Sums:
    dtype = getattr(torch, name)
    harmonic = [1 / k for k in range(1, config.harmonic + 1)]
    steps = [config.step] * config.updates
    one = theory.float_format(name)
    return Sums(
        format=name,
        counted=tuple(_added([1.0] * config.terms, dtype)),
        predicted_standstill=one.standstill(1.0),
        weight=_added(steps, dtype, 1.0)[-1],
        master_weight=torch.tensor(_added(steps, torch.float32, 1.0)[-1]).to(dtype).item(),
        smallest_step=one.spacing(1.0) / 2,
        large_first=_added(harmonic, dtype)[-1],
        small_first=_added(harmonic[::-1], dtype)[-1],
    )


def run(config: Config | None = None) -> Result:
    """Add up in both formats, one term after the other."""
    config = Config() if config is None else config
    return Result(
        config=config,
        sums=tuple(_sums(config, name) for name in FORMATS),
        exact_weight=1 + config.updates * config.step,
        exact_harmonic=sum(1 / k for k in range(1, config.harmonic + 1)),
    )
