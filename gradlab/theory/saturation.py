"""Size of an activation function's derivative, and the bounds beyond which it is almost 0."""

from __future__ import annotations

from functools import lru_cache

import torch

from gradlab import activations
from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError
from gradlab.activations import SATURATING, Activation

# A largest derivative is sought between ±_FARTHEST, first on a grid, then between the neighbours of the best.
_FARTHEST, _GRID = 50.0, 20_001


def derivative_maximum(activation: str) -> float:
    """The largest φ'(z): 1/4 for the sigmoid and 1 for tanh, both at 0; 1 for ReLU, 1.1289 for GELU.

    In closed form where the activation has one, and else sought on a grid that closes in on it.

    Examples:
        >>> from gradlab import theory
        >>> theory.derivative_maximum("sigmoid")
        0.25

    """
    phi = activations.get(activation)
    return _largest_derivative(phi) if phi.derivative_maximum is None else phi.derivative_maximum


@lru_cache(maxsize=64)
def _largest_derivative(phi: Activation) -> float:
    low, high = -_FARTHEST, _FARTHEST
    # Each grid is 10 000 times as fine as the one before; near a smooth maximum the square of a step is what is missed.
    for _ in range(3):
        z = torch.linspace(low, high, _GRID, dtype=torch.float64)
        slopes = activations.derivative(phi, z)
        best = int(slopes.argmax())
        low, high = z[max(best - 1, 0)].item(), z[min(best + 1, _GRID - 1)].item()
    return slopes.max().item()


def saturation_bound(activation: str, threshold: float) -> float:
    """The |z| beyond which φ'(z) is below ``threshold``.

    From σ' = σ(1 - σ) and tanh' = 1 - tanh²: logit((1 + √(1 - 4ε))/2) and artanh √(1 - ε). Of an activation without
    such a closed form by bisection of φ'.

    Raises:
        ValueError: the activation does not saturate, or the threshold is not between 0 and its maximum.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.saturation_bound("sigmoid", threshold=0.01), 3)
        4.585

    """
    phi = activations.get(checks.one_of("activation", activation, SATURATING))
    epsilon = checks.positive("threshold", threshold)
    if epsilon >= derivative_maximum(activation):
        raise RefusalError(
            "threshold",
            repr(threshold),
            f"above 0 and below {derivative_maximum(activation)}, the largest derivative of {activation}",
        )
    return _bound(phi, epsilon) if phi.saturation_bound is None else phi.saturation_bound(epsilon)


def _bound(phi: Activation, threshold: float) -> float:
    """The same by bisection, for a φ' that falls on both sides of its maximum at 0."""

    def slope(z: float) -> float:
        return float(activations.derivative(phi, torch.tensor([z], dtype=torch.float64)))

    low, high = 0.0, 1.0
    while slope(high) >= threshold:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if slope(middle) >= threshold else (low, middle)
    return high
