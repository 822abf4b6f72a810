"""Gradients in 16 bits: what is lost is what float64 has below the smallest number."""

import pytest
import torch

from gradlab.experiments.training import half_gradients
from gradlab.experiments.training.half_gradients import Config

SMALL = Config(width=32, depth=16, batch=8, exponents=(0, 10, 24), shown=10, seeds=2)


def test_zeros_are_predicted_and_a_scale_removes_them() -> None:
    result = half_gradients.run(SMALL)
    plain, scaled, brain = result.layers
    assert [(one.format, one.scale) for one in result.layers] == [
        ("float16", 1.0),
        ("float16", 1024.0),
        ("bfloat16", 1.0),
    ]
    for one in result.layers:
        assert one.zeros == pytest.approx(one.predicted_zeros, abs=0.15)
    assert plain.zeros[0] > scaled.zeros[0]
    assert plain.zeros[-1] == 0
    # A few units are off where float64 has them on.
    assert max(brain.zeros) < 0.01
    assert max(brain.predicted_zeros) == 0
    assert result.norms[-1] == 1


def test_a_scale_overflows_where_the_largest_gradient_does() -> None:
    small, middle, large = half_gradients.run(SMALL).scales
    assert (small.overflows, middle.overflows) == (0, 0)
    assert large.overflows == large.predicted_overflows == 2
    assert small.zeros == half_gradients.run(SMALL).layers[0].zeros[0]


def test_all_types_have_the_same_network() -> None:
    exact = half_gradients._gradients(SMALL, 0, torch.float64, 1.0)
    single = half_gradients._gradients(SMALL, 0, torch.float32, 4.0)
    for one, other in zip(exact, single, strict=True):
        assert torch.allclose(4 * one, other, rtol=1e-3, atol=1e-5 * float(one.abs().max()))


@pytest.mark.parametrize(("argument", "value"), [("depth", 1), ("exponents", (-1,)), ("shown", -1), ("seeds", 0)])
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"^(depth|exponents|seeds): found .*, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
