"""Residual connections: growth per block against closed form and mean field."""

import math
import re

import pytest

from figures_src.cache.results import measured
from gradlab.experiments.architecture import residual
from gradlab.experiments.architecture.residual import Config, Result


@pytest.fixture(scope="module")
def default() -> Result:
    return measured(residual, Config())


def test_a_block_of_scale_one_doubles_in_both_directions(default: Result) -> None:
    assert default.predicted_factor == pytest.approx(2, rel=1e-12)
    assert default.predicted_total == pytest.approx(2.0**32, rel=1e-12)
    # 5 seeds of width 256: 4 standard errors of about 0.4 %.
    assert default.relu.forward_factor == pytest.approx(2, rel=0.017)
    assert default.relu.backward_factor == pytest.approx(2, rel=0.017)
    assert default.relu.total_backward > 1e9
    assert len(default.relu.forward_profile) == len(default.relu.backward_profile) == 33
    prediction = default.relu.predicted_backward_profile
    assert prediction == pytest.approx([2.0 ** (32 - block) for block in range(33)], rel=1e-12)
    assert default.relu.forward_profile[0] == default.relu.backward_profile[-1] == 1


def test_the_scaled_block_grows_to_less_than_e() -> None:
    result = measured(residual, Config(scale="inverse_sqrt_depth"))
    growth = 1 + 1 / 32
    assert result.predicted_factor == pytest.approx(growth, rel=1e-12)
    # A total of 32 blocks: 4 standard errors of about 3 % over 5 seeds.
    assert result.relu.total_forward == pytest.approx(growth**32, rel=0.15)
    assert result.relu.total_backward == pytest.approx(growth**32, rel=0.15)


def test_sigmoid_arrives_with_the_connection_and_vanishes_without(default: Result) -> None:
    # 5 seeds, 32 blocks: standard errors of about 1 % and 6 %.
    assert default.sigmoid.gradient_ratio == pytest.approx(default.sigmoid.predicted_gradient_ratio, rel=0.05)
    assert default.sigmoid_plain.gradient_ratio < 1e-19
    logs = math.log(default.sigmoid_plain.gradient_ratio / default.sigmoid_plain.predicted_gradient_ratio)
    assert abs(logs) < 0.25


def test_with_batch_normalization_the_stream_grows_linearly(default: Result) -> None:
    series = default.relu_batch_norm
    # The mean over a batch of 32 enters; 5 % is twice the deviation seen over 32 blocks.
    assert series.forward_profile == pytest.approx(series.predicted_forward_profile, rel=0.05)
    assert series.predicted_forward_profile[-1] == pytest.approx(17, rel=1e-5)
    # Predicted for an infinite batch; a batch of 32 gives 7 % more over 32 blocks.
    assert series.gradient_ratio == pytest.approx(series.predicted_gradient_ratio, rel=0.15)


def test_the_plain_he_network_keeps_both(default: Result) -> None:
    # ln of the total has standard deviation √(5 L/n) = 0.8 per network, 0.36 over 5 seeds; 4 of those over
    # 32 blocks are 4.5 % per block.
    assert default.relu_plain.forward_factor == pytest.approx(1, abs=0.045)
    assert default.relu_plain.backward_factor == pytest.approx(1, abs=0.045)


@pytest.mark.parametrize(
    ("argument", "value"), [("blocks", 1), ("width", 0), ("batch", 1), ("seeds", 1), ("scale", "onne")]
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
