"""The learning rate: absent from the gradient, decisive for stability."""

import math
import re

import pytest

from gradlab.experiments.training import learning_rate
from gradlab.experiments.training.learning_rate import Config


def test_the_gradient_before_the_first_step_does_not_know_the_learning_rate() -> None:
    result = learning_rate.run()
    assert [step.learning_rate for step in result.first_steps] == [1e-3, 0.1, 10.0]
    assert all(step.same_gradient for step in result.first_steps)
    assert len({(step.first_gradient, step.ratio, step.delta_ratio) for step in result.first_steps}) == 1
    first = result.first_steps[0]
    assert first.ratio < 1e-10
    # One network of width 64: ln of the ratio has a standard deviation of about √(L/n) = 0.56.
    assert abs(math.log(first.delta_ratio / result.predicted_delta_ratio)) < 2


def test_a_large_learning_rate_moves_the_last_layer_and_not_the_first() -> None:
    large = learning_rate.run().first_steps[-1]
    # Below 1.2e-7, the resolution of float32.
    assert large.relative_change_first < 1e-10
    assert large.relative_change_last > 0.1
    assert large.loss_after > large.loss_before


def test_descent_on_a_quadratic_is_exact() -> None:
    result = learning_rate.run()
    assert result.stable_limit == 0.2
    for descent in result.descents:
        # 200 multiplications by 1 - η λ, each rounded; below 2/λ the error contracts with the value.
        assert descent.distance == pytest.approx(descent.predicted, rel=1e-10)
        assert descent.predicted == abs(1 - 10 * descent.learning_rate) ** 200
        assert len(descent.path) == 201
        assert descent.path[0] == descent.predicted_path[0] == 1
        assert descent.path == pytest.approx(descent.predicted_path, rel=1e-10)
        assert (descent.distance, descent.predicted) == (descent.path[-1], descent.predicted_path[-1])
        assert descent.stable == (descent.learning_rate <= 0.2)
    below, at, above, far = (descent.distance for descent in result.descents)
    assert below < 1e-8
    assert at == pytest.approx(1, rel=1e-10)
    assert above == pytest.approx(1.01**200, rel=1e-10)
    assert far == pytest.approx(1.1**200, rel=1e-10)


def test_the_same_configuration_gives_the_same_result() -> None:
    config = Config(width=8, depth=3, batch=4, steps=5)
    assert learning_rate.run(config) == learning_rate.run(config)


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [
        ("learning_rates", (), ()),
        ("learning_rates", (0.1, -1.0), -1.0),
        ("quadratic_learning_rates", (math.inf,), math.inf),
        ("curvatures", (0.0,), 0.0),
        ("activation", "sigmod", "sigmod"),
        ("initialization", "xavierr", "xavierr"),
        ("depth", 1, 1),
        ("width", 0, 0),
        ("batch", 1, 1),
        ("steps", 0, 0),
        ("seed", -1, -1),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object, found: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
