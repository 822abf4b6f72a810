"""Deep linear networks: with orthogonal weights they learn in as many steps at every depth."""

import math

import pytest
import torch

from gradlab.experiments.training import linear_depth
from gradlab.experiments.training.linear_depth import Config

SMALL = Config(depths=(2, 12), width=8, outputs=2, rates=(0.4, 0.8), steps=80, seeds=3)


def test_orthogonal_networks_learn_at_any_depth_and_gaussian_ones_do_not() -> None:
    result = linear_depth.run(SMALL)
    steps = {(point.initialization, point.depth): point.median_steps for point in result.points}
    assert steps["orthogonal", 12] < 2.5 * steps["orthogonal", 2]
    assert steps["normal", 12] > 2.5 * steps["normal", 2]
    spreads = {(point.initialization, point.depth): point.spread for point in result.points}
    assert spreads["orthogonal", 12] == pytest.approx(1)
    assert spreads["normal", 12] > 1e4


def test_one_step_is_that_of_gradient_descent() -> None:
    generator = torch.Generator().manual_seed(0)
    W_1, W_2, target = torch.randn(3, 1, 2, 2, generator=generator, dtype=torch.float64) / 4
    error = (W_2 @ W_1 - target)[0]
    # The gradients of |W_2 W_1 - T|²/2, by hand.
    after_1, after_2 = W_1[0] - 0.3 * W_2[0].T @ error, W_2[0] - 0.3 * error @ W_1[0].T
    weights = [W_1.clone(), W_2.clone()]
    config = Config(depths=(2,), width=2, outputs=2, steps=1, learned=1e-6)
    taken = linear_depth._steps(config, weights, target, torch.tensor([0.3], dtype=torch.float64))
    assert taken.tolist() == [math.inf]
    assert torch.allclose(weights[0][0], after_1)
    assert torch.allclose(weights[1][0], after_2)


@pytest.mark.parametrize(
    ("argument", "value"), [("outputs", 17), ("depths", (1,)), ("learned", 0.0), ("rates", (0.0,)), ("steps", 0)]
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found .*, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
