"""Clipping at its limits: infinity, NaN, overflow, and a vanished layer."""

import math
import re

import pytest

from gradlab.experiments.training import clipping_limits
from gradlab.experiments.training.clipping_limits import Config


def test_an_ordinary_gradient_is_shortened() -> None:
    case = clipping_limits.run().ordinary
    assert case.norm == 5
    assert case.by_norm == pytest.approx((0.6, 0.8), rel=1e-6)
    assert list(case.by_value) == [1, 1]
    assert not case.refused


def test_what_is_not_finite_spreads() -> None:
    result = clipping_limits.run()
    assert list(result.infinite.by_norm[:2]) == [0, 0]
    assert math.isnan(result.infinite.by_norm[2])
    assert list(result.infinite.by_value) == [1, 1, 1]
    assert all(map(math.isnan, result.not_a_number.by_norm))
    assert [math.isnan(value) for value in result.not_a_number.by_value] == [False, False, True]
    assert result.infinite.refused
    assert result.not_a_number.refused


def test_a_norm_that_overflows_float32_makes_all_zero() -> None:
    result = clipping_limits.run()
    assert result.single.dtype == "float32"
    assert math.isinf(result.single.norm)
    assert list(result.single.by_norm) == [0, 0, 0, 0]
    assert result.single.refused
    assert result.double.norm == pytest.approx(2e25, rel=1e-12)
    assert result.double.by_norm == pytest.approx((0.5,) * 4, rel=1e-12)
    assert not result.double.refused


def test_a_vanished_layer_shrinks_further() -> None:
    result = clipping_limits.run()
    assert result.layers.by_norm == pytest.approx((1, 1e-12), rel=1e-9)
    assert result.layers.by_norm[1] == pytest.approx(result.predicted_vanished, rel=1e-14)
    # Alone it stays.
    alone = clipping_limits.run(Config(large_layer=0.5)).layers
    assert alone.by_norm == alone.gradient


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("maximum_norm", 0.0),
        ("maximum_value", -1.0),
        ("overflowing", 1.0),
        ("overflowing", 1e39),
        ("entries", 0),
        ("large_layer", math.inf),
        ("vanished_layer", 0.0),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
