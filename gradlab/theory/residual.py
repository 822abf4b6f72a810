"""Residual connections at infinite width: growth of the stream and of the gradient over the blocks."""

from __future__ import annotations

from gradlab import activations
from gradlab._internal import checks
from gradlab.theory.propagation import MeanField, chi, next_q
from gradlab.theory.quadrature import gaussian_average


def residual_growth(scale: float, sigma_w: float) -> float:
    """1 + s² sigma_w²/2, the factor of the squared norm over one block x + s W relu(x).

    Forward and backward alike, for x symmetric about 0 (sigma_w² = fan_in Var W; He: 1 + s²).

    Examples:
        >>> from gradlab import theory
        >>> round(theory.residual_growth(scale=1.0, sigma_w=2**0.5), 4)
        2.0

    """
    return 1 + checks.finite("scale", scale) ** 2 * checks.positive("sigma_w", sigma_w) ** 2 / 2


def residual_mean_field(
    activation: str, sigma_w: float, scale: float, blocks: int, q: float, sigma_b: float = 0.0
) -> MeanField:
    """Follow q and the gradient through blocks z + s (W φ(z) + b), for z with independent entries N(0, q).

    q' = q + s² (sigma_w² ∫Dz φ(√q z)² + sigma_b²), and ‖δ‖² changes by 1 + s² χ: W has mean 0 and is independent of the
    stream, so branch and stream add in squares. Infinite width.

    Args:
        activation: name of φ.
        sigma_w: √(fan_in Var W) of every branch.
        scale: s, the factor of the branch.
        blocks: number of blocks, at least 1.
        q: variance of the stream before the first block.
        sigma_b: standard deviation of the biases.

    Returns:
        q before the first, ..., after the last block (``blocks`` + 1 values), and as ``chi`` the factor of
        ‖δ‖² over each block, then one value more, that of the block which would follow.

    """
    checks.positive_integer("blocks", blocks)
    square = checks.finite("scale", scale) ** 2
    variances = [checks.positive("q", q)]
    for _ in range(blocks):
        variances.append(variances[-1] + square * next_q(activation, variances[-1], sigma_w, sigma_b))
    return MeanField(tuple(variances), tuple(1 + square * chi(activation, v, sigma_w) for v in variances))


def residual_batch_norm_mean_field(activation: str, sigma_w: float, scale: float, blocks: int, q: float) -> MeanField:
    """Follow q and the gradient through blocks z + s W φ(BN(z)), infinite width and batch.

    Every branch adds s² sigma_w² E φ(y)² to q and s² sigma_w² Var φ(y) to the variance v over the batch, with
    y ~ N(0, 1) whatever the stream, so both grow linearly; ‖δ‖² changes by 1 + s² sigma_w² E φ'(y)²/v, which
    gives a power of the depth instead of an exponential (De & Smith 2020, arXiv:2002.10444, for the forward
    pass). Arguments and result as in :func:`residual_mean_field`; before the first block v = q.
    """
    checks.positive_integer("blocks", blocks)
    phi = activations.get(activation)
    strength = (checks.finite("scale", scale) * checks.positive("sigma_w", sigma_w)) ** 2
    mean = gaussian_average(phi)
    second_moment = gaussian_average(lambda y: phi(y) ** 2)
    slope = gaussian_average(lambda y: activations.derivative(phi, y) ** 2)
    first = checks.positive("q", q)
    v = tuple(first + block * strength * (second_moment - mean**2) for block in range(blocks + 1))
    return MeanField(
        q=tuple(first + block * strength * second_moment for block in range(blocks + 1)),
        chi=tuple(1 + strength * slope / value for value in v),
    )
