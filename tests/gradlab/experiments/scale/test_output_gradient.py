"""The gradient that enters at the output: closed forms at every width, and the layer that a summed loss favours."""

import math
import re

import pytest

from gradlab import theory
from gradlab.experiments.scale import output_gradient
from gradlab.experiments.scale.output_gradient import Config


def test_a_random_gradient_keeps_its_mean_square_at_every_width() -> None:
    for point in output_gradient.run(Config(networks=4000)).points:
        assert point.random.predicted == pytest.approx(1, rel=1e-12)
        assert abs(point.random.value - 1) < 4 * point.random.standard_error
        assert abs(point.summed.value - point.summed.predicted) < 4 * point.summed.standard_error


def test_width_1_knows_no_difference() -> None:
    # One output: the sum is that output, and v cancels in the ratio.
    (point,) = output_gradient.run(Config(widths=(1,), networks=50)).points
    assert point.summed.predicted == pytest.approx(1, rel=1e-12)
    assert point.summed_deep == pytest.approx(point.random.value, rel=1e-12)


def test_a_summed_loss_favours_every_layer() -> None:
    (point,) = output_gradient.run(Config(widths=(32,), depth=6, networks=500)).points
    # Not only the last layer: the gradient stays aligned with the activations.
    assert point.summed_deep > 1.5 * point.summed.predicted


def test_the_scale_of_the_weights_is_a_factor() -> None:
    he, small = (
        output_gradient.run(Config(widths=(4,), sigma_w=scale, networks=50)).points[0]
        for scale in (math.sqrt(2), math.sqrt(2) / 10)
    )
    assert small.random.value == pytest.approx(he.random.value * 1e-6, rel=1e-9)
    assert small.random.predicted == pytest.approx(1e-6, rel=1e-12)
    assert small.summed.predicted == pytest.approx(theory.relu_summed_factor(4, math.sqrt(2)) ** 2 / 100, rel=1e-12)


@pytest.mark.parametrize(
    ("argument", "value"), [("widths", (0,)), ("sigma_w", 0.0), ("depth", 0), ("networks", 1), ("seed", -1)]
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    found = value[0] if isinstance(value, tuple) else value
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
