"""A sigmoid output: its gradients, where the squared error's vanishes, and the time a wrong start takes."""

import math
import re
from collections.abc import Callable

import pytest

from gradlab import theory


@pytest.mark.parametrize("label", [0.0, 1.0])
@pytest.mark.parametrize("z", [-3.0, 0.0, 0.5, 7.0])
def test_the_gradients_are_the_formulas(z: float, label: float) -> None:
    p = 1 / (1 + math.exp(-z))
    assert theory.cross_entropy_gradient(z, label) == pytest.approx(p - label, rel=1e-12)
    assert theory.squared_error_gradient(z, label) == pytest.approx(2 * (p - label) * p * (1 - p), rel=1e-12)


def test_the_gradients_keep_their_digits_far_out() -> None:
    assert theory.cross_entropy_gradient(-50.0, 0.0) == pytest.approx(math.exp(-50), rel=1e-14)
    assert theory.cross_entropy_gradient(50.0, 1.0) == pytest.approx(-math.exp(-50), rel=1e-14)
    assert theory.squared_error_gradient(50.0, 1.0) == pytest.approx(-2 * math.exp(-100), rel=1e-14)


@pytest.mark.parametrize("threshold", [1e-12, 1e-6, 0.01, 0.29])
def test_the_bound_of_the_squared_error(threshold: float) -> None:
    z = theory.squared_error_bound(threshold)
    assert -theory.squared_error_gradient(z, 1.0) == pytest.approx(threshold, rel=1e-9)
    assert z <= -math.log(2)
    assert -theory.squared_error_gradient(z - 0.1, 1.0) < threshold


def test_the_bound_is_about_the_logarithm() -> None:
    # 2 (1 - p)² p = 2 e^z (1 - 3 e^z + ...)
    assert theory.squared_error_bound(1e-9) == pytest.approx(math.log(5e-10) + 1.5e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("time", "gradient"),
    [
        (theory.cross_entropy_time, theory.cross_entropy_gradient),
        (theory.squared_error_time, theory.squared_error_gradient),
    ],
)
@pytest.mark.parametrize("z", [-0.5, -3.0, -9.0])
def test_a_time_is_the_integral_of_one_over_the_speed(
    time: Callable[[float], float], gradient: Callable[[float, float], float], z: float
) -> None:
    assert time(0.0) == 0
    step = 1e-4
    slope = (time(z + step) - time(z - step)) / (2 * step)
    assert slope == pytest.approx(1 / gradient(z, 1.0), rel=1e-7)


@pytest.mark.parametrize("threshold", [0.0, -1.0, 8 / 27, 1.0, math.nan])
def test_a_bad_threshold_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match=rf"^threshold: found {re.escape(repr(threshold))}, allowed: "):
        theory.squared_error_bound(threshold)


@pytest.mark.parametrize("time", [theory.cross_entropy_time, theory.squared_error_time])
@pytest.mark.parametrize("z", [0.1, math.inf])
def test_a_start_on_the_right_side_is_refused(time: Callable[[float], float], z: float) -> None:
    with pytest.raises(ValueError, match=rf"^z: found {z!r}, allowed: "):
        time(z)


def test_another_label_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^label: found 0\.5, allowed: 0 or 1"):
        theory.cross_entropy_gradient(0.0, 0.5)
