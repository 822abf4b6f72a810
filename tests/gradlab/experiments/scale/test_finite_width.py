"""Finite width: the distribution over seeds against the exact law, not against its leading order."""

import math
import re

import pytest

from figures_src.cache.results import measured
from gradlab import theory
from gradlab.experiments.scale import finite_width
from gradlab.experiments.scale.finite_width import Config, Distribution, Result


@pytest.fixture(scope="module")
def default() -> Result:
    return measured(finite_width, Config())


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_the_default_follows_the_exact_law(default: Result, direction: str) -> None:
    distribution: Distribution = getattr(default, direction)
    law = theory.finite_width_law(64, math.sqrt(2))
    assert distribution.predicted_mean == 64 * law.mean
    assert distribution.predicted_variance == 64 * law.variance
    # 500 networks: 4 standard errors, 0.4 of the mean and 25 % of the variance.
    assert abs(distribution.mean - distribution.predicted_mean) < 4 * distribution.mean_standard_error
    assert abs(distribution.variance - distribution.predicted_variance) < 4 * distribution.variance_standard_error
    assert distribution.mean_standard_error == pytest.approx(math.sqrt(distribution.predicted_variance / 500), rel=0.13)
    # The mean of the squared norm is kept, e^0; the typical network lies below it by far.
    assert distribution.mean < -2
    # The whole distribution, not two of its moments.
    assert distribution.distance < distribution.critical_distance
    assert len(distribution.values) == 500 - default.dead
    assert list(distribution.values) == sorted(distribution.values)


def test_forward_and_backward_agree_in_part_because_the_layers_are_the_same(default: Result) -> None:
    # The same units are on. 500 networks: a standard error of at most 1/√500 = 0.045.
    assert 0.4 < default.correlation < 0.8


def test_the_leading_order_is_not_enough_for_a_narrow_network() -> None:
    result = finite_width.run(Config(width=16, depth=32, networks=4000))
    for distribution in (result.forward, result.backward):
        # 4 standard errors of 0.058 and, for the variance, of 0.33.
        assert abs(distribution.mean - distribution.predicted_mean) < 4 * distribution.mean_standard_error
        assert abs(distribution.variance - distribution.predicted_variance) < 4 * distribution.variance_standard_error
        assert abs(distribution.mean - distribution.leading_mean) > 8 * distribution.mean_standard_error
        assert abs(distribution.variance - distribution.leading_variance) > 6 * distribution.variance_standard_error
        assert distribution.distance < distribution.critical_distance


def test_a_wrong_scale_would_be_seen() -> None:
    result = finite_width.run(Config(width=32, depth=8, networks=200))
    # A missing square root of 2 would move the mean by 8 ln 2 = 5.5, a wrong width the variance.
    assert abs(result.backward.mean - result.backward.predicted_mean) < 4 * result.backward.mean_standard_error


def test_dead_networks_are_counted_and_left_out() -> None:
    result = finite_width.run(Config(width=8, depth=32, networks=1000))
    # 1 - (1 - 2^-8)^32 = 0.118; 4 binomial standard errors of 0.0102.
    assert result.dead / 1000 == pytest.approx(theory.death_probability(8, 32), abs=0.041)
    assert len(result.forward.values) == len(result.backward.values) == 1000 - result.dead


def test_pairs_are_counted() -> None:
    # By hand, among all pairs of the values that the result lists.
    result = finite_width.run(Config(width=16, depth=8, networks=60, pair_factor=2.0))
    for distribution in (result.forward, result.backward):
        values = distribution.values
        far = [abs(a - b) >= 2 * math.log(2) for a in values for b in values if a is not b]
        assert distribution.pair_share == pytest.approx(sum(far) / len(far), rel=1e-12)
        law = theory.finite_width_law(16, math.sqrt(2))
        assert distribution.predicted_pair_share == law.pair_share(2.0, 8)


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_pairs_differ_as_often_as_predicted(default: Result, direction: str) -> None:
    one: Distribution = getattr(default, direction)
    assert abs(one.pair_share - one.predicted_pair_share) < 4 * one.pair_share_standard_error
    # As for 250 separate pairs, or better.
    assert 0.003 < one.pair_share_standard_error < math.sqrt(0.16 * 0.84 / 250)


def test_the_same_configuration_gives_the_same_result() -> None:
    small = Config(width=8, depth=3, networks=120)
    assert finite_width.run(small) == finite_width.run(small)
    assert finite_width.run(small) != finite_width.run(Config(width=8, depth=3, networks=120, seed=1))


@pytest.mark.parametrize(
    ("argument", "value"),
    [("width", 7), ("depth", 1), ("networks", 19), ("pair_factor", 1.0), ("seed", -1)],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
