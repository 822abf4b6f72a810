"""The forget gate: what it lets through alone, and in a whole LSTM."""

import math
import re

import pytest

from gradlab.experiments.recurrence import forget_gate
from gradlab.experiments.recurrence.forget_gate import Config

SMALL = Config(biases=(0.0, 2.0, 6.0), time_steps=30, seeds=2)


def test_the_gate_alone_multiplies_by_the_sigmoid_of_its_bias() -> None:
    for point in forget_gate.run(SMALL).points:
        # The first and the last input enter by other ways: up to a factor of ten over all steps.
        assert abs(math.log(point.gate_ratio / point.predicted)) < math.log(10)
        assert len(point.ratios) == len(point.gate_ratios) == 2


def test_an_open_gate_brings_the_gradient_to_the_first_step() -> None:
    result = forget_gate.run(SMALL)
    closed, _, opened = result.points
    assert closed.ratio < 1e-4 < 0.1 < opened.ratio
    assert max(result.default) < 1e-3
    assert len(result.deltas) == 30
    assert result.deltas[0] / result.deltas[-1] == result.default[0]


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [("biases", (), ()), ("biases", (math.inf,), math.inf), ("time_steps", 1, 1), ("width", 0, 0), ("batch", 0, 0),
     ("seeds", 0, 0), ("noise", 0.0, 0.0)],
)  # fmt: skip
def test_a_bad_configuration_is_refused(argument: str, value: object, found: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
