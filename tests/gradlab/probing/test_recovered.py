"""Targets as δ at an output tells them, and inputs as they are read: the numbers that the data have."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)

import gradlab
from gradlab.probing.entering import InputReading
from gradlab.probing.recovered import OutputReading

GENERATOR = torch.Generator().manual_seed(0)
X = torch.randn(48, 6, generator=GENERATOR)
VALUES = 3 + 2 * torch.randn(48, 2, generator=GENERATOR)
SHARES = torch.rand(48, 2, generator=GENERATOR)
CLASSES = torch.arange(48) % 5


def network(outputs: int, *end: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, outputs), *end)


def read(model: nn.Module, loss: Callable[[Tensor], Tensor], x: Tensor = X) -> OutputReading:
    """The reading of the only output in the first step."""
    with gradlab.probe(model) as record:
        loss(model(x)).backward()  # type: ignore[no-untyped-call]
    (reading,) = record.steps[0].readings.outputs
    return reading


SQUARES: dict[str, Callable[[Tensor], Tensor]] = {
    "mean": lambda output: mse_loss(output, VALUES),
    "sum": lambda output: mse_loss(output, VALUES, reduction="sum"),
    "a hundredth": lambda output: mse_loss(output, VALUES) / 100,
    "by hand": lambda output: (output - VALUES).square().mean(),
    "by hand, turned round": lambda output: (VALUES - output).pow(2).sum(),
}


@pytest.mark.parametrize("name", SQUARES)
def test_the_targets_of_a_squared_error_whatever_its_factor(name: str) -> None:
    found = read(network(2), SQUARES[name])
    assert found.rows == VALUES.numel()
    assert found.target_mean == pytest.approx(float(VALUES.mean()), rel=1e-4)
    assert found.target_deviation == pytest.approx(float(VALUES.std(correction=0)), rel=1e-4)
    assert found.outside is found.unreachable is None, "a linear layer has no limits"


def test_of_numbers_of_64_bits_the_targets_have_all_digits() -> None:
    values, x = VALUES.double(), X.double()
    found = read(network(2).double(), lambda output: mse_loss(output, values), x)
    assert found.target_mean == pytest.approx(float(values.mean()), rel=1e-12)
    assert found.target_deviation == pytest.approx(float(values.std(correction=0)), rel=1e-12)
    shares = SHARES.double()
    binary = read(network(2).double(), lambda output: binary_cross_entropy_with_logits(output, shares), x)
    assert binary.target_mean == pytest.approx(float(shares.mean()), rel=1e-9)
    assert binary.target_deviation == pytest.approx(float(shares.std(correction=0)), rel=1e-9)


def test_targets_beyond_the_range_of_the_output() -> None:
    found = read(network(2, nn.Sigmoid()), lambda output: mse_loss(output, VALUES))
    excess = VALUES - VALUES.clamp(0, 1)
    assert found.outside == pytest.approx(float((excess.abs() > 1e-3).float().mean()), abs=1e-6)
    assert found.unreachable == pytest.approx(float(excess.square().mean() / VALUES.var(correction=0)), rel=1e-3)
    within = read(network(2, nn.Sigmoid()), lambda output: mse_loss(output, SHARES))
    assert (within.outside, within.unreachable) == (0.0, 0.0)


@pytest.mark.parametrize("logits", [True, False])
def test_the_targets_of_a_binary_cross_entropy(logits: bool) -> None:
    loss = binary_cross_entropy_with_logits if logits else binary_cross_entropy
    found = read(network(2, *([] if logits else [nn.Sigmoid()])), lambda output: loss(output, SHARES))
    assert found.rows == SHARES.numel()
    assert found.target_mean == pytest.approx(float(SHARES.mean()), rel=1e-2)
    assert found.target_deviation == pytest.approx(float(SHARES.std(correction=0)), rel=2e-2)
    assert found.outside == 0.0


def test_labels_of_minus_1_and_1_lie_outside() -> None:
    labels = torch.where(SHARES > 0.5, 1.0, -1.0)
    found = read(network(2), lambda output: binary_cross_entropy_with_logits(output, labels))
    assert found.outside == pytest.approx(float((labels < 0).float().mean()), abs=1e-6)
    assert found.target_mean == pytest.approx(float(labels.mean()), abs=0.03)


def test_the_classes_of_a_cross_entropy() -> None:
    model = network(5)
    found = read(model, lambda output: cross_entropy(output, CLASSES))
    assert (found.classes, found.rows, found.one) == (5, 48, 0.0)
    with torch.no_grad():
        assert found.cross_entropy == pytest.approx(float(cross_entropy(model(X), CLASSES)), rel=1e-5)
    alike = read(network(5), lambda output: cross_entropy(output, torch.full((48,), 3)))
    assert alike.one == 1.0
    some = read(network(5), lambda output: cross_entropy(output[:7], CLASSES[:7]))
    assert some.rows == 7
    ignored = CLASSES.clone()
    ignored[:8] = -100
    assert read(network(5), lambda output: cross_entropy(output, ignored)).rows == 40


def test_classes_lie_in_the_second_dimension_of_images() -> None:
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 7, 1)), torch.randn(2, 3, 5, 5)
    found = read(model, lambda output: cross_entropy(output, torch.randint(7, (2, 5, 5))), x)
    assert (found.classes, found.rows) == (7, 50)


@pytest.mark.parametrize("loss", [l1_loss, smooth_l1_loss])
def test_targets_below_0_beyond_a_relu_that_is_off(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    model = network(2, nn.ReLU())
    targets = torch.where(SHARES > 0.5, -1.0, 1.0)
    found = read(model, lambda output: loss(output, targets))
    with torch.no_grad():
        off = model(X) == 0
    assert found.beyond == pytest.approx(float((off & (targets < 0)).float().mean()), abs=1e-6)
    assert 0 < (found.beyond or 0) < 1


def test_an_output_at_its_limit_where_the_loss_wants_it_elsewhere() -> None:
    model = network(1, nn.Tanh())
    with torch.no_grad():
        model.get_parameter("2.weight").mul_(0.01)
        model.get_parameter("2.bias").fill_(6.0)
    found = read(model, lambda output: mse_loss(output, torch.zeros(48, 1)))
    left = (1 - math.tanh(6.0)) / 2
    assert found.away == 1.0
    assert found.passed == pytest.approx(4 * left * (1 - left), rel=0.1)
    assert found.compensated == pytest.approx(0.0, abs=0.01)
    wanted = read(model, lambda output: mse_loss(output, torch.full((48, 1), 2.0)))
    assert wanted.away == 0.0


def inputs(x: Tensor) -> InputReading:
    """The reading of the inputs of the first layer."""
    model = nn.Sequential(nn.Linear(x.shape[1], 4), nn.ReLU(), nn.Linear(4, 1))
    with gradlab.probe(model) as record:
        model(x).sum().backward()
    (reading,) = record.steps[0].readings.inputs
    return reading


def test_the_scale_of_inputs_their_centre_and_spread() -> None:
    x = X * torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 60.0]) + 7
    found = inputs(x)
    assert (found.call, found.samples, found.one) == (0, 48, 0.0)
    assert found.mean == pytest.approx(float(x.mean()), rel=1e-4)
    assert found.rms == pytest.approx(float(x.square().mean(1).sqrt().median()), rel=0.05)
    assert found.offset == pytest.approx(float(x.mean(0).square().mean().sqrt()), rel=1e-3)
    assert found.deviation == pytest.approx(float(x.var(0, correction=0).mean().sqrt()), rel=0.02)
    sizes = x.square().mean(0).sqrt()
    assert found.spread == pytest.approx(float(sizes.max() / sizes.min()), rel=1e-3)
    others = float((sizes.square().sum() - sizes.max() ** 2).sqrt())
    assert found.outweighs == pytest.approx(float(sizes.max()) / others, rel=1e-3)
    assert inputs(X[:1].expand(48, -1).clone()).one == 1.0
    assert inputs(X[:, :1].clone()).outweighs == 0.0, "there are no others"


def test_the_inputs_of_a_recurrent_layer_are_read_too() -> None:
    model, x = nn.RNN(6, 4), 3 + X.reshape(12, 4, 6)
    with gradlab.probe(model) as record:
        model(x)[0].sum().backward()
    (reading,) = record.steps[0].readings.inputs
    assert reading.mean == pytest.approx(float(x.mean()), rel=1e-5)


def test_of_many_elements_rows_at_even_distances_are_read() -> None:
    x = torch.ones(1 << 16, 16)
    x[1::2] = 5.0
    found = inputs(x)
    assert (found.samples, found.rms, found.mean, found.one) == (1 << 16, 1.0, 1.0, 1.0)
    assert inputs(x[: 1 << 15]).mean == 3.0, "so many are read as they are"
    model, targets = nn.Linear(1, 16), torch.arange(1 << 16) % 2
    read_rows = read(model, lambda output: cross_entropy(output, targets), x[:, :1])
    assert (read_rows.rows, read_rows.one) == (1 << 15, 1.0)
    few = read(model, lambda output: cross_entropy(output, targets[: 1 << 15]), x[: 1 << 15, :1])
    assert (few.rows, few.one) == (1 << 15, 0.0)
    wide = torch.ones(20, 1 << 16)
    wide[1::2] = 5.0
    assert inputs(wide).mean == 1.0, "of long samples 16 at least"
    assert inputs(wide[:16]).mean == 3.0


@pytest.mark.parametrize(
    "other",
    [
        lambda loss, model: loss + model.get_parameter("0.weight").square().sum(),
        lambda loss, model: loss - model.get_parameter("0.weight").square().sum(),
        lambda loss, model: 3 - loss,
        lambda loss, model: torch.stack([loss, loss]).sum(),
    ],
)
def test_of_a_loss_with_a_second_part_no_target_is_told(other: Callable[[Tensor, nn.Module], Tensor]) -> None:
    """The loss that is known is that of both."""
    for part in (SQUARES["mean"], lambda output: binary_cross_entropy_with_logits(output, SHARES)):
        model = network(2)
        with gradlab.probe(model) as record:
            other(part(model(X)), model).backward()  # type: ignore[no-untyped-call]
        assert record.steps[0].readings.outputs == ()
