"""Floating-point formats: ends, spacing, rounding and sums as PyTorch's own types have them."""

import math
import re

import pytest
import torch

from gradlab import theory
from gradlab.theory.precision import FLOAT_FORMATS, FloatFormat

FORMATS = pytest.mark.parametrize("one", FLOAT_FORMATS.values(), ids=FLOAT_FORMATS.keys())


def dtype(one: FloatFormat) -> torch.dtype:
    found = getattr(torch, one.name)
    assert isinstance(found, torch.dtype)
    return found


@FORMATS
def test_the_ends_are_those_of_pytorch(one: FloatFormat) -> None:
    info = torch.finfo(dtype(one))
    assert (one.largest, one.smallest_normal, 2.0**-one.bits) == (info.max, info.tiny, info.eps)
    smallest = torch.tensor(one.smallest, dtype=torch.float64)
    assert smallest.to(dtype(one)).item() == one.smallest
    # Half of it is as near to 0, which is even; anything more is not.
    assert (smallest / 2).to(dtype(one)).item() == 0
    assert (smallest * 0.501).to(dtype(one)).item() == one.smallest


@FORMATS
def test_rounding_and_spacing_are_those_of_pytorch(one: FloatFormat) -> None:
    generator = torch.Generator().manual_seed(0)
    exponents = torch.empty(2000, dtype=torch.float64).uniform_(-50, 17, generator=generator)
    # From float32, which turns into either half type in one rounding.
    values = (2**exponents * torch.where(torch.rand(2000, generator=generator) < 0.5, 1.0, -1.0)).float()
    halves = values.to(dtype(one)).double()
    assert [one.rounded(value) for value in values.tolist()] == halves.tolist()
    for value in (0.0, one.smallest, 1.0, 1.5, 1000.0, -1000.0):
        here = abs(one.rounded(value))
        # The bits of a positive number, read as an integer, count the numbers below it.
        integer = torch.int32 if one.name == "float32" else torch.int16
        above = (torch.tensor(here).to(dtype(one)).view(integer) + 1).view(dtype(one)).item()
        assert one.spacing(value) == above - here


@FORMATS
@pytest.mark.parametrize("factor", [0.2361, 0.25, 0.5, 0.7071, 0.9])
def test_a_product_underflows_at_the_predicted_depth(one: FloatFormat, factor: float) -> None:
    depth = one.underflow_depth(factor)
    kept, lost = (torch.tensor(factor, dtype=torch.float64) ** power for power in (depth - 1, depth))
    assert kept.to(dtype(one)).item() > 0
    assert lost.to(dtype(one)).item() == 0


def test_known_depths() -> None:
    # 4^-13 is 2^-26, below half of 2^-24; 1.5^28 is above 65520.
    half, single = theory.float_format("float16"), theory.float_format("float32")
    assert (half.underflow_depth(0.25), single.underflow_depth(0.25)) == (13, 75)
    assert (half.overflow_depth(1.5), single.overflow_depth(1.5)) == (28, 219)


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
@pytest.mark.parametrize("term", [1.0, 0.75, 0.125, 0.013])
def test_a_sum_stands_still_where_it_is_predicted_to(name: str, term: float) -> None:
    one = theory.float_format(name)
    kind = dtype(one)
    small = torch.tensor(term, dtype=kind)
    total = torch.zeros((), dtype=kind)
    for _ in range(6000):
        total = total + small
    assert total.item() == one.standstill(small.item())
    assert (total + small).item() == total.item()


@pytest.mark.parametrize(
    ("act", "found"),
    [
        (lambda half: half.underflow_depth(1.0), "factor: found 1.0, allowed: above 0 and below 1"),
        (lambda half: half.overflow_depth(0.5), "factor: found 0.5, allowed: above 1"),
        (lambda half: half.standstill(0.1), "term: found 0.1, allowed: a number of float16"),
        (lambda half: half.standstill(60000.0), "term: found 60000.0, allowed: one whose sum stays below 65504"),
        (lambda half: half.spacing(math.nan), "value: found nan, allowed: "),
    ],
)
def test_what_cannot_be_is_refused(act: object, found: str) -> None:
    with pytest.raises(ValueError, match=re.escape(found)):
        act(theory.float_format("float16"))  # type: ignore[operator]


def test_an_unknown_format_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="bfloat16"):
        theory.float_format("bfloat61")
