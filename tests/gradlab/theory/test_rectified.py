"""The shape of a rectified normal variable: its closed form against quadrature, and known distributions."""

import math

import pytest

from gradlab import theory


def test_the_closed_form_agrees_with_quadrature() -> None:
    moments = [theory.gaussian_average(lambda z, k=power: z.clamp(min=0) ** k) for power in (1, 2, 3, 4)]  # type: ignore[misc]
    assert theory.shape_from_moments(*moments) == pytest.approx(theory.rectified_normal(), rel=1e-12)


def test_its_variance_is_that_of_batch_normalization() -> None:
    shape = theory.rectified_normal()
    assert shape.variance == pytest.approx((1 - 1 / math.pi) / 2, rel=1e-15)
    # E a² over the variance is the square of the factor per layer.
    assert 0.5 / shape.variance == pytest.approx(math.pi / (math.pi - 1), rel=1e-14)
    assert 0.5 / shape.variance == pytest.approx(theory.batch_norm_factor("relu") ** 2, rel=1e-9)


@pytest.mark.parametrize(
    ("moments", "shape"),
    [
        ((0, 1, 0, 3), (0, 1, 0, 0)),  # normal
        ((3, 10, 36, 138), (3, 1, 0, 0)),  # the same, moved by 3
        ((1, 2, 6, 24), (1, 1, 2, 6)),  # exponential
        ((0, 1, 0, 1), (0, 1, 0, -2)),  # a coin with sides ±1
    ],
)
def test_known_distributions(moments: tuple[float, ...], shape: tuple[float, ...]) -> None:
    assert theory.shape_from_moments(*moments) == pytest.approx(shape, abs=1e-12)


def test_a_constant_has_no_shape() -> None:
    with pytest.raises(ValueError, match=r"^second: found 4, allowed: above the square of the first moment, 4"):
        theory.shape_from_moments(2, 4, 8, 16)


def test_the_shape_of_an_exponential_variable_of_any_scale() -> None:
    # E aᵏ = k! 2ᵏ for the mean 2: variance 4, skewness 2, excess kurtosis 6.
    assert theory.shape_from_moments(2.0, 8.0, 48.0, 384.0) == pytest.approx((2.0, 4.0, 2.0, 6.0), rel=1e-12)


def test_moments_that_no_variable_has_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^second: found 9\.0, allowed: above the square of the first moment, 9\.0$"):
        theory.shape_from_moments(3.0, 9.0, 27.0, 81.0)
