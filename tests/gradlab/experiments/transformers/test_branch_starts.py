"""Starts of branches: what they keep, exactly where they are 0, and otherwise as predicted."""

import pytest

from gradlab.experiments.transformers import branch_starts
from gradlab.experiments.transformers.branch_starts import STARTS, Config


def test_every_start_grows_as_predicted() -> None:
    result = branch_starts.run(Config(blocks=(2, 4), batch=2, seeds=2))
    assert [(point.start, point.blocks) for point in result.points] == [
        (start, blocks) for start in STARTS for blocks in (2, 4)
    ]
    for point in result.points:
        assert point.stream == pytest.approx(point.predicted_stream, rel=0.3)
        assert point.gradient == pytest.approx(point.predicted_gradient, rel=0.4)


def test_branches_of_0_leave_the_stream_as_it_is() -> None:
    for point in branch_starts.run(Config(starts=("fixup", "rezero"), blocks=(3,), batch=1, seeds=2)).points:
        assert point.stream == point.gradient == point.predicted_stream == point.predicted_gradient == 1.0


def test_the_published_factors() -> None:
    shape = STARTS["deepnorm"](8)
    assert (shape.placement, shape.stream_scale) == ("post", 2.0)
    assert shape.inner == shape.outer == pytest.approx(64**-0.25, rel=1e-12)
    assert STARTS["gpt2"](8).outer == pytest.approx(0.25, rel=1e-12)
    assert STARTS["fixup"](8).inner == pytest.approx(0.25, rel=1e-12)


def test_an_unknown_start_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^starts: found 'fix', allowed: "):
        Config(starts=("fix",))
