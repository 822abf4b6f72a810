"""The correlation of two inputs' gradients: what theory says of it, plain and residual."""

import math

import pytest

from gradlab.experiments.architecture import gradient_correlation
from gradlab.experiments.architecture.gradient_correlation import Config, predicted


def test_the_correlation_is_the_predicted_one() -> None:
    result = gradient_correlation.run(Config(depths=(1, 3), width=64, networks=100))
    assert [(point.kind, point.depth) for point in result.points] == [
        ("plain", 1), ("plain", 3), ("residual", 1), ("residual", 3),
    ]  # fmt: skip
    for point in result.points:
        assert point.correlation == pytest.approx(point.predicted, abs=4 * point.standard_error)


def test_predictions_by_hand() -> None:
    # One layer: half of the units that are on for one of two orthogonal inputs are on for the other.
    assert predicted("plain", 1) == predicted("residual", 1) == 0.5
    # After it their cosine is 1/π; a residual layer keeps one half of the gradient besides.
    assert predicted("plain", 2) == pytest.approx(0.5 * (1 - math.acos(1 / math.pi) / math.pi))
    assert predicted("residual", 2) == pytest.approx(0.75 * (1 - math.acos(0.5 / math.pi) / math.pi))
    # A power of the depth, not an exponential.
    assert predicted("plain", 160) / predicted("plain", 80) == pytest.approx(2**-3, rel=0.2)


@pytest.mark.parametrize(
    ("argument", "value"), [("kinds", ("dense",)), ("depths", (0,)), ("width", 1), ("networks", 5)]
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found .*, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
