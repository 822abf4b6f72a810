"""A step that follows a plan is recorded as one that is looked at in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

import gradlab
from gradlab.probing import Step, planning
from gradlab.probing.tracing import StepTrace

WIDTH = 6


class Block(nn.Module):
    """A branch beside a skip, with an activation that is a function, attention written by hand, and dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.norm, self.drop, self.relu = nn.LayerNorm(WIDTH), nn.Dropout(0.5), nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        h = self.relu(self.first(self.norm(x)))
        h = torch.softmax(h @ h.transpose(-1, -2), -1) @ h
        return x + self.second(self.drop(functional.gelu(h))), None


class Stack(nn.Module):
    """Blocks, one of them used twice, and a part that is never trained."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(2))
        self.frozen, self.head = nn.Linear(WIDTH, WIDTH), nn.Sequential(nn.Linear(WIDTH, 3), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            x = self.frozen(x)
        for block in (*self.blocks, self.blocks[0]):
            x, _ = block(x)
        output: Tensor = self.head(x)
        return output


class Turning(nn.Module):
    """Modules called in the same order with as many nodes of the graph, of which the last follows one or another."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other, self.last = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        one, other = self.one(x), self.other(x)
        output: Tensor = self.last(one + (one if self.calls % 3 else other))
        return output + 0 * (one + other)  # type: ignore[no-any-return]


class Choosing(Turning):
    """The same, but that the last is given the output of one or of another as it is."""

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        one, other = self.one(x), self.other(x)
        output: Tensor = self.last(one if self.calls % 3 else other)
        return output + 0 * (one + other)  # type: ignore[no-any-return]


class Weighing(nn.Module):
    """A layer whose weight is computed from the output of one or of another, with as many nodes of the graph."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Linear(WIDTH, WIDTH * WIDTH), nn.Linear(WIDTH, WIDTH * WIDTH)
        self.first, self.last, self.calls = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH), 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        one, other = (each(x).flatten(0, -2).mean(0) for each in (self.one, self.other))
        weight = (one if self.calls % 3 else other).view(WIDTH, WIDTH)
        output: Tensor = torch.func.functional_call(self.last, {"weight": weight}, (self.first(x),))
        return output + 0 * (one.sum() + other.sum())  # type: ignore[no-any-return]


class Changing(nn.Module):
    """From step to step another function between its layers, with one node of the graph each."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last, self.calls = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH), 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        output: Tensor = self.last((torch.relu if self.calls % 4 < 2 else torch.tanh)(self.first(x)))
        return output


class Skipping(nn.Module):
    """Leaves layers out now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.layers, self.calls = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(3)), 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        for layer in self.layers[: 2 + self.calls % 4 // 2]:
            x = functional.relu(layer(x))
        return x


class Repeating(nn.Module):
    """Has a part repeated in the backward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.part, self.last = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh()), nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.last(checkpoint(self.part, x, use_reentrant=False))
        return output


def chain() -> nn.Module:
    """Layers one after the other."""
    return nn.Sequential(*[layer for _ in range(3) for layer in (nn.Linear(WIDTH, WIDTH), nn.Sigmoid())])


def ordinary(model: nn.Module, step: int) -> None:
    """A step like all others, but for the weights."""
    x = torch.randn(4, 5, WIDTH, generator=torch.Generator().manual_seed(step))
    loss: Tensor = model(x).square().mean()
    loss.backward()  # type: ignore[no-untyped-call]


def irregular(model: nn.Module, step: int) -> None:
    """Steps of other sizes, of which some are in evaluation mode, some without a graph, and one fails midway."""
    x = torch.randn(4, 5 + step % 2, WIDTH)
    model.train(step % 3 > 0)
    if step == 4:
        handle = [*model.modules()][2].register_forward_pre_hook(fail)
        with pytest.raises(RuntimeError, match="planted"):
            model(x)
        handle.remove()
    with torch.set_grad_enabled(step % 5 > 0):
        loss = model(x).square().mean()
    if loss.requires_grad:
        loss.backward()


def by_parts(model: nn.Module, step: int) -> None:
    """The children of the model called by themselves."""
    x = torch.randn(4, WIDTH)
    for child in model.children():
        x = child(x)
    loss: Tensor = x.square().mean()
    loss.backward()  # type: ignore[no-untyped-call]


def fail(*_: object) -> None:
    """Stop a forward pass."""
    raise RuntimeError("planted")


def steps(
    make: Callable[[], nn.Module], train: Callable[[nn.Module, int], None], count: int
) -> tuple[Sequence[Step], int]:
    """The recorded steps of a training, and how many of them followed a plan to its end."""
    followed = 0

    def counted(step: StepTrace) -> object:
        nonlocal followed
        followed += step.course is not None and step.course.is_over
        return packed(step)

    packed = StepTrace.packed
    torch.manual_seed(0)
    model = make()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.MonkeyPatch.context() as patch, gradlab.probe(model, optimizer=optimizer) as record:
        patch.setattr(StepTrace, "packed", counted)
        for step in range(count):
            optimizer.zero_grad()
            train(model, step)
            optimizer.step()
    assert not record._watch.failures
    return record.steps, followed


CASES = [
    (chain, ordinary, 4),
    (Stack, ordinary, 4),
    (Repeating, ordinary, 0),
    (Turning, ordinary, 1),
    (Choosing, ordinary, 1),
    (Weighing, ordinary, 1),
    (Changing, ordinary, 2),
    (Skipping, ordinary, 1),
    (Stack, irregular, 1),
    (chain, irregular, 1),
    (chain, by_parts, 3),
]


@pytest.mark.parametrize(("make", "train", "least"), CASES)
def test_steps_with_a_plan_are_those_without(
    make: Callable[[], nn.Module],
    train: Callable[[nn.Module, int], None],
    least: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_plans, followed = steps(make, train, 12)
    monkeypatch.setattr(planning, "_MOST_MISSES", 0)
    in_full, none = steps(make, train, 12)
    assert followed >= least and none == 0
    assert len(with_plans) == len(in_full)
    for one, other in zip(with_plans, in_full, strict=True):
        assert repr(one) == repr(other)  # NaN is not equal to itself


def test_a_network_that_goes_another_way_each_time_is_no_longer_planned_for() -> None:
    class Wandering(Skipping):
        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            for layer in self.layers[: 1 + self.calls % 3]:
                x = torch.relu(layer(x))
            return x

    _, followed = steps(Wandering, ordinary, 3 * planning._MOST_MISSES)
    assert followed == 0
