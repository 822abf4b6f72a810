"""Means over seeds, against numbers worked out by hand."""

import math

import pytest

from gradlab import estimates


def test_mean_and_standard_error() -> None:
    estimate = estimates.mean([1.0, 2.0, 3.0])
    # The standard deviation of 1, 2, 3 is 1.
    assert estimate.value == pytest.approx(2, rel=1e-15)
    assert estimate.standard_error == pytest.approx(1 / math.sqrt(3), rel=1e-15)


def test_geometric_mean_and_standard_error() -> None:
    estimate = estimates.geometric_mean([1.0, math.e**2])
    # The logarithms 0 and 2 have mean 1 and standard error 1.
    assert estimate.value == pytest.approx(math.e, rel=1e-15)
    assert estimate.standard_error == pytest.approx(math.e, rel=1e-15)


def test_columns() -> None:
    assert estimates.geometric_means([(1.0, 2.0), (4.0, 8.0)]) == pytest.approx((2.0, 4.0), rel=1e-15)


def test_bad_values_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^values: found 1, allowed: at least 2"):
        estimates.mean([1.0])
    with pytest.raises(ValueError, match=r"^values: found nan, allowed: a finite number"):
        estimates.mean([1.0, math.nan])
    with pytest.raises(ValueError, match=r"^values: found 0.0, allowed: a finite number above 0"):
        estimates.geometric_mean([1.0, 0.0])
