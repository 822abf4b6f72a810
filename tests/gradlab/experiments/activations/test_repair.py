"""The repair: He initialization against PyTorch's default at width 16."""

import math

import pytest

from gradlab.experiments.activations import repair
from gradlab.experiments.activations.repair import Config


@pytest.fixture(scope="module")
def result() -> repair.Result:
    return repair.run()


def _check_predictions(result: repair.Result) -> None:
    for series in result.series:
        # 4 standard errors over the networks.
        assert abs(series.factor - series.predicted_factor) < 4 * series.factor_standard_error
        assert abs(series.typical_factor - series.predicted_typical_factor) < 4 * series.typical_factor_standard_error


def test_the_factors_are_the_predicted_ones(result: repair.Result) -> None:
    _check_predictions(result)
    he, default = result.series
    assert (he.initialization, default.initialization) == ("he", "pytorch_default")
    assert he.predicted_factor == pytest.approx(1.0, abs=1e-5)
    # 1 - 2^-16 changes the fifth digit.
    assert default.predicted_factor == pytest.approx(math.sqrt(1 / 6), rel=1e-5)


def test_the_default_bias_changes_nothing() -> None:
    result = repair.run(Config(bias="uniform"))
    assert [series.bias for series in result.series] == ["uniform", "uniform"]
    _check_predictions(result)


def test_narrow_networks_that_live_follow_the_law_too() -> None:
    he, _ = repair.run(Config(width=4, networks=4000)).series
    # A share p = 0.725 of such networks is dead; 4 binomial standard errors.
    assert he.alive == pytest.approx(4000 * 0.275, abs=4 * math.sqrt(4000 * 0.725 * 0.275))
    assert abs(he.factor - he.predicted_factor) < 4 * he.factor_standard_error
    assert abs(he.typical_factor - he.predicted_typical_factor) < 4 * he.typical_factor_standard_error


def test_the_profiles_are_ordered_and_end_at_one(result: repair.Result) -> None:
    for series in result.series:
        for profile in (series.root_mean_square, series.median, series.low, series.high):
            assert len(profile) == 20
            assert profile[-1] == 1.0
        for low, median, high in zip(series.low[:-1], series.median[:-1], series.high[:-1], strict=True):
            assert low < median < high
        # Of an even number of networks, one takes the mean of the middle two and the other the lower.
        assert series.median[0] == pytest.approx(series.typical_factor**19, rel=0.02)


def test_he_keeps_the_gradient_and_the_default_loses_it(result: repair.Result) -> None:
    he, default = result.series
    assert he.median[0] > 0.1
    assert default.high[0] < 1e-6


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("width", 0),
        ("depth", 1),
        ("initializations", ("kaiming",)),
        ("initializations", ()),
        ("networks", 1),
        ("seed", -1),
        ("activation", "tanh"),
        ("bias", "none"),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found .*, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
