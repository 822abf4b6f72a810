"""Distance between two seeds: the answer to the lesson's question, from the networks that were measured."""

import math

import pytest

from figures_src.exhibits.finite_width.finite_width import half_apart
from gradlab import theory
from gradlab.experiments.scale import finite_width


def test_half_of_all_pairs_are_counted_and_not_of_neighbours_in_size() -> None:
    # Distances of the norms' logarithms: 0.1 twice, 9.9, 10 twice, 10.1. Half of the pairs are 9.9 apart or more.
    assert half_apart([0.0, 0.2, 20.0, 20.2]) == pytest.approx(math.exp(9.9))


def test_the_measured_factor_is_near_the_predicted_one() -> None:
    config = finite_width.Config(width=16, depth=16, networks=400)
    predicted = theory.finite_width_law(16, math.sqrt(2)).pair_factor(16)
    measured = half_apart(finite_width.run(config).backward.values)
    # The median distance of 400 networks is off by a few percent.
    assert math.log(measured) == pytest.approx(math.log(predicted), rel=0.15)
    assert measured > 2
