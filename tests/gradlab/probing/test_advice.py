"""Advice names this network's own layers and numbers, runs as printed, and speaks of nothing that is not there."""

import math

import pytest
import torch
from torch import Tensor, nn

import gradlab
from gradlab.probing import Report
from gradlab.probing.bank import HE, PYTORCH_DEFAULT, Member
from gradlab.probing.scale import as_code


def of(model: nn.Module, x: Tensor) -> Report:
    with gradlab.probe(model) as record:
        model(x).square().mean().backward()
    return record.report()


def plain(depth: int, activation: type[nn.Module], sigma_w: float, *, bias: bool = True, width: int = 32) -> nn.Module:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for _ in range(depth):
        linear = nn.Linear(width, width, bias=bias)
        nn.init.normal_(linear.weight, std=sigma_w / math.sqrt(width))
        layers += [linear, activation()]
    return nn.Sequential(*layers, nn.Linear(width, 1, bias=bias))


def said(report: Report, language: str = "en") -> str:
    return " ".join(finding.advice.helps(language) for finding in report.findings)


HEALED = {
    "relu vanishes": lambda: plain(16, nn.ReLU, PYTORCH_DEFAULT),
    "relu without a bias": lambda: plain(16, nn.ReLU, PYTORCH_DEFAULT, bias=False),
    "relu explodes": lambda: plain(16, nn.ReLU, 3.0),
    "leaky relu vanishes": lambda: plain(16, nn.LeakyReLU, PYTORCH_DEFAULT),
    "tanh vanishes": lambda: plain(16, nn.Tanh, PYTORCH_DEFAULT),
    "tanh explodes": lambda: plain(30, nn.Tanh, 4.0, width=128),
    "sigmoid vanishes": lambda: plain(8, nn.Sigmoid, 1.0),
    "batch normalization explodes": lambda: Member("", "", normalization="batch", depth=30, width=32).make()[0],
    "unscaled branches explodes": lambda: Member("", "", residual=1.0, depth=24, width=32).make()[0],
    "gelu vanishes": lambda: plain(16, nn.GELU, 1.0),
}


OF_RECURRENT = {
    "exploding": {"sigma_w": 3.5, "depth": 10},
    "dead": {"fault": "dead", "depth": 4},
    "saturated": {"fault": "saturated", "activation": "tanh", "sigma_w": 1.0, "depth": 4},
}


@pytest.mark.parametrize("truth", OF_RECURRENT)
def test_the_code_of_an_advice_heals_plain_recurrent_layers(truth: str) -> None:
    model, x = Member("", truth, kind="rnn", batch=8, **OF_RECURRENT[truth]).make()  # type: ignore[arg-type]
    before = of(model, x)
    assert before.verdict == truth
    exec(before.findings[0].advice.code, {"model": model, "torch": torch})  # noqa: S102
    assert of(model, x).verdict == "healthy"


@pytest.mark.parametrize("name", HEALED)
def test_the_code_of_an_advice_heals_as_it_is_printed(name: str) -> None:
    model, x = HEALED[name](), torch.randn(64, 128 if "tanh explodes" in name else 32)
    before = of(model, x)
    assert before.verdict == ("exploding" if "explodes" in name else "vanishing")
    exec(before.findings[0].advice.code, {"model": model, "torch": torch, "x": x})  # noqa: S102
    assert of(model, x).verdict == "healthy"


def test_layers_activation_and_scales_are_named() -> None:
    report = of(HEALED["relu vanishes"](), torch.randn(64, 32))
    assert "He initialization: σ_w of layer 0, …, layer 32 is 0.57" in said(report)
    assert "ReLU needs 1.41" in said(report)
    assert "map(str, range(0, 33, 2))" in report.findings[0].advice.code
    assert "ReLU 需要 1.41" in said(report, "zh")


def test_a_tanh_network_that_explodes_is_not_told_of_relu_or_of_a_larger_scale() -> None:
    report = of(HEALED["tanh explodes"](), torch.randn(64, 128))
    assert "A smaller weight scale: σ_w of" in said(report)
    assert "Tanh needs 1." in said(report)
    assert "He " not in said(report)
    assert "relu" not in report.findings[0].advice.code


def test_a_scale_that_is_right_already_is_not_advised() -> None:
    """Something between the layers shrinks every gradient, whatever the weights."""

    class Shrunk(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.relu(x) * 0.3

    model = plain(12, Shrunk, HE)
    report = of(model, torch.randn(64, 32))
    assert report.verdict == "vanishing"
    assert "He initialization" not in said(report)
    assert "LSUV" in said(report)


def test_networks_with_layer_normalization_are_not_told_of_batch_normalization() -> None:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for _ in range(40):
        layers += [nn.Linear(16, 16), nn.LayerNorm(16), nn.Tanh(), nn.Sigmoid()]
    report = of(nn.Sequential(*layers, nn.Linear(16, 1)), torch.randn(64, 16))
    assert report.findings
    assert "atch normalization" not in said(report)
    assert "BatchNorm" not in "".join(finding.advice.code for finding in report.findings)


def test_the_odd_layer_is_compared_with_its_siblings() -> None:
    model = Member("", "", activation="tanh", sigma_w=1.0, depth=6, fault="saturated")
    network, x = model.make()
    report = of(network, x)
    assert "σ_w of layer 6 is 1.01e+03 times that of its siblings" in said(report)


def test_names_are_a_range_where_they_are_one() -> None:
    assert as_code([f"layers.{i}.fc" for i in range(6)]) == '[f"layers.{i}.fc" for i in range(0, 6)]'
    assert as_code(["0", "2", "4", "6", "8"]) == "map(str, range(0, 9, 2))"
    assert as_code(["a", "b"]) == '["a", "b"]'
    uneven = ["0", "3", "4", "8", "9"]
    assert eval(as_code(uneven)) == uneven  # noqa: S307
