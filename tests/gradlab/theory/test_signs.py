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
    assert theory.mean_to_spread("tanh", 1.0) == pytest.approx(0, abs=1e-12)
    assert theory.same_sign_share(0.0, 64) == pytest.approx(theory.majority_share(64), rel=1e-9)
    # Many weights: 1/2 + arctan(m/s)/π; 1/√n of slack for the finite number.
    z = torch.randn(200_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    a = torch.sigmoid(z)
    ratio = theory.mean_to_spread("sigmoid", 1.0)
    assert ratio == pytest.approx(float(a.mean() / a.std()), rel=0.01)
    for one in (ratio, 0.3, 10.0):
        limit = 0.5 + math.atan(one) / math.pi
        assert theory.same_sign_share(one, 2000) == pytest.approx(limit, abs=0.003)
    with pytest.raises(ValueError, match=r"^ratio: found -1, allowed: "):
        theory.same_sign_share(-1, 8)


# Inputs that have nothing in common, by rounding on some processors: a little below 0.
@pytest.mark.parametrize("c", [0.85, -6.1e-18, -0.4])
def test_what_the_samples_share_is_no_spread_between_them(c: float) -> None:
    q = 0.6
    generator = torch.Generator().manual_seed(0)
    common, own, other = torch.empty(3, 400_000, dtype=torch.float64).normal_(generator=generator)
    one, two = (
        torch.sigmoid(math.sqrt(q) * (sign * math.sqrt(abs(c)) * common + math.sqrt(1 - abs(c)) * z))
        for sign, z in ((1.0, own), (math.copysign(1.0, c), other))
    )
    # Half the mean square of the difference is the variance between samples.
    spread = float(((one - two).square().mean() / 2).sqrt())
    assert theory.mean_to_spread("sigmoid", q, c) == pytest.approx(float(one.mean()) / spread, rel=0.01)
    # Alike but for rounding, which leaves the ratio finite: all weights have one sign.
    assert theory.same_sign_share(theory.mean_to_spread("sigmoid", q, 1.0), 64) == pytest.approx(1, abs=1e-6)
    assert theory.mean_to_spread("tanh", q, c) == pytest.approx(0, abs=1e-12)


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


@pytest.mark.parametrize(("c", "u"), [(0.3, 0.3), (0.3, 0.1), (0.95, 0.7), (0.95, 1e-6)])
def test_a_uniform_bias_against_sampling(c: float, u: float) -> None:
    samples, batch = 200_000, 8
    generator = torch.Generator().manual_seed(0)
    common = torch.empty(samples, 1, dtype=torch.float64).normal_(0, math.sqrt(c - u), generator=generator)
    bias = torch.empty(samples, 1, dtype=torch.float64).uniform_(-1, 1, generator=generator) * math.sqrt(3 * u)
    own = torch.empty(samples, batch, dtype=torch.float64).normal_(0, math.sqrt(1 - c), generator=generator)
    measured = float((bias + common + own <= 0).all(dim=1).double().mean())
    predicted = theory.silent_share(c, batch, u)
    # 4 binomial standard errors.
    assert measured == pytest.approx(predicted, abs=4 * math.sqrt(predicted * (1 - predicted) / samples))


def test_the_limits_of_a_uniform_bias() -> None:
    # Hardly any: the normal case. Two inputs, c = u: E Φ(-t/√(1-c))² over a uniform t alone, by a fine midpoint rule.
    assert theory.silent_share(0.6, 16, 1e-12) == pytest.approx(theory.silent_share(0.6, 16), rel=1e-9)
    t = math.sqrt(3 * 0.4) * ((torch.arange(100_000, dtype=torch.float64) + 0.5) / 50_000 - 1)
    average = float(torch.special.ndtr(-t / math.sqrt(0.6)).square().mean())
    assert theory.silent_share(0.4, 2, 0.4) == pytest.approx(average, rel=1e-9)
    assert theory.silent_share(1.0, 8, 0.8) == 0.5
    with pytest.raises(ValueError, match=r"^uniform_share: found 0\.5, allowed: at most the correlation, 0\.4$"):
        theory.silent_share(0.4, 2, 0.5)


def test_a_negative_correlation_is_refused() -> None:
    # More than two inputs cannot all be correlated negatively by as much.
    with pytest.raises(ValueError, match=r"^correlation: found -0\.1, allowed: a finite number of at least 0"):
        theory.silent_share(-0.1, 8)
