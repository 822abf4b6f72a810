"""Batch normalization at infinite width: by how much it lets the gradient grow per layer."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gradlab import activations
from gradlab._internal import checks
from gradlab.theory.quadrature import composite, gaussian_average, graded


def batch_norm_factor(activation: str) -> float:
    """√(E φ'² / Var φ), the factor of a layer with batch normalization, infinite width and batch.

    z ~ N(0, 1) after the normalization. For ReLU this is √(π/(π - 1)) = 1.2112: it explodes, whatever the
    weights (Yang et al. 2019, arXiv:1902.08129).

    Examples:
        >>> from gradlab import theory
        >>> round(theory.batch_norm_factor("relu"), 4)
        1.2112

    """
    phi = activations.get(activation)
    mean = gaussian_average(phi)
    variance = gaussian_average(lambda z: (phi(z) - mean) ** 2)
    return math.sqrt(gaussian_average(lambda z: activations.derivative(phi, z) ** 2) / variance)


def batch_norm_relu_factor(batch: int) -> float:
    """The factor of a ReLU layer with batch normalization, infinite width and a batch of B samples.

    Yang et al. 2019, arXiv:1902.08129, Theorem 8: with ρ = -1/(B - 1), the factor of ‖δ‖² is
    [(B - 1 + J'(ρ))/(1 - J(ρ)) - 1]/(B - 3).

    Args:
        batch: B, at least 4 (the gradient's second moment is infinite for less).

    """
    B = checks.integer("batch", batch, 4)
    rho = -1 / (B - 1)
    angle = math.pi - math.acos(rho)
    J = (math.sqrt(1 - rho**2) + angle * rho) / math.pi
    return math.sqrt(((B - 1 + angle / math.pi) / (1 - J) - 1) / (B - 3))


def _sphere_average(batch: int) -> tuple[Tensor, Tensor, Tensor]:
    """Pairs (u_1, u_2) and weights: two entries of a uniform unit vector u in R^B with Σ u = 0.

    The projection of u on the plane of two orthonormal directions of that (B-1)-dimensional space has radius
    r = √(1 - e^{-ρ²}) with ρ²(B-3)/2 exponentially distributed, and an angle. The rays on which u_1 or u_2 is 0,
    where φ may have a kink, are edges of the panels.
    """
    sum_part, difference_part = math.sqrt(0.5 - 1 / batch), math.sqrt(0.5)
    unit = 1 / math.sqrt(batch - 3)
    rho, rho_weight = composite(graded(0.0, 9 * unit, 2, 0.5 * unit))
    r = torch.sqrt(-torch.expm1(-(rho**2)))
    ray = math.atan2(sum_part, difference_part)
    rays = sorted(side * ray + half_turn for side in (-1, 1) for half_turn in (0.0, math.pi))
    ends = [*rays[1:], rays[0] + 2 * math.pi]
    edges = [edge for start, end in zip(rays, ends, strict=True) for edge in graded(start, end, 0, 0.4)]
    angle, angle_weight = composite(edges)
    s, t = torch.outer(r, torch.cos(angle)), torch.outer(r, torch.sin(angle))
    density = torch.outer(rho_weight * rho * torch.exp(-(rho**2) / (2 * unit**2)), angle_weight)
    return (
        sum_part * s + difference_part * t,
        sum_part * s - difference_part * t,
        density / density.sum(),
    )


def batch_norm_finite_batch_factor(activation: str, batch: int) -> float:
    """The factor of a layer with batch normalization, infinite width and a batch of B samples.

    The setting of Theorem 7 of Yang et al. 2019 (arXiv:1902.08129), for any φ, derived here directly. In a
    deep network the normalized pre-activation of a unit is y = √B u, with u uniform on the unit sphere of
    R^B orthogonal to (1, ..., 1), and independent of the norm it was divided by, whose inverse square has
    mean 1/(λ(B-3)), λ = sigma_w² (E φ(y_1)² - E φ(y_1) φ(y_2)). With d = φ'(y) the factor of ‖δ‖² is
    sigma_w² B E tr[P diag(d) G diag(d) P] / (λ (B-1)(B-3)), where G removes the mean over the batch and P
    also the direction u. sigma_w cancels. For ReLU this is :func:`batch_norm_relu_factor`, for the linear
    network √((B-2)/(B-3)). By quadrature, to about 1e-12.

    Args:
        activation: name of φ.
        batch: B, at least 5 (a smaller one leaves no two independent directions to average over).

    """
    B = checks.integer("batch", batch, 5)
    phi = activations.get(activation)
    u_1, u_2, weight = _sphere_average(B)
    y_1, y_2 = math.sqrt(B) * u_1, math.sqrt(B) * u_2
    a_1, a_2 = phi(y_1), phi(y_2)
    d_1, d_2 = activations.derivative(phi, y_1), activations.derivative(phi, y_2)

    def average(values: Tensor) -> float:
        return float((weight * values).sum())

    trace = (
        (B - 2 + 1 / B) * average(d_1**2)
        + (B - 1) / B * average(d_1 * d_2)
        - (B - 1) * average((u_1 * d_1) ** 2 - u_1 * d_1 * u_2 * d_2)
    )
    spread = average(a_1**2) - average(a_1 * a_2)
    return math.sqrt(B * trace / ((B - 1) * (B - 3) * spread))


def batch_norm_frozen_factor(activation: str, batch: int) -> float:
    """The factor of a layer that normalizes with the statistics of this batch, held constant.

    That is evaluation mode, after the running statistics were set to those of the batch: the forward pass is that
    of training, and the backward pass no longer goes through mean and variance. In the setting of
    :func:`batch_norm_finite_batch_factor` the factor of ‖δ‖² is then sigma_w² E φ'(y)² E 1/σ², where σ², the variance
    of a unit over the batch, has E 1/σ² = B/(λ (B-3)): derived here. For ReLU and an infinite batch π/(π - 1), as in
    training; for the linear network (B-1)/(B-3).

    Args:
        activation: name of φ.
        batch: B, at least 5.

    """
    B = checks.integer("batch", batch, 5)
    phi = activations.get(activation)
    u_1, u_2, weight = _sphere_average(B)
    y_1, y_2 = math.sqrt(B) * u_1, math.sqrt(B) * u_2
    slope = float((weight * activations.derivative(phi, y_1) ** 2).sum())
    spread = float((weight * (phi(y_1) ** 2 - phi(y_1) * phi(y_2))).sum())
    return math.sqrt(B * slope / ((B - 3) * spread))


def batch_norm_first_factor(activation: str) -> float:
    """√E φ'(z)², the factor ‖δ_1‖/‖δ_2‖ of batch normalization where the input has variance 1.

    Layer 1 divides by the spread of x, every later one by that of φ, hence another factor; infinite batch.
    """
    phi = activations.get(activation)
    return math.sqrt(gaussian_average(lambda z: activations.derivative(phi, z) ** 2))
