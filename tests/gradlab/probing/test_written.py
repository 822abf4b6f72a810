"""Losses that are written out: what is read of outputs and targets, number by number."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy, l1_loss, log_softmax, mse_loss

import gradlab
from gradlab.probing.written import WrittenReading
from tests.gradlab.probing.causes.test_written import ONE, SEVERAL, YES, X, binary, categorical, network, plain

Loss = Callable[[Tensor, Tensor], Tensor]
TWO = torch.tensor([1.0, 0.8, 0.0, 0.0]).repeat(32, 1)


def read(model: nn.Module, loss: Loss, y: Tensor) -> WrittenReading | None:
    """The reading of the output in the first step, if there is one."""
    with gradlab.probe(model) as record:
        loss(model(X), y).backward()  # type: ignore[no-untyped-call]
    assert not record._watch.failures
    found = record.steps[0].readings.written
    return found[0] if found else None


def squared(p: Tensor, y: Tensor) -> Tensor:
    return (p - y).square().mean()


def of_logits(z: Tensor, y: Tensor) -> Tensor:
    return -(y * log_softmax(z, -1)).sum(-1).mean()


def test_whose_probabilities_a_loss_takes_an_output_for() -> None:
    softmax, sigmoid = network(4, nn.Softmax(-1)), network(1, nn.Sigmoid())
    cases: list[tuple[nn.Module, Loss, Tensor, tuple[str, bool, bool]]] = [
        (softmax, categorical, ONE, ("classes", False, True)),
        (softmax, plain, ONE, ("classes", False, False)),
        (sigmoid, categorical, YES, ("classes", True, True)),
        (sigmoid, binary, YES, ("binary", False, False)),
        (sigmoid, binary_cross_entropy, YES, ("binary", False, False)),
        (network(4), of_logits, ONE, ("logits", False, False)),
        (sigmoid, squared, YES, ("distance", False, False)),
        (sigmoid, l1_loss, YES, ("distance", False, False)),
    ]
    for model, loss, y, expected in cases:
        found = read(model, loss, y)
        assert found is not None
        assert (found.kind, found.single, found.shares) == expected


def test_elements_that_are_no_probabilities_are_counted() -> None:
    model = network(4)
    found = read(model, binary, ONE)
    with torch.no_grad():
        outputs = model(X)
    assert found is not None
    assert found.improper == pytest.approx(float(((outputs < 0) | (outputs > 1)).float().mean()))
    proper = read(network(4, nn.Sigmoid()), binary, ONE)
    assert proper is not None
    assert proper.improper == 0.0


@pytest.mark.parametrize(
    ("loss", "y", "several"),
    [
        (plain, ONE, 0.0),
        (plain, 2 * ONE, 0.0),
        (plain, SEVERAL, float((SEVERAL.sum(1) > 1).float().mean())),
        # Two of different weight are no classes of which both are true.
        (plain, TWO, 0.0),
        (plain, TWO.ceil(), 1.0),
        (binary, ONE, 0.0),
        (binary, SEVERAL, float((SEVERAL.sum(1) != 1).float().mean())),
        (binary, TWO, 0.0),
    ],
)
def test_rows_with_several_classes_are_counted(loss: Loss, y: Tensor, several: float) -> None:
    found = read(network(4, nn.Softmax(-1)), loss, y)
    assert found is not None
    assert found.several == pytest.approx(several, abs=1e-6)
    sigmoids = read(network(4, nn.Sigmoid()), loss, y)
    assert sigmoids is not None
    assert sigmoids.several is None, "only a softmax says that there is one"


@pytest.mark.parametrize(
    ("y", "outside", "labels"),
    [
        (YES, 0.0, 1.0),
        (2 * YES, float(YES.mean()), 0.0),
        (YES - 2, 1.0, 0.0),
        (0.9 * YES + 0.05, 0.0, 0.0),
        (YES / 2 + 0.7, 0.0, 0.0),
    ],
)
def test_targets_of_yes_and_no_are_told_from_others(y: Tensor, outside: float, labels: float) -> None:
    found = read(network(1, nn.Sigmoid()), binary, y)
    assert found is not None
    assert found.outside == pytest.approx(outside)
    assert found.labels == labels


def test_where_every_output_is_clipped_the_loss_counts_the_wrong_ones() -> None:
    model = network(1)
    with torch.no_grad():
        model[2].weight.zero_()  # type: ignore[operator]
        model[2].bias.fill_(3.0)  # type: ignore[operator]
    assert [read(model, binary, y).labels for y in (YES, 0 * YES, 0 * YES + 1, YES * 0.3)] == [1.0, 0.0, 0.0, 0.0]  # type: ignore[union-attr]


@pytest.mark.parametrize("loss", [squared, mse_loss, l1_loss])
def test_a_distance_to_0_and_1_is_told(loss: Loss) -> None:
    found = [read(network(1, nn.Sigmoid()), loss, y) for y in (YES, 0.9 * YES, YES + 1)]
    assert [one.binary for one in found if one is not None] == [1.0, 0.0, 0.0]


def test_the_loss_of_a_constant_guess() -> None:
    counts = SEVERAL.mean(0)
    entropy = float(-(counts * counts.log() + (1 - counts) * (1 - counts).log()).mean())
    found = read(network(4, nn.Sigmoid()), binary, SEVERAL)
    assert found is not None
    assert found.guess == pytest.approx(entropy + 1 / 64, rel=1e-3)
    uneven = ONE.clone()
    uneven[:8] = ONE[0]
    shares = uneven.mean(0)
    expected = float(-(shares * shares.log()).sum()) + 3 / 64
    for model, loss in ((network(4), of_logits), (network(4, nn.Softmax(-1)), plain)):
        of_classes = read(model, loss, uneven)
        assert of_classes is not None
        assert of_classes.guess == pytest.approx(expected, rel=1e-6)
    missing = read(network(4), of_logits, torch.eye(4)[torch.arange(32) % 2])
    assert missing is not None
    assert missing.guess == pytest.approx(math.log(2) + 1 / 64, rel=1e-6)
