"""Origins of a NaN: each planted fault shows where it must."""

import math
import re

import pytest

from gradlab.experiments.diagnosis import first_nan
from gradlab.experiments.diagnosis.first_nan import Config


@pytest.fixture(scope="module")
def result() -> first_nan.Result:
    return first_nan.run()


def test_the_explosion_is_seen_before_the_nan(result: first_nan.Result) -> None:
    *before, at = result.origin("explosion").passes
    assert [one.verdict for one in before] == ["exploding"]
    assert math.isfinite(before[0].loss)
    assert at.verdict == "non-finite"
    assert 0 < at.forward < result.layers


def test_a_nan_among_the_inputs_is_in_every_layer(result: first_nan.Result) -> None:
    (at,) = result.origin("input").passes
    assert (at.forward, at.starts_at) == (result.layers, "0")


@pytest.mark.parametrize(("name", "finite"), [("logarithm", False), ("root", True)])
def test_a_fault_in_the_loss_is_seen_on_the_way_back_only(result: first_nan.Result, name: str, finite: bool) -> None:
    (at,) = result.origin(name).passes
    assert (at.forward, at.backward) == (0, result.layers)
    assert math.isfinite(at.loss) is finite


def test_without_a_fault_there_is_no_nan() -> None:
    # He's own weights, and a logit that float32 can tell from certainty.
    result = first_nan.run(Config(gain=1.0, logit=5.0, depth=3))
    for name in ("explosion", "logarithm"):
        passes = result.origin(name).passes
        assert len(passes) == first_nan.LONGEST
        assert all(math.isfinite(one.loss) and not one.forward and not one.backward for one in passes)
    with pytest.raises(KeyError):
        result.origin("none")


@pytest.mark.parametrize(
    ("argument", "value"), [("gain", 0.0), ("learning_rate", -1.0), ("points", 3), ("depth", 0), ("seed", -1)]
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
