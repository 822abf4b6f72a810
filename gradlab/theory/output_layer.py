"""A sigmoid in the output layer: its gradients under two losses, and how long a wrong start takes to correct.

p = σ(z) and y is the label. Times are those of gradient flow dz/dt = -∂L/∂z from a z with the wrong sign until
p = 1/2, with y = 1; gradient descent with the learning rate η takes about 1/η as many steps.
"""

from __future__ import annotations

import math

from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError


def _sigmoid(z: float) -> float:
    # With the sign of z that keeps exp(-|z|) accurate.
    tail = math.exp(-abs(checks.finite("z", z))) / (1 + math.exp(-abs(z)))
    return tail if z < 0 else 1 - tail


def _error(z: float, label: float) -> float:
    """The difference p - y, without cancellation."""
    if checks.finite("label", label) not in (0.0, 1.0):
        raise RefusalError("label", repr(label), "0 or 1")
    return -_sigmoid(-z) if label == 1 else _sigmoid(z)


def cross_entropy_gradient(z: float, label: float) -> float:
    """∂L/∂z = p - y of the cross-entropy L = -y ln p - (1 - y) ln(1 - p).

    Examples:
        >>> from gradlab import theory
        >>> round(theory.cross_entropy_gradient(z=-8.0, label=1.0), 5)
        -0.99966

    """
    return _error(z, label)


def squared_error_gradient(z: float, label: float) -> float:
    """∂L/∂z = 2 (p - y) p (1 - p) of the squared error L = (p - y)²; at most 8/27 in absolute value.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.squared_error_gradient(z=-8.0, label=1.0), 5)
        -0.00067

    """
    return 2 * _error(z, label) * _sigmoid(z) * _sigmoid(-z)


def squared_error_bound(threshold: float) -> float:
    """The z below which the gradient of the squared error at label 1 is smaller than ``threshold``.

    The solution of 2 (1 - p)² p = threshold with p below 1/3, where the left side is largest; about ln(threshold/2).

    Raises:
        ValueError: the threshold is not between 0 and 8/27.

    """
    epsilon = checks.positive("threshold", threshold)
    upper = -math.log(2)
    if epsilon >= 8 / 27:
        raise RefusalError("threshold", repr(threshold), "above 0 and below 8/27, the largest gradient")
    # Below ln(ε/2) the gradient is smaller than 2 e^z, and so than ε.
    lower = math.log(epsilon / 2) - 1
    for _ in range(100):
        middle = (lower + upper) / 2
        if abs(squared_error_gradient(middle, 1.0)) < epsilon:
            lower = middle
        else:
            upper = middle
    return upper


def _wrong(z: float) -> float:
    if checks.finite("z", z) > 0:
        raise RefusalError("z", repr(z), "at most 0, where p is at most 1/2")
    return z


def cross_entropy_time(z: float) -> float:
    """The time that the cross-entropy takes from z to 0: ∫ dz/(1 - p) = -z + 1 - e^z, about |z|."""
    return -_wrong(z) - math.expm1(z)


def squared_error_time(z: float) -> float:
    """The time that the squared error takes from z to 0: ∫ dz/(2 (1 - p)² p), about e^|z|/2.

    With u = e^z the integrand is (1 + u)³/(2 u²) du, hence (e^-z - 3 z + 5/2 - 3 e^z - e^2z/2)/2.
    """
    u = math.exp(_wrong(z))
    return (1 / u - 3 * z + 2.5 - 3 * u - u**2 / 2) / 2
