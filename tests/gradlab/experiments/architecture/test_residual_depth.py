"""Growth over all blocks of residual networks: against closed forms, and against the experiment at one depth."""

import math
import re

import pytest

from gradlab.experiments.architecture import residual, residual_depth
from gradlab.experiments.architecture.residual_depth import Config


def test_the_totals_are_those_predicted() -> None:
    result = residual_depth.run(Config(blocks=(4, 16)))
    assert [(point.kind, point.blocks) for point in result.points] == [
        (kind, blocks) for kind in residual_depth.KINDS for blocks in (4, 16)
    ]
    for point in result.points:
        # 5 seeds: 4 standard errors, and the bias of the batch.
        tolerance = 4 * point.total_standard_error / point.predicted_total + point.batch_bias
        assert point.total == pytest.approx(point.predicted_total, rel=tolerance)
        assert tolerance < 0.4
        assert (point.batch_bias > 0) == (point.kind == "batch_norm")


def test_the_predictions_are_the_closed_forms() -> None:
    for blocks in (2, 32):
        total = {kind: math.prod(residual_depth.block_factors(kind, blocks)) for kind in residual_depth.KINDS}
        assert total["one"] == pytest.approx(2.0**blocks, rel=1e-12)
        assert total["inverse_sqrt_depth"] == pytest.approx((1 + 1 / blocks) ** blocks, rel=1e-12)
        shares = [1 / (2 + block * (1 - 1 / math.pi)) for block in range(blocks)]
        assert total["batch_norm"] == pytest.approx(math.prod(1 + share for share in shares), rel=1e-12)


def test_the_growth_with_batch_normalization_tends_to_a_power() -> None:
    half, whole = (math.prod(residual_depth.block_factors("batch_norm", blocks)) for blocks in (5000, 10000))
    # The exponent of a doubling comes as near as 1/L.
    assert math.log2(whole / half) == pytest.approx(math.pi / (math.pi - 1), rel=1e-3)


def test_one_depth_is_that_of_the_other_experiment() -> None:
    one = residual.run(residual.Config(blocks=4, width=32, batch=8, seeds=2))
    config = Config(kinds=("one",), blocks=(4,), width=32, batch=8, seeds=2)
    assert residual_depth.run(config).points[0].total == pytest.approx(one.relu.total_backward, rel=1e-12)


@pytest.mark.parametrize(
    ("argument", "value", "named"),
    [
        ("kinds", ("two",), "two"),
        ("blocks", (1,), 1),
        ("width", 0, 0),
        ("batch", 4, 4),
        ("normalized_batch", 4, 4),
        ("seeds", 1, 1),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object, named: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(named))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]


def test_an_unknown_kind_has_no_scale() -> None:
    with pytest.raises(ValueError, match=r"^kind: found 'two', allowed: "):
        residual_depth.scale("two", 4)
