"""Layer normalization: the factor per layer against its closed form."""

import re

import pytest

from gradlab.experiments.architecture import layer_normalization
from gradlab.experiments.architecture.layer_normalization import Config


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu", "linear"])
def test_the_factor_is_the_predicted_one(activation: str) -> None:
    result = layer_normalization.run(Config(activation=activation))
    # 4 standard errors of 5 seeds, and 1/256 for the finite width.
    allowed = 4 * result.factor_standard_error + result.predicted_factor / 256
    assert result.factor == pytest.approx(result.predicted_factor, abs=allowed)
    assert len(result.profile) == 20
    assert result.profile[-1] == 1


def test_the_scale_of_the_weights_cancels() -> None:
    small, large = (layer_normalization.run(Config(sigma_w=sigma_w, width=32, seeds=2)) for sigma_w in (0.1, 10.0))
    # The normalization's ε of 1e-12 stands beside a variance of 0.005.
    assert small.factor == pytest.approx(large.factor, rel=1e-8)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("activation", "rellu"), ("sigma_w", 0.0), ("width", 0), ("batch", 0), ("depth", 2), ("seeds", 1)],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
