"""The loss times any constant is diagnosed as the loss."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import gradlab
from gradlab.probing.bank import MEMBERS, Member
from gradlab.probing.report import Report

# One of every truth, and what is special about scale: normalization, residuals, saturation, narrow layers.
_SMALL = [
    member
    for member in MEMBERS
    if member.width <= 64 and member.depth <= 30 and member.dtype is torch.float32 and member.loss_scale == 1
]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def diagnosed(member: Member, factor: float) -> Report:
    model, x = member.make()
    with gradlab.probe(model) as record:
        (member.loss(model(x)) * factor).backward()  # type: ignore[no-untyped-call]
    return record.report()


def same(one: Report, other: Report, rel: float) -> None:
    assert one.verdict == other.verdict
    assert len(one.findings) == len(other.findings)
    for before, after in zip(one.findings, other.findings, strict=True):
        assert (before.verdict, before.layers, before.starts_at) == (after.verdict, after.layers, after.starts_at)
        assert before.measured == pytest.approx(after.measured, rel=rel, nan_ok=True)
        assert before.confidence == pytest.approx(after.confidence, abs=1e-3)
        assert (before.predicted is None) is (after.predicted is None)
        assert before.predicted is None or before.predicted == pytest.approx(after.predicted, rel=rel)


def representable(report: Report, factor: float, smallest: float) -> bool:
    """Whether every δ, per element, and every weight's gradient, times a factor, is a normal number of its type."""
    sizes = [call.delta_norm / call.elements**0.5 for call in report.step.calls if call.delta_norm]
    sizes += [reading.gradient_norm for reading in report.step.parameters if reading.gradient_norm]
    finite = [size * abs(factor) for size in sizes if math.isfinite(size)]
    # Ten thousandth of the rms leaves room for the small elements, and what is below adds nothing to the norm.
    return all(smallest * 1e4 < size < 1 / smallest / 1e4 for size in finite)


exponents = st.floats(-30, 30)
members = st.sampled_from(_SMALL)


@settings(max_examples=40, deadline=None)
@given(member=members, exponent=exponents, sign=st.sampled_from([1, -1]))
def test_any_factor_on_the_loss_in_double_precision(member: Member, exponent: float, sign: int) -> None:
    precise = replace(member, dtype=torch.float64)
    same(diagnosed(precise, 1.0), diagnosed(precise, sign * 10.0**exponent), rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(member=members, exponent=exponents)
def test_any_factor_on_the_loss_that_single_precision_can_hold(member: Member, exponent: float) -> None:
    plain = diagnosed(member, 1.0)
    assume(representable(plain, 10.0**exponent, torch.finfo(torch.float32).tiny))
    same(plain, diagnosed(member, 10.0**exponent), rel=1e-3)


@settings(max_examples=20, deadline=None)
@given(member=members, exponent=st.integers(-60, 60))
def test_powers_of_two_change_not_even_the_last_digits(member: Member, exponent: int) -> None:
    """They are exact in floating point, and so is everything that is made of ratios."""
    precise = replace(member, dtype=torch.float64)
    plain, scaled = diagnosed(precise, 1.0), diagnosed(precise, 2.0**exponent)
    same(plain, scaled, rel=1e-12)
    for before, after in zip(plain.rows, scaled.rows, strict=True):
        assert (before.factor is None) is (after.factor is None)
        assert before.factor is None or before.factor == pytest.approx(after.factor, rel=1e-12, nan_ok=True)
        assert (before.silent, before.saturated) == (after.silent, after.saturated)
