"""A value measured over several seeds, with its standard error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError


@dataclass(frozen=True)
class Estimate:
    """A mean over independent seeds.

    Attributes:
        value: the mean.
        standard_error: standard deviation over the seeds divided by the root of their number.

    """

    value: float
    standard_error: float


def mean(values: Sequence[float]) -> Estimate:
    """The mean of at least two values and its standard error.

    Raises:
        ValueError: fewer than two values, or one that is not finite.

    Examples:
        >>> from gradlab import estimates
        >>> estimates.mean([1.0, 3.0])
        Estimate(value=2.0, standard_error=1.0)

    """
    if len(values) < 2:
        raise RefusalError("values", str(len(values)), "at least 2")
    table = torch.tensor([checks.finite("values", value) for value in values], dtype=torch.float64)
    return Estimate(float(table.mean()), float(table.std()) / math.sqrt(len(values)))


def geometric_mean(values: Sequence[float]) -> Estimate:
    """The geometric mean of at least two positive values.

    Gradients of different networks differ by factors, hence the mean of logarithms; the standard error is
    that of the logarithm times the mean.

    Examples:
        >>> from gradlab import estimates
        >>> round(estimates.geometric_mean([1.0, 100.0]).value, 6)
        10.0

    """
    logarithm = mean([math.log(checks.positive("values", value)) for value in values])
    value = math.exp(logarithm.value)
    return Estimate(value, value * logarithm.standard_error)


def geometric_means(rows: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The geometric mean of every column of ``rows``, one row for each seed."""
    return tuple(geometric_mean(column).value for column in zip(*rows, strict=True))
