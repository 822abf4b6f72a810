"""Random networks of finite width: a gradient is a product of random factors, and a seed is a sample of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import torch
from torch import Tensor

from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError
from gradlab.theory.quadrature import gaussian_average


def chain_gradients(weights: Sequence[float]) -> tuple[float, ...]:
    """∂y/∂z_l of a chain of width 1 that is never off: the product of the weights after layer l.

    Args:
        weights: w_1 ... w_L, so that the last entry of the result is 1.

    """
    products = itertools.accumulate(reversed(weights[1:]), lambda product, w: product * w, initial=1.0)
    return tuple(reversed(tuple(products)))


def death_probability(width: int, depth: int) -> float:
    """The probability 1 - (1 - 2^-n)^L that some layer of a ReLU network is switched off entirely.

    For one fixed input, weights symmetric about 0 and bias 0 (Lu et al. 2020, arXiv:1903.06733): every unit
    is off with probability 1/2, independently, and one layer that is off makes every gradient before it 0.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.death_probability(width=4, depth=20), 4)
        0.7249

    """
    n = checks.positive_integer("width", width)
    L = checks.positive_integer("depth", depth)
    return -math.expm1(L * math.log1p(-(2.0**-n)))


def relu_factor(sigma_w: float) -> float:
    """√(sigma_w²/2), the root-mean-square factor of a ReLU layer of any width.

    He et al. 2015, arXiv:1502.01852, section 2.2: E‖δ_l‖² = (sigma_w²/2) E‖δ_{l+1}‖².

    Examples:
        >>> from gradlab import theory
        >>> round(theory.relu_factor(sigma_w=2**0.5), 4)
        1.0

    """
    return checks.positive("sigma_w", sigma_w) / math.sqrt(2)


def relu_summed_factor(width: int, sigma_w: float) -> float:
    """√((sigma_w²/2)(1 + (1 - 1/n)/π)), the root-mean-square factor of a last ReLU layer under a summed loss.

    For the gradient v = (1, ..., 1) with respect to a_L, ‖∂a_{L-1}‖²/‖v‖² has this square as its mean, for Gaussian
    weights and any width. A row of W_L, counted as 0 where its unit is off, has the mean sigma_w/√(2πn) in the
    direction of a_{L-1}; every pair of rows adds the square of that, where a v of random signs cancels it and leaves
    :func:`relu_factor`.
    """
    n = checks.positive_integer("width", width)
    return relu_factor(sigma_w) * math.sqrt(1 + (1 - 1 / n) / math.pi)


_UPPER_QUARTILE = NormalDist().inv_cdf(0.75)


@dataclass(frozen=True)
class LogLaw:
    """First three cumulants of ln(‖δ_l‖²/‖δ_{l+1}‖²), one layer of a random network.

    Attributes:
        mean: first cumulant.
        variance: second cumulant.
        third_cumulant: third cumulant.

    """

    mean: float
    variance: float
    third_cumulant: float

    def typical_factor(self, layers: int) -> float:
        """The median over networks of (‖δ_1‖/‖δ_L‖)^(1/layers), with ``layers`` = L - 1 factors.

        The median of a sum of independent logarithms is its mean less a sixth of its third cumulant over its
        variance (Cornish & Fisher 1938, first term).
        """
        skew = 0.0 if self.variance == 0 else self.third_cumulant / (6 * self.variance)
        return math.exp((self.mean - skew / checks.positive_integer("layers", layers)) / 2)

    def distribution_function(self, value: Tensor, layers: int) -> Tensor:
        """P(ln(‖δ_1‖²/‖δ_L‖²) ≤ value) over networks, with ``layers`` = L - 1 factors.

        The logarithms of independent layers add, so that their sum is nearly normal; the skewness is taken into
        account to first order (Edgeworth 1905, first term).
        """
        count = checks.positive_integer("layers", layers)
        mean, variance = count * self.mean, count * checks.positive("variance", self.variance)
        z = (value - mean) / math.sqrt(variance)
        density = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        skewness = count * self.third_cumulant / variance**1.5
        function: Tensor = torch.special.ndtr(z) - skewness / 6 * (z**2 - 1) * density
        return function

    def pair_share(self, factor: float, layers: int) -> float:
        """The share of pairs of networks whose norms ‖δ_1‖/‖δ_L‖ differ by ``factor`` or more.

        The difference of two independent logarithms of the same law has no skewness, hence is taken as normal.
        """
        distance = 2 * math.log(checks.positive("factor", factor))
        spread = math.sqrt(2 * checks.positive_integer("layers", layers) * checks.positive("variance", self.variance))
        return math.erfc(abs(distance) / (spread * math.sqrt(2)))

    def pair_factor(self, layers: int) -> float:
        """The factor by which the norms ‖δ_1‖/‖δ_L‖ of half of all pairs of networks differ at least."""
        spread = math.sqrt(2 * checks.positive_integer("layers", layers) * checks.positive("variance", self.variance))
        return math.exp(_UPPER_QUARTILE * spread / 2)


def _cumulants(value: Tensor, probability: Tensor) -> tuple[float, Tensor]:
    """The mean and the deviations from it."""
    mean = float(probability @ value)
    return mean, value - mean


def finite_width_law(width: int, sigma_w: float, excess_kurtosis: float = 0.0) -> LogLaw:
    """The law of ln‖δ‖² over one ReLU layer of finite width n, given that the layer is not dead.

    With Gaussian weights it is exact: the factor of ‖δ‖² is (sigma_w²/n) χ²_K with K ~ Binomial(n, 1/2),
    K > 0, so that the mean is E ψ(K/2) + ln(2 sigma_w²/n) and the variance E ψ'(K/2) + Var ψ(K/2). To
    leading order the mean is ln(sigma_w²/2) - 5/(2n) and the variance 5/n (Hanin & Nica 2020,
    arXiv:1812.05994).

    For other independent weights the fourth moment enters, because the n weighted sums in a layer are not
    Gaussian: the variance changes by κ s E[1/K], the mean by minus half of that. Here s = E Σδ⁴/(Σδ²)² is the
    concentration of δ, s = (3 + κ s) E[1/(K + 2)]. This correction is of first order in 1/n²; for uniform
    weights at n = 16 it leaves less than 0.003 in the mean and in the variance. The third cumulant is left
    as it is.

    Args:
        width: n, at least 1.
        sigma_w: √(n Var W).
        excess_kurtosis: κ of one weight, 0 for a normal and -6/5 for a uniform distribution.

    Examples:
        >>> from gradlab import theory
        >>> law = theory.finite_width_law(width=64, sigma_w=2**0.5)
        >>> round(law.mean, 4), round(law.variance, 4)
        (-0.0401, 0.083)
        >>> round(law.pair_factor(layers=50), 2)
        2.64

    """
    n = checks.positive_integer("width", width)
    scale = checks.positive("sigma_w", sigma_w) ** 2
    kappa = checks.finite("excess_kurtosis", excess_kurtosis)
    K = torch.arange(1, n + 1, dtype=torch.float64)
    probability = torch.softmax(-torch.lgamma(K + 1) - torch.lgamma(n - K + 1), 0)
    mean, deviation = _cumulants(torch.special.digamma(K / 2), probability)
    variance, variance_deviation = _cumulants(torch.special.polygamma(1, K / 2), probability)
    third = torch.special.polygamma(2, K / 2) + 3 * deviation * variance_deviation + deviation**3
    inverse = float(probability @ (1 / (K + 2)))
    concentration = 3 * inverse / (1 - kappa * inverse)
    correction = kappa * concentration * float(probability @ (1 / K))
    return LogLaw(
        mean=mean + math.log(2 * scale / n) - correction / 2,
        variance=variance + float(probability @ deviation**2) + correction,
        third_cumulant=float(probability @ third),
    )


def positive_chain_log_law(mean: float, standard_deviation: float) -> LogLaw:
    """The cumulants of ln w² for a weight w ~ N(mean, standard_deviation²) that is positive.

    One layer of the article's chain multiplies the gradient by w; over independent layers the means and the
    variances of the logarithm add. Computed by quadrature.

    Raises:
        ValueError: the mean is not at least 6 standard deviations above 0, where a weight could be negative.

    """
    center = checks.positive("mean", mean)
    spread = checks.non_negative("standard_deviation", standard_deviation)
    if spread > center / 6:
        raise RefusalError(
            "standard_deviation",
            repr(standard_deviation),
            f"at most mean/6 = {center / 6:.4g}, so that every weight is positive",
        )

    def log_square(z: Tensor) -> Tensor:
        # Beyond 6 standard deviations the Gaussian density is below 1e-8; the clamp keeps the log finite.
        return 2 * torch.log((center + spread * z).clamp_min(center * 1e-3))

    first = gaussian_average(log_square)
    return LogLaw(
        mean=first,
        variance=gaussian_average(lambda z: (log_square(z) - first) ** 2),
        third_cumulant=gaussian_average(lambda z: (log_square(z) - first) ** 3),
    )
