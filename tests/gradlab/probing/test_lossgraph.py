"""The graph of a loss, down to the outputs of the model."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    mse_loss,
    nll_loss,
)

import gradlab
from gradlab.probing.lossgraph import LossNode, LossReading, consumers, is_neutral

X, Y = torch.randn(6, 4, generator=torch.Generator().manual_seed(0)), torch.arange(6) % 3


def reading(loss: Callable[[Tensor], Tensor], *end: nn.Module, factor: float = 1.0) -> LossReading | None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 3), *end)
    with gradlab.probe(model, grad_scale=factor) as record:
        value = loss(model(X))
        (value if factor == 1 else value * factor).backward()  # type: ignore[no-untyped-call]
    return record.steps[0].readings.loss


def read(loss: Callable[[Tensor], Tensor], *end: nn.Module, factor: float = 1.0) -> LossReading:
    found = reading(loss, *end, factor=factor)
    assert found is not None
    return found


OUTPUT = LossNode("", (6, 3), (), 0)


def test_the_operations_from_the_loss_to_the_output() -> None:
    found = read(lambda output: cross_entropy(output, Y))
    assert [(node.operation, node.shape, node.following, node.call) for node in found.nodes] == [
        ("NllLoss", (), (1,), None),
        ("LogSoftmax", (6, 3), (2,), None),
        ("", (6, 3), (), 0),
    ]
    assert [node.dimension for node in found.nodes] == [None, 1, None]
    summed = read(lambda output: output.mean() + output.square().mean())
    assert [node.operation for node in summed.nodes] == ["Add", "Mean", "Mean", "", "Pow"]
    assert summed.nodes[0].following == (1, 2)
    assert summed.nodes[1].following == summed.nodes[4].following == (3,)
    constant = read(lambda output: (output - torch.ones(6, 3)).abs().sum())
    assert constant.nodes[2].following == (3, None), "an operand without a gradient"


def test_the_loss_is_told_without_the_factor_of_mixed_precision() -> None:
    plain, scaled = (read(lambda output: mse_loss(output, X[:, :3]), factor=factor) for factor in (1.0, 1024.0))
    assert scaled.value == pytest.approx(plain.value)
    assert plain.value > 0


@pytest.mark.parametrize(
    ("loss", "place", "is_weighted"),
    [
        (lambda output: binary_cross_entropy_with_logits(output, X[:, :3].sigmoid()), 0, False),
        (
            lambda output: binary_cross_entropy_with_logits(output, X[:, :3].sigmoid(), pos_weight=X[0, :3].abs()),
            0,
            True,
        ),
        (lambda output: binary_cross_entropy_with_logits(output, X[:, :3].sigmoid(), X[:, :3].abs()), 0, True),
        (lambda output: binary_cross_entropy(output.sigmoid(), X[:, :3].sigmoid()), 0, False),
        (lambda output: binary_cross_entropy(output.sigmoid(), X[:, :3].sigmoid(), X[:, :3].abs()), 0, True),
        (lambda output: (output - X[:, :3]).pow(2).mean(), 1, False),
        (lambda output: (output - X[:, :3]).pow(4).mean(), 1, True),
    ],
)
def test_weights_of_a_loss_and_powers_other_than_the_square(
    loss: Callable[[Tensor], Tensor], place: int, is_weighted: bool
) -> None:
    assert read(loss).nodes[place].weighted is is_weighted


@pytest.mark.parametrize(("dimension", "expected"), [(1, 1), (-1, 1), (0, 0), (-2, 0)])
def test_the_dimension_of_a_softmax_in_the_loss_or_at_the_end_of_the_model(dimension: int, expected: int) -> None:
    inside = read(lambda output: nll_loss(output.log_softmax(dimension), Y))
    assert inside.nodes[1].dimension == expected
    at_end = read(lambda output: nll_loss(output, Y), nn.LogSoftmax(dimension))
    assert at_end.nodes[1].dimension == expected
    assert at_end.nodes[1].call == 1


def test_a_graph_that_is_as_large_as_a_network_is_not_told() -> None:
    def long(count: int) -> Callable[[Tensor], Tensor]:
        def loss(output: Tensor) -> Tensor:
            for _ in range(count):
                output = output * 1.01
            return output.sum()

        return loss

    assert len(read(long(200)).nodes) == 202
    assert reading(long(400)) is None


def test_what_takes_a_result_is_found_past_what_only_moves_it() -> None:
    nodes = (
        LossNode("Mean", (), (1,)),
        LossNode("View", (18,), (2,)),
        LossNode("Index", (6, 3), (3,)),
        OUTPUT,
    )
    assert list(consumers(nodes, 3)) == [0]
    assert [is_neutral(node) for node in nodes] == [False, True, True, False]
