"""Saturation: against elementary values and autograd."""

import math

import pytest
import torch

from gradlab import activations, theory
from gradlab.activations import Activation
from gradlab.theory import saturation


@pytest.mark.parametrize(
    ("activation", "maximum"),
    [
        ("sigmoid", 0.25),
        ("tanh", 1.0),
        ("relu", 1.0),
        ("leaky_relu", 1.0),
        ("gelu", (1 + math.erf(1)) / 2 + math.exp(-1) / math.sqrt(math.pi)),
        ("elu", 1.0),
        ("linear", 1.0),
    ],
)
def test_the_largest_derivative(activation: str, maximum: float) -> None:
    assert theory.derivative_maximum(activation) == maximum
    z = torch.linspace(-8, 8, 16001, dtype=torch.float64)
    # On a grid of 0.001 a smooth maximum away from 0 is missed by at most its curvature times 0.0005²/2.
    assert activations.derivative(activation, z).max().item() == pytest.approx(maximum, rel=2e-7)


def test_the_largest_derivative_of_the_softplus_is_its_limit() -> None:
    assert theory.derivative_maximum("softplus") == 1.0
    z = torch.tensor([30.0, 40.0], dtype=torch.float64)
    assert activations.derivative("softplus", z).tolist() == pytest.approx([1.0, 1.0], abs=1e-12)


def test_a_largest_derivative_without_a_closed_form_is_where_the_second_is_0() -> None:
    # Of z σ(z) it is σ (1 - σ) (2 + z (1 - 2 σ)), which changes its sign once above 0.
    low, high = 1.0, 5.0
    while low < (z := (low + high) / 2) < high:
        low, high = (z, high) if 2 + z * (1 - 2 / (1 + math.exp(-z))) > 0 else (low, z)
    sigma = 1 / (1 + math.exp(-low))
    assert theory.derivative_maximum("silu") == pytest.approx(sigma * (1 + low * (1 - sigma)), rel=1e-14)


@pytest.mark.parametrize("phi", activations.ACTIVATIONS.values(), ids=activations.ACTIVATIONS)
def test_what_is_sought_is_the_closed_form(phi: Activation) -> None:
    if phi.derivative_maximum is not None:
        assert saturation._largest_derivative(phi) == pytest.approx(phi.derivative_maximum, rel=1e-14)
    if phi.saturation_bound is not None:
        assert phi.derivative_maximum is not None
        for share in (0.5, 1e-1, 1e-2, 1e-4):
            threshold = share * phi.derivative_maximum
            # A bisection of autograd's 1 - tanh² loses as many digits as the threshold has zeros.
            expected = pytest.approx(phi.saturation_bound(threshold), rel=1e-11)
            assert saturation._bound(phi, threshold) == expected


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


def test_a_bound_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^activation: found 'relu', allowed: one of tanh, sigmoid"):
        theory.saturation_bound("relu", 0.01)
    with pytest.raises(ValueError, match=r"^threshold: found 0\.25, allowed: above 0 and below 0\.25"):
        theory.saturation_bound("sigmoid", 0.25)


def test_a_saturating_activation_without_a_closed_form_is_bisected(monkeypatch: pytest.MonkeyPatch) -> None:
    # erf' = 2/√π exp(-z²) falls to ε at √ln(2/(√π ε)).
    erf = Activation("erf", torch.erf, lower_limit=-1.0, upper_limit=1.0)
    monkeypatch.setattr(activations, "ACTIVATIONS", {**activations.ACTIVATIONS, "erf": erf})
    monkeypatch.setattr(saturation, "SATURATING", (*activations.SATURATING, "erf"))
    expected = math.sqrt(math.log(2 / (math.sqrt(math.pi) * 0.01)))
    assert theory.saturation_bound("erf", 0.01) == pytest.approx(expected, rel=1e-12)
