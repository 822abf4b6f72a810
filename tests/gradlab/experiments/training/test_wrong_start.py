"""A wrong start: about |z| steps with the cross-entropy, about e^|z|/2 with the squared error."""

import math
import re

import pytest

from gradlab.experiments.training import wrong_start
from gradlab.experiments.training.wrong_start import Config


def test_the_steps_follow_gradient_flow() -> None:
    result = wrong_start.run()
    for start in result.starts:
        # Finite steps are off by half the logarithm of final/first speed; the last step is a whole one.
        allowed = 1 + abs(start.z) / 2
        assert abs(start.cross_entropy_steps - start.predicted_cross_entropy_steps) <= 2
        assert abs(start.squared_error_steps - start.predicted_squared_error_steps) <= allowed
    assert result.far_cross_entropy_steps == 21
    assert result.far_cross_entropy_step == pytest.approx(1, rel=1e-8)
    assert result.far_squared_error_step == pytest.approx(2 * math.exp(-20), rel=1e-6)
    assert result.far_squared_error_moved == pytest.approx(1000 * result.far_squared_error_step, rel=1e-4)
    assert result.predicted_far_squared_error_steps == pytest.approx(math.exp(20) / 2, rel=1e-6)


def test_a_small_learning_rate_is_gradient_flow() -> None:
    (start,) = wrong_start.run(Config(starts=(-3.0,), learning_rate=1e-3, far_steps=1)).starts
    assert start.cross_entropy_steps == pytest.approx(start.predicted_cross_entropy_steps, abs=2)
    assert start.squared_error_steps == pytest.approx(start.predicted_squared_error_steps, abs=2)


def test_every_start_moves_on_its_own() -> None:
    alone = wrong_start.run(Config(starts=(-4.0,), far_steps=1)).starts[0]
    assert alone == wrong_start.run(Config(starts=(-1.0, -4.0), far_steps=1)).starts[1]


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [
        ("starts", (), ()),
        ("starts", (-1.0, 0.0), 0.0),
        ("learning_rate", 0.0, 0.0),
        ("learning_rate", 2.0, 2.0),
        ("far", 1.0, 1.0),
        ("far_steps", 0, 0),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object, found: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
