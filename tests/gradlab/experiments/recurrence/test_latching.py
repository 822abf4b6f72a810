"""A unit that holds a bit: push and slope against the closed forms, and a short training."""

import re

import pytest

from gradlab.experiments.recurrence import latching
from gradlab.experiments.recurrence.latching import Config

SMALL = Config(weights=(1.5, 2.0), held=3, lengths=(4, 60), updates=30, runs=10)


def test_push_and_slope_are_the_closed_forms() -> None:
    small, large = latching.run(SMALL).latches
    for one in (small, large):
        assert one.margin == pytest.approx(one.predicted_margin, rel=1e-4)
        assert one.factor == pytest.approx(one.predicted_factor, rel=1e-9)
        assert one.kept == pytest.approx(one.factor**3, rel=1e-9)
    assert small.margin < large.margin
    assert small.factor > large.factor


def test_a_long_time_is_learned_less_often() -> None:
    short, long = latching.run(SMALL).learned
    assert (short.length, long.length) == (4, 60)
    assert short.share > long.share
    assert short.gradient > 100 * long.gradient


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [("weights", (), ()), ("lengths", (), ()), ("lengths", (3,), 3), ("held", 0, 0), ("learned", 0, 0),
     ("updates", 0, 0), ("batch", 0, 0), ("runs", 0, 0), ("noise", 0.0, 0.0), ("weight", 0.0, 0.0),
     ("target", 0.0, 0.0), ("learning_rate", 0.0, 0.0), ("seed", -1, -1)],
)  # fmt: skip
def test_a_bad_configuration_is_refused(argument: str, value: object, found: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]


def test_a_weight_that_holds_no_bit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^weight: found 1\.0, allowed: above 1"):
        Config(weights=(1.0,))
