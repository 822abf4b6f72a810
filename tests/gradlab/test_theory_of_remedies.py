"""The predictions for the remedies: against published values, exact cases and sampling."""

import math

import pytest
import torch

from gradlab import theory


@pytest.mark.parametrize("batch", [5, 8, 16, 64, 256])
def test_batch_normalization_of_any_activation_agrees_with_the_closed_forms(batch: int) -> None:
    # The quadrature is good to 1e-4: a midpoint rule across the steps of relu' is what limits it.
    relu = theory.batch_norm_finite_batch_factor("relu", batch)
    assert relu == pytest.approx(theory.batch_norm_relu_factor(batch), rel=1e-4)
    linear = theory.batch_norm_finite_batch_factor("linear", batch)
    assert linear == pytest.approx(math.sqrt((batch - 2) / (batch - 3)), rel=1e-4)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_a_large_batch_is_the_infinite_one(activation: str) -> None:
    # The correction is of order 1/B.
    finite = theory.batch_norm_finite_batch_factor(activation, 100_000)
    assert finite == pytest.approx(theory.batch_norm_factor(activation), rel=1e-4)


def test_the_first_layer_of_batch_normalization() -> None:
    # Half of the units pass.
    assert theory.batch_norm_first_factor("relu") == pytest.approx(math.sqrt(0.5), rel=1e-9)


def test_a_batch_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^batch: found 4, allowed: an integer of at least 5"):
        theory.batch_norm_finite_batch_factor("tanh", 4)


@pytest.mark.parametrize("q", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_steep_chi_is_chi_where_chi_is_accurate(activation: str, q: float) -> None:
    # Two quadratures of the same smooth integral.
    assert theory.steep_chi(activation, q, 1.3) == pytest.approx(theory.chi(activation, q, 1.3), rel=1e-9)


@pytest.mark.parametrize(("activation", "integral"), [("sigmoid", 1 / 6), ("tanh", 4 / 3)])
def test_steep_chi_of_a_very_steep_activation(activation: str, integral: float) -> None:
    # For q -> infinity the density is flat where φ' is not 0: χ = ∫ φ'² / √(2 π q), with an error of order 1/q.
    q = 1e6
    assert theory.steep_chi(activation, q, 1.0) == pytest.approx(integral / math.sqrt(2 * math.pi * q), rel=1e-5)


def test_steep_chi_refuses_an_activation_that_does_not_saturate() -> None:
    with pytest.raises(ValueError, match=r"^activation: found 'relu', allowed: one of sigmoid, tanh"):
        theory.steep_chi("relu", 1.0, 1.0)


@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_the_residual_mean_field_of_relu_is_the_closed_form(scale: float) -> None:
    field = theory.residual_mean_field("relu", math.sqrt(2), scale, blocks=10, q=2.0)
    growth = theory.residual_growth(scale, math.sqrt(2))
    assert len(field.q) == len(field.chi) == 11
    assert field.q == pytest.approx([2 * growth**block for block in range(11)], rel=1e-6)
    assert field.chi == pytest.approx([growth] * 11, rel=1e-6)
    assert field.factor**2 == pytest.approx(growth, rel=1e-6)


def test_the_branch_switched_off_changes_nothing() -> None:
    field = theory.residual_mean_field("sigmoid", 1.0, 0.0, blocks=3, q=1.0)
    assert field.q == (1.0,) * 4
    assert field.chi == (1.0,) * 4


def test_the_residual_network_with_batch_normalization_grows_linearly() -> None:
    field = theory.residual_batch_norm_mean_field("relu", math.sqrt(2), 1.0, blocks=5, q=2.0)
    # He: every branch adds 2 E relu² = 1, and 2 Var relu = 1 - 1/π to the variance over the batch.
    assert field.q == pytest.approx([2, 3, 4, 5, 6, 7], rel=1e-6)
    variances = [2 + block * (1 - 1 / math.pi) for block in range(6)]
    assert field.chi == pytest.approx([1 + 1 / v for v in variances], rel=1e-6)


def test_the_majority_of_fair_coins() -> None:
    assert theory.majority_share(1) == pytest.approx(1, rel=1e-12)
    # Three coins: all alike with probability 1/4, else two of three.
    assert theory.majority_share(3) == pytest.approx(1 / 4 + 3 / 4 * 2 / 3, rel=1e-12)
    # Many coins: 1/2 + 1/√(2 π n); the next term is of relative order 1/n.
    assert theory.majority_share(256) == pytest.approx(0.5 + 1 / math.sqrt(2 * math.pi * 256), abs=1e-4)
    assert theory.majority_share(7, 1.0) == pytest.approx(1, rel=1e-12)
    with pytest.raises(ValueError, match=r"^probability: found 1.5, allowed: from 0 to 1"):
        theory.majority_share(7, 1.5)


def test_the_share_of_one_sign() -> None:
    # A zero-centred activation: coins.
    assert theory.same_sign_share("tanh", 1.0, 64) == pytest.approx(theory.majority_share(64), rel=1e-9)
    # Many weights: 1/2 + arctan(m/s)/π; 1/√n of slack for the finite number.
    z = torch.randn(200_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    a = torch.sigmoid(z)
    limit = 0.5 + math.atan(float(a.mean() / a.std())) / math.pi
    assert theory.same_sign_share("sigmoid", 1.0, 2000) == pytest.approx(limit, abs=0.003)


def test_the_clipping_coefficient() -> None:
    assert theory.clipping_coefficient(0.5, 1.0) == 1.0
    assert theory.clipping_coefficient(5.0, 1.0) == pytest.approx(1 / (5 + 1e-6), rel=1e-15)
