"""Theory's prediction for a stretch of layers, for every activation function and normalization."""

import math
from dataclasses import replace

import pytest
import torch

import gradlab
from gradlab import activations
from gradlab.probing import bank, prediction, structure

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
