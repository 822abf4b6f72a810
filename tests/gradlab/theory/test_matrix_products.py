"""Products of Gaussian matrices: the law of one factor, and the exponents of all directions."""

import math

import pytest
import torch

from gradlab import theory


def test_one_factor_follows_the_law() -> None:
    generator = torch.Generator().manual_seed(0)
    M = 0.7 * torch.randn(20_000, 3, 3, generator=generator, dtype=torch.float64)
    logarithms = M[:, :, 0].square().sum(dim=1).log()
    law = theory.gaussian_product_law(3, 0.7)
    # Four standard errors; that of the variance with the kurtosis of ln χ²_3.
    assert float(logarithms.mean()) == pytest.approx(law.mean, abs=4 * math.sqrt(law.variance / 20_000))
    assert float(logarithms.var()) == pytest.approx(law.variance, rel=0.07)
    centered = logarithms - logarithms.mean()
    assert float(centered.pow(3).mean()) == pytest.approx(law.third_cumulant, rel=0.2)


def test_the_exponents_are_those_of_the_singular_values() -> None:
    generator = torch.Generator().manual_seed(0)
    # QR after each factor: the logarithms of the diagonal add to those of the singular values.
    Q = torch.eye(4, dtype=torch.float64)
    total = torch.zeros(4, dtype=torch.float64)
    steps = 4000
    for M in torch.randn(steps, 4, 4, generator=generator, dtype=torch.float64):
        Q, R = torch.linalg.qr(M @ Q)
        total += R.diagonal().abs().log()
    exponents = theory.lyapunov_exponents(4, 1.0)
    assert (total / steps).tolist() == pytest.approx(exponents, abs=0.08)
    assert exponents[0] == pytest.approx(0.5580, abs=5e-5)


def test_a_scale_is_added_to_all() -> None:
    ones, twos = theory.lyapunov_exponents(5, 1.0), theory.lyapunov_exponents(5, 2.0)
    assert [two - one for one, two in zip(ones, twos, strict=True)] == pytest.approx([math.log(2)] * 5)
    # Of width 1: E ln|N(0, 1)| = -(γ + ln 2)/2.
    assert theory.lyapunov_exponents(1, 1.0) == pytest.approx((-(0.5772156649 + math.log(2)) / 2,))
