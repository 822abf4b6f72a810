"""Mean field: against closed forms, published values, and each other."""

import math

import pytest
import torch

from gradlab import activations, theory
from gradlab.activations import Activation

ERF = Activation("erf", torch.erf, lower_limit=-1.0, upper_limit=1.0)
"""The one sigmoidal function whose maps are elementary: E erf(u)² and E erf'(u)² (Williams 1998)."""


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


@pytest.mark.parametrize("q", [1e-12, 1e-3, 1.0, 50.0, 1e6, 1e12, 1e20])
def test_the_maps_are_accurate_for_every_variance(q: float) -> None:
    # arcsin(2q/(1 + 2q)) = π/2 - arctan2(√(1 + 4q), 2q), without its cancellation.
    square = 2 / math.pi * math.atan2(2 * q, math.sqrt(1 + 4 * q))
    assert theory.next_q(ERF, q, 1.5, 0.3) == pytest.approx(1.5**2 * square + 0.3**2, rel=1e-13)
    assert theory.chi(ERF, q, 1.5) == pytest.approx(1.5**2 * 4 / math.pi / math.sqrt(1 + 4 * q), rel=1e-13)
    for activation, slope in (("relu", 0.0), ("leaky_relu", 0.01), ("linear", 1.0)):
        half = 2.0 * (1 + slope**2) / 2
        assert theory.next_q(activation, q, math.sqrt(2), 0.3) == pytest.approx(half * q + 0.09, rel=1e-13)
        assert theory.chi(activation, q, math.sqrt(2)) == pytest.approx(half, rel=1e-13)


@pytest.mark.parametrize(("activation", "integral"), [("sigmoid", 1 / 6), ("tanh", 4 / 3)])
def test_chi_of_a_very_steep_activation(activation: str, integral: float) -> None:
    # For q -> infinity the density is flat where φ' is not 0: χ = ∫ φ'² / √(2πq), with an error of order 1/q.
    q = 1e16
    assert theory.chi(activation, q, 1.0) == pytest.approx(integral / math.sqrt(2 * math.pi * q), rel=1e-13)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "gelu"])
@pytest.mark.parametrize("q", [0.1, 1.0, 20.0])
def test_the_slope_of_the_variance_is_that_of_its_gaussian_average(activation: str, q: float) -> None:
    # d/dq ∫Dz f(√q z) = ½ ∫Dz f''(√q z) with f = φ², and E φ'² + E φφ'' is half of the latter (integration by parts):
    # d next_q/dq = E z φ(√q z) φ'(√q z)/√q, all from quadratures of different functions.
    phi = activations.get(activation)
    root = math.sqrt(q)
    slope = theory.gaussian_average(lambda z: z * phi(root * z) * activations.derivative(phi, root * z)) / root
    step = 1e-4 * q
    difference = (theory.next_q(phi, q + step, 1.0) - theory.next_q(phi, q - step, 1.0)) / (2 * step)
    # A central difference errs by step²/6 times the third derivative, about 1e-8, and by rounding, 1e-12.
    assert slope == pytest.approx(difference, rel=1e-7)


def test_a_variance_of_0_takes_the_mean_of_both_sides_of_a_kink() -> None:
    assert theory.chi("relu", 0.0, 2.0) == pytest.approx(2.0, rel=1e-13)
    assert theory.chi("tanh", 0.0, 1.5) == pytest.approx(2.25, rel=1e-13)
    assert theory.next_q("tanh", 0.0, 1.5, 0.5) == pytest.approx(0.25, rel=1e-13)


@pytest.mark.parametrize(
    ("activation", "sigma_w", "sigma_b", "fixed"),
    [
        ("tanh", 0.9, 0.0, 0.0),
        # χ = 1: the approach is as 1/(2 l), the end is 0.
        ("tanh", 1.0, 0.0, 0.0),
        ("relu", 1.0, 0.3, 0.18),
        ("relu", 1.5, 0.0, math.inf),
        ("relu", 1.3, 0.0, 0.0),
        # He keeps every variance, also the first.
        ("relu", math.sqrt(2), 0.0, 1.0),
        ("linear", 0.5, 1.0, 4 / 3),
    ],
)
def test_where_the_variance_ends(activation: str, sigma_w: float, sigma_b: float, fixed: float) -> None:
    assert theory.fixed_point_q(activation, sigma_w, sigma_b) == pytest.approx(fixed, rel=1e-13)


def test_just_above_the_critical_scale_the_variance_is_small() -> None:
    # q = sigma_w² (q - 2q² + 17/3 q³): 2q = 1 - 1/sigma_w² + O(q²).
    sigma_w = 1.001
    q = theory.fixed_point_q("tanh", sigma_w)
    assert pytest.approx(sigma_w**2 * (1 - 2 * q + 17 / 3 * q**2), abs=1e-7) == 1


