"""The activation curves: maxima, saturation bounds and rounding."""

import math
from typing import Any

import pytest
import torch

from gradlab import activations
from gradlab.experiments.activations import activation_curve
from gradlab.experiments.activations.activation_curve import Config


@pytest.mark.parametrize(("name", "maximum"), [("sigmoid", 0.25), ("tanh", 1.0)])
def test_the_maximum_is_exact(name: str, maximum: float) -> None:
    result = activation_curve.run(Config(activation=name))
    assert (result.maximum_at, result.maximum) == (0.0, maximum)
    assert len(result.x) == len(result.value) == len(result.derivative) == 401
    assert (result.x[0], result.x[200], result.x[-1]) == (-10.0, 0.0, 10.0)


def test_the_curve_is_the_function() -> None:
    result = activation_curve.run(Config(activation="tanh", points=5))
    assert result.value == pytest.approx([math.tanh(x) for x in result.x], rel=1e-14)
    # tanh' = 1 - tanh² loses the digits that tanh has close to 1.
    assert result.derivative == pytest.approx([1 / math.cosh(x) ** 2 for x in result.x], abs=1e-15)


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_the_saturation_bounds_agree(name: str) -> None:
    result = activation_curve.run(Config(activation=name, thresholds=(1e-1, 1e-2, 1e-3)))
    for bound in result.saturation:
        # The derivative is near its threshold with an error of 1e-16, at a slope of at least the threshold.
        assert bound.measured == pytest.approx(bound.predicted, abs=1e-12)


# The place from which the derivative is 0 depends on the processor's vector instructions by about 0.01.
@pytest.mark.parametrize(
    ("name", "dtype", "upper", "lower"),
    [
        ("sigmoid", "float32", 16.636, -88.723),
        ("sigmoid", "float64", 36.737, -709.783),
        ("tanh", "float32", 9.011, -9.011),
        ("tanh", "float64", 19.062, -19.062),
    ],
)
def test_where_rounding_flattens_the_function(name: str, dtype: str, upper: float, lower: float) -> None:
    result = activation_curve.run(Config(activation=name))
    rounding = {row.dtype: row for row in result.rounding}[dtype]
    assert rounding.upper_value_at == pytest.approx(upper, abs=0.1)
    assert rounding.upper_derivative_zero_at == pytest.approx(upper, abs=0.1)
    assert rounding.lower_value_at == pytest.approx(lower, abs=0.1)
    assert rounding.lower_derivative_zero_at == pytest.approx(lower, abs=0.1)


def test_the_rounding_bound_is_a_bound() -> None:
    bound = activation_curve.run().rounding[0].upper_value_at
    x = torch.tensor([bound], dtype=torch.float32)
    before = torch.nextafter(x, torch.zeros(1))
    assert torch.sigmoid(x).item() == 1.0
    assert torch.sigmoid(before).item() < 1.0
    assert activations.derivative("sigmoid", x).item() == 0.0


def test_an_unbounded_function_has_no_bounds() -> None:
    result = activation_curve.run(Config(activation="relu"))
    assert not result.saturation
    assert not result.rounding
    assert result.maximum == 1.0


@pytest.mark.parametrize(
    ("argument", "value"),
    [("activation", "tan"), ("lower", math.nan), ("upper", -10.0), ("points", 2), ("thresholds", (0.0,))],
)
def test_a_bad_configuration_is_refused(argument: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found .*, allowed: "):
        Config(**{argument: value})


def test_a_threshold_above_the_maximum_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^threshold: found 0\.5, allowed: above 0 and below 0\.25"):
        Config(thresholds=(0.5,))
