"""The averages over Gaussian variables: against closed forms, and against a rule of another kind."""

import math

import pytest
import torch
from torch import Tensor

from gradlab import activations, theory


def test_the_gaussian_average_of_polynomials_and_steps() -> None:
    assert theory.gaussian_average(torch.ones_like) == pytest.approx(1, rel=1e-12)
    assert theory.gaussian_average(lambda z: z**4) == pytest.approx(3, rel=1e-12)
    assert theory.gaussian_average(torch.cos) == pytest.approx(math.exp(-0.5), rel=1e-12)
    assert theory.gaussian_average(lambda z: (z > 0).double()) == pytest.approx(0.5, rel=1e-12)
    assert theory.gaussian_average(torch.relu) == pytest.approx(1 / math.sqrt(2 * math.pi), rel=1e-13)


def trapezoidal(function: theory.quadrature.Elementwise) -> float:
    """∫Dz f by the trapezoidal rule, which converges exponentially for an analytic f."""
    step = 2.0**-12
    z = step * torch.arange(-14 * 4096, 14 * 4096 + 1, dtype=torch.float64)
    return float((function(z) * torch.exp(-(z**2) / 2)).sum() * step / math.sqrt(2 * math.pi))


@pytest.mark.parametrize("scale", [1e-3, 0.3, 1.0, 7.0, 100.0])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "gelu"])
def test_two_quadratures_agree_however_steep_the_function_is(activation: str, scale: float) -> None:
    # Its nearest singularity is π/(2 scale) from the axis: the trapezoidal rule errs by exp(-2π · 0.0157 · 4096).
    for function in (
        lambda z: activations.get(activation)(scale * z) ** 2,
        lambda z: activations.derivative(activation, scale * z) ** 2,
    ):
        assert theory.gaussian_average(function) == pytest.approx(trapezoidal(function), rel=1e-13)


def hermite(function: theory.quadrature.Elementwise, nodes: int = 200) -> float:
    """∫Dz f by Gauss-Hermite quadrature, from the eigenvalues of the Jacobi matrix (Golub & Welsch 1969)."""
    off_diagonal = torch.arange(1, nodes, dtype=torch.float64).sqrt()
    z, vectors = torch.linalg.eigh(torch.diag(off_diagonal, 1) + torch.diag(off_diagonal, -1))
    return float((vectors[0] ** 2 * function(z)).sum())


@pytest.mark.parametrize("q", [0.01, 0.1, 1.0])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "gelu"])
def test_gauss_hermite_quadrature_agrees_where_it_is_accurate(activation: str, q: float) -> None:
    phi, root = activations.get(activation), math.sqrt(q)
    slope = hermite(lambda z: activations.derivative(phi, root * z) ** 2)
    assert theory.chi(activation, q, 1.0) == pytest.approx(slope, rel=1e-12)
    assert theory.next_q(activation, q, 1.0) == pytest.approx(hermite(lambda z: phi(root * z) ** 2), rel=1e-12)


def test_gauss_hermite_quadrature_misses_kinks_and_narrow_peaks() -> None:
    # Not used, as a kink costs it an error of order one over the number of nodes, a steep function all digits.
    assert abs(hermite(torch.relu) * math.sqrt(2 * math.pi) - 1) > 1e-3
    steep = hermite(lambda z: activations.derivative("tanh", 10 * z) ** 2)
    assert abs(steep / theory.chi("tanh", 100.0, 1.0) - 1) > 0.1


@pytest.mark.parametrize("power", [2, 6, 12])
def test_the_moments_of_a_normal_distribution(power: int) -> None:
    moment = math.prod(range(1, power, 2))
    assert theory.gaussian_average(lambda z: z**power) == pytest.approx(moment, rel=1e-13)
    # A kink at 0: half of it.
    assert theory.gaussian_average(lambda z: torch.relu(z) ** power) == pytest.approx(moment / 2, rel=1e-13)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 30.0])
@pytest.mark.parametrize("c", [-1.0, -0.9, -0.3, 0.0, 0.5, 0.99, 1 - 1e-9, 1.0])
def test_the_pair_average_of_relu_is_the_closed_form(c: float, scale: float) -> None:
    # Cho & Saul 2009: E relu(u_1) relu(u_2) = q (√(1 - c²) + (π - arccos c) c)/(2π), and of the steps the angle.
    average = theory.gaussian_pair_average(torch.relu, c, scale)
    expected = scale**2 * (math.sqrt(1 - c**2) + (math.pi - math.acos(c)) * c) / (2 * math.pi)
    assert average == pytest.approx(expected, rel=1e-12, abs=1e-15 * scale**2)
    steps = theory.gaussian_pair_average(lambda u: (u > 0).double(), c, scale)
    assert steps == pytest.approx((math.pi - math.acos(c)) / (2 * math.pi), rel=1e-12, abs=1e-15)


def _slope_of_erf(u: Tensor) -> Tensor:
    return 2 / math.sqrt(math.pi) * torch.exp(-(u**2))


@pytest.mark.parametrize("q", [1e-4, 1.0, 100.0, 1e4])
@pytest.mark.parametrize("c", [-0.9, -0.3, 0.0, 0.5, 0.999])
def test_the_pair_average_of_the_error_function_is_the_closed_form(c: float, q: float) -> None:
    # Williams 1998: smooth, saturating, and steep for large q; (2/π) arcsin(2qc/(1 + 2q)) and its derivative.
    average = theory.gaussian_pair_average(torch.erf, c, math.sqrt(q))
    assert average == pytest.approx(2 / math.pi * math.asin(2 * q * c / (1 + 2 * q)), rel=1e-12, abs=1e-15)
    slope = theory.gaussian_pair_average(_slope_of_erf, c, math.sqrt(q))
    assert slope == pytest.approx(4 / math.pi / math.sqrt((1 + 2 * q) ** 2 - (2 * q * c) ** 2), rel=1e-12)


def test_a_correlation_beyond_1_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^correlation: found 1\.01, allowed: a number from -1 to 1$"):
        theory.gaussian_pair_average(torch.relu, 1.01, 1.0)
