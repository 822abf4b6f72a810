"""Signs of many units or weights at once: how alike they are."""

from __future__ import annotations

import math

import torch

from gradlab import activations, checks
from gradlab.theory.quadrature import gaussian_average


def majority_share(count: int, probability: float = 0.5) -> float:
    """Return E max(K, n - K)/n, K ~ Binomial(n, p): the share of the commoner sign among n independent ones.

    Args:
        count: n.
        probability: p, that a sign is positive.

    """
    n = checks.positive_integer("count", count)
    p = checks.non_negative("probability", probability)
    if p > 1:
        raise ValueError(f"probability: found {probability!r}, allowed: from 0 to 1")
    K = torch.arange(n + 1, dtype=torch.float64)
    log_binomial = math.lgamma(n + 1) - torch.lgamma(K + 1) - torch.lgamma(n - K + 1)
    head = torch.special.xlogy(K, torch.tensor(p, dtype=torch.float64))
    tail = torch.special.xlog1py(n - K, torch.tensor(-p, dtype=torch.float64))
    return float((torch.exp(log_binomial + head + tail) * torch.maximum(K, n - K)).sum()) / n


def same_sign_share(activation: str, q: float, count: int) -> float:
    """Return the expected share of the commoner sign among the gradients of a neuron's incoming weights.

    For a large batch whose samples are independent, with δ of either sign equally likely. The gradient of
    weight j is Σ_b δ_b a_bj = m Σ_b δ_b + s ‖δ‖ ξ_j with m, s² the mean and variance of φ(√q z) and ξ_j ~
    N(0, 1), and Σ_b δ_b = ‖δ‖ η with η ~ N(0, 1): given η the signs are independent with probability Φ(m
    |η|/s). For many weights this tends to 1/2 + arctan(m/s)/π.

    Args:
        activation: name of φ.
        q: variance of the pre-activations, above 0.
        count: number of incoming weights.

    """
    phi = activations.get(activation)
    root = math.sqrt(checks.positive("q", q))
    m = gaussian_average(lambda z: phi(root * z))
    s = math.sqrt(gaussian_average(lambda z: (phi(root * z) - m) ** 2))
    # 101 midpoints of a distribution's quantiles are enough for a bounded, smooth function of η.
    quantiles = (torch.arange(101, dtype=torch.float64) + 0.5) / 101
    probabilities = torch.special.ndtr(abs(m) / s * torch.special.ndtri((1 + quantiles) / 2))
    return sum(majority_share(count, p) for p in probabilities.tolist()) / 101


def silent_share(correlation: float, batch: int) -> float:
    """Return the probability ∫Dz Φ(-z √(c/(1-c)))^B that a ReLU unit is off for all B inputs of a batch.

    Its pre-activations are Gaussian of mean 0, with the same correlation c between any two inputs, as
    z_b = √q (√c z + √(1-c) ξ_b): given z they are independent. 2^-B for c = 0, 1/(B + 1) for c = 1/2, 1/2 for
    c = 1, where one input stands for all.

    Args:
        correlation: c, from 0 to 1.
        batch: B.

    """
    c = checks.correlation("correlation", checks.non_negative("correlation", correlation))
    B = checks.positive_integer("batch", batch)
    if c == 1:
        return 0.5
    slope = math.sqrt(c / (1 - c))
    return gaussian_average(lambda z: torch.exp(B * torch.special.log_ndtr(-slope * z)))
