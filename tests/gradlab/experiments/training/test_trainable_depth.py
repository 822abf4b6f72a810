"""Kinds of networks at several depths: which learn, when, and that each is trained as if alone."""

import math

import pytest
import torch

from gradlab.datasets import two_spirals
from gradlab.experiments.training import trainable_depth
from gradlab.experiments.training.trainable_depth import Config, Kind, Point
from gradlab.training import Rule, train

SMALL = Config(
    kinds=(Kind("he"), Kind("tanh", activation="tanh", initialization="xavier"), Kind("large", sigma_w=30.0)),
    depths=(2, 4),
    width=16,
    steps=40,
    seeds=3,
    learning_rate=0.2,
)


def test_every_kind_has_a_point_at_every_depth_in_the_order_of_the_configuration() -> None:
    result = trainable_depth.run(SMALL)
    names = [(point.kind, point.depth) for point in result.points]
    assert names == [(kind, depth) for kind in ("he", "tanh", "large") for depth in (2, 4)]
    he, large = result.at("he", 4), result.at("large", 4)
    assert [len(losses) for losses in he.losses] == [SMALL.steps + 1] * SMALL.seeds
    assert he.median_losses[-1] < he.median_losses[0]
    # Its signal grows by 21 at every layer.
    assert large.median_losses[0] > 100
    assert large.learned == 0
    assert math.isinf(large.median_steps)


def test_kinds_that_share_a_product_are_trained_as_if_alone() -> None:
    alone = trainable_depth.run(Config(**{**vars(SMALL), "kinds": SMALL.kinds[:1]}))
    together = trainable_depth.run(SMALL)
    assert together.at("he", 2).final_losses == pytest.approx(alone.at("he", 2).final_losses)


def test_the_steps_to_learn_are_those_of_the_loss() -> None:
    config = Config(kinds=(Kind("he"),), depths=(2,), width=16, steps=120, seeds=2, learning_rate=0.5)
    (point,) = trainable_depth.run(config).points
    samples = two_spirals(config.points, torch.Generator().manual_seed(0))
    networks = [trainable_depth._network(config, config.kinds[0], 2, seed) for seed in range(2)]
    outcomes = train(networks, [Rule(0.5)] * 2, samples, 120)
    bound = 0.2 * math.log(2)
    for steps, outcome in zip(point.steps_to_learn, outcomes, strict=True):
        assert steps is not None
        assert outcome.losses[steps] < bound <= min(outcome.losses[:steps])


def test_biases_are_drawn_for_the_hidden_layers_alone() -> None:
    config = Config(kinds=(Kind("biased", bias_deviation=0.5),), width=400, depths=(2,))
    layers = trainable_depth._network(config, config.kinds[0], 2, 0).linear_layers
    assert [float(layer.bias.detach().std(correction=0)) for layer in layers] == pytest.approx(
        [0.5, 0.5, 0.0], abs=0.08
    )


def test_medians_and_counts() -> None:
    point = Point("he", 2, (0.1, 0.7, 0.2), (5, None, 9), ((0.7, 0.1), (0.8, 0.7), (0.9, 0.2)))
    assert (point.median_final_loss, point.median_steps, point.learned) == (0.2, 9, 2)
    assert point.median_losses == (0.8, 0.2)


@pytest.mark.parametrize(("argument", "value"), [("points", 5), ("learned", 1.0), ("seeds", 0), ("learning_rate", 0.0)])
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found .*, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(("argument", "value"), [("name", ""), ("bias_deviation", -1.0), ("residual_scale", 0.0)])
def test_a_bad_kind_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found .*, allowed: "):
        Kind(**{"name": "one", argument: value})  # type: ignore[arg-type]
