"""Closed forms: against elementary values, published values and each other."""

import math

import pytest
import torch

from gradlab import activations, theory


@pytest.mark.parametrize(("activation", "maximum"), [("sigmoid", 0.25), ("tanh", 1.0), ("relu", 1.0)])
def test_the_largest_derivative(activation: str, maximum: float) -> None:
    assert theory.derivative_maximum(activation) == maximum
    z = torch.linspace(-8, 8, 16001, dtype=torch.float64)
    assert activations.derivative(activation, z).max().item() == pytest.approx(maximum, rel=1e-15)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
@pytest.mark.parametrize("threshold", [1e-1, 1e-2, 1e-3, 1e-6])
def test_the_derivative_at_the_saturation_bound_is_the_threshold(activation: str, threshold: float) -> None:
    bound = theory.saturation_bound(activation, threshold)
    z = torch.tensor([bound, -bound], dtype=torch.float64)
    # 1 - tanh² loses 6 digits at 1e-6, and the sigmoid's y (1 - y) as many on the positive side.
    assert activations.derivative(activation, z).tolist() == pytest.approx([threshold] * 2, rel=1e-9)


@pytest.mark.parametrize(
    ("activation", "threshold", "printed"),
    [
        ("sigmoid", 1e-2, "4.5849"),
        ("sigmoid", 1e-3, "6.9058"),
        ("tanh", 1e-2, "2.9932"),
        ("tanh", 1e-3, "4.1468"),
    ],
)
def test_the_saturation_bounds_of_the_article(activation: str, threshold: float, printed: str) -> None:
    assert f"{theory.saturation_bound(activation, threshold):.4f}" == printed


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


def test_the_gaussian_average_of_polynomials_and_steps() -> None:
    assert theory.gaussian_average(torch.ones_like) == pytest.approx(1, rel=1e-12)
    assert theory.gaussian_average(lambda z: z**4) == pytest.approx(3, rel=1e-12)
    assert theory.gaussian_average(torch.cos) == pytest.approx(math.exp(-0.5), rel=1e-12)
    assert theory.gaussian_average(lambda z: (z > 0).double()) == pytest.approx(0.5, rel=1e-12)
    # A kink at a node's edge costs (24/8192)²/24 of the slope.
    assert theory.gaussian_average(torch.relu) == pytest.approx(1 / math.sqrt(2 * math.pi), abs=5e-7)


@pytest.mark.parametrize(
    ("variance_w", "q", "chi"), [(0.5, 0.08758, 0.43199), (1.0, 0.19359, 0.75903), (4.0, 2.19549, 1.34240)]
)
def test_the_fixed_points_of_tanh(variance_w: float, q: float, chi: float) -> None:
    sigma_w, sigma_b = math.sqrt(variance_w), math.sqrt(0.05)
    fixed = theory.fixed_point_q("tanh", sigma_w, sigma_b)
    # Reference values to 5 decimals, from an independent Gauss-Hermite computation.
    assert fixed == pytest.approx(q, abs=6e-6)
    assert theory.next_q("tanh", fixed, sigma_w, sigma_b) == pytest.approx(fixed, rel=1e-11)
    assert theory.chi("tanh", fixed, sigma_w) == pytest.approx(chi, abs=6e-6)


def test_the_mean_field_of_relu_is_exact() -> None:
    field = theory.mean_field("relu", 1.5, 4, q_0=2.0)
    growth = 1.5**2 / 2
    # q_1 is the variance of W x; every later one passes a ReLU, which halves the mean square.
    assert field.q == pytest.approx([4.5 * growth**k for k in range(4)], rel=1e-12)
    assert field.chi == pytest.approx([growth] * 4, rel=1e-12)
    assert field.profile == pytest.approx([growth ** (k / 2) for k in range(4)], rel=1e-12)
    assert field.factor == pytest.approx(math.sqrt(growth), rel=1e-12)


@pytest.mark.parametrize(("sigma_w", "factor"), [(1.0, 0.2361), (math.sqrt(1 / 3), 0.1414), (math.sqrt(2), 0.3178)])
def test_the_factor_of_a_deep_sigmoid_network(sigma_w: float, factor: float) -> None:
    q = theory.fixed_point_q("sigmoid", sigma_w)
    assert math.sqrt(theory.chi("sigmoid", q, sigma_w)) == pytest.approx(factor, abs=6e-5)


def test_batch_normalization_explodes_with_relu() -> None:
    infinite = math.sqrt(math.pi / (math.pi - 1))
    # The kink of ReLU at a node's edge leaves an error of 4e-7.
    assert theory.batch_norm_factor("relu") == pytest.approx(infinite, abs=1e-6)
    assert theory.batch_norm_factor("linear") == pytest.approx(1.0, rel=1e-12)
    for batch, squared in ((4, 3.084), (8, 1.788), (64, 1.4931), (256, 1.4732)):
        assert theory.batch_norm_relu_factor(batch) ** 2 == pytest.approx(squared, abs=6e-4)
    # The approach is as 1/B.
    assert theory.batch_norm_relu_factor(10**6) == pytest.approx(infinite, abs=1e-6)


def test_residual_growth_and_the_stable_learning_rate() -> None:
    assert theory.residual_growth(1.0, math.sqrt(2)) == pytest.approx(2.0, rel=1e-15)
    assert theory.residual_growth(0.5, math.sqrt(2)) == pytest.approx(1.25, rel=1e-15)
    assert theory.largest_stable_learning_rate(10.0) == 0.2


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^activation: found 'relu', allowed: one of sigmoid, tanh"):
        theory.saturation_bound("relu", 0.01)
    with pytest.raises(ValueError, match=r"^threshold: found 0\.25, allowed: above 0 and below 0\.25"):
        theory.saturation_bound("sigmoid", 0.25)
    with pytest.raises(ValueError, match=r"^width: found 0, allowed: "):
        theory.death_probability(0, 3)
    with pytest.raises(ValueError, match=r"^depth: found -1, allowed: "):
        theory.death_probability(3, -1)
    with pytest.raises(ValueError, match=r"^standard_deviation: found 0\.5, allowed: at most mean/6 = 0\.25"):
        theory.positive_chain_log_law(1.5, 0.5)
    with pytest.raises(ValueError, match=r"^q: found nan, allowed: "):
        theory.chi("tanh", math.nan, 1.0)
    with pytest.raises(ValueError, match=r"^sigma_w: found -1, allowed: "):
        theory.next_q("tanh", 1.0, -1)
    with pytest.raises(ValueError, match=r"^batch: found 3, allowed: an integer of at least 4$"):
        theory.batch_norm_relu_factor(3)
    with pytest.raises(ValueError, match=r"^depth: found 1, allowed: an integer of at least 2$"):
        theory.mean_field("tanh", 1.0, 1)
