"""The ends of float16: Adam divides by 0, and infinities become NaN a layer or two on."""

import math

import pytest

from gradlab.experiments.training import half_limits
from gradlab.experiments.training.half_limits import Config


def test_adams_first_step_breaks_below_the_bound() -> None:
    result = half_limits.run(Config(width=16, depth=2, seeds=1))
    assert result.predicted_bound == pytest.approx(0.00546, abs=1e-5)
    for one in result.adam:
        # In float64 Adam's first step is one learning rate, less what ε takes.
        assert one.exact == pytest.approx(one.gradient / (one.gradient + one.epsilon), rel=1e-3)
        if one.epsilon == 1e-4:
            assert math.isfinite(one.step)
        else:
            assert math.isfinite(one.step) == (one.gradient > result.predicted_bound)


def test_infinity_comes_where_float64_passes_the_largest_number_and_nan_soon_after() -> None:
    result = half_limits.run(Config(width=64, depth=20, seeds=2))
    for infinite, nan, predicted in zip(result.infinite, result.nan, result.predicted_infinite, strict=True):
        assert abs(infinite - predicted) <= 1
        assert infinite < nan <= infinite + 2
    assert result.bfloat_infinite == 0


def test_a_network_that_does_not_grow_has_neither() -> None:
    result = half_limits.run(Config(sigma_w=1.0, width=32, depth=5, seeds=1))
    assert (result.infinite, result.nan, result.predicted_infinite) == ((0,), (0,), (0,))


@pytest.mark.parametrize(("argument", "value"), [("gradients", (0.0,)), ("epsilons", (1e-8, 1e-8)), ("depth", 0)])
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found .*"):
        Config(**{argument: value})  # type: ignore[arg-type]
