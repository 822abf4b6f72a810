"""Numbers of 16 bits on a ruler: how far the next one is, relative to the number.

A format's numbers lie evenly between one power of two and the next, twice as far apart as before it; below the smallest
normal number they lie as far apart as there (``theory.FloatFormat``). The distances are read off PyTorch's own types: a
positive number's bits, taken for an integer, are one less than the next number's.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from gradlab import theory
from gradlab._internal import checks


@dataclass(frozen=True)
class Config:
    """Places on the ruler.

    Attributes:
        formats: names in :data:`gradlab.theory.FLOAT_FORMATS` of the types of 16 bits.
        exponents: powers of two at which the next number is looked up, where the format has them.

    """

    formats: tuple[str, ...] = ("float16", "bfloat16")
    exponents: tuple[int, ...] = tuple(range(-30, 20))

    def __post_init__(self) -> None:
        checks.distinct("formats", self.formats)
        for name in self.formats:
            checks.one_of("formats", name, ("float16", "bfloat16"))
        checks.distinct("exponents", self.exponents)
        for exponent in self.exponents:
            checks.integer("exponents", exponent, -150)


@dataclass(frozen=True)
class Ruler:
    """The numbers of one format; tuples have an entry for each power of two that the format has.

    Attributes:
        format: its name.
        values: the powers of two.
        steps: distance to the next number.
        predicted_steps: the same in theory.
        smallest: the smallest number above 0.
        smallest_normal: the smallest of full precision.
        largest: the largest number that is finite.
        predicted_smallest: the same three in theory.
        predicted_smallest_normal: likewise.
        predicted_largest: likewise.

    """

    format: str
    values: tuple[float, ...]
    steps: tuple[float, ...]
    predicted_steps: tuple[float, ...]
    smallest: float
    smallest_normal: float
    largest: float
    predicted_smallest: float
    predicted_smallest_normal: float
    predicted_largest: float


@dataclass(frozen=True)
class Result:
    """The rulers in the order of the configuration.

    Attributes:
        config: what was run.
        rulers: one for each format.

    """

    config: Config
    rulers: tuple[Ruler, ...]


def _ruler(config: Config, name: str) -> Ruler:
    kind = getattr(torch, name)
    predicted = theory.float_format(name)
    powers = torch.tensor([2.0**exponent for exponent in config.exponents], dtype=torch.float64)
    numbers = powers.to(kind)
    there = numbers[(numbers.double() == powers) & numbers.isfinite()]
    following = (there.view(torch.int16) + 1).view(kind)
    info = torch.finfo(kind)
    values = tuple(there.double().tolist())
    return Ruler(
        format=name,
        values=values,
        steps=tuple((following.double() - there.double()).tolist()),
        predicted_steps=tuple(predicted.spacing(value) for value in values),
        smallest=torch.ones(1, dtype=torch.int16).view(kind).double().item(),
        smallest_normal=info.tiny,
        largest=info.max,
        predicted_smallest=predicted.smallest,
        predicted_smallest_normal=predicted.smallest_normal,
        predicted_largest=predicted.largest,
    )


def run(config: Config | None = None) -> Result:
    """Look up the next number at every power of two."""
    config = Config() if config is None else config
    return Result(config, tuple(_ruler(config, name) for name in config.formats))
