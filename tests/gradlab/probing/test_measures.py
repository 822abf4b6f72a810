"""Measures are right where float32 is not, and their short ways lead to the same numbers."""

import math

import pytest
import torch
from torch import Generator, Tensor

from gradlab import theory
from gradlab.probing import measures


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("shape", [(5,), (7, 3), (4, 3, 2, 2), (1 << 20,), (600, 700), (1, 1 << 20), (1 << 20, 1)])
@pytest.mark.parametrize("scale", [1e-44, 1e-38, 1e-30, 1e-20, 1e-13, 1e-11, 1.0, 1e17, 1e20, 1e30])
def test_norms_of_float32_at_every_scale(shape: tuple[int, ...], scale: float) -> None:
    tensor = (draw(*shape) * scale).to(torch.float32)
    exact = float(torch.linalg.vector_norm(tensor.double()))
    # A float32 sum of n squares in a row is off by some rounding errors; the longest rows here have a million elements.
    assert measures.norm(tensor) == pytest.approx(exact, rel=2e-5, abs=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_norms_of_half_precision(dtype: torch.dtype) -> None:
    tensor = torch.full((1000,), 3e4, dtype=dtype)
    exact = float(torch.linalg.vector_norm(tensor.double()))
    assert measures.norm(tensor) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1.0, 1e200, 1e300])
def test_norms_of_float64_whose_squares_it_cannot_hold(scale: float) -> None:
    exact = float(torch.linalg.vector_norm(draw(50)))
    assert measures.norm(draw(50) * scale) == pytest.approx(exact * scale, rel=1e-12, abs=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_norms_of_nothing_of_infinity_and_of_nan(dtype: torch.dtype) -> None:
    assert measures.norm(torch.zeros(9, dtype=dtype)) == 0
    tensor = torch.ones(9, dtype=dtype)
    tensor[4] = -math.inf
    assert measures.norm(tensor) == math.inf
    assert measures.nonfinite(tensor, math.inf) == 1
    tensor[5] = math.nan
    assert math.isnan(float(measures.norm(tensor)))
    assert measures.nonfinite(tensor, math.nan) == 2


def test_norms_of_many_are_those_of_each() -> None:
    tensors = [
        draw(3, 4).float(), draw(2) * 1e-200, torch.zeros(4), draw(1 << 19).float(), draw(5).float() * 1e-25,
        draw(600, 700).float(), draw(8).to(torch.bfloat16), torch.full((2,), math.inf), draw(5).float() * 1e25,
    ]  # fmt: skip
    for size, tensor in zip(measures.norms(tensors), tensors, strict=True):
        assert size == pytest.approx(measures.norm(tensor), rel=1e-5, abs=0)
    assert measures.norms([]) == []


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
@pytest.mark.parametrize("scale", [0.1, 2.0, 30.0])
def test_the_share_of_saturated_elements_is_counted_right(activation: str, scale: float) -> None:
    z = draw(200, 50) * scale
    a = torch.tanh(z) if activation == "tanh" else torch.sigmoid(z)
    derivative = 1 - a.square() if activation == "tanh" else a * (1 - a)
    limit = measures.SATURATED_DERIVATIVE * theory.derivative_maximum(activation)
    counted = float((derivative < limit).double().mean())
    assert measures.saturated_share(a.float(), activation) == pytest.approx(counted, abs=1e-6)


def test_units_silent_over_the_batch() -> None:
    a = torch.relu(draw(6, 5).float())
    a[:, 1] = 0
    a[:, 3] = 0
    mean, silent = measures.mean_and_silent_share(a, -1)
    assert mean == pytest.approx(float(a.mean()))
    assert silent == pytest.approx(0.4)
    images = a.T.reshape(1, 5, 2, 3)
    assert measures.mean_and_silent_share(images, 1)[1] == pytest.approx(0.4)
    # A number that is not 0 in float16 is not 0 in a sum of it.
    assert measures.mean_and_silent_share(torch.full((4, 1), 6e-8, dtype=torch.float16), -1)[1] == 0


def test_measures_are_read_in_their_order() -> None:
    assert measures.read([1.5, torch.tensor(2.0), torch.tensor(3), 4.0]) == [1.5, 2.0, 3.0, 4.0]
    assert measures.read([]) == []


@pytest.mark.parametrize("units", [5, 300])
def test_the_mean_and_the_silent_units_however_many(units: int) -> None:
    a = torch.relu(draw(6, units).float())
    a[:, ::3] = 0
    mean, silent = measures.mean_and_silent_share(a, 1)
    assert mean == pytest.approx(float(a.mean()))
    assert silent == pytest.approx(float((a == 0).all(0).float().mean()))
    single, off = measures.mean_and_silent_share(a[0], 0)
    assert single == pytest.approx(float(a[0].mean()))
    assert off == pytest.approx(float((a[0] == 0).float().mean()))


def test_the_likeness_of_outputs_and_the_units_that_are_rarely_on() -> None:
    alike = torch.tensor([[1.0, 2.0, 0.0]]).repeat(4, 1)
    assert measures.overlap_and_rare_share(alike, 1) == pytest.approx((1.0, 0.0))
    # Of 4 inputs: three units are on for one, one for two, and four for none.
    a = torch.zeros(4, 8)
    a[0, 0] = a[1, 1] = a[2, 2] = a[0, 3] = a[3, 3] = 2.0
    overlap, rare = measures.overlap_and_rare_share(a, 1)
    assert overlap == pytest.approx((4 + 4 + 4 + 16 - 20) / 20 / 3)
    assert rare == pytest.approx(3 / 4 * 3 * 2 / (2 * 2) / 8)
    assert measures.overlap_and_rare_share(a.T.reshape(1, 8, 2, 2), 1)[1] == pytest.approx(rare)
    often = a.clone()
    often[:, 4:] = 1.0
    assert measures.overlap_and_rare_share(often, 1)[1] == 0.0, "no more than are silent"


def test_what_has_a_norm() -> None:
    assert measures.measurable(torch.ones(2))
    assert not any(map(measures.measurable, (torch.ones(0), torch.ones(2, dtype=torch.int64), [1.0], None)))
    assert not measures.measurable(torch.ones(2, device="meta"))
    assert not measures.measurable(torch.ones(2, dtype=torch.complex64))
    assert measures.mean(torch.tensor([1.0, 2.0, 6.0], dtype=torch.float16)) == 3.0
    assert measures.nonfinite(torch.tensor([1.0, math.inf]), 1.0) == 0.0, "a finite norm tells that there is none"
