"""The scale of the inputs: layer 1 against mean field, and the rest unmoved."""

import re

import pytest

from gradlab.experiments.scale import input_scale
from gradlab.experiments.scale.input_scale import Config


def test_only_the_first_layer_depends_on_the_scale() -> None:
    result = input_scale.run()
    assert [point.scale for point in result.points] == [0.1, 1.0, 10.0, 100.0, 1000.0]
    factors = [point.factor for point in result.points]
    assert max(factors) / min(factors) < 1.01
    first = [point.first_factor for point in result.points]
    assert first == sorted(first, reverse=True)
    assert first[0] / first[-1] > 20
    for point in result.points:
        # 5 seeds: standard errors of 0.2 %, and a bias of width 256 as small.
        assert point.factor == pytest.approx(point.predicted_factor, rel=0.01)
        # 4 standard errors of 5 seeds, and 1 % for the finite width. At scale 1000 only some 2 of 4,096 units
        # are not saturated, which makes its standard error 20 %.
        tolerance = 4 * point.first_factor_standard_error + 0.01 * point.predicted_first_factor
        assert abs(point.first_factor - point.predicted_first_factor) < tolerance


def test_many_samples_reach_the_prediction_of_a_saturated_layer() -> None:
    (point,) = input_scale.run(Config(scales=(1000.0,), batch=1024, depth=4)).points
    # 1,024 samples of 256 units: about 600 unsaturated, hence 4 % each network and 2 % over 5; 3 of those.
    assert point.first_factor == pytest.approx(point.predicted_first_factor, rel=0.06)


def test_a_scale_does_not_depend_on_the_others() -> None:
    shape = {"width": 16, "depth": 5, "batch": 4, "seeds": 2}
    alone = input_scale.run(Config(scales=(10.0,), **shape)).points  # type: ignore[arg-type]
    among = input_scale.run(Config(scales=(1.0, 10.0), **shape)).points  # type: ignore[arg-type]
    assert alone[0] == among[1]


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [
        ("scales", (), ()),
        ("scales", (1.0, 0.0), 0.0),
        ("activation", "relu", "relu"),
        ("initialization", "hee", "hee"),
        ("depth", 3, 3),
        ("width", 0, 0),
        ("batch", 0, 0),
        ("seeds", 1, 1),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object, found: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
