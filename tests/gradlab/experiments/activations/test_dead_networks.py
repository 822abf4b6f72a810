"""Dead networks: the count of exact zeros against the closed form."""

import re

import pytest

from figures_src.cache.results import measured
from gradlab import theory
from gradlab.experiments.activations import dead_networks
from gradlab.experiments.activations.dead_networks import Config


def test_the_share_of_dead_networks_is_the_closed_form() -> None:
    result = measured(dead_networks, Config())
    assert [point.width for point in result.points] == list(range(1, 13))
    for point in result.points:
        assert point.predicted == theory.death_probability(point.width, 20)
        assert point.share == point.dead / 4000
        # 4 binomial standard errors, and one network for the smallest probabilities.
        assert abs(point.share - point.predicted) < 4 * point.standard_error + 1 / 4000


def test_a_shallow_network_is_counted_exactly() -> None:
    # One layer of width 1: dead with probability 1/2. 4 standard errors of √(1/4/20000) are 0.0141.
    (point,) = dead_networks.run(Config(widths=(1,), depth=1, networks=20_000)).points
    assert point.share == pytest.approx(0.5, abs=0.0141)


def test_a_width_does_not_depend_on_the_others() -> None:
    alone = dead_networks.run(Config(widths=(4,), networks=500)).points[0]
    among = dead_networks.run(Config(widths=(2, 4), networks=500)).points[1]
    assert alone == among
    assert alone != dead_networks.run(Config(widths=(4,), networks=500, seed=1)).points[0]


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [
        ("widths", (), ()),
        ("widths", (3, 3), (3, 3)),
        ("widths", (2, -1), -1),
        ("depth", 0, 0),
        ("networks", 0, 0),
        ("seed", 1.5, 1.5),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object, found: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
