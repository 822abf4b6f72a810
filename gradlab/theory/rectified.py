"""Moments of a rectified normal variable ReLU(z), z ~ N(0, 1): how far its shape is from a normal one."""

from __future__ import annotations

import math
from typing import NamedTuple

from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError


class DistributionShape(NamedTuple):
    """Shape of a distribution of variance above 0.

    Attributes:
        mean: E a.
        variance: E (a - E a)².
        skewness: E (a - E a)³ / variance^(3/2), 0 for a normal variable.
        excess_kurtosis: E (a - E a)⁴ / variance² - 3, 0 for a normal variable.

    """

    mean: float
    variance: float
    skewness: float
    excess_kurtosis: float


def shape_from_moments(first: float, second: float, third: float, fourth: float) -> DistributionShape:
    """The shape of a variable from its moments E a, E a², E a³ and E a⁴ about 0."""
    for name, moment in (("first", first), ("second", second), ("third", third), ("fourth", fourth)):
        checks.finite(name, moment)
    variance = second - first**2
    if not variance > 0:
        raise RefusalError("second", repr(second), f"above the square of the first moment, {first**2!r}")
    third_central = third - 3 * first * second + 2 * first**3
    fourth_central = fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4
    return DistributionShape(first, variance, third_central / variance**1.5, fourth_central / variance**2 - 3)


def rectified_normal() -> DistributionShape:
    """The shape of ReLU(z), z ~ N(0, 1).

    E a = 1/√(2π), E a² = 1/2, E a³ = 2/√(2π) and E a⁴ = 3/2, so that the variance is (1 - 1/π)/2. Half of the
    probability is at 0. Scaling z by a positive number leaves skewness and excess kurtosis as they are.
    """
    return shape_from_moments(1 / math.sqrt(2 * math.pi), 1 / 2, 2 / math.sqrt(2 * math.pi), 3 / 2)
