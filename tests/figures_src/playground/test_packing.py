"""Packing: what comes out is what went in, the same points are the same bytes, and rounding is what it says."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures_src.playground.packing import pack, unpack
from figures_src.playground.rounding import MISSING, SERIES, STEPS, ZERO, Packed, percent, restored, rounded

VERDICTS = ("healthy", "vanishing")
VALUES = st.one_of(st.integers(-3000, 3000), st.sampled_from((ZERO, MISSING)))


@st.composite
def points(draw: st.DrawFn) -> list[Packed]:
    """Points of some depths with any values."""
    found = []
    for depth in draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)):
        layers = st.lists(VALUES, min_size=depth, max_size=depth).map(tuple)
        found.append(
            Packed(tuple(draw(layers) for _ in SERIES), draw(st.sampled_from(VERDICTS)), draw(st.integers(0, 5)))
        )
    return found


@given(points(), st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_unpacked_is_what_was_packed(found: list[Packed], data: st.DataObject) -> None:
    remedies = [data.draw(st.lists(st.integers(1, 200), max_size=2).map(tuple)) for _ in found]
    content = pack(found, remedies, VERDICTS)
    assert pack(found, remedies, VERDICTS) == content
    assert unpack(content, [len(point.series[0]) for point in found], VERDICTS) == (found, remedies)


def test_more_than_was_asked_for_is_refused() -> None:
    point = Packed(((0, 0),) * len(SERIES), "healthy", 5)
    with pytest.raises(ValueError, match="more numbers"):
        unpack(pack([point], [()], VERDICTS), [1], VERDICTS)


@given(st.floats(-149, 149))
def test_a_value_is_rounded_to_a_hundredth_of_a_decade(power: float) -> None:
    value = 10.0**power
    again = restored(rounded(value))
    assert again is not None
    # Half a step: 1.2 %.
    assert abs(math.log10(again / value)) <= 0.5 / STEPS + 1e-9
    assert 10 ** (0.5 / STEPS) < 1.0117


def test_nothing_and_zero_are_kept_apart() -> None:
    assert (rounded(None), rounded(0.0), rounded(1e-151), percent(None), percent(0.0)) == (
        MISSING,
        ZERO,
        ZERO,
        MISSING,
        0,
    )
    assert (restored(MISSING), restored(ZERO), restored(0)) == (None, 0.0, 1.0)
    assert [percent(share) for share in (0.004, 0.005001, 0.999, 1.0)] == [0, 1, 100, 100]
    assert all(low < high for low, high in pairwise((MISSING, ZERO, rounded(1e-149), rounded(1e149))))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=rf"^found {value}, allowed: a finite number$"):
        rounded(value)
