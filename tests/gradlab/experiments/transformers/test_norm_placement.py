"""Pre-norm and post-norm before training: stream and gradients are those predicted."""

import re

import pytest

from gradlab.experiments.transformers import norm_placement
from gradlab.experiments.transformers.norm_placement import Config

SMALL = Config(blocks=(2, 6), width=32, words=512, seeds=3)


def test_stream_and_gradient_are_those_predicted() -> None:
    result = norm_placement.run(SMALL)
    assert [(point.placement, point.blocks) for point in result.points] == [
        (placement, blocks) for placement in norm_placement.PLACEMENTS for blocks in SMALL.blocks
    ]
    for point in result.points:
        assert len(point.stream) == len(point.delta) == point.blocks + 1
        # Three networks of width 32: the bias of a width is a few parts of it.
        assert point.stream == pytest.approx(point.predicted_stream, rel=0.35)
        assert point.delta == pytest.approx(point.predicted_delta, rel=0.35)
        assert point.delta[-1] == 1.0


def test_the_final_normalization_divides_the_gradient_of_one_placement_only() -> None:
    result = norm_placement.run(SMALL)
    pre, post = (
        [point for point in result.points if point.placement == placement] for placement in norm_placement.PLACEMENTS
    )
    assert pre[0].gradient > 1.3 * pre[1].gradient
    assert post[1].gradient == pytest.approx(post[0].gradient, rel=0.2)
    assert [point.predicted_share for point in post] == [1.0, 1.0]
    assert pre[1].predicted_share == pytest.approx(pre[1].predicted_stream[-1] ** -0.5, rel=1e-12)
    slopes = {slope.placement: slope for slope in result.slopes}
    assert slopes["pre"].value < -0.25 < slopes["post"].value
    assert slopes["pre"].predicted < slopes["post"].predicted == 0


@pytest.mark.parametrize(
    ("argument", "value", "named"),
    [("blocks", (6,), 1), ("blocks", (0, 6), 0), ("width", 0, 0), ("words", 0, 0), ("seeds", 1, 1)],
)
def test_a_bad_configuration_is_refused(argument: str, value: object, named: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(named))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
