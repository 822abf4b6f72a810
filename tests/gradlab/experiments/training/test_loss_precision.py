"""The cross-entropy in float32: on z it keeps its gradient, behind a sigmoid it is cut."""

import math
import re

import pytest

from gradlab.experiments.training import loss_precision
from gradlab.experiments.training.loss_precision import Config


def test_on_z_the_gradient_is_right_for_both_labels() -> None:
    result = loss_precision.run()
    for label in (result.one, result.zero):
        assert label.on_z == pytest.approx(result.predicted, rel=5e-7)
        assert label.loss_on_z_at == 30


def test_behind_a_sigmoid_it_is_cut() -> None:
    result = loss_precision.run()
    assert result.one.behind == pytest.approx(result.predicted_one, rel=5e-7)
    assert result.zero.behind == pytest.approx(result.predicted_zero, rel=5e-7)
    assert result.cut == pytest.approx(result.predicted_cut, abs=4e-6)
    assert result.zero.behind_at == 0
    assert result.zero.loss_behind_at == 100
    # p = e^-30 over 1e-12.
    assert result.one.behind_at == pytest.approx(math.exp(-30) / 1e-12, rel=1e-6)
    assert result.one.loss_behind_at == pytest.approx(30, rel=1e-6)


def test_near_the_middle_both_agree() -> None:
    result = loss_precision.run(Config(largest=5.0, points=6, at=5.0))
    for label in (result.one, result.zero):
        assert label.behind == pytest.approx(label.on_z, rel=1e-5)


@pytest.mark.parametrize(("argument", "value"), [("largest", 0.0), ("points", 1), ("at", -1.0), ("at", math.nan)])
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
