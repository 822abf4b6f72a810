"""Profiles of recurrent layers over time: what each kind of layer keeps of the gradient."""

import math
import re

import pytest

from gradlab import theory
from gradlab.experiments.recurrence import forget_gate, time_profiles
from gradlab.experiments.recurrence.time_profiles import Config, Layer


def first(*layers: Layer, time_steps: int = 30) -> list[float]:
    result = time_profiles.run(Config(layers=layers, time_steps=time_steps, seeds=2))
    for profile in result.profiles:
        assert len(profile.deltas) == time_steps
        assert profile.deltas[-1] == 1.0
    assert [profile.layer for profile in result.profiles] == [*layers]
    return [profile.deltas[0] for profile in result.profiles]


def test_an_orthogonal_matrix_keeps_at_most_its_factor_at_each_step() -> None:
    half, whole, double = first(Layer("plain", 0.5), Layer("plain", 1.0), Layer("plain", 2.0))
    # The first input enters with other weights of tanh than the last: a few times more or less.
    assert half < 10 * 0.5**29
    assert half < whole < 10
    assert double > whole


def test_an_lstm_is_that_of_the_experiment_on_its_gate() -> None:
    (ratio,) = first(Layer("lstm", 2.0))
    config = forget_gate.Config(biases=(2.0,), time_steps=30, seeds=2)
    assert ratio == pytest.approx(forget_gate.run(config).points[0].ratio, rel=1e-12)
    assert ratio > theory.forget_gate_ratio(2.0, 30) / 10


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [("layers", (), ()), ("time_steps", 1, 1), ("width", 0, 0), ("batch", 0, 0), ("seeds", 1, 1), ("noise", 0.0, 0.0)],
)
def test_a_bad_configuration_is_refused(argument: str, value: object, found: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]


def test_a_layer_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=r"kind: found 'lstn', allowed: one of plain, lstm; nearest: 'lstm'"):
        Layer("lstn")
    with pytest.raises(ValueError, match="value: found inf"):
        Layer("plain", math.inf)
