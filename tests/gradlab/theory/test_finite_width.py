"""Finite width: against closed forms, leading orders and sampling."""

import math

import pytest
import torch

from gradlab import theory


def test_a_chain_is_the_product_of_the_weights_after_the_layer() -> None:
    assert theory.chain_gradients([7.0, 2.0, 3.0, 5.0]) == (30.0, 15.0, 5.0, 1.0)
    assert theory.chain_gradients([7.0]) == (1.0,)


def test_the_probability_of_a_dead_network() -> None:
    assert theory.death_probability(1, 5) == pytest.approx(1 - 2.0**-5, rel=1e-15)
    assert theory.death_probability(2, 1) == pytest.approx(0.25, rel=1e-15)
    assert theory.death_probability(8, 32) == pytest.approx(0.1177, abs=5e-5)  # printed to 4 digits
    # Not 0 where 1 - (1 - 2^-n)^L would be rounded to it.
    assert theory.death_probability(60, 20) == pytest.approx(20 * 2.0**-60, rel=1e-12)


def test_the_relu_factor() -> None:
    assert theory.relu_factor(math.sqrt(2)) == pytest.approx(1.0, rel=1e-15)
    assert theory.relu_factor(math.sqrt(1 / 3)) == pytest.approx(math.sqrt(1 / 6), rel=1e-15)


def test_the_relu_factor_of_a_summed_loss() -> None:
    # One output has no other to add to; many add up to 1 + 1/π.
    assert theory.relu_summed_factor(1, math.sqrt(2)) == pytest.approx(1.0, rel=1e-15)
    assert theory.relu_summed_factor(10**9, 2.0) ** 2 == pytest.approx(2 * (1 + 1 / math.pi), rel=1e-8)
    # Of two rows both are on with probability 1/4: E ‖w_1 + w_2‖² there, by E w given that it is on.
    mean = math.sqrt(2 / 2) * math.sqrt(2 / math.pi)
    assert theory.relu_summed_factor(2, math.sqrt(2)) ** 2 == pytest.approx(1 + 2 * mean**2 / 4 / 2, rel=1e-15)


@pytest.mark.parametrize(
    ("n", "mean", "variance"),
    # The exact law's values, printed to 4 significant digits.
    [(8, -0.3988, 1.247), (16, -0.1764, 0.4196), (32, -0.08254, 0.1775), (256, -0.00983, 0.01982)],
)
def test_the_law_of_finite_width(n: int, mean: float, variance: float) -> None:
    law = theory.finite_width_law(n, math.sqrt(2))
    assert law.mean == pytest.approx(mean, rel=6e-4)
    assert law.variance == pytest.approx(variance, rel=6e-4)


def test_the_law_of_finite_width_at_width_1_is_that_of_a_chi_square() -> None:
    # K = 1: ln(2 χ²_1), with ψ(1/2) = -γ - 2 ln 2, ψ'(1/2) = π²/2, ψ''(1/2) = -14 ζ(3).
    law = theory.finite_width_law(1, math.sqrt(2))
    assert law.mean == pytest.approx(-0.5772156649015329, rel=1e-12)
    # PyTorch's polygamma is accurate to about 3e-10.
    assert law.variance == pytest.approx(math.pi**2 / 2, rel=1e-9)
    assert law.third_cumulant == pytest.approx(-14 * 1.2020569031595942, rel=1e-9)


def test_the_law_of_finite_width_approaches_its_leading_order() -> None:
    law = theory.finite_width_law(10_000, math.sqrt(2))
    # The next order is smaller by a factor of about 4/n.
    assert law.mean == pytest.approx(-2.5 / 10_000, rel=1e-3)
    assert law.variance == pytest.approx(5 / 10_000, rel=1e-3)
    # The skewness adds about 1/(2 n layers).
    assert law.typical_factor(10) == pytest.approx(1 - 1.25 / 10_000, rel=1e-5)


