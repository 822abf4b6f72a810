"""Weight gradients: Euler's identity, and the scale of the weights that cancels."""

import math
import re

import pytest

from gradlab.experiments.scale import weight_gradients
from gradlab.experiments.scale.weight_gradients import Config, Result


@pytest.fixture(scope="module")
def default() -> Result:
    return weight_gradients.run()


def test_eulers_identity(default: Result) -> None:
    for series in default.series:
        if series.activation == "relu":
            assert series.euler_error is not None
            # Rounding: sums of 16,384 products of float64.
            assert series.euler_error < 1e-13
        else:
            assert series.euler_error is None


def test_the_scale_cancels_in_the_weights_gradients_and_not_in_delta(default: Result) -> None:
    relu = [series for series in default.series if series.activation == "relu"]
    assert [series.variance for series in relu] == [1 / 3, 1.0, 2.0, 4.0]
    # Rounding over 30 layers.
    assert default.largest_ratio_difference < 1e-12
    for series in relu:
        # 8 seeds; a standard error of a logarithm from 8 values is itself 27 % uncertain: 4 of it.
        assert abs(math.log(series.weight_ratio)) < 4 * (series.weight_ratio_standard_error / series.weight_ratio)
        assert abs(math.log(series.delta_ratio / series.predicted_delta_ratio)) < 4 * (
            series.delta_ratio_standard_error / series.delta_ratio
        )
        assert series.delta_profile[-1] == series.weight_profile[-1] == 1
        assert len(series.delta_profile) == len(series.weight_profile) == 30
    # The same networks rescaled: δ changes by the factor √(4/(1/3)) a layer, exactly.
    assert relu[-1].delta_ratio / relu[0].delta_ratio == pytest.approx(math.sqrt(12) ** 29, rel=1e-9)


def test_every_layer_is_as_predicted(default: Result) -> None:
    for series in (*default.series, default.biased):
        assert series.predicted_delta_profile[0] == series.predicted_delta_ratio
        assert series.predicted_weight_profile[0] == series.predicted_weight_ratio
        assert series.predicted_delta_profile[-1] == series.predicted_weight_profile[-1] == 1
        for measured, predicted in (
            (series.delta_profile, series.predicted_delta_profile),
            (series.weight_profile, series.predicted_weight_profile),
        ):
            assert len(measured) == len(predicted) == 30
            # Over 29 layers the logarithm of one network has standard deviation 0.6, over 8 of them 0.2; 4 of those.
            for one, other in zip(measured, predicted, strict=True):
                assert abs(math.log(one / other)) < 0.8


def test_biases_break_eulers_identity_and_the_weights_gradients_vanish(default: Result) -> None:
    biased, plain = default.biased, default.series[0]
    assert biased.variance == pytest.approx(1 / 3, rel=1e-12)
    assert biased.euler_error is not None
    assert biased.euler_error > 0.01
    assert biased.weight_ratio < 1e-9 < plain.weight_ratio
    # The fixed point q* = 2/(5 n) of q' = q/6 + 1/(3 n), half of which is the mean square of the activations.
    assert biased.predicted_weight_ratio / biased.predicted_delta_ratio == pytest.approx(math.sqrt(5 * 128), rel=1e-9)


def test_the_gradient_with_respect_to_a_is_larger_by_the_mean_derivative(default: Result) -> None:
    for series in (*default.series, default.biased):
        # 4 standard errors, and 5/(4 n) for the finite width.
        tolerance = 4 * series.derivative_ratio_standard_error + 5 / (4 * 128) * series.derivative_ratio
        assert abs(series.derivative_ratio - series.predicted_derivative_ratio) < tolerance
    assert default.series[0].predicted_derivative_ratio == pytest.approx(math.sqrt(0.5), rel=1e-12)


def test_the_scale_is_in_the_size_of_all_weight_gradients(default: Result) -> None:
    third, _, _, four, _ = default.series
    # Twelve times the variance: δ_L is the same, a_{L-1} has 29 factors √12.
    assert four.weight_norm / third.weight_norm == pytest.approx(12**14.5, rel=1e-9)


def test_the_sigmoid_loses_both(default: Result) -> None:
    sigmoid = default.series[-1]
    assert sigmoid.activation == "sigmoid"
    for measured, predicted in (
        (sigmoid.delta_ratio, sigmoid.predicted_delta_ratio),
        (sigmoid.weight_ratio, sigmoid.predicted_weight_ratio),
    ):
        assert measured < 1e-16
        # Standard deviation of the logarithm 0.4 per network of width 128, 0.15 over 8; 4 of those.
        assert abs(math.log(measured / predicted)) < 0.6


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [
        ("variances", (), ()),
        ("variances", (1.0, -2.0), -2.0),
        ("sigmoid_variance", 0.0, 0.0),
        ("width", 0, 0),
        ("depth", 1, 1),
        ("seeds", 1, 1),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object, found: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
