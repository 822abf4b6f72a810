"""Gradient descent: the stable rate and clipping."""

import pytest

from gradlab import theory


def test_the_clipping_coefficient() -> None:
    assert theory.clipping_coefficient(0.5, 1.0) == 1.0
    assert theory.clipping_coefficient(5.0, 1.0) == pytest.approx(1 / (5 + 1e-6), rel=1e-15)


def test_the_stable_learning_rate() -> None:
    assert theory.largest_stable_learning_rate(10.0) == 0.2
