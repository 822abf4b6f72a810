"""Signs: against exact cases and limits."""

import math

import pytest
import torch

from gradlab import theory


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


@pytest.mark.parametrize("batch", [1, 2, 64])
def test_the_share_of_silent_units_in_closed_form(batch: int) -> None:
    assert theory.silent_share(0.0, batch) == pytest.approx(2.0**-batch, rel=1e-12)
    # c = 1/2: the largest of B + 1 independent normal variables is the common one.
    assert theory.silent_share(0.5, batch) == pytest.approx(1 / (batch + 1), rel=1e-12)
    assert theory.silent_share(1.0, batch) == 0.5


def test_two_inputs_are_both_off_in_a_quarter_and_an_angle() -> None:
    # Sheppard 1899: 1/4 + arcsin(c)/(2π).
    for c in (0.1, 0.7, 0.9999):
        assert theory.silent_share(c, 2) == pytest.approx(0.25 + math.asin(c) / (2 * math.pi), rel=1e-12)


def test_a_negative_correlation_is_refused() -> None:
    # More than two inputs cannot all be correlated negatively by as much.
    with pytest.raises(ValueError, match=r"^correlation: found -0\.1, allowed: a finite number of at least 0"):
        theory.silent_share(-0.1, 8)
