"""Size of an activation function's derivative, and the bounds beyond which it is almost 0."""

from __future__ import annotations

import math

from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError

_DERIVATIVE_MAXIMA = {
    "sigmoid": 0.25,
    "tanh": 1.0,
    "relu": 1.0,
    "leaky_relu": 1.0,
    # At z = √2, where the derivative (2 - z²) of φ'(z) = Φ(z) + z Φ'(z), but for a positive factor, is 0.
    "gelu": (1 + math.erf(1)) / 2 + math.exp(-1) / math.sqrt(math.pi),
    "linear": 1.0,
}
_SATURATING = ("sigmoid", "tanh")


def derivative_maximum(activation: str) -> float:
    """The largest φ'(z): 1/4 for the sigmoid and 1 for tanh, both at 0; 1 for ReLU, 1.1289 for GELU.

    Examples:
        >>> from gradlab import theory
        >>> theory.derivative_maximum("sigmoid")
        0.25

    """
    return _DERIVATIVE_MAXIMA[checks.one_of("activation", activation, _DERIVATIVE_MAXIMA)]


def saturation_bound(activation: str, threshold: float) -> float:
    """The |z| beyond which φ'(z) is below ``threshold``.

    From σ' = σ(1 - σ) and tanh' = 1 - tanh²: logit((1 + √(1 - 4ε))/2) and artanh √(1 - ε).

    Raises:
        ValueError: the activation does not saturate, or the threshold is not between 0 and its maximum.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.saturation_bound("sigmoid", threshold=0.01), 3)
        4.585

    """
    checks.one_of("activation", activation, _SATURATING)
    epsilon = checks.positive("threshold", threshold)
    if epsilon >= derivative_maximum(activation):
        raise RefusalError(
            "threshold",
            repr(threshold),
            f"above 0 and below {derivative_maximum(activation)}, the largest derivative of {activation}",
        )
    if activation == "tanh":
        return math.atanh(math.sqrt(1 - epsilon))
    root = math.sqrt(1 - 4 * epsilon)
    # logit((1 + r)/2) = ln((1 + r)/(1 - r)), with 1 - r² = 4ε to avoid the cancellation in 1 - r.
    return math.log((1 + root) ** 2 / (4 * epsilon))
