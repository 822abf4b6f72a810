"""Glorot and Bengio's networks: the standard initialization loses the gradient, the weights' gradients hide it."""

import pytest

from gradlab.experiments.scale import standard_initialization
from gradlab.experiments.scale.standard_initialization import Config


def test_gradients_are_those_of_mean_field_theory() -> None:
    result = standard_initialization.run(Config(width=200, depth=4, batch=10, seeds=3))
    standard, normalized = result.profiles
    for profile in (standard, normalized):
        assert profile.delta == pytest.approx(profile.predicted_delta, rel=0.06)
        assert profile.delta[-1] == 1
        assert max(profile.weight_gradient) < 1.3 * min(profile.weight_gradient)
    assert standard.delta[0] < normalized.delta[0] / 2
    assert standard.activation[-1] < standard.activation[0] / 3


@pytest.mark.parametrize(
    ("argument", "value"), [("initializations", ("xavir",)), ("width", 0), ("depth", 1), ("seeds", 1)]
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"^(initialization|width|depth|seeds): found .*, allowed: |unknown|nearest"):
        Config(**{argument: value})  # type: ignore[arg-type]
