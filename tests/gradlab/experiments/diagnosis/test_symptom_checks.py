"""The checks of the gallery: each shows its fault, and not the network after the fix."""

import dataclasses
import math

import pytest
import torch
from torch import nn

from figures_src.cache.results import measured
from gradlab.datasets import two_spirals
from gradlab.experiments.diagnosis import symptom_checks
from gradlab.experiments.diagnosis.symptom_checks import Config, Task, he, linear_layers
from gradlab.probing.history import verdict_of


@pytest.fixture(scope="module")
def result() -> symptom_checks.Result:
    return measured(symptom_checks, Config())


def test_the_probe_names_the_faults(result: symptom_checks.Result) -> None:
    assert [verdict_of(step) for step in result.stuck.steps] == ["vanishing"]
    assert [verdict_of(step) for step in result.overflow.steps] == ["exploding", "non-finite"]
    assert math.isnan(result.overflow.values[0])
    first, *_, last = [row.update_ratio for row in result.unmoved.steps[0].parameters if row.update_ratio is not None]
    assert first < 1e-6 * last


def test_what_the_checks_compute_shows_the_faults(result: symptom_checks.Result) -> None:
    before, overshoot, after = result.spikes.values
    assert after > 1.5 * before
    assert overshoot > 1
    assert len(result.dead.values) == 5
    assert max(result.dead.values) > 0.9
    shallow, deep = result.deep.values
    assert deep < 1e-8 < shallow


def test_every_network_learns_after_its_fix(result: symptom_checks.Result) -> None:
    found = [getattr(result, name).fixed for name in ("stuck", "overflow", "unmoved", "spikes", "dead", "deep")]
    assert max(found) < math.log(2) / 5


def test_without_the_fix_the_network_does_not_learn() -> None:
    task = Task(two_spirals(48, torch.Generator().manual_seed(0)), width=32, seed=0)
    model = task.network(20, nn.Sigmoid, nn.init.xavier_normal_)
    loss = task.train(model, torch.optim.SGD(model.parameters(), lr=0.1), 100)
    assert loss == pytest.approx(math.log(2), abs=1e-3)


def test_networks_do_not_disturb_the_global_generator() -> None:
    task = Task(two_spirals(4, torch.Generator().manual_seed(0)), width=3, seed=5)
    state = torch.random.get_rng_state()
    one, other = task.network(2, nn.ReLU, he), task.network(2, nn.ReLU, he)
    assert torch.equal(torch.random.get_rng_state(), state)
    for layer, same in zip(linear_layers(one), linear_layers(other), strict=True):
        assert torch.equal(layer.weight, same.weight)
        assert not layer.bias.any()


def test_the_gradient_is_that_of_the_loss() -> None:
    task = Task(two_spirals(6, torch.Generator().manual_seed(0)), width=4, seed=1)
    model = task.network(2, nn.Tanh)
    torch.autograd.backward(task.loss(model))
    found = torch.cat([parameter.grad.flatten() for parameter in model.parameters() if parameter.grad is not None])
    assert torch.allclose(task.gradient(model), found, rtol=1e-12, atol=0)


@pytest.mark.parametrize("wrong", [{"width": 0}, {"points": 3}, {"seed": -1}])
def test_wrong_settings_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        dataclasses.replace(Config(), **wrong)
