"""Slips about the scale of weights: every number is the one that PyTorch or a closed form gives."""

import re

import pytest
import torch

from gradlab.estimates import Estimate
from gradlab.experiments.article import weight_slips
from gradlab.experiments.article.weight_slips import Config


def _agrees(estimate: Estimate, predicted: float) -> None:
    assert estimate.value == pytest.approx(predicted, abs=4 * estimate.standard_error)


def test_the_numbers_are_those_of_the_closed_forms() -> None:
    result = weight_slips.run()
    _agrees(result.normal_mean, 0.1)
    _agrees(result.normal_deviation, 1.0)
    _agrees(result.linear_variance, 1 / 3)
    _agrees(result.weight_variance, 2.0)
    _agrees(result.unit_variance, 2.0)
    _agrees(result.activation_deviation, result.predicted_deviation)
    _agrees(result.batch_norm_ratio, result.predicted_ratio)
    assert (result.predicted_deviation, result.predicted_ratio) == pytest.approx((0.826, 1.467), abs=5e-4)


def test_the_units_do_not_have_the_variance_of_a_weight() -> None:
    small, large = (weight_slips.run(Config(width=width, batch=512)) for width in (64, 256))
    for result in (small, large):
        _agrees(result.unit_variance, 2.0)


def test_the_global_random_state_is_left_alone() -> None:
    state = torch.random.get_rng_state()
    result = weight_slips.run(Config(width=4, batch=2, seeds=2))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert result == weight_slips.run(Config(width=4, batch=2, seeds=2))


@pytest.mark.parametrize(("argument", "value"), [("width", 1), ("batch", 0), ("argument", float("nan")), ("seeds", 1)])
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
