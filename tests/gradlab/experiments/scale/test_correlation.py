"""The correlation of two inputs, layer by layer, against the mean-field prediction."""

import math
import re

import pytest

from gradlab.experiments.scale import correlation
from gradlab.experiments.scale.correlation import Config


@pytest.mark.parametrize(
    ("activation", "sigma_w", "start"), [("relu", math.sqrt(2), 0.0), ("tanh", 1.5, 0.9), ("linear", 1.0, -0.5)]
)
def test_the_correlation_is_the_predicted_one(activation: str, sigma_w: float, start: float) -> None:
    config = Config(activation=activation, sigma_w=sigma_w, starts=(start,), width=256, depth=8, seeds=12)
    (series,) = correlation.run(config).series
    for value, error, predicted in zip(series.correlation, series.standard_error, series.predicted, strict=True):
        assert value == pytest.approx(predicted, abs=4 * error)


def test_inputs_have_the_correlation_that_is_asked_for() -> None:
    # A linear network leaves inputs that are alike, and those that are opposite, as they are.
    config = Config(activation="linear", sigma_w=1.0, starts=(1.0, -1.0), width=16, depth=4, seeds=2)
    alike, opposite = correlation.run(config).series
    assert alike.correlation == pytest.approx([1.0] * 4, abs=1e-12)
    assert opposite.correlation == pytest.approx([-1.0] * 4, abs=1e-12)
    assert alike.predicted == pytest.approx([1.0] * 4)


def test_a_relu_network_makes_inputs_alike_and_a_chaotic_one_does_not() -> None:
    (relu,) = correlation.run(Config(starts=(0.5,), width=64, depth=12, seeds=8)).series
    (tanh,) = correlation.run(Config(activation="tanh", sigma_w=2.0, starts=(0.5,), width=64, depth=12, seeds=8)).series
    assert relu.correlation[-1] > 0.8
    assert tanh.correlation[-1] < 0.4


@pytest.mark.parametrize(
    ("argument", "value"),
    [("activation", "rellu"), ("sigma_w", 0.0), ("starts", (1.5,)), ("width", 1), ("depth", 1), ("seeds", 1)],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    found = value[0] if isinstance(value, tuple) else value
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
