"""Batched training: against one network at a time, trained by PyTorch's own modules."""

import math
import re

import pytest
import torch
from torch import nn

from gradlab import training
from gradlab.datasets import Samples, two_spirals
from gradlab.networks import MLP, MLPConfig
from gradlab.training import Rule


def _networks(count: int, **changes: object) -> list[MLP]:
    shape: dict[str, object] = {"width": 6, "depth": 4, "input_width": 2, "output_width": 1} | changes
    config = MLPConfig(**shape)  # type: ignore[arg-type]
    return [MLP(config, torch.Generator().manual_seed(seed)) for seed in range(count)]


def _samples() -> Samples:
    return two_spirals(20, torch.Generator().manual_seed(0))


def _train_alone(network: MLP, rule: Rule, samples: Samples, steps: int) -> tuple[float, float]:
    """Train by PyTorch's optimizers and ``clip_grad_norm_``; return the final loss and the accuracy."""
    optimizers = {"descent": torch.optim.SGD, "adam": torch.optim.Adam}
    optimizer = optimizers[rule.optimizer](network.parameters(), lr=rule.learning_rate)
    for _ in range(steps):
        loss = nn.functional.binary_cross_entropy_with_logits(network(samples.x)[:, 0], samples.y)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        if rule.maximum_norm is not None:
            nn.utils.clip_grad_norm_(network.parameters(), rule.maximum_norm)
        optimizer.step()
    with torch.no_grad():
        output = network(samples.x)[:, 0]
        loss = nn.functional.binary_cross_entropy_with_logits(output, samples.y)
        return float(loss), float(((output > 0) == (samples.y > 0.5)).double().mean())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"activation": "sigmoid", "initialization": "xavier", "bias": "none"},
        {"bias": "uniform"},
        {"normalization": "batch", "bias": "none"},
        {"residual_scale": 0.5},
        {"residual_scale": 1.0, "normalization": "batch", "bias": "none"},
        {"normalization": "layer", "bias": "none"},
    ],
    ids=str,
)
@pytest.mark.parametrize("optimizer", training.OPTIMIZERS)
def test_a_batch_of_networks_is_trained_as_each_alone(changes: dict[str, object], optimizer: str) -> None:
    samples = _samples()
    rules = [Rule(rate, bound, optimizer) for rate, bound in ((0.1, None), (0.02, 0.05), (0.3, 100.0))]
    outcomes = training.train(_networks(3, **changes), rules, samples, 12)
    for network, rule, outcome in zip(_networks(3, **changes), rules, outcomes, strict=True):
        loss, accuracy = _train_alone(network, rule, samples, 12)
        # The same arithmetic in another order: 12 steps of float64 leave 12 or more digits.
        assert outcome.final_loss == pytest.approx(loss, rel=1e-9)
        assert outcome.accuracy == accuracy
        assert outcome.diverged_at is None
        assert (outcome.losses[0], outcome.losses[-1]) == (outcome.first_loss, outcome.final_loss)
        assert len(outcome.losses) == 13


def test_the_networks_given_are_not_changed() -> None:
    networks = _networks(2)
    before = [parameter.detach().clone() for network in networks for parameter in network.parameters()]
    training.train(networks, [Rule(0.1)] * 2, _samples(), 3)
    after = [parameter for network in networks for parameter in network.parameters()]
    assert all(map(torch.equal, before, after))


def test_a_network_that_diverges_is_reported_and_leaves_the_others_alone() -> None:
    networks = _networks(2, sigma_w=math.sqrt(8), width=32, depth=20)
    diverging, calm = training.train(networks, [Rule(0.1), Rule(1e-30)], _samples(), 20)
    assert diverging.final_loss == math.inf
    assert diverging.accuracy == 0
    assert diverging.diverged_at is not None
    assert 1 <= diverging.diverged_at <= 20
    assert calm.diverged_at is None
    assert len(diverging.losses) == diverging.diverged_at
    # A rate of 1e-30 moves nothing that float64 resolves.
    assert calm.final_loss == pytest.approx(calm.first_loss, rel=1e-12)


def test_all_diverging_ends_early_and_no_step_leaves_the_loss() -> None:
    networks = _networks(2, sigma_w=math.sqrt(8), width=32, depth=20)
    outcomes = training.train(networks, [Rule(0.1)] * 2, _samples(), 20)
    assert [outcome.final_loss for outcome in outcomes] == [math.inf] * 2
    for outcome in training.train(networks, [Rule(0.1)] * 2, _samples(), 0):
        assert outcome.final_loss == outcome.first_loss


def test_bad_arguments_are_refused() -> None:
    samples = _samples()
    with pytest.raises(ValueError, match=r"^rules: found 1 for 2 networks, allowed: one for each"):
        training.train(_networks(2), [Rule(0.1)], samples, 1)
    with pytest.raises(ValueError, match=r"^networks: found widths .*, allowed: the same for all"):
        mixed = [*_networks(1, input_width=2), *_networks(1, input_width=3)]
        training.train(mixed, [Rule(0.1)] * 2, samples, 1)
    with pytest.raises(ValueError, match=r"^rules: found optimizers \['adam', 'descent'\], allowed: the same for all"):
        training.train(_networks(2), [Rule(0.1), Rule(0.1, optimizer="adam")], samples, 1)
    with pytest.raises(ValueError, match=r"^optimizer: found 'sgd', allowed: "):
        Rule(0.1, optimizer="sgd")
    with pytest.raises(ValueError, match=r"^output_width: found None, allowed in training: 1"):
        training.train(_networks(1, output_width=None), [Rule(0.1)], samples, 1)
    with pytest.raises(ValueError, match=r"^samples: found "):
        training.train(_networks(1), [Rule(0.1)], Samples(samples.x, samples.y[1:]), 1)
    with pytest.raises(ValueError, match=r"^steps: found -1, allowed: "):
        training.train(_networks(1), [Rule(0.1)], samples, -1)


@pytest.mark.parametrize(
    ("argument", "value"), [("learning_rate", 0.0), ("learning_rate", math.nan), ("maximum_norm", -1.0)]
)
def test_a_bad_rule_is_refused(argument: str, value: float) -> None:
    values: dict[str, float] = {"learning_rate": 0.1} | {argument: value}
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Rule(**values)  # type: ignore[arg-type]


def test_the_trained_network_has_the_final_loss() -> None:
    samples = two_spirals(12, torch.Generator().manual_seed(0))
    for normalization in (None, "batch", "layer"):
        bias = "none" if normalization else "zero"
        shape = MLPConfig(
            width=8, depth=3, normalization=normalization, input_width=2, output_width=1, bias=bias, sigma_w=1.0
        )
        networks = [MLP(shape, torch.Generator().manual_seed(seed)) for seed in range(3)]
        before = [parameter.clone() for parameter in networks[0].parameters()]
        rules = [Rule(0.1), Rule(1e300), Rule(0.1)]
        first, overflowed, last = training.train(networks, rules, samples, 5)
        for outcome in (first, last):
            assert outcome.trained is not None
            output = outcome.trained(samples.x)[:, 0]
            loss = nn.functional.binary_cross_entropy_with_logits(output, samples.y)
            assert float(loss.detach()) == pytest.approx(outcome.final_loss, rel=1e-10)
        assert (overflowed.trained is None) == (overflowed.diverged_at is not None)
        assert all(map(torch.equal, before, networks[0].parameters()))
