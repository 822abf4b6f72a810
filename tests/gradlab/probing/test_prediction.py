"""Theory's prediction for a stretch of layers, for every activation function and normalization."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

import gradlab
from gradlab import activations
from gradlab.probing import bank, prediction, structure
from tests.gradlab.probing.test_diagnosis import at, chain

NAMES = [name for name, phi in activations.ACTIVATIONS.items() if phi.module is not None]


@pytest.mark.parametrize("normalization", bank.NORMALIZATIONS)
@pytest.mark.parametrize("activation", NAMES)
def test_every_activation_is_predicted_behind_every_normalization(activation: str, normalization: str) -> None:
    torch.set_num_threads(1)
    settings = {"activation": activation, "normalization": normalization, "sigma_w": 1.0, "depth": 10, "width": 256}
    member = bank.Member("a network", "", **settings)  # type: ignore[arg-type]
    model, x = member.make()
    v = torch.empty(len(x), 1).normal_(generator=torch.Generator().manual_seed(1))
    with gradlab.probe(model) as record:
        (v * model(x)).sum().backward()
    step = record.steps[0]
    (whole,) = structure.stretches(step)
    # The normalization of layer 1 divides by the spread of W x, every other one by that of W φ(z), as is predicted.
    stretch = replace(whole, calls=whole.calls[1:], links=whole.links[1:])
    expected = prediction.expectation(stretch, {parameter.name: parameter for parameter in step.parameters})
    first, last = stretch.calls[0].delta_norm, stretch.calls[-1].delta_norm
    assert first and last and expected.predicted is not None
    assert math.log(first / last) == pytest.approx(expected.predicted, abs=3 * expected.standard_deviation)


def test_the_factor_of_batch_normalization_is_that_of_the_batch_where_there_are_no_positions() -> None:
    def factor(batch: int, *, training: bool = True, positions: int | None = None) -> float | None:
        shape = (batch, 1024) if positions is None else (batch, 1024, positions)
        step = chain((1.0,) * 3)
        calls = at(step.calls, 2, operations=("relu", "batch_norm"))
        calls = tuple(replace(call, shape=shape, training=training) for call in calls)
        (stretch,) = structure.stretches(replace(step, calls=calls))
        return prediction.log_factor(stretch.links[1], {one.name: one for one in step.parameters})

    large, small, without = factor(4096), factor(5), factor(8, positions=9)
    assert large and small and without
    assert abs(small - large) > 0.01
    assert large == pytest.approx(without, abs=1e-3)
    assert [factor(batch) for batch in (2, 3, 4)] == [without] * 3, "of so few no theory of their number is known"
    assert factor(5, training=False) is None


@pytest.mark.parametrize("batch", [2, 3, 4, 5])
def test_a_network_with_batch_normalization_is_reported_whatever_its_batch(batch: int) -> None:
    torch.manual_seed(0)
    layers = (layer for _ in range(3) for layer in (nn.Linear(16, 16), nn.BatchNorm1d(16), nn.ReLU()))
    model = nn.Sequential(*layers, nn.Linear(16, 1))
    with gradlab.probe(model) as record:
        model(torch.randn(batch, 16)).sum().backward()
    assert record.report().rows
