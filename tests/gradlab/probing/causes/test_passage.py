"""A call that lets no gradient through is named, with the reason that lies in the call itself."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy, cross_entropy, mse_loss, nll_loss, softmax

import gradlab
from gradlab.probing import Report, wording
from gradlab.probing.advice import advised
from gradlab.probing.causes.passage import find
from gradlab.probing.connection import ConnectionReading
from gradlab.probing.lossgraph import LossNode, LossReading
from gradlab.probing.readings import Readings
from gradlab.probing.step import Step
from tests.gradlab.probing.causes.test_wiring import X, Y, network
from tests.gradlab.probing.test_diagnosis import at, chain


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


# Steps that are written down


SOUND = chain((1.0,) * 4)


def told_of(step: Step, *earlier: Step) -> list[tuple[str, str, tuple[str, ...], str]]:
    """Cause, verdict, layers and start of what a step shows."""
    return [(one.cause, one.verdict, one.layers, one.starts_at) for one in find(step, earlier)]


def behind(call: int, size: float = 0.0, **values: Any) -> Step:
    """A step in which the gradient is that small behind a call."""
    calls = tuple(replace(one, delta_norm=size) if one.index < call else one for one in SOUND.calls)
    return replace(SOUND, calls=at(calls, call, **values))


def test_an_operation_without_a_derivative_is_the_cause_where_the_gradient_becomes_0() -> None:
    flat = replace(behind(2), readings=Readings(flat=(("2 1", "sign"),)))
    assert told_of(flat) == [("step function", "cut off", ("0", "1"), "2")]
    assert told_of(replace(flat, readings=Readings(flat=(("2 1", "softmax"),)))) == [
        ("softmax of one", "cut off", ("0", "1"), "2")
    ]
    assert told_of(replace(flat, readings=Readings(flat=(("2 2", "sign"),)))) == []
    assert told_of(replace(behind(2, 1e-9), readings=flat.readings)) == [], "next to 0 is not 0"
    (found,) = find(flat, ())
    assert dict(found.facts) == {"operation": "sign", "shape": "1024×1024"}
    assert found.measured == 2


@pytest.mark.parametrize(
    ("size", "rms", "values", "is_told"),
    [
        (0.0, 0.0, {}, True),
        (0.9e-3, 0.9e-3, {}, True),
        (1.1e-3, 0.9e-3, {}, False),
        (0.9e-3, 1.1e-3, {}, False),
        (0.9e-3, 0.9e-3, {"role": "activation"}, False),
        # With a shift it is not 0: then the number of units tells.
        (0.9e-3, 1.0, {"kind": "LayerNorm", "shape": (1024, 1)}, True),
        (0.9e-3, 1.0, {"kind": "LayerNorm", "shape": (64, 16, 1)}, True),
        (0.9e-3, 1.0, {"kind": "LayerNorm", "shape": (64, 1, 16)}, False),
        (0.9e-3, 1.0, {"kind": "BatchNorm1d", "shape": (1024, 1)}, False),
    ],
)
def test_a_normalization_over_one_element_puts_out_0(
    size: float, rms: float, values: dict[str, Any], is_told: bool
) -> None:
    given = {"kind": "BatchNorm1d", "role": "normalization", "shape": (1024, 1024), **values}
    step = behind(2, size, norm=rms * math.prod(given["shape"]) ** 0.5, **given)
    weights = tuple(replace(one, norm=one.elements**0.5) for one in step.parameters)
    verdict = "vanishing" if size else "cut off"
    expected = [("normalization of one", verdict, ("0", "1"), "2")] if is_told else []
    assert told_of(replace(step, parameters=weights)) == expected


def test_a_loss_without_a_gradient_is_told_by_its_operation() -> None:
    def of(*nodes: LossNode, deltas: float = 0.0) -> Step:
        calls = tuple(replace(one, delta_norm=deltas) for one in SOUND.calls)
        return replace(SOUND, calls=calls, readings=Readings(loss=LossReading(0.5, nodes)))

    everything = ("0", "1", "2", "3", "4")
    single = LossNode("LogSoftmax", (8, 1), (1,))
    assert told_of(of(LossNode("NllLoss", (), (1,)), single)) == [("softmax of one", "cut off", everything, "4")]
    assert told_of(of(single._replace(operation="Softmax"))) == [("softmax of one", "cut off", everything, "4")]
    assert told_of(of(single._replace(shape=(8, 2)))) == []
    assert told_of(of(single._replace(shape=(1,)))) == []
    assert told_of(of(LossNode("Round", (8,), ()))) == [("step function", "cut off", everything, "4")]
    assert told_of(of(single, deltas=1.0)) == []
    (softmax,), (sign,) = find(of(single), ()), find(of(LossNode("Sign", (8,), ())), ())
    assert dict(softmax.facts) == {"operation": "softmax", "shape": "8×1", "loss": 0.5}
    assert "softmax over a single class (8×1)" in wording.finding(softmax, "en")
    assert "so that the loss is 0.5." in wording.finding(softmax, "en")
    assert dict(sign.facts) == {"operation": "sign", "shape": "", "loss": 0.5}
    assert "between it and layer 4 sign is taken" in wording.finding(sign, "en")
    assert "torch.tanh(x)  # in place of torch.sign(x)" in advised(sign, SOUND).advice.code


def zeros(*places: int, silent: float | None = None) -> Step:
    """A step in which the weights of these layers are 0, and what follows of it."""
    calls, weights = SOUND.calls, []
    first, last = places[0], places[-1]
    for reading in SOUND.parameters:
        place = int(reading.module)
        weights.append(replace(reading, norm=0.0, gradient_norm=0.0) if place in places else reading)
        if first <= place < last:
            calls = at(calls, place, norm=0.0, delta_norm=0.0, silent=silent)
    return replace(SOUND, calls=calls, parameters=tuple(weights))


def test_zeros_one_after_the_other_are_told_with_all_between_them() -> None:
    assert told_of(zeros(1, 2)) == [("zeros in a row", "cut off", ("1", "2"), "1")]
    assert told_of(zeros(1, 3)) == [("zeros in a row", "cut off", ("1", "2", "3"), "1")]
    assert told_of(zeros(1, 2, silent=1.0)) == [("zeros in a row", "dead", ("1", "2"), "1")]
    assert told_of(zeros(2)) == [], "a single one gets a gradient itself"
    (found,) = find(zeros(1, 3), ())
    assert (found.measured, dict(found.facts)) == (2, {"count": "2", "zeros": "1, 3"})
    assert "Weights that are 0 follow each other: layer 1, layer 3 (2 in all)" in wording.finding(found, "en")
    given = advised(found, zeros(1, 3)).advice
    assert given.code == 'for name in ["1"]:\n    layer = model.get_submodule(name)\n    layer.reset_parameters()'
    frozen = tuple(replace(one, trainable=False) for one in zeros(1, 2).parameters)
    assert told_of(replace(zeros(1, 2), parameters=frozen)) == []


def test_parameters_that_stay_0_while_others_move_are_told() -> None:
    def at_update(number: int, *places: int, updates: int | None = None) -> Step:
        weights = tuple(
            replace(one, norm=0.0, gradient_norm=0.0) if int(one.module) in places else one for one in SOUND.parameters
        )
        connection = ConnectionReading(updates=number if updates is None else updates)
        return replace(SOUND, number=number, parameters=weights, readings=Readings(connection=connection))

    told = ("zeros in a row", "cut off", ("1.weight", "3.weight"), "1.weight")
    assert told_of(at_update(2, 1, 3), at_update(0, 1, 3), at_update(1, 1, 3)) == [told]
    assert told_of(at_update(2, 1, 2, 3), at_update(0, 1, 3), at_update(1, 1, 3)) == [told]
    assert told_of(at_update(2, 1, 3), at_update(0, 1), at_update(1, 1, 3)) == [], "one has moved"
    assert told_of(at_update(2, 1, 3), at_update(1, 1, 3)) == [], "too few updates"
    assert told_of(at_update(2, 1, 3, updates=1), at_update(0, 1, 3), at_update(1, 1, 3)) == []
    assert told_of(at_update(2, 1), at_update(0, 1), at_update(1, 1)) == []
    (found,) = find(at_update(2, 1, 3), (at_update(0, 1, 3), at_update(1, 1, 3)))
    assert advised(found, SOUND).advice.code == ("torch.nn.init.normal_(model.get_parameter('1.weight'), std=0.02)"), (
        "drawn alone, the last would be fed zeros"
    )
