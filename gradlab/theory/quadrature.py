"""Averages over Gaussian variables, accurate to rounding for the activation functions of the laboratory.

Gauss-Hermite quadrature takes a function for a polynomial on the whole axis: it loses its accuracy where φ(√q z)
is steep (large q) and where φ has a kink. Here the axis is cut into panels, each with its own Gauss-Legendre
rule. Panels shrink by halves towards 0, so that the kink of ReLU lies on an edge and a function that is steep at
0 is smooth on every panel at its own scale, however steep it is.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from gradlab._internal import checks

Elementwise = Callable[[Tensor], Tensor]
"""A function that is applied to each element of a tensor."""

# Nodes of each panel; on a panel that doubles its distance from 0 the error is below 1e-20.
_ORDER = 16
# The Gaussian density is 8e-38 of its maximum there.
_RANGE = 13.0
# Halvings towards 0 in one dimension: functions as steep as 2^50 are resolved.
_LEVELS = 50


@functools.cache
def _gauss_legendre() -> tuple[Tensor, Tensor]:
    """Nodes and weights on [-1, 1], from the eigenvalues of the Jacobi matrix (Golub & Welsch 1969)."""
    k = torch.arange(1, _ORDER, dtype=torch.float64)
    off_diagonal = k / torch.sqrt(4 * k**2 - 1)
    nodes, vectors = torch.linalg.eigh(torch.diag(off_diagonal, 1) + torch.diag(off_diagonal, -1))
    return nodes, 2 * vectors[0] ** 2


def composite(edges: Iterable[float]) -> tuple[Tensor, Tensor]:
    """Nodes and weights of ∫ over all panels between neighbouring edges."""
    points = torch.tensor(sorted(set(edges)), dtype=torch.float64)
    half = (points.diff() / 2).unsqueeze(1)
    nodes, weights = _gauss_legendre()
    return ((points[:-1].unsqueeze(1) + half) + half * nodes).flatten(), (half * weights).flatten()


def graded(start: float, end: float, levels: int, width: float) -> list[float]:
    """Panel edges from ``start`` to ``end`` that shrink by halves towards ``start``.

    Args:
        start: where the panels are smallest.
        end: the other end, on either side of ``start``.
        levels: number of halvings.
        width: largest panel away from ``start``.

    """
    count = max(1, math.ceil(abs(end - start) / width))
    first = (end - start) / count
    return (
        [start]
        + [start + first * 2.0**-level for level in range(levels, 0, -1)]
        + [start + first * panel for panel in range(1, count + 1)]
    )


@functools.cache
def _gaussian() -> tuple[Tensor, Tensor]:
    """Nodes z and weights of ∫Dz."""
    z, weight = composite([*graded(0, -_RANGE, _LEVELS, 1.0), *graded(0, _RANGE, _LEVELS, 1.0)])
    weight = weight * torch.exp(-(z**2) / 2)
    # The sum is √(2π) to rounding; divided by it, the average of a constant is that constant.
    return z, weight / weight.sum()


def gaussian_average(function: Elementwise) -> float:
    """The average of an elementwise ``function`` of z ~ N(0, 1).

    Accurate to rounding, about 1e-14, for functions that grow like a power and are smooth but for a kink or a
    step at 0, or for a steep part around 0; a kink elsewhere costs accuracy.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.gaussian_average(lambda z: z**4), 4)
        3.0

    """
    z, weight = _gaussian()
    return float(weight @ function(z))


def gaussian_pair_average(function: Elementwise, correlation: float, scale: float) -> float:
    """The average of f(u_1) f(u_2), with u_1, u_2 ~ N(0, scale²) of the given correlation.

    In polar coordinates, u_1 = scale r cos(θ - θ_0) and u_2 = scale r cos(θ + θ_0) with cos 2θ_0 the correlation:
    a kink of f at 0 lies on two rays, which are made edges of panels.

    Args:
        function: f, elementwise; as for :func:`gaussian_average`.
        correlation: from -1 to 1.
        scale: √q, above 0.

    """
    c = checks.correlation("correlation", correlation)
    scale = checks.positive("scale", scale)
    if abs(c) == 1:
        return gaussian_average(lambda z: function(scale * z) * function(c * scale * z))
    # Halvings until f is smooth on the smallest panel, at the largest radius.
    levels = max(0, math.ceil(math.log2(_RANGE * scale))) + 2
    offset = math.acos(c) / 2
    rays = (math.pi / 2 - offset, math.pi / 2 + offset)
    # The integrand is even in θ.
    theta, theta_weight = composite(
        [
            *graded(rays[0], 0.0, levels, 0.4),
            *graded(rays[0], math.pi / 2, levels, 0.4),
            *graded(rays[1], math.pi / 2, levels, 0.4),
            *graded(rays[1], math.pi, levels, 0.4),
        ]
    )
    r, r_weight = composite(graded(0.0, _RANGE, levels, 1.0))
    u = torch.stack([torch.outer(scale * r, torch.cos(theta + sign * offset)) for sign in (-1, 1)])
    values = function(u)
    return float((r_weight * r * torch.exp(-(r**2) / 2)) @ (values[0] * values[1]) @ theta_weight) / math.pi
