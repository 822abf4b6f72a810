"""A product of random matrices: the demonstration of exploding gradients in Dive into Deep Learning.

The book multiplies a 4×4 matrix of N(0, 1) entries by a hundred more and prints what is left, a matrix of entries
around 10²⁶. The logarithm of a column's norm is a sum of independent terms, one for each factor, of known mean and
variance (``theory.gaussian_product_law``), so that the size of what is printed can be said beforehand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from gradlab import theory
from gradlab._internal import checks

PRINTED_COLUMN = (4.2099e26, -4.4350e26, -3.2478e25, 7.2068e26)
"""Quotation of the first column of the product that the book's slides print, PyTorch, section "Numerical Stability and
Initialization": d2l.smola.org/slides/pytorch/chapter_multilayer-perceptrons/numerical-stability-and-init.html."""


@dataclass(frozen=True)
class Config:
    """The products to draw.

    Attributes:
        width: n of the n×n matrices.
        factors: number of matrices in a product, the initial one included.
        sigma: standard deviation of an entry.
        products: number of products, at least 20.
        seed: seed of the matrices.

    """

    width: int = 4
    factors: int = 101
    sigma: float = 1.0
    products: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        checks.positive_integer("width", self.width)
        checks.positive_integer("factors", self.factors)
        checks.positive("sigma", self.sigma)
        checks.integer("products", self.products, 20)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Result:
    """Logarithms of the norm of the products' first columns, and of how alike their columns are.

    Attributes:
        config: what was run.
        logarithms: ln of the norm of the first column, in ascending order.
        mean: their mean.
        mean_standard_error: its standard error.
        predicted_mean: ``factors`` times the largest Lyapunov exponent.
        deviation: their standard deviation.
        deviation_standard_error: its standard error, of a normal sample.
        predicted_deviation: its prediction.
        growth: mean of the logarithm after every factor.
        alignment: median over the products of 1 - |cos| between the first two columns.
        printed: ln of the norm of the column that the book prints.

    """

    config: Config
    logarithms: tuple[float, ...]
    mean: float
    mean_standard_error: float
    predicted_mean: float
    deviation: float
    deviation_standard_error: float
    predicted_deviation: float
    growth: tuple[float, ...]
    alignment: float
    printed: float


def run(config: Config | None = None) -> Result:
    """Multiply the matrices of every product in float64, and follow its first columns."""
    config = Config() if config is None else config
    generator = torch.Generator().manual_seed(config.seed)
    n, S = config.width, config.products
    # From the last factor to the first, the product is applied to the first two axes: its first columns.
    columns = torch.eye(n, dtype=torch.float64)[:, : min(n, 2)].expand(S, -1, -1)
    growth: list[float] = []
    for _ in range(config.factors):
        factor = torch.empty(S, n, n, dtype=torch.float64).normal_(0.0, config.sigma, generator=generator)
        columns = torch.bmm(factor, columns)
        growth.append(float(columns[:, :, 0].norm(dim=1).log().mean()))
    logarithms = columns[:, :, 0].norm(dim=1).log()
    units = columns / columns.norm(dim=1, keepdim=True)
    cosines = (units[:, :, 0] * units[:, :, -1]).sum(dim=1).abs()
    law = theory.gaussian_product_law(n, config.sigma)
    deviation = float(logarithms.std())
    return Result(
        config=config,
        logarithms=tuple(logarithms.sort().values.tolist()),
        mean=float(logarithms.mean()),
        mean_standard_error=deviation / math.sqrt(S),
        predicted_mean=config.factors * law.mean / 2,
        deviation=deviation,
        deviation_standard_error=deviation / math.sqrt(2 * (S - 1)),
        predicted_deviation=math.sqrt(config.factors * law.variance) / 2,
        growth=tuple(growth),
        alignment=float((1 - cosines).clamp_min(0).median()),
        printed=math.log(math.hypot(*PRINTED_COLUMN)),
    )
