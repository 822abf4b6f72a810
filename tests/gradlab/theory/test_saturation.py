"""Saturation: against elementary values and autograd."""

import math

import pytest
import torch

from gradlab import activations, theory


@pytest.mark.parametrize(
    ("activation", "maximum"),
    [
        ("sigmoid", 0.25),
        ("tanh", 1.0),
        ("relu", 1.0),
        ("leaky_relu", 1.0),
        ("gelu", (1 + math.erf(1)) / 2 + math.exp(-1) / math.sqrt(math.pi)),
        ("linear", 1.0),
    ],
)
def test_the_largest_derivative(activation: str, maximum: float) -> None:
    assert theory.derivative_maximum(activation) == maximum
    z = torch.linspace(-8, 8, 16001, dtype=torch.float64)
    # On a grid of 0.001 a smooth maximum away from 0 is missed by at most its curvature times 0.0005²/2.
    assert activations.derivative(activation, z).max().item() == pytest.approx(maximum, rel=2e-7)


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
    with pytest.raises(ValueError, match=r"^activation: found 'relu', allowed: one of sigmoid, tanh"):
        theory.saturation_bound("relu", 0.01)
    with pytest.raises(ValueError, match=r"^threshold: found 0\.25, allowed: above 0 and below 0\.25"):
        theory.saturation_bound("sigmoid", 0.25)
