"""Batch normalization sets mean and variance and leaves the shape."""

import re

import pytest

from figures_src.cache.results import measured
from gradlab import theory
from gradlab.experiments.architecture import normalized_activations
from gradlab.experiments.architecture.normalized_activations import Config


def test_mean_and_variance_are_set_and_the_shape_stays() -> None:
    result = measured(normalized_activations, Config())
    assert result.largest_mean < 1e-14
    assert result.largest_variance_error < 2e-12
    assert result.clusters_change < 1e-13
    assert result.clusters_after.value == pytest.approx(result.clusters_before.value, abs=1e-13)


def test_the_activations_are_those_of_a_rectified_normal_variable() -> None:
    result = measured(normalized_activations, Config())
    shape = theory.rectified_normal()
    for estimate, predicted in (
        (result.zeros, 0.5),
        (result.skewness, shape.skewness),
        (result.excess_kurtosis, shape.excess_kurtosis),
        (result.clusters_after, result.predicted_clusters),
    ):
        assert estimate.value == pytest.approx(predicted, abs=4 * estimate.standard_error)


def test_the_histograms_are_the_predicted_ones() -> None:
    result = measured(normalized_activations, Config())
    for histogram in (result.clusters, result.normal):
        assert sum(histogram.predicted) == pytest.approx(1, abs=0.003)
        deviations = [
            (share - predicted) / max(error, 1e-4)
            for share, predicted, error in zip(
                histogram.share, histogram.predicted, histogram.standard_error, strict=True
            )
        ]
        assert max(map(abs, deviations)) < 4
    # Two peaks, with a valley in the middle.
    half = result.config.bins // 2
    assert max(result.clusters.predicted[:half]) > 1.2 * result.clusters.predicted[half]


@pytest.mark.parametrize(("distance", "low", "high"), [(1e-3, -1e-9, 0.0), (1e6, -2.0, -1.99)])
def test_clusters_far_apart_are_a_coin_and_near_ones_are_normal(distance: float, low: float, high: float) -> None:
    result = normalized_activations.run(Config(width=8, batch=64, distance=distance, seeds=2))
    assert low <= result.predicted_clusters <= high


def test_the_same_configuration_gives_the_same_result() -> None:
    config = Config(width=4, batch=16, seeds=2)
    assert normalized_activations.run(config) == normalized_activations.run(config)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("width", 0),
        ("batch", 2),
        ("batch", 5),
        ("distance", 0.0),
        ("seeds", 1),
        ("epsilon", 0.0),
        ("bins", 0),
        ("bins", 5),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
