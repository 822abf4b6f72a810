"""Facts of a model's connection with its training, step by step: updates, clearing, what holds the parameters."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import gradlab
from gradlab.probing.connection import ConnectionReading, OptimizerReading, unregistered

X = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
NAMES = ("0.weight", "0.bias", "2.weight", "2.bias")
SGD = OptimizerReading("SGD", 0.1, None, "")


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))


def loss_of(model: nn.Module) -> Tensor:
    return model(X.to(next(model.parameters()).dtype)).square().mean()  # type: ignore[no-any-return]


def cleared(model: nn.Module) -> None:
    model.zero_grad()


def kept(_: nn.Module) -> None:
    """Leave the gradients as they are."""


def zeroed(model: nn.Module) -> None:
    """Set the gradients to 0 by their data, which torch does not count as a change."""
    for parameter in model.parameters():
        if parameter.grad is not None:
            parameter.grad.data.zero_()


def readings(
    model: nn.Module,
    step: Callable[[], Any],
    count: int = 3,
    *,
    told: torch.optim.Optimizer | None = None,
    clear: Callable[[nn.Module], None] = cleared,
    loss: Callable[[nn.Module], Tensor] = loss_of,
) -> list[ConnectionReading]:
    """The reading of every step of a training."""
    with gradlab.probe(model, optimizer=told) as record:
        for _ in range(count):
            clear(model)
            loss(model).backward()  # type: ignore[no-untyped-call]
            step()
    assert not record._watch.failures
    found = [one.readings.connection for one in record.steps]
    assert all(found)
    return [one for one in found if one is not None]


def counted(first: ConnectionReading, **values: Sequence[Any]) -> list[ConnectionReading]:
    """A reading for each of some values of its fields."""
    rows = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
    return [replace(first, **row) for row in rows]


@pytest.mark.parametrize("clear", [cleared, zeroed])
def test_a_training_that_is_as_it_should_be(clear: Callable[[nn.Module], None]) -> None:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    plain = counted(ConnectionReading(optimizer=SGD), updates=[1, 2, 3])
    assert readings(model, optimizer.step, clear=clear) == plain
    assert readings(model, optimizer.step, told=optimizer) == [replace(one, told=True) for one in plain]


def test_gradients_that_stay_after_an_update_are_uncleared_from_the_next_one_on() -> None:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    found = readings(model, optimizer.step, 4, clear=kept)
    first = ConnectionReading(optimizer=SGD)
    assert found == counted(first, updates=[1, 2, 3, 4], uncleared=[False, True, True, True])
    steps = iter([False, True] * 2)
    accumulated = readings(
        model, lambda: optimizer.step() if next(steps) else None, 4, clear=lambda _: optimizer.zero_grad()
    )
    assert [one.uncleared for one in accumulated] == [False] * 4


def by_hand(model: nn.Module) -> None:
    with torch.no_grad():
        for parameter in model.parameters():
            assert parameter.grad is not None
            parameter.sub_(0.01 * parameter.grad)


def test_updates_by_hand_are_seen_by_the_count_of_changes() -> None:
    model = network()
    assert readings(model, lambda: by_hand(model)) == [ConnectionReading(discarded=1)] * 3
    found = readings(model, lambda: by_hand(model), clear=kept)
    assert [one.uncleared for one in found] == [False, False, True]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_gradients_without_an_update_are_discarded(elsewhere: bool) -> None:
    model, other = network(), network()
    optimizer = torch.optim.SGD(other.parameters(), 0.1)
    found = readings(model, optimizer.step if elsewhere else lambda: None)
    assert found == counted(
        ConnectionReading(),
        elsewhere=[1, 2, 3] if elsewhere else [0, 0, 0],
        discarded=[1, 2, 3],
        unchanged=[(), NAMES, NAMES],
    )


def test_parameters_that_no_optimizer_holds_and_those_it_holds_instead() -> None:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    model[2] = nn.Linear(4, 2)
    assert readings(model, optimizer.step) == counted(
        ConnectionReading(optimizer=SGD, unheld=NAMES[2:], foreign=2),
        updates=[1, 2, 3],
        discarded=[1, 2, 3],
        unchanged=[(), NAMES[2:], NAMES[2:]],
    )


def test_of_several_groups_the_largest_rate_and_decay_are_told() -> None:
    model = network()
    groups = [
        {"params": model[0].parameters(), "lr": 0.1, "weight_decay": 0.2},
        {"params": [model[2].weight], "lr": 0.5, "weight_decay": 0.1},
    ]
    optimizer = torch.optim.SGD(groups, lr=0.3)
    found = readings(model, optimizer.step, 1)
    described = OptimizerReading("SGD", 0.5, None, "", 0.2)
    assert found == [ConnectionReading(1, optimizer=described, unheld=("2.bias",), discarded=1)]
    optimizer.add_param_group({"params": [model[2].bias]})
    assert readings(model, optimizer.step, 1) == [ConnectionReading(1, optimizer=described)]


def test_two_optimizers_that_share_a_model_hold_it_together() -> None:
    model = network()
    first, last = (torch.optim.SGD(model[place].parameters(), 0.1 + place) for place in (0, 2))

    def both() -> None:
        first.step()
        last.step()

    found = readings(model, both, 2)
    assert found == counted(ConnectionReading(optimizer=replace(SGD, rate=2.1)), updates=[2, 4])


@pytest.mark.parametrize(
    ("kind", "eps", "lost"),
    [
        (torch.float32, 1e-8, ""),
        (torch.float16, 1e-8, "float16"),
        (torch.float16, 1e-4, ""),
        (torch.bfloat16, 1e-8, ""),
    ],
)
def test_an_eps_is_lost_in_the_type_that_cannot_hold_it(kind: torch.dtype, eps: float, lost: str) -> None:
    model = network().to(kind)
    optimizer = torch.optim.AdamW(model.parameters(), 0.25, eps=eps, weight_decay=0.5)
    (found,) = readings(model, optimizer.step, 1)
    assert found.optimizer == OptimizerReading("AdamW", 0.25, eps, lost, 0.5)


def test_a_rate_that_is_a_tensor_is_read_where_it_lies_on_the_processor() -> None:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), torch.tensor(0.25))
    (found,) = readings(model, optimizer.step, 1)
    assert found.optimizer == OptimizerReading("SGD", 0.25, None, "")


class Kept(nn.Module):
    """A layer where torch looks, and one where it does not."""

    def __init__(self, keep: Callable[[nn.Module], Any], *, used: bool = True) -> None:
        super().__init__()
        self.first, self.used, layer = nn.Linear(3, 3), used, nn.Linear(3, 2)
        self.forgotten = keep(layer)
        self.layer: Callable[[], nn.Linear] = lambda: layer

    def forward(self, x: Tensor) -> Tensor:
        h: Tensor = self.first(x)
        return self.layer()(h) if self.used else h


@pytest.mark.parametrize(
    ("keep", "places"),
    [
        (lambda layer: [layer], ("forgotten[0]",)),
        (lambda layer: {"a": (1, layer)}, ("forgotten['a'][1]",)),
        (lambda layer: [layer.weight, layer.bias], ("forgotten[0]", "forgotten[1]")),
        (lambda layer: [[[layer]]], ("forgotten[0][0][0]",)),
        (lambda layer: [[[[layer]]]], ()),
        (lambda layer: None, ()),
    ],
)
def test_layers_that_are_not_registered_are_named_by_their_place(
    keep: Callable[[nn.Module], Any], places: tuple[str, ...]
) -> None:
    model = Kept(keep)
    (found,) = readings(model, lambda: None, 1)
    assert found.unregistered == places
    (unused,) = readings(Kept(keep, used=False), lambda: None, 1)
    assert unused.unregistered == ()
    (within,) = readings(nn.Sequential(nn.Identity(), model), lambda: None, 1)
    assert within.unregistered == tuple(f"1.{place}" for place in places)
    (trained,) = readings(model, torch.optim.SGD(model.layer().parameters(), 0.1).step, 1)
    assert trained.unregistered == ()


@pytest.mark.parametrize(
    ("attribute", "value", "expected"),
    [
        ("layers", [nn.Linear(2, 2)], "0.layers"),
        ("layers", {"a": 1, "b": nn.Linear(2, 2)}, "0.layers"),
        ("layers", (1, nn.Linear(2, 2)), "0.layers"),
        ("layers", [1, "a"], None),
        ("layers", {nn.Linear(2, 2): 1}, None),
        ("layers", nn.ModuleList([nn.Linear(2, 2)]), None),
    ],
)
def test_an_attribute_that_keeps_layers_aside(attribute: str, value: Any, expected: str | None) -> None:
    model = network()
    assert unregistered(model) is None
    setattr(model[0], attribute, value)
    assert unregistered(model) == expected
    if expected:
        assert unregistered(model[0]) == attribute


def test_what_a_loss_does_not_reach_and_what_ran_without_a_graph() -> None:
    def penalty(one: nn.Module) -> Tensor:
        return one.get_parameter("0.weight").sum() + one(X).detach().sum()  # type: ignore[no-any-return]

    model = network()
    (detached,) = readings(model, lambda: None, 1, loss=penalty)
    assert not detached.reached

    def partly(one: nn.Module) -> Tensor:
        with torch.no_grad():
            h = one.get_submodule("1")(one.get_submodule("0")(X))
        return one.get_submodule("2")(h).sum()  # type: ignore[no-any-return]

    (off,) = readings(model, lambda: None, 1, loss=partly)
    assert (off.reached, off.ungraphed) == (True, (0, 1))
