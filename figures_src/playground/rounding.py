"""One measured network as it is shipped: every quantity rounded to an integer.

A value that may lie many decades from 1 is rounded to a hundredth of a decade of its logarithm (1.2 % at most); a share
to a whole percent.
"""

import math
from dataclasses import dataclass

STEPS = 100
"""Steps per decade."""
ZERO = -20000
"""Stands for 0, and for what is smaller than any number that is shown."""
MISSING = -20001
"""Stands for a missing value: no theory, no units that could be silent."""
SMALLEST = 1e-150
"""Smaller numbers count as 0; their logarithm would come near the code for 0."""


@dataclass(frozen=True)
class Packed:
    """One point, rounded: a list per quantity with a value for each layer, first layer to last.

    Attributes:
        series: in the order of `SERIES`.
        verdict: of the probe.
        agreeing: how many seeds have it.

    """

    series: tuple[tuple[int, ...], ...]
    verdict: str
    agreeing: int


SERIES = (
    "predicted_gradient_z",
    "gradient_z",
    "gradient_z_low",
    "gradient_z_high",
    "gradient_w",
    "predicted_activation",
    "activation",
    "activation_low",
    "activation_high",
    "share",
)


def rounded(value: float | None) -> int:
    """A positive value as the integer that is shipped.

    Raises `ValueError` where it is not finite: it would be shipped as 0.
    """
    if value is None:
        return MISSING
    if not math.isfinite(value):
        raise ValueError(f"found {value}, allowed: a finite number")
    return round(STEPS * math.log10(value)) if value > SMALLEST else ZERO


def percent(share: float | None) -> int:
    """A share as the integer that is shipped."""
    return MISSING if share is None else round(100 * share)


def restored(value: int) -> float | None:
    """The value that an integer stands for."""
    if value == MISSING:
        return None
    return 0.0 if value == ZERO else float(10 ** (value / STEPS))