def test_the_distribution_of_many_layers() -> None:
    # Without skewness a normal distribution: its quartiles.
    normal = theory.LogLaw(mean=-0.5, variance=4.0, third_cumulant=0.0)
    value = torch.tensor([-8.0, -8 + 0.6744897501960817 * 8], dtype=torch.float64)
    assert normal.distribution_function(value, 16).tolist() == pytest.approx([0.5, 0.75], rel=1e-12)
    # A sum of 40 exponential variables, whose cumulants are 1, 1, 2: 0.0004 is of the next order, 1/40.
    gamma = theory.LogLaw(mean=1.0, variance=1.0, third_cumulant=2.0)
    value = torch.tensor([30.0, 40.0, 50.0], dtype=torch.float64)
    exact = torch.special.gammainc(torch.full_like(value, 40.0), value)
    assert gamma.distribution_function(value, 40).tolist() == pytest.approx(exact.tolist(), abs=3e-3)
    assert normal.distribution_function(value[:1] - 40, 40) != pytest.approx(exact[0].item(), abs=3e-3)


def test_pairs_of_networks() -> None:
    law = theory.LogLaw(mean=-0.04, variance=0.08, third_cumulant=-0.009)
    # Half of all pairs are a factor apart that pair_factor names.
    assert law.pair_share(law.pair_factor(50), 50) == pytest.approx(0.5, rel=1e-12)
    # One standard deviation of the difference, √(2 L v) of the squared norm, half of it of the norm.
    assert law.pair_share(math.exp(math.sqrt(2 * 50 * 0.08) / 2), 50) == pytest.approx(0.3173105078629141, rel=1e-12)
    assert law.pair_share(1.0, 50) == 1.0
    # Neither the mean nor the order of the two counts.
    assert law.pair_share(1 / 3, 50) == pytest.approx(law.pair_share(3, 50), rel=1e-12)
    with pytest.raises(ValueError, match=r"^factor: found 0, allowed: "):
        law.pair_share(0, 50)
    with pytest.raises(ValueError, match=r"^layers: found 0, allowed: "):
        law.pair_factor(0)


@pytest.mark.parametrize("kurtosis", [0.0, -6 / 5])
def test_the_law_of_finite_width_against_random_layers(kurtosis: float) -> None:
    n, samples = 16, 20_000
    generator = torch.Generator().manual_seed(0)
    W = torch.empty(2, samples, n, n, dtype=torch.float64)
    # Variance 2/n either way.
    W = (
        W.normal_(0, math.sqrt(2 / n), generator=generator)
        if kurtosis == 0
        else W.uniform_(-math.sqrt(6 / n), math.sqrt(6 / n), generator=generator)
    )
    on = torch.empty(3, samples, n, 1, dtype=torch.float64).uniform_(generator=generator) < 0.5
    delta = torch.empty(samples, n, 1, dtype=torch.float64).normal_(generator=generator) * on[0]
    first = on[1] * (W[0].mT @ delta)
    second = on[2] * (W[1].mT @ first)
    logs = 2 * (second.norm(dim=1) / first.norm(dim=1)).log().flatten()
    logs = logs[logs.isfinite()]
    law = theory.finite_width_law(n, math.sqrt(2), kurtosis)
    # Standard errors over 20,000 layers: 0.65/√20000 = 0.0046 of the mean, 0.012 of the variance at most (the
    # excess kurtosis of the logarithm is about 2); the kurtosis correction itself may be off by 0.003.
    assert logs.mean().item() == pytest.approx(law.mean, abs=4 * 0.0046 + 0.003)
    assert logs.var().item() == pytest.approx(law.variance, abs=4 * 0.006 + 0.003)


def test_the_positive_chain_against_its_series() -> None:
    law = theory.positive_chain_log_law(1.5, 0.1)
    r = (0.1 / 1.5) ** 2
    # E ln w = ln μ - r/2 - 3r²/4 - 5r³/2..., Var ln w = r + 5r²/2 + ...; the next terms are below 1e-6.
    assert law.mean / 2 == pytest.approx(math.log(1.5) - r / 2 - 0.75 * r**2, abs=1e-6)
    assert law.variance / 4 == pytest.approx(r + 2.5 * r**2, abs=2e-6)
    assert theory.positive_chain_log_law(2.0, 0.0).typical_factor(5) == pytest.approx(2.0, rel=1e-12)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^width: found 0, allowed: "):
        theory.death_probability(0, 3)
    with pytest.raises(ValueError, match=r"^depth: found -1, allowed: "):
        theory.death_probability(3, -1)
    with pytest.raises(ValueError, match=r"^standard_deviation: found 0\.5, allowed: at most mean/6 = 0\.25"):
        theory.positive_chain_log_law(1.5, 0.5)


