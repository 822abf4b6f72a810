"""A sigmoid output: autograd's gradients against p - y and 2 (p - y) p (1 - p)."""

import math
import re

import pytest

from gradlab.experiments.training import output_layer
from gradlab.experiments.training.output_layer import Config


def test_confidently_wrong_learns_with_the_cross_entropy_only() -> None:
    result = output_layer.run()
    assert result.cross_entropy_at == pytest.approx(result.predicted_cross_entropy_at, rel=1e-12)
    assert result.squared_error_at == pytest.approx(result.predicted_squared_error_at, rel=1e-12)
    assert result.cross_entropy_at == pytest.approx(-1, abs=3e-9)
    # 2 e^-20 to leading order, the next of relative order e^-20.
    assert result.squared_error_at == pytest.approx(-2 * math.exp(-20), rel=1e-7)


def test_batch_normalization_takes_the_mean_of_the_gradient_away() -> None:
    result = output_layer.run()
    assert result.batch_mean == pytest.approx(-1, abs=1e-7)
    assert abs(result.normalized_batch_mean) < 1e-13
    # Not for want of a gradient: half of the normalized outputs are on the wrong side.
    other = output_layer.run(Config(at=0.0, seed=1))
    assert other.batch_mean == pytest.approx(-0.5, abs=0.1)
    assert abs(other.normalized_batch_mean) < 1e-13


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_both_gradients_over_the_grid(label: float) -> None:
    result = output_layer.run(Config(label=label))
    for z, p, entropy, square in zip(
        result.z, result.probability, result.cross_entropy, result.squared_error, strict=True
    ):
        assert p == pytest.approx(1 / (1 + math.exp(-z)), rel=1e-12)
        # p - y loses digits to cancellation where p is near y: an absolute error of one rounding of 1.
        assert entropy == pytest.approx(p - label, abs=3e-16)
        assert square == pytest.approx(2 * (p - label) * p * (1 - p), abs=3e-16)


def test_the_squared_error_is_nowhere_steep() -> None:
    # 2 (1 - p)² p is largest at p = 1/3: 8/27. The grid has a step of 0.2 near the flat maximum.
    assert output_layer.run().largest_squared_error == pytest.approx(8 / 27, rel=0.005)


def test_the_other_label_is_the_mirror_image() -> None:
    one, zero = output_layer.run(), output_layer.run(Config(label=0.0, at=20.0))
    assert one.cross_entropy_at == pytest.approx(-zero.cross_entropy_at, rel=1e-12)
    # On the positive side 1 - p, which the gradient contains, keeps 7 digits of e^-20.
    assert one.squared_error_at == pytest.approx(-zero.squared_error_at, rel=1e-6)
    assert zero.predicted_squared_error_at == pytest.approx(-one.predicted_squared_error_at, rel=1e-12)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("label", 0.5), ("lower", 30.0), ("upper", math.inf), ("points", 1), ("at", math.nan), ("batch", 1), ("seed", -1)],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
