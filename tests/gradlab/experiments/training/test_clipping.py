"""Gradient clipping: the norm is bounded, the ratios and the growth stay."""

import math
import re

import pytest

from gradlab.experiments.training import clipping
from gradlab.experiments.training.clipping import Config


def test_the_norm_is_bounded_and_the_ratios_stay() -> None:
    result = clipping.run()
    assert result.norm_before > 1e5
    for run in result.runs:
        assert run.norm_after == pytest.approx(run.predicted_norm_after, rel=1e-12)
        assert run.norm_after <= 1
    # All gradients are multiplied by one number: rounding only.
    assert result.largest_relative_ratio_change < 1e-13
    assert result.weight_ratio_after == pytest.approx(result.weight_ratio_before, rel=1e-13)
    assert result.cosine_norm == pytest.approx(1, rel=1e-12)


def test_the_network_explodes_before_and_after_the_clipped_step() -> None:
    result = clipping.run()
    # Root mean squares over networks against typical values of 5: ln has standard deviation √(5 L/(4 n)) = 0.63
    # and mean -0.39 at width 64, and 0.28 over 5 seeds: within 4 of those.
    assert abs(math.log(result.forward_growth_before / result.predicted_forward_growth) + 0.39) < 1.2
    assert abs(math.log(result.delta_ratio_before / result.predicted_delta_ratio) + 0.37) < 1.2
    # A step of length 0.1 against weights of norm √(8 · 64) = 23 a layer changes the growth by little.
    assert 0.5 < result.forward_growth_after_step / result.forward_growth_before < 2
    assert 0.5 < result.delta_ratio_after_step / result.delta_ratio_before < 2
    # Without clipping the same learning rate leaves the range in which anything is computed.
    assert all(run.unclipped_step_growth > 1e50 for run in result.runs)


def test_clipping_by_value_turns_the_step() -> None:
    result = clipping.run()
    assert 0 < result.cosine_value < 0.9
    assert all(run.cosine_value < 0.9 for run in result.runs)


def test_below_the_bound_nothing_happens() -> None:
    result = clipping.run(Config(sigma_w=math.sqrt(2), depth=3, maximum_norm=1e9, maximum_value=1e9, seeds=2))
    for run in result.runs:
        assert run.norm_after == run.norm_before
        assert run.cosine_value == pytest.approx(1, rel=1e-12)
        assert run.cosine_norm == pytest.approx(1, rel=1e-12)


def test_every_layer_of_a_tanh_network_is_clipped_alike() -> None:
    result = clipping.run(Config(activation="tanh"))
    # Mean field is for infinite width; typical values of 5 networks of width 64.
    assert abs(math.log(result.delta_ratio_before / result.predicted_delta_ratio)) < 1
    assert result.forward_growth_before == pytest.approx(result.predicted_forward_growth, rel=0.05)
    for run in result.runs:
        factor = run.predicted_norm_after / run.norm_before
        assert run.layers_by_norm == pytest.approx([factor * norm for norm in run.layers_before], rel=1e-12)
        assert run.layers_before[0] > 100 * run.layers_before[-1]
        # No weight gradient can be longer than all its entries at the bound, and a small layer is left alone.
        assert max(run.layers_by_value) <= 64
        assert run.layers_by_value[-1] == run.layers_before[-1]
        assert len(run.layers_before) == result.config.depth


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("activation", "rleu"),
        ("sigma_w", 0.0),
        ("width", 0),
        ("depth", 1),
        ("batch", 1),
        ("maximum_norm", -1.0),
        ("maximum_value", math.nan),
        ("learning_rate", 0.0),
        ("seeds", 1),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
