"""A call that lets no gradient through is named, with the reason that lies in the call itself."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy, cross_entropy, mse_loss, nll_loss, softmax

import gradlab
from gradlab.probing import Report
from tests.gradlab.probing.causes.test_wiring import X, Y, network


def once(model: nn.Module, loss: Callable[[nn.Module], Tensor]) -> Report:
    with gradlab.probe(model) as record:
        loss(model).backward()  # type: ignore[no-untyped-call]
    return record.report()


def hindering(report: Report) -> list[str]:
    return [finding.cause for finding in report.findings if finding.severity == "hinders"]


def classified(model: nn.Module) -> Tensor:
    return cross_entropy(model(X), Y)


class Softmax(nn.Module):
    """A softmax within forward."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.layers = network(outputs=outputs)

    def forward(self, x: Tensor) -> Any:
        return softmax(self.layers(x), -1)


@pytest.mark.parametrize(
    ("model", "loss", "start"),
    [
        (nn.Sequential(*network(outputs=1), nn.Softmax(1)), lambda p: binary_cross_entropy(p[:, 0], Y.float()), "7"),
        (nn.Sequential(*network(outputs=1), nn.LogSoftmax(-1)), lambda p: nll_loss(p, Y * 0), "7"),
        (Softmax(1), lambda p: mse_loss(p[:, 0], Y.float()), "Softmax"),
        (network(outputs=1), lambda z: cross_entropy(z, Y * 0), "6"),
    ],
)
def test_a_softmax_over_one_element(model: nn.Module, loss: Callable[[Tensor], Tensor], start: str) -> None:
    report = once(model, lambda m: loss(m(X)))
    assert report.verdict == "cut off"
    assert hindering(report) == ["softmax of one"]
    assert report.findings[0].starts_at == start


def test_a_softmax_over_several_is_sound() -> None:
    assert hindering(once(Softmax(2), lambda m: nll_loss(m(X).log(), Y))) == []
    assert hindering(once(network(), classified)) == []


class OneToken(nn.Module):
    """Attention over a sentence of one word: its query and key have no use, and all else learns."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.head = (nn.Linear(10, 10) for _ in range(4))

    def forward(self, x: Tensor) -> Any:
        x = x[:, None]
        scores = softmax(self.query(x) @ self.key(x).transpose(1, 2), -1)
        return self.head(scores @ self.value(x))[:, 0, :2]


def test_attention_over_one_word_blocks_nothing() -> None:
    assert hindering(once(OneToken(), classified)) == []


def test_a_normalization_over_one_element() -> None:
    narrow = nn.Sequential(nn.Linear(10, 8), nn.ReLU(), nn.Linear(8, 1), nn.LayerNorm(1), nn.Linear(1, 2))
    report = once(narrow, classified)
    assert hindering(report) == ["normalization of one"]
    assert report.findings[0].starts_at == "3"
    grouped = nn.Sequential(
        nn.Unflatten(1, (10, 1, 1)), nn.Conv2d(10, 8, 1), nn.GroupNorm(8, 8), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2)
    )
    report = once(grouped, classified)
    assert hindering(report) == ["normalization of one"]
    assert report.findings[0].starts_at == "2"


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_a_normalization_over_several_is_sound(groups: int) -> None:
    grouped = nn.Sequential(
        nn.Unflatten(1, (10, 1, 1)), nn.Conv2d(10, 8, 1), nn.GroupNorm(groups, 8), nn.Flatten(), nn.Linear(8, 2)
    )
    assert "normalization of one" not in hindering(once(grouped, classified))


class Stepped(nn.Module):
    """A function between two layers."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(10, 32), nn.Linear(32, 2)
        self.function = function

    def forward(self, x: Tensor) -> Any:
        return self.second(self.function(self.first(x)))


@pytest.mark.parametrize("function", [torch.round, torch.sign, torch.floor])
def test_a_step_function(function: Any) -> None:
    report = once(Stepped(function), classified)
    assert hindering(report) == ["step function"]
    assert report.findings[0].starts_at == "second"
    passed_on = once(Stepped(lambda x: x + (function(x) - x).detach()), classified)
    assert hindering(passed_on) == []


