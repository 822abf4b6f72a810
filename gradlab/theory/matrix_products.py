"""Products of independent Gaussian matrices: how fast a vector grows, and how fast its slowest direction does."""

from __future__ import annotations

import math

import torch

from gradlab._internal import checks
from gradlab.theory.finite_width import LogLaw


def gaussian_product_law(width: int, sigma: float) -> LogLaw:
    """The law of ln‖Mv‖² - ln‖v‖² for an n×n matrix M of independent entries N(0, sigma²) and any v.

    ‖Mv‖²/‖v‖² is sigma² χ²_n, whatever v, and so independent from factor to factor of a product: the law is exact at
    every depth. Half of its mean is the largest Lyapunov exponent (Newman 1986, Commun. Math. Phys. 103, 121).

    Args:
        width: n.
        sigma: standard deviation of an entry.

    Examples:
        >>> from gradlab import theory
        >>> law = theory.gaussian_product_law(width=4, sigma=1.0)
        >>> round(law.mean / 2, 4)
        0.558

    """
    half = torch.tensor(checks.positive_integer("width", width) / 2, dtype=torch.float64)
    return LogLaw(
        mean=float(torch.special.digamma(half)) + math.log(2) + 2 * math.log(checks.positive("sigma", sigma)),
        variance=float(torch.special.polygamma(1, half)),
        third_cumulant=float(torch.special.polygamma(2, half)),
    )


def lyapunov_exponents(width: int, sigma: float) -> tuple[float, ...]:
    """The limits of ln s_k/L for the singular values s_1 > ... > s_n of a product of L such matrices.

    (ln 2 + ψ((n - k + 1)/2))/2 + ln sigma, k = 1 ... n (Newman 1986): k columns span a volume whose growth is a
    product of χ of n, n - 1, ..., n - k + 1 degrees of freedom.

    Examples:
        >>> from gradlab import theory
        >>> [round(exponent, 3) for exponent in theory.lyapunov_exponents(width=4, sigma=1.0)]
        [0.558, 0.365, 0.058, -0.635]

    """
    n = checks.positive_integer("width", width)
    return tuple(gaussian_product_law(degrees, sigma).mean / 2 for degrees in range(n, 0, -1))