@pytest.mark.parametrize(
    ("variance_b", "variance_w"),
    # The critical line of tanh, printed to 5 decimals, from an independent Gauss-Hermite computation.
    [(0.0, 1.0), (1e-4, 1.08603), (1e-3, 1.18919), (0.01, 1.42421), (0.05, 1.76095), (0.1, 1.98607), (0.3, 2.50513)],
)
def test_the_critical_line_of_tanh(variance_b: float, variance_w: float) -> None:
    assert theory.critical_sigma_w("tanh", math.sqrt(variance_b)) ** 2 == pytest.approx(variance_w, abs=6e-6)


@pytest.mark.parametrize(
    ("activation", "sigma_b"), [("tanh", 0.1), ("tanh", 1.0), ("sigmoid", 0.0), ("sigmoid", 2.0), ("gelu", 1.0)]
)
def test_at_the_critical_scale_chi_is_1(activation: str, sigma_b: float) -> None:
    # Found from another equation: here q* is the limit of the iteration.
    sigma_w = theory.critical_sigma_w(activation, sigma_b)
    q = theory.fixed_point_q(activation, sigma_w, sigma_b)
    assert theory.chi(activation, q, sigma_w) == pytest.approx(1, rel=1e-11)
    assert theory.next_q(activation, q, sigma_w, sigma_b) == pytest.approx(q, rel=1e-12)
    below, above = (
        theory.chi(activation, theory.fixed_point_q(activation, scale, sigma_b), scale)
        for scale in (0.999 * sigma_w, 1.001 * sigma_w)
    )
    assert below < 1 < above


def test_the_critical_scales_in_closed_form() -> None:
    assert theory.critical_sigma_w("linear") == pytest.approx(1, rel=1e-13)
    for sigma_b in (0.0, 0.5):
        assert theory.critical_sigma_w("relu", sigma_b) == pytest.approx(math.sqrt(2), rel=1e-13)
        slope = math.sqrt((1 + 0.01**2) / 2)
        assert theory.critical_sigma_w("leaky_relu", sigma_b) == pytest.approx(1 / slope, rel=1e-13)
    # Without bias and with φ(0) = 0: 1/φ'(0).
    assert theory.critical_sigma_w(ERF) == pytest.approx(math.sqrt(math.pi) / 2, rel=1e-13)
    # The scale at which the article's sigmoid begins to explode.
    assert theory.critical_sigma_w("sigmoid") == pytest.approx(10.149, abs=5e-4)


@pytest.mark.parametrize(
    ("variance_w", "c", "xi_c", "xi_gradient"),
    # sigma_b² = 0.05, from an independent computation, to the digits printed.
    [(0.5, 1, 1.19, 1.19), (1.3, 1, 7.83, 7.83), (2.5, 0.447, 11.8, 7.98), (4.0, 0.165, 6.98, 3.40)],
)
def test_the_lengths_of_tanh(variance_w: float, c: float, xi_c: float, xi_gradient: float) -> None:
    scales = math.sqrt(variance_w), math.sqrt(0.05)
    assert theory.fixed_point_correlation("tanh", *scales) == pytest.approx(c, abs=5e-4)
    assert theory.correlation_length("tanh", *scales) == pytest.approx(xi_c, rel=5e-3)
    assert theory.gradient_length("tanh", *scales) == pytest.approx(xi_gradient, rel=5e-3)


def test_the_correlation_nears_its_fixed_point_at_the_rate_of_its_length() -> None:
    scales = 1.8, 0.3
    q, c = theory.fixed_point_q("tanh", *scales), theory.fixed_point_correlation("tanh", *scales)
    distance = 1e-4
    step = theory.next_correlation("tanh", c - distance, q, *scales)
    # The slope of the map, found as the average of φ'φ'; the curvature adds about the distance.
    assert (c - step) / distance == pytest.approx(math.exp(-1 / theory.correlation_length("tanh", *scales)), rel=1e-3)


def test_the_correlation_of_an_odd_activation_without_bias_dies_above_the_critical_scale() -> None:
    assert theory.fixed_point_correlation("tanh", 2.0) == 0.0
    assert theory.fixed_point_correlation("tanh", 0.8) == 1.0
    assert theory.correlation_length("tanh", 0.8) == pytest.approx(-1 / math.log(0.64), rel=1e-12)
    assert theory.correlation_length("tanh", 1.0) == theory.gradient_length("tanh", 1.0) == math.inf


