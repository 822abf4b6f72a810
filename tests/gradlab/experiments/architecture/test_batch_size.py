"""Batch normalization in training and in evaluation mode, against the closed forms."""

import math
import re

import pytest

from gradlab.experiments.architecture import batch_size
from gradlab.experiments.architecture.batch_size import Config

SMALL = Config(batches=(8, 16), width=32, depth=4, seeds=2)


@pytest.mark.parametrize(("activation", "sigma_w"), [("relu", math.sqrt(2)), ("tanh", 1.0), ("linear", 1.0)])
def test_both_modes_agree_with_the_predictions(activation: str, sigma_w: float) -> None:
    config = Config(batches=(16, 64), activation=activation, sigma_w=sigma_w, seeds=6)
    result = batch_size.run(config)
    assert [point.batch for point in result.points] == [16, 64]
    for point in result.points:
        # 6 seeds of width 256: standard errors of at most 0.3 %, and the bias of the width, of the order of 1/256.
        assert point.factor == pytest.approx(point.predicted_factor, rel=0.015)
        assert point.frozen_factor == pytest.approx(point.predicted_frozen_factor, rel=0.015)
        assert point.predicted_factor < point.predicted_frozen_factor
    assert result.predicted_factor_infinite_batch < result.points[-1].predicted_factor


def test_an_untouched_network_in_evaluation_mode_is_a_plain_one() -> None:
    for point in batch_size.run(SMALL).points:
        # ε/2 for each division, of which a factor has one.
        assert point.fresh_factor == pytest.approx(point.plain_factor, rel=1e-11)
        assert point.fresh_factor != pytest.approx(point.factor, rel=1e-3)


def test_the_weight_scale_matters_only_where_nothing_is_normalized() -> None:
    (one,) = batch_size.run(Config(batches=(8,), width=32, depth=4, seeds=2)).points
    (two,) = batch_size.run(Config(batches=(8,), width=32, depth=4, seeds=2, sigma_w=2 * math.sqrt(2))).points
    assert two.factor == pytest.approx(one.factor, rel=1e-9)
    assert two.frozen_factor == pytest.approx(one.frozen_factor, rel=1e-9)
    assert two.fresh_factor == pytest.approx(2 * one.fresh_factor, rel=1e-9)


def test_the_same_configuration_gives_the_same_result() -> None:
    assert batch_size.run(SMALL) == batch_size.run(SMALL)


@pytest.mark.parametrize(
    ("argument", "value", "named"),
    [
        ("batches", (4,), 4),
        ("activation", "rellu", "rellu"),
        ("sigma_w", 0.0, 0.0),
        ("width", 0, 0),
        ("depth", 2, 2),
        ("seeds", 1, 1),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object, named: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(named))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]


def test_a_batch_size_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^batches: "):
        Config(batches=(8, 8))
