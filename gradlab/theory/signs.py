"""Signs of many units or weights at once: how alike they are."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gradlab import activations
from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError
from gradlab.theory.quadrature import Elementwise, composite, gaussian_average, gaussian_pair_average, graded


def majority_share(count: int, probability: float = 0.5) -> float:
    """E max(K, n - K)/n, K ~ Binomial(n, p): the share of the more common sign among n independent ones.

    Args:
        count: number n of signs.
        probability: p, that a sign is positive.

    """
    n = checks.positive_integer("count", count)
    p = checks.non_negative("probability", probability)
    if p > 1:
        raise RefusalError("probability", repr(probability), "from 0 to 1")
    K = torch.arange(n + 1, dtype=torch.float64)
    log_binomial = math.lgamma(n + 1) - torch.lgamma(K + 1) - torch.lgamma(n - K + 1)
    head = torch.special.xlogy(K, torch.tensor(p, dtype=torch.float64))
    tail = torch.special.xlog1py(n - K, torch.tensor(-p, dtype=torch.float64))
    return float((torch.exp(log_binomial + head + tail) * torch.maximum(K, n - K)).sum()) / n


def mean_to_spread(activation: str, q: float, correlation: float = 0.0) -> float:
    """|m|/s of an activation φ(√q z), z ~ N(0, 1): m its mean, s² its mean variance over the samples of a batch.

    With a correlation c between any two samples, a part of the spread is between the units and the same for all
    samples: s² = E φ(√q z)² - E φ(√q z) φ(√q z'). In layer 1, where c = 0, that is the variance of φ(√q z).

    Args:
        activation: name of φ.
        q: variance of the pre-activations, above 0.
        correlation: c, from -1 to 1. Near 1, where s is lost in rounding, the ratio is no more than what that leaves.

    """
    phi = activations.get(activation)
    root = math.sqrt(checks.positive("q", q))
    c = checks.correlation("correlation", correlation)
    m = gaussian_average(lambda z: phi(root * z))
    variance = gaussian_average(lambda z: (phi(root * z) - m) ** 2)
    common = gaussian_pair_average(phi, c, root) - m**2 if c else 0.0
    return abs(m) / math.sqrt(max(variance - common, 2.0**-52 * (variance + m**2)))


def same_sign_share(ratio: float, count: int) -> float:
    """The expected share of the more common sign among the gradients of a neuron's incoming weights.

    For a large batch whose samples are independent, with δ of either sign equally likely. What the weights
    multiply, a_bj, has mean m and variance s². The gradient of weight j is Σ_b δ_b a_bj = m Σ_b δ_b + s ‖δ‖ ξ_j
    with ξ_j ~ N(0, 1), and Σ_b δ_b = ‖δ‖ η with η ~ N(0, 1): given η the signs are independent with probability
    Φ(m |η|/s). For many weights this tends to 1/2 + arctan(m/s)/π.

    Args:
        ratio: m/s, at least 0; of an activation, ``mean_to_spread``.
        count: number of incoming weights.

    """
    m = checks.non_negative("ratio", ratio)
    # 101 midpoints of a distribution's quantiles are enough for a bounded, smooth function of η.
    quantiles = (torch.arange(101, dtype=torch.float64) + 0.5) / 101
    probabilities = torch.special.ndtr(m * torch.special.ndtri((1 + quantiles) / 2))
    return sum(majority_share(count, p) for p in probabilities.tolist()) / 101


def silent_share(correlation: float, batch: int, uniform_share: float = 0.0) -> float:
    """The probability that a ReLU unit is off for all B inputs of a batch.

    Its pre-activations have mean 0, variance 1 and the same correlation c between any two inputs: z_b = t +
    √(1-c) ξ_b, where t is common to all inputs. Given t they are independent, hence ∫ Φ(-t/√(1-c))^B over the
    distribution of t. With a normal t that is 2^-B for c = 0, 1/(B + 1) for c = 1/2 and 1/2 for c = 1, where one
    input stands for all.

    Args:
        correlation: c, from 0 to 1.
        batch: batch size B.
        uniform_share: share of the variance, at most c, that comes from a uniformly distributed bias (PyTorch's
            default); the rest of t is normal.

    Raises:
        ValueError: a correlation or share outside these limits.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.silent_share(correlation=0.5, batch=128), 5)
        0.00775

    """
    c = checks.correlation("correlation", checks.non_negative("correlation", correlation))
    B = checks.positive_integer("batch", batch)
    u = checks.non_negative("uniform_share", uniform_share)
    if u > c * (1 + 1e-12):
        raise RefusalError("uniform_share", repr(uniform_share), f"at most the correlation, {correlation!r}")
    if c == 1:
        return 0.5

    def all_off(t: Tensor) -> Tensor:
        return torch.exp(B * torch.special.log_ndtr(-t / math.sqrt(1 - c)))

    if u == 0:
        return gaussian_average(lambda z: all_off(math.sqrt(c) * z))
    return _uniform_and_normal_average(all_off, math.sqrt(3 * u), math.sqrt(max(c - u, 0.0)))


def _uniform_and_normal_average(function: Elementwise, h: float, s: float) -> float:
    """The average of a function, steep at 0, of the sum of a uniform U(-h, h) and a normal N(0, s²)."""
    # Without a normal part the density is a step; so narrow a one is as good.
    s = max(s, 1e-12 * h)
    # The density changes at ±h over a distance s, the function at 0.
    levels = 50
    edges = [*graded(0.0, h, levels, h / 2), *graded(h, 0.0, levels, h / 2), *graded(h, h + 13 * s, 0, s)]
    t, weight = composite([*edges, *(-edge for edge in edges)])
    density = (torch.special.ndtr((t + h) / s) - torch.special.ndtr((t - h) / s)) / (2 * h)
    return float((weight * density) @ function(t))