def test_the_typical_factor_is_the_median_of_a_skewed_sum() -> None:
    # A sum of L exponential variables, whose cumulants are 1, 1, 2: its median is L - 1/3 + 8/(405 L) + ....
    layers = 40
    typical = theory.LogLaw(mean=1.0, variance=1.0, third_cumulant=2.0).typical_factor(layers)
    median = 2 * layers * math.log(typical)
    assert median == pytest.approx(layers - 1 / 3, rel=1e-14)
    half = torch.special.gammainc(*torch.tensor([[float(layers)], [median]], dtype=torch.float64)).item()
    # The density at the median is 1/√(2πL) = 0.063, and the next term 0.0005: three in 100,000.
    assert half == pytest.approx(0.5, abs=4e-5)
    assert theory.LogLaw(mean=1.0, variance=0.0, third_cumulant=0.0).typical_factor(3) == math.exp(0.5)


def test_the_skewness_of_the_positive_chain() -> None:
    law = theory.positive_chain_log_law(1.5, 0.1)
    r = (0.1 / 1.5) ** 2
    # ln w = ln μ + ε z - ε² z²/2 + ..., ε² = r: the third cumulant is 3 · (-1/2) · 2 ε⁴ + O(ε⁶), 8 times that of ln w².
    assert law.third_cumulant / 8 == pytest.approx(-3 * r**2, rel=0.1)
    # Exactly 6 deviations are allowed, and leave a logarithm that is finite.
    assert math.isfinite(theory.positive_chain_log_law(6.0, 1.0).variance)


@pytest.mark.parametrize("n", [3, 8])
def test_the_cumulants_of_a_layer_by_integration_over_its_density(n: int) -> None:
    # X = χ²_K with K ~ Binomial(n, 1/2), K > 0: moments of ln X by the trapezium rule, exact for smooth tails.
    log_x = torch.linspace(-60, 8, 200_001, dtype=torch.float64)
    density = torch.zeros_like(log_x)
    for k in range(1, n + 1):
        share = math.comb(n, k) / (2**n - 1)
        density += share * torch.exp(log_x * k / 2 - log_x.exp() / 2 - math.lgamma(k / 2) - k / 2 * math.log(2))
    step = (log_x[1] - log_x[0]).item()
    assert (density.sum() * step).item() == pytest.approx(1, abs=1e-9)
    mean = (density @ log_x).item() * step
    deviation = log_x - mean
    law = theory.finite_width_law(n, math.sqrt(2))
    # Added to the mean is ln(2 sigma_w²/n) - ln 2, for χ²_K/2 is what ψ is of; PyTorch's polygamma errs by 3e-10.
    assert law.mean == pytest.approx(mean + math.log(2 / n), abs=1e-8)
    assert law.variance == pytest.approx((density @ deviation**2).item() * step, rel=1e-7)
    assert law.third_cumulant == pytest.approx((density @ deviation**3).item() * step, rel=1e-6)


@pytest.mark.parametrize("kurtosis", [-6 / 5, 2.0])
def test_the_correction_for_other_weights_is_the_one_that_is_told(kurtosis: float) -> None:
    n = 12
    shares = {k: math.comb(n, k) / (2**n - 1) for k in range(1, n + 1)}
    concentration = 0.0
    # s = (3 + κ s) E 1/(K + 2), found by iteration; κ E 1/(K + 2) is 0.25 at most here.
    for _ in range(60):
        concentration = (3 + kurtosis * concentration) * sum(share / (k + 2) for k, share in shares.items())
    correction = kurtosis * concentration * sum(share / k for k, share in shares.items())
    normal, other = (theory.finite_width_law(n, 1.3, kappa) for kappa in (0.0, kurtosis))
    assert other.variance - normal.variance == pytest.approx(correction, rel=1e-9)
    assert other.mean - normal.mean == pytest.approx(-correction / 2, rel=1e-9)
    assert other.third_cumulant == normal.third_cumulant
