"""Gradient descent: when a step is stable, and what clipping does to it."""

from __future__ import annotations

from gradlab._internal import checks


def largest_stable_learning_rate(curvature: float) -> float:
    """2/λ: gradient descent on a quadratic with largest curvature λ diverges above it.

    Examples:
        >>> from gradlab import theory
        >>> theory.largest_stable_learning_rate(curvature=4.0)
        0.5

    """
    return 2 / checks.positive("curvature", curvature)


def clipping_coefficient(norm: float, maximum: float) -> float:
    """Min(1, m/(‖g‖ + 1e-6)), by which PyTorch's ``clip_grad_norm_`` multiplies every gradient.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.clipping_coefficient(norm=50.0, maximum=1.0), 4)
        0.02

    """
    return min(1.0, checks.positive("maximum", maximum) / (checks.non_negative("norm", norm) + 1e-6))
