"""Causes told from losses on probabilities that are written out."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy, one_hot

import gradlab

X = torch.randn(32, 8, generator=torch.Generator().manual_seed(1))
CLASS = torch.arange(32) % 4
ONE = one_hot(CLASS, 4).float()
SEVERAL = (torch.rand(32, 4, generator=torch.Generator().manual_seed(2)) < 0.5).float()
SMOOTH = 0.9 * ONE + 0.025
YES = (X[:, :1] > 0).float()


def network(outputs: int, *end: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, outputs), *end)


def categorical(p: Tensor, y: Tensor) -> Tensor:
    return -(y * (p / p.sum(-1, keepdim=True)).clamp(1e-7, 1 - 1e-7).log()).sum(-1).mean()


def plain(p: Tensor, y: Tensor) -> Tensor:
    return -(y * p.clamp_min(1e-7).log()).sum(-1).mean()


def binary(p: Tensor, y: Tensor) -> Tensor:
    p = p.clamp(1e-7, 1 - 1e-7)
    return -(y * p.log() + (1 - y) * (1 - p).log()).mean()


def weighted(p: Tensor, y: Tensor) -> Tensor:
    p = p.clamp(1e-7, 1 - 1e-7)
    return -(3 * y * p.log() + (1 - y) * (1 - p).log()).mean()


def told(model: nn.Module, loss: Callable[[Tensor, Tensor], Tensor], y: Tensor) -> set[str]:
    with gradlab.probe(model) as record:
        loss(model(X), y).backward()  # type: ignore[no-untyped-call]
    return {finding.cause for finding in record.report().findings if finding.cause}


@pytest.mark.parametrize("loss", [categorical, plain, binary, binary_cross_entropy])
def test_one_class_under_a_softmax_is_sound(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    assert told(network(4, nn.Softmax(-1)), loss, ONE) == set()


@pytest.mark.parametrize("loss", [categorical, plain])
def test_smoothed_targets_are_sound(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    assert told(network(4, nn.Softmax(-1)), loss, SMOOTH) == set()


@pytest.mark.parametrize("loss", [categorical, plain, binary, binary_cross_entropy])
def test_several_classes_under_a_softmax_are_told(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    assert told(network(4, nn.Softmax(-1)), loss, SEVERAL) == {"several targets"}


@pytest.mark.parametrize("loss", [binary, weighted, binary_cross_entropy])
def test_several_labels_of_sigmoids_are_sound(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    assert told(network(4, nn.Sigmoid()), loss, SEVERAL) == set()


@pytest.mark.parametrize("loss", [categorical, binary])
def test_outputs_that_are_no_probabilities_are_told(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    assert told(network(4), loss, ONE) == {"logits as probabilities"}


def test_a_relu_before_logarithms_is_told() -> None:
    model = network(4, nn.ReLU())
    assert isinstance(model[2], nn.Linear)
    nn.init.ones_(model[2].bias)  # so that no row is all 0, which would be divided by its sum
    assert told(model, categorical, ONE) == {"logits as probabilities"}


def test_class_numbers_for_one_sigmoid_are_told() -> None:
    assert told(network(1, nn.Sigmoid()), binary, CLASS.clamp_max(2).float().unsqueeze(1)) == {"targets out of range"}


def test_yes_and_no_of_one_sigmoid_are_sound() -> None:
    assert told(network(1, nn.Sigmoid()), binary, YES) == set()
    assert told(network(1, nn.Sigmoid()), weighted, YES) == set()


def test_a_loss_that_divides_one_output_by_itself_is_told() -> None:
    assert "divided by itself" in told(network(1, nn.Sigmoid()), categorical, YES)


PRICES = 300 + 80 * X[:, :1]
NO_LABELS = {
    "prices": PRICES,
    "some dollars": PRICES.round(),
    "near 0": 1.5 + X[:, :1],
    "standardized": (PRICES - PRICES.mean()) / PRICES.std(),
    "percent": PRICES / 1000,
}


def scaled(outputs: int, factor: float, *end: nn.Module) -> nn.Sequential:
    model = network(outputs, *end)
    with torch.no_grad():
        model[2].weight.mul_(factor)  # type: ignore[operator]
    return model


def advised(model: nn.Module, y: Tensor, steps: int = 1) -> str:
    with gradlab.probe(model) as record:
        for _ in range(steps):
            binary(model(X), y).backward()  # type: ignore[no-untyped-call]
    (found, *_) = record.report().findings
    assert found.cause in ("logits as probabilities", "targets out of range", "softmax of one", "cut off")
    return f"{found.advice.helps('en')}\n{found.advice.code}"


@pytest.mark.parametrize("end", [(), (nn.Softmax(-1),)], ids=["linear", "softmax of one"])
@pytest.mark.parametrize("factor", [1.0, 100.0])
@pytest.mark.parametrize("kind", NO_LABELS)
def test_no_sigmoid_without_a_word_of_values(kind: str, factor: float, end: tuple[nn.Module, ...]) -> None:
    y = NO_LABELS[kind]
    model = scaled(1, factor, *end)
    said = advised(model, y)
    assert "mse_loss(model(x), targets)" in said
    treatment = gradlab.treat(model, lambda one: binary(one(X), y), steps=1)
    assert not any("igmoid" in trial.says("en") for trial in treatment.trials)


@pytest.mark.parametrize("end", [(), (nn.Softmax(-1),)], ids=["linear", "softmax of one"])
@pytest.mark.parametrize("steps", [1, 12])
def test_labels_of_0_and_1_are_known(steps: int, end: tuple[nn.Module, ...]) -> None:
    assert "mse_loss" not in advised(network(1, *end), YES, steps)


def test_the_loss_of_a_constant_guess_is_that_of_the_shares_of_the_targets() -> None:
    def guess(model: nn.Module, loss: Callable[[Tensor, Tensor], Tensor], y: Tensor) -> float:
        with gradlab.probe(model) as record:
            loss(model(X), y).backward()  # type: ignore[no-untyped-call]
        (reading,) = record.steps[0].readings.written
        assert reading.guess is not None
        return reading.guess

    share = YES.mean()
    entropy = float(-(share * share.log() + (1 - share) * (1 - share).log()))
    assert guess(network(1, nn.Sigmoid()), binary, YES) == pytest.approx(entropy + 1 / 64, rel=1e-3)
    # Four classes, each as often, of 32 samples.
    assert guess(network(4, nn.Softmax(-1)), categorical, ONE) == pytest.approx(math.log(4) + 3 / 64, rel=1e-3)
