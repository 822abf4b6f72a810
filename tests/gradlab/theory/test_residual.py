"""Residual connections: mean field against closed forms."""

import math

import pytest

from gradlab import theory


@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_the_residual_mean_field_of_relu_is_the_closed_form(scale: float) -> None:
    field = theory.residual_mean_field("relu", math.sqrt(2), scale, blocks=10, q=2.0)
    growth = theory.residual_growth(scale, math.sqrt(2))
    assert len(field.q) == len(field.chi) == 11
    assert field.q == pytest.approx([2 * growth**block for block in range(11)], rel=1e-12)
    assert field.chi == pytest.approx([growth] * 11, rel=1e-12)
    assert field.factor**2 == pytest.approx(growth, rel=1e-12)


def test_the_branch_switched_off_changes_nothing() -> None:
    field = theory.residual_mean_field("sigmoid", 1.0, 0.0, blocks=3, q=1.0)
    assert field.q == (1.0,) * 4
    assert field.chi == (1.0,) * 4


def test_biases_add_to_the_stream_and_nothing_to_the_gradient() -> None:
    field = theory.residual_mean_field("linear", 1.0, 0.5, blocks=2, q=1.0, sigma_b=2.0)
    # Every block: q' = q + (q + 4)/4.
    assert field.q == pytest.approx([1, 2.25, 3.8125], rel=1e-12)
    assert field.chi == pytest.approx([1.25] * 3, rel=1e-12)


def test_the_residual_network_with_batch_normalization_grows_linearly() -> None:
    field = theory.residual_batch_norm_mean_field("relu", math.sqrt(2), 1.0, blocks=5, q=2.0)
    # He: every branch adds 2 E relu² = 1, and 2 Var relu = 1 - 1/π to the variance over the batch.
    assert field.q == pytest.approx([2, 3, 4, 5, 6, 7], rel=1e-12)
    variances = [2 + block * (1 - 1 / math.pi) for block in range(6)]
    assert field.chi == pytest.approx([1 + 1 / v for v in variances], rel=1e-12)


def test_the_growth_of_one_block() -> None:
    assert theory.residual_growth(1.0, math.sqrt(2)) == pytest.approx(2.0, rel=1e-15)
    assert theory.residual_growth(0.5, math.sqrt(2)) == pytest.approx(1.25, rel=1e-15)


def test_a_block_adds_its_branch_in_squares_for_any_activation() -> None:
    sigma_w, scale, q = 1.5, 0.6, 0.8
    field = theory.residual_mean_field("tanh", sigma_w, scale, blocks=2, q=q)
    expected = [q]
    for _ in range(2):
        expected.append(expected[-1] + scale**2 * theory.next_q("tanh", expected[-1], sigma_w))
    assert field.q == pytest.approx(expected, rel=1e-13)
    assert field.chi == pytest.approx([1 + scale**2 * theory.chi("tanh", v, sigma_w) for v in expected], rel=1e-13)


def test_with_batch_normalization_a_branch_sees_a_variance_of_1() -> None:
    sigma_w, scale, q = 1.5, 0.6, 0.8
    field = theory.residual_batch_norm_mean_field("sigmoid", sigma_w, scale, blocks=2, q=q)
    added = scale**2 * theory.next_q("sigmoid", 1.0, sigma_w)
    mean = 0.5  # of a sigmoid of what is symmetric about 0
    v = [q + block * (added - (scale * sigma_w * mean) ** 2) for block in range(3)]
    assert field.q == pytest.approx([q + block * added for block in range(3)], rel=1e-12)
    assert field.chi == pytest.approx(
        [1 + scale**2 * theory.chi("sigmoid", 1.0, sigma_w) / value for value in v], rel=1e-12
    )
