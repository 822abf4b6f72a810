"""The stable learning rate of a regression: its Hessian, and descent on both sides of 2/λ."""

import re

import pytest

from gradlab.experiments.training import stable_rate
from gradlab.experiments.training.stable_rate import Config


def test_one_percent_decides() -> None:
    result = stable_rate.run()
    for case in (result.plain, result.scaled):
        assert case.curvature == pytest.approx(case.predicted_curvature, rel=1e-13)
        assert case.stable_limit == 2 / case.curvature
        assert case.below == pytest.approx(0.98**200, rel=1e-11)
        assert case.above == pytest.approx(1.02**200, rel=1e-11)


def test_a_larger_unit_of_one_feature_has_a_steeper_hessian() -> None:
    result = stable_rate.run(Config(steps=1))
    # At least the mean square of the scaled column, which is near 1 for 64 points.
    assert 50 < result.scaled.curvature < 200
    assert stable_rate.run(Config(scale=1.0, steps=1)).scaled == stable_rate.run(Config(steps=1)).plain


def test_one_feature_has_its_mean_square_for_a_hessian() -> None:
    result = stable_rate.run(Config(features=1, scale=3.0, steps=5))
    assert result.scaled.curvature == pytest.approx(9 * result.plain.curvature, rel=1e-13)


def test_the_same_configuration_gives_the_same_result() -> None:
    config = Config(points=8, features=2, steps=3, seed=7)
    assert stable_rate.run(config) == stable_rate.run(config)
    assert stable_rate.run(config).plain != stable_rate.run(Config(points=8, features=2, steps=3)).plain


@pytest.mark.parametrize(
    ("argument", "value"),
    [("points", 1), ("features", 0), ("scale", 0.0), ("margin", 1.0), ("margin", 0.0), ("steps", 0), ("seed", -1)],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
