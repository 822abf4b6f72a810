"""Batch normalization: the growth of the gradient against Yang et al. 2019."""

import math
import re
from dataclasses import replace

import pytest

from figures_src.cache.results import measured
from gradlab.experiments.architecture import batch_normalization
from gradlab.experiments.architecture.batch_normalization import Config

# The networks that are trained take no part in the growth; of two of them a mean still has an error.
UNTRAINED = Config(training_width=16, training_seeds=2, training_steps=0)
SMALL = Config(width=64, batch=16, depth=12, seeds=3, training_width=16, training_steps=1)


def test_the_default_explodes_as_predicted() -> None:
    result = measured(batch_normalization, Config())
    assert result.predicted_factor_infinite_batch == pytest.approx(math.sqrt(math.pi / (math.pi - 1)), rel=1e-6)
    # The drift of the samples over 50 layers takes 0.5 % (the next test), the standard error is 0.05 %.
    assert result.factor == pytest.approx(result.predicted_factor, rel=0.01)
    assert result.factor < result.predicted_factor
    assert result.ratio_with > 1000
    # 0.5 % over 48 layers are 27 %.
    assert result.ratio_with == pytest.approx(result.predicted_ratio_with, rel=0.4)
    # Without it He initialization keeps the gradient: ln of the ratio has standard deviation
    # √(5 L/(4 n)) = 0.49 per network, 0.22 over 5 seeds; 4 of those.
    assert abs(math.log(result.ratio_without / result.predicted_ratio_without)) < 0.9
    assert len(result.profile) == 50
    assert result.profile[-1] == 1
    # A step of gradient descent reduces it: the reason why such networks train at moderate depth.
    assert result.training_ratios[1] < result.training_ratios[0] / 3
    assert len(result.training_ratios) == 11
    assert len(result.training_ratios_by_seed) == 20
    for step, ratio in enumerate(result.training_ratios):
        logs = [math.log(ratios[step]) for ratios in result.training_ratios_by_seed]
        assert math.log(ratio) == pytest.approx(sum(logs) / len(logs), rel=1e-12)
    # The gradient is perpendicular to the weights, but for the 1e-5 that PyTorch adds to the variance.
    assert len(result.training_lengthening) == 50
    assert result.training_lengthening == pytest.approx(result.training_perpendicular, rel=1e-5)
    assert result.training_lengthening[1] > 10
    assert result.training_lengthening[-1] == pytest.approx(1, abs=1e-3)


def test_the_first_layers_agree_and_the_drift_comes_with_depth() -> None:
    result = batch_normalization.run(replace(UNTRAINED, seeds=8))
    # 8 seeds: 4 standard errors of about 0.12 %.
    assert result.early_factor == pytest.approx(result.predicted_factor, rel=0.005)
    # Over 50 layers the shares of the samples have drifted apart: 0.5 % less, of which 0.05 % is noise.
    assert result.factor < result.predicted_factor * 0.998


@pytest.mark.parametrize(
    ("activation", "batch"), [("tanh", 16), ("tanh", 64), ("sigmoid", 64), ("linear", 16), ("relu", 8), ("relu", 32)]
)
def test_other_activations_and_batches(activation: str, batch: int) -> None:
    config = replace(UNTRAINED, activation=activation, batch=batch, depth=25, seeds=4)
    result = batch_normalization.run(config)
    # 4 seeds of width 256: standard errors of at most 0.4 %, the drift of the samples takes about 0.5 %.
    assert result.factor == pytest.approx(result.predicted_factor, rel=0.02)


@pytest.mark.parametrize(
    ("width", "seeds", "excess", "tolerance"),
    # Four times the width, a quarter of the excess and more, as the drift saturates in narrow networks. The
    # tolerances are 4 standard errors, of 0.12 % and 0.08 %.
    [(64, 24, 0.013, 0.005), (256, 6, 0.005, 0.003)],
)
def test_tanh_grows_by_more_than_predicted_the_narrower_the_network(
    width: int, seeds: int, excess: float, tolerance: float
) -> None:
    config = replace(UNTRAINED, activation="tanh", batch=64, width=width, depth=40, seeds=seeds)
    result = batch_normalization.run(config)
    assert result.factor / result.predicted_factor - 1 == pytest.approx(excess, abs=tolerance)


def test_the_scale_of_the_weights_cancels() -> None:
    factors = [
        batch_normalization.run(replace(SMALL, sigma_w=sigma_w)).factor
        for sigma_w in (math.sqrt(0.02), math.sqrt(2), math.sqrt(200))
    ]
    # Exact but for the 1e-12 added to the variance and rounding.
    assert factors == pytest.approx([factors[0]] * 3, rel=1e-9)


def test_the_sigmoid_no_longer_vanishes() -> None:
    result = batch_normalization.run(
        replace(UNTRAINED, activation="sigmoid", sigma_w=1.0, width=128, batch=32, depth=20, seeds=3)
    )
    assert result.ratio_without < 1e-10
    assert result.ratio_with > 0.1


def test_without_a_step_no_weight_is_lengthened() -> None:
    result = batch_normalization.run(replace(SMALL, training_steps=0))
    assert len(result.training_ratios) == 1
    assert result.training_lengthening == result.training_perpendicular == ()


def test_the_same_configuration_gives_the_same_result() -> None:
    assert batch_normalization.run(SMALL) == batch_normalization.run(SMALL)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("activation", "rellu"),
        ("sigma_w", 0.0),
        ("width", -1),
        ("batch", 4),
        ("depth", 2),
        ("seeds", 1),
        ("training_steps", -1),
        ("training_learning_rate", math.nan),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