class Gated(nn.Module):
    """Field case 16: a residual gate, both of whose layers may start at 0."""

    def __init__(self, zeros: tuple[int, ...], activation: type[nn.Module] = nn.ReLU) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Linear(10, 16, bias=False), activation(), nn.Linear(16, 10, bias=False)) for _ in range(3)
        )
        self.head = nn.Linear(10, 2)
        for block in self.blocks:
            for place in zeros:
                nn.init.zeros_(block[place].weight)  # type: ignore[index]

    def forward(self, x: Tensor) -> Any:
        for block in self.blocks:
            x = x + block(x)
        return self.head(x)


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh, nn.GELU])
def test_two_layers_of_zeros(activation: type[nn.Module]) -> None:
    model = Gated((0, 2), activation)
    report = once(model, classified)
    assert hindering(report) == ["zeros in a row"]
    assert {"blocks.0.0", "blocks.0.2", "blocks.2.2"} <= set(report.findings[0].layers)
    exec(report.findings[0].advice.code, {"model": model, "torch": torch})  # noqa: S102
    assert all(block[0].weight.any() for block in model.blocks)  # type: ignore[index]
    assert all(not block[2].weight.any() for block in model.blocks)  # type: ignore[index]


@pytest.mark.parametrize("zeros", [(), (2,)])
def test_a_last_layer_of_zeros_is_sound(zeros: tuple[int, ...]) -> None:
    report = once(Gated(zeros), classified)
    assert hindering(report) == []


def test_a_network_of_zeros() -> None:
    model = network()
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    assert hindering(once(model, classified)) == ["zeros in a row"]


class Adapted(nn.Module):
    """A low-rank adapter of plain parameters beside a frozen layer."""

    def __init__(self, *, both: bool) -> None:
        super().__init__()
        self.base, self.head = nn.Linear(10, 10), nn.Linear(10, 2)
        self.base.requires_grad_(False)
        self.up = nn.Parameter(torch.zeros(10, 4))
        self.down = nn.Parameter(torch.zeros(4, 10) if both else torch.randn(4, 10))

    def forward(self, x: Tensor) -> Any:
        return self.head(self.base(x) + x @ (self.up @ self.down).T)


@pytest.mark.parametrize("both", [True, False])
def test_two_parameters_of_zeros(both: bool) -> None:
    """One step does not tell them from those that open after it; several do."""
    torch.manual_seed(0)
    model = Adapted(both=both)
    optimizer = torch.optim.Adam([one for one in model.parameters() if one.requires_grad])
    with gradlab.probe(model) as record:
        for _ in range(4):
            optimizer.zero_grad()
            classified(model).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    report = record.report()
    assert hindering(report) == (["zeros in a row"] if both else [])
    if both:
        assert report.findings[0].layers == ("up", "down")
        exec(report.findings[0].advice.code, {"model": model, "torch": torch})  # noqa: S102
        assert model.up.any()


@pytest.mark.parametrize("step", [torch.sign, torch.round, torch.floor])
def test_a_step_function_in_the_loss(step: Callable[[Tensor], Tensor]) -> None:
    report = once(network(), lambda model: ((step(model(X)) - 1) ** 2).mean())
    assert report.verdict == "cut off"
    assert hindering(report) == ["step function"]
    assert "The loss sends no gradient back" in str(report)
    mixed = once(network(), lambda model: ((step(model(X)) - 1) ** 2).mean() + classified(model))
    assert hindering(mixed) == [], "another part of the loss has a gradient"


def test_of_many_layers_of_zeros_all_but_the_last_are_drawn() -> None:
    weights = [nn.Parameter(torch.zeros(size)) for size in ((16, 10), (16, 16), (2, 16))]
    model = nn.ParameterList(weights)

    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = model
            self.bias = nn.Parameter(torch.zeros(2))

        def forward(self, x: Tensor) -> Tensor:
            for weight in self.layers:
                x = x @ weight.T
            return x + self.bias

    own = Own()
    optimizer = torch.optim.SGD(own.parameters(), 0.1)
    with gradlab.probe(own, optimizer=optimizer) as record:
        for _ in range(4):
            optimizer.zero_grad()
            classified(own).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    report = record.report()
    assert hindering(report) == ["zeros in a row"]
    assert report.findings[0].layers == ("layers.0", "layers.1", "layers.2")
    assert "for name in ('layers.0', 'layers.1'):" in str(report)
