"""Batch normalization: against the published closed forms."""

import math

import pytest

from gradlab import theory


def test_batch_normalization_explodes_with_relu() -> None:
    infinite = math.sqrt(math.pi / (math.pi - 1))
    assert theory.batch_norm_factor("relu") == pytest.approx(infinite, rel=1e-12)
    assert theory.batch_norm_factor("linear") == pytest.approx(1.0, rel=1e-12)
    for batch, squared in ((4, 3.084), (8, 1.788), (64, 1.4931), (256, 1.4732)):
        assert theory.batch_norm_relu_factor(batch) ** 2 == pytest.approx(squared, abs=6e-4)
    # The approach is as 1/B.
    assert theory.batch_norm_relu_factor(10**6) == pytest.approx(infinite, abs=1e-6)


@pytest.mark.parametrize("batch", [5, 8, 16, 64, 256])
def test_batch_normalization_of_any_activation_agrees_with_the_closed_forms(batch: int) -> None:
    relu = theory.batch_norm_finite_batch_factor("relu", batch)
    assert relu == pytest.approx(theory.batch_norm_relu_factor(batch), rel=1e-12)
    linear = theory.batch_norm_finite_batch_factor("linear", batch)
    assert linear == pytest.approx(math.sqrt((batch - 2) / (batch - 3)), rel=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_a_large_batch_is_the_infinite_one(activation: str) -> None:
    # The correction is of order 1/B.
    finite = theory.batch_norm_finite_batch_factor(activation, 100_000)
    assert finite == pytest.approx(theory.batch_norm_factor(activation), rel=1e-4)


@pytest.mark.parametrize("batch", [5, 8, 64])
def test_constant_statistics_agree_with_the_closed_forms(batch: int) -> None:
    # The linear network: y has mean square 1, and -1/(B-1) as the mean product of two samples.
    linear = theory.batch_norm_frozen_factor("linear", batch)
    assert linear == pytest.approx(math.sqrt((batch - 1) / (batch - 3)), rel=1e-12)
    # ReLU: the arc-cosine kernel J at that correlation.
    rho = -1 / (batch - 1)
    J = (math.sqrt(1 - rho**2) + (math.pi - math.acos(rho)) * rho) / math.pi
    relu = theory.batch_norm_frozen_factor("relu", batch)
    assert relu == pytest.approx(math.sqrt(batch / ((batch - 3) * (1 - J))), rel=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_with_a_large_batch_constant_statistics_make_no_difference(activation: str) -> None:
    frozen = theory.batch_norm_frozen_factor(activation, 100_000)
    assert frozen == pytest.approx(theory.batch_norm_factor(activation), rel=1e-4)
    # With a small one the gradient grows faster without the projections.
    assert theory.batch_norm_frozen_factor(activation, 8) > theory.batch_norm_finite_batch_factor(activation, 8)


def test_the_first_layer_of_batch_normalization() -> None:
    # Half of the units pass.
    assert theory.batch_norm_first_factor("relu") == pytest.approx(math.sqrt(0.5), rel=1e-12)


def test_a_batch_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^batch: found 4, allowed: an integer of at least 5"):
        theory.batch_norm_finite_batch_factor("tanh", 4)
    with pytest.raises(ValueError, match=r"^batch: found 4, allowed: an integer of at least 5"):
        theory.batch_norm_frozen_factor("tanh", 4)


def test_the_closed_form_refuses_a_batch_without_second_moment() -> None:
    with pytest.raises(ValueError, match=r"^batch: found 3, allowed: an integer of at least 4$"):
        theory.batch_norm_relu_factor(3)