def test_the_correlation_map_of_relu_is_the_closed_form() -> None:
    for c in (0.0, 0.3, 0.9):
        expected = (math.sqrt(1 - c**2) + (math.pi - math.acos(c)) * c) / math.pi
        assert theory.next_correlation("relu", c, 0.7, math.sqrt(2)) == pytest.approx(expected, rel=1e-13)
    # Two inputs with correlation 0; a bias of variance 1 adds to variance and covariance alike: (0 + 1)/(2 + 1).
    with_bias = theory.mean_field_correlations("relu", math.sqrt(2), 3, q_0=1.0, correlation_0=0.0, sigma_b=1.0)
    assert with_bias[0] == pytest.approx(1 / 3, rel=1e-13)
    expected = (math.sqrt(1 - 1 / 9) + (math.pi - math.acos(1 / 3)) / 3) / math.pi
    # q_1 = 3, q_2 = 3 + 1.
    assert with_bias[1] == pytest.approx((3 * expected + 1) / 4, rel=1e-12)


def test_a_variance_without_end_has_no_length() -> None:
    with pytest.raises(ValueError, match=r"^sigma_w: found 1\.5, allowed: one at which the variance of relu stays"):
        theory.correlation_length("relu", 1.5)


def test_tanh_at_its_critical_scale_decays_as_one_over_twice_the_layer() -> None:
    q = theory.mean_field("tanh", 1.0, 4000).q
    # 1/q' = 1/q + 2 - 5/3 q + O(q²), so that 1/q = 2 l - 5/6 ln l + a constant, + O(ln l/l).
    assert 1 / q[3999] - 1 / q[1999] == pytest.approx(2 * 2000 - 5 / 6 * math.log(2), abs=1e-3)
    assert q[3999] == pytest.approx(theory.tanh_critical_q(4000), rel=2e-3)
    assert theory.tanh_critical_q(200) == 1 / 400
    assert theory.tanh_critical_q(200, width=200) == pytest.approx(1 / 400 / (1 + 1 / 3), rel=1e-15)


def test_gelu_with_a_small_bias_has_no_critical_scale() -> None:
    for sigma_b in (0.0, 0.3):
        with pytest.raises(ValueError, match=rf"^sigma_b: found {sigma_b}, allowed: one with which .* gelu has"):
            theory.critical_sigma_w("gelu", sigma_b)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^q: found nan, allowed: "):
        theory.chi("tanh", math.nan, 1.0)
    with pytest.raises(ValueError, match=r"^sigma_w: found -1, allowed: "):
        theory.next_q("tanh", 1.0, -1)
    with pytest.raises(ValueError, match=r"^sigma_b: found -1, allowed: "):
        theory.critical_sigma_w("tanh", -1)
    with pytest.raises(ValueError, match=r"^activation: found 'tahn', .*nearest: 'tanh'$"):
        theory.critical_sigma_w("tahn")
    with pytest.raises(ValueError, match=r"^depth: found 1, allowed: an integer of at least 2$"):
        theory.mean_field("tanh", 1.0, 1)
    with pytest.raises(ValueError, match=r"^layer: found 0, allowed: "):
        theory.tanh_critical_q(0)


def test_correlations_follow_the_map_layer_by_layer() -> None:
    # Of erf the average of a product is elementary: E erf(u) erf(v) = 2/π arcsin(2 c q/(1 + 2 q)) (Williams 1998).
    sigma_w, sigma_b, q_0, c_0 = 1.3, 0.4, 0.6, -0.25
    variance, covariance = sigma_w**2 * q_0 + sigma_b**2, sigma_w**2 * q_0 * c_0 + sigma_b**2
    expected = [covariance / variance]
    for _ in range(3):
        covariance = sigma_w**2 * 2 / math.pi * math.asin(2 * covariance / (1 + 2 * variance)) + sigma_b**2
        variance = sigma_w**2 * 2 / math.pi * math.asin(2 * variance / (1 + 2 * variance)) + sigma_b**2
        expected.append(covariance / variance)
    found = theory.mean_field_correlations(ERF, sigma_w, 4, q_0, c_0, sigma_b)
    assert found == pytest.approx(expected, rel=1e-12)
    # Without a bias two inputs that have nothing in common keep nothing in common, for an odd activation.
    assert theory.mean_field_correlations(ERF, sigma_w, 4, q_0, 0.0) == pytest.approx([0.0] * 4, abs=1e-15)


def test_an_input_has_a_mean_square_of_1_where_none_is_told() -> None:
    assert theory.mean_field("tanh", 1.2, 3, sigma_b=0.5) == theory.mean_field("tanh", 1.2, 3, 1.0, 0.5)
    assert theory.mean_field("relu", 1.5, 3, sigma_b=0.5).q[0] == pytest.approx(1.5**2 + 0.25, rel=1e-15)
