"""Causes told over steps: rates too high or too low, too few steps, distances for classes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy, cross_entropy, l1_loss, mse_loss

import gradlab
from gradlab.probing.advice import advised
from gradlab.probing.causes.course import LOOKED_AT, find
from gradlab.probing.connection import ConnectionReading, OptimizerReading
from gradlab.probing.finding import Finding
from gradlab.probing.lossgraph import LossNode, LossReading
from gradlab.probing.readings import Readings
from gradlab.probing.recovered import OutputReading
from gradlab.probing.report import Report
from gradlab.probing.step import ParameterReading, Step
from gradlab.probing.written import WrittenReading
from tests.gradlab.probing.test_diagnosis import at, chain

Loss = Callable[[Tensor], Tensor]


def network(*end: nn.Module, outputs: int = 3) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, outputs), *end)


X = torch.randn(96, 8, generator=torch.Generator().manual_seed(1))
Y = (X[:, 0] * X[:, 1] > 0).long() + (X[:, 2] > 0.5).long()
BINARY = (Y > 0).float().unsqueeze(1)


def course(model: nn.Module, optimizer: torch.optim.Optimizer, loss: Loss, steps: int, every: int = 1) -> Report:
    with gradlab.probe(model, optimizer=optimizer, every=every) as record:
        for _ in range(steps):
            optimizer.zero_grad()
            loss(model(X)).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return record.report()


def told(report: Report) -> dict[str, str]:
    return {finding.cause: finding.severity for finding in report.findings if finding.cause}


def classes(output: Tensor) -> Tensor:
    return cross_entropy(output, Y)


@pytest.mark.parametrize("steps", [20, 120])
def test_a_training_at_a_good_rate_has_no_cause(steps: int) -> None:
    model = network()
    report = course(model, torch.optim.Adam(model.parameters(), 0.01), classes, steps)
    assert report.verdict == "healthy"
    assert told(report) == {}


def test_a_rate_far_too_high_is_told() -> None:
    model = network()
    report = course(model, torch.optim.SGD(model.parameters(), 30.0), classes, 30)
    assert told(report)["rate too high"] == "hinders"
    assert "times its own size" in str(report)


def test_a_rate_far_too_low_is_told() -> None:
    model = network()
    report = course(model, torch.optim.SGD(model.parameters(), 1e-4), classes, 120, every=6)
    assert told(report) == {"rate too low": "hinders"}


def test_few_steps_at_a_moderate_rate_are_a_note_and_no_illness() -> None:
    model = network()
    report = course(model, torch.optim.SGD(model.parameters(), 0.01), classes, 20)
    assert told(report) == {"too few steps": "note"}
    assert report.verdict == "healthy"


def test_what_a_single_step_tells_explains_the_course() -> None:
    """Inputs a thousand times too large make every rate wrong, and are the cause."""
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 1e-4)
    with gradlab.probe(model, optimizer=optimizer) as record:
        for _ in range(30):
            optimizer.zero_grad()
            cross_entropy(model(1e3 * X), Y).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    found = told(record.report())
    assert "inputs not scaled" in found
    assert not {"rate too high", "rate too low", "too few steps"} & set(found)


@pytest.mark.parametrize("distance", [mse_loss, l1_loss])
def test_a_distance_between_probabilities_and_classes_is_a_note(distance: Callable[[Tensor, Tensor], Tensor]) -> None:
    model = network(nn.Sigmoid(), outputs=1)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    report = course(model, optimizer, lambda output: distance(output, BINARY), 2)
    assert told(report) == {"wrong loss": "note"}
    assert report.verdict == "healthy"


def test_a_distance_between_values_is_none() -> None:
    model = network(nn.Sigmoid(), outputs=1)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    values = X[:, :1].sigmoid()
    assert told(course(model, optimizer, lambda output: mse_loss(output, values), 2)) == {}


def test_a_distance_that_teaches_nothing_hinders() -> None:
    model = network(nn.Sigmoid(), outputs=1)
    optimizer = torch.optim.SGD(model.parameters(), 1e-3)
    report = course(model, optimizer, lambda output: mse_loss(output, BINARY), 120, every=6)
    assert told(report)["wrong loss"] == "hinders"


def test_a_cross_entropy_of_probabilities_is_no_distance() -> None:
    model = network(nn.Sigmoid(), outputs=1)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    assert told(course(model, optimizer, lambda output: binary_cross_entropy(output, BINARY), 2)) == {}


@pytest.mark.parametrize(
    ("kind", "rate", "decay", "momentum"),
    [(torch.optim.SGD, 0.05, 0.5, 0.9), (torch.optim.SGD, 0.1, 1.0, 0.0), (torch.optim.AdamW, 0.01, 60.0, None)],
)
def test_a_weight_decay_that_outweighs_the_gradients(
    kind: Callable[..., torch.optim.Optimizer], rate: float, decay: float, momentum: float | None
) -> None:
    def optimizer(model: nn.Module, decay: float) -> torch.optim.Optimizer:
        options = {} if momentum is None else {"momentum": momentum}
        return kind(model.parameters(), lr=rate, weight_decay=decay, **options)

    model = network()
    report = course(model, optimizer(model, decay), classes, 40)
    assert told(report) == {"decay too large": "hinders"}
    assert f"weight decay of {decay:g}" in str(report)
    model = network()
    assert "decay too large" not in told(course(model, optimizer(model, 5e-4), classes, 40))


def test_weights_thrown_far_away_tell_the_rate_without_the_optimizer() -> None:
    def trained(rate: float) -> Report:
        model = network()
        optimizer = torch.optim.SGD(model.parameters(), rate)
        with gradlab.probe(model) as record:
            for _ in range(20):
                optimizer.zero_grad()
                classes(model(X)).backward()  # type: ignore[no-untyped-call]
                optimizer.step()
        return record.report()

    report = trained(100.0)
    assert told(report)["rate too high"] == "hinders"
    assert "times as large" in str(report)
    assert "rate too high" not in told(trained(0.1))


class Counted(Sequence[Step]):
    """Many steps that are alike, and how often one was asked for."""

    def __init__(self, step: Step, count: int) -> None:
        self._numbers, self._step = range(count), step
        self.asked = 0

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: Any) -> Any:
        numbers = self._numbers[index]
        if isinstance(numbers, range):
            return tuple(map(self.__getitem__, numbers))
        self.asked += 1
        return replace(self._step, number=numbers)


def test_of_very_many_steps_some_are_looked_at() -> None:
    model = network()
    with gradlab.probe(model) as record:
        classes(model(X)).backward()  # type: ignore[no-untyped-call]
    earlier = Counted(record.steps[0], 5000)
    assert list(find(replace(record.steps[0], number=5000), earlier)) == []
    assert LOOKED_AT / 2 < earlier.asked < LOOKED_AT + 20


# Courses that are written down


FLAT = (1.0,) * 12
FALLING = tuple(1 - 0.4 * place / 11 for place in range(12))
WORSE = (1.0,) * 8 + (2.1,) * 4


def told_of(
    losses: Sequence[float],
    ratio: float | None = 0.0,
    *,
    guess: float | None = None,
    gap: int = 1,
    norms: tuple[float, float] = (1.0, 1.0),
    gradient: float = 1.0,
    optimizer: OptimizerReading | None = None,
) -> list[Finding]:
    """Causes of a training with these losses and ratios of one weight's updates, whose norm becomes another."""
    steps = [
        Step(
            gap * place,
            (),
            (
                ParameterReading("0.bias", "0", (4,), True, 1.0, None, 1.0, ratio and 9.0),
                ParameterReading("1.weight", "1", (4, 4), True, norm, 0.0, gradient, ratio),
            ),
            readings=Readings(
                loss=LossReading(loss, (LossNode("NllLoss", (), ()),)),
                written=() if guess is None else (WrittenReading(0, "classes", guess=guess),),
                connection=ConnectionReading(optimizer=optimizer),
            ),
        )
        for place, loss in enumerate(losses)
        for norm in [norms[0] if place < len(losses) - 1 else norms[1]]
    ]
    return list(find(steps[-1], steps[:-1]))


@pytest.mark.parametrize(
    ("losses", "ratio", "options", "expected"),
    [
        # Twice the first loss, after updates of a tenth of the weight or more; the last third is looked at.
        (WORSE, 0.1, {}, "rate too high"),
        (WORSE, 0.09, {}, ""),
        (WORSE[1:], 0.1, {}, ""),
        ((1.0,) * 8 + (2.0,) * 4, 0.5, {}, ""),
        ((1.0,) * 10 + (3.1,) * 2, 0.5, {}, "rate too high"),
        ((1.0,) * 11 + (3.0,), 0.5, {}, ""),
        ((0.0,) * 8 + (2.0,) * 4, 0.5, {}, ""),
        # No better than a constant guess, after an update as large as the weight.
        (FLAT, 1.0, {"guess": 1.0}, "rate too high"),
        (FLAT, 0.99, {"guess": 1.0}, ""),
        (FLAT, 1.0, {"guess": 1.12}, ""),
        (FLAT, 1.0, {"guess": 1.11}, "rate too high"),
        # The way of all updates is shorter than the weight, or longer.
        (FLAT, 0.001, {"guess": 1.0}, "too few steps"),
        (FLAT, 0.001, {"guess": 1.0, "gap": 9}, "rate too low"),
        (FLAT, 0.001, {"guess": 1.0, "gap": 8}, "too few steps"),
        (FLAT + FLAT[:8], 0.001, {"guess": 1.0, "gap": 5}, "rate too low"),
        (FLAT, 0.01, {"guess": 1.0, "gap": 9}, "constant guess"),
        (FLAT + FLAT[:8], 0.01, {"guess": 1.0, "gap": 5}, "constant guess"),
        (FLAT, 0.2, {"guess": 1.0, "gap": 8}, ""),
        (FLAT, 0.001, {}, ""),
        (FLAT, 0.0, {"guess": 1.0, "gap": 9}, ""),
        ((0.0,) * 12, 0.001, {"guess": 0.0}, ""),
        # The loss still falls, and has not come far.
        (FALLING, 0.001, {"guess": 1.0}, "too few steps"),
        (FALLING, 0.001, {"guess": 1.4}, ""),
        (FALLING, 0.001, {}, ""),
        (FALLING, 0.1, {"guess": 1.0}, ""),
        ((1.0,) * 3 + (0.7,) * 9, 0.001, {"guess": 1.0}, ""),
        ((1.0, 1.0, 1.0, 0.85, 0.8, 0.8, 0.8, 0.8, 0.75, 0.75, 0.75, 0.75), 0.001, {"guess": 0.82}, "too few steps"),
        # A loss that is not finite any more.
        ((1.0, float("nan")), 1.0, {}, "rate too high"),
        ((1.0, float("inf")), 1.0, {}, "rate too high"),
        ((1.0, float("nan")), 0.9, {}, ""),
        ((float("nan"), float("nan")), 1.0, {}, ""),
        ((1.0, 1.0), 1.0, {}, ""),
        # Without an optimizer: weights of a hundred times their size.
        (WORSE, None, {"norms": (1.0, 100.0)}, "rate too high"),
        (WORSE, None, {"norms": (1.0, 99.0)}, ""),
        (WORSE, None, {"norms": (0.0, 99.0)}, ""),
        (WORSE, None, {"norms": (1.0, float("inf"))}, ""),
        (WORSE[1:], None, {"norms": (1.0, 100.0)}, ""),
        (FLAT, None, {"norms": (1.0, 100.0)}, ""),
        (FLAT, None, {"norms": (1.0, 100.0), "guess": 1.0}, "rate too high"),
        (WORSE, 0.0, {"norms": (1.0, 100.0)}, ""),
    ],
)
def test_the_course_of_losses_and_updates_tells_the_cause(
    losses: tuple[float, ...], ratio: float | None, options: dict[str, Any], expected: str
) -> None:
    assert [finding.cause for finding in told_of(losses, ratio, **options)] == ([expected] if expected else [])


COUPLED = OptimizerReading("SGD", 0.1, None, "", decay=2.0)


@pytest.mark.parametrize(
    ("optimizer", "options", "expected"),
    [
        (COUPLED, {"norms": (1.0, 0.5), "gradient": 0.9}, True),
        (COUPLED, {"norms": (1.0, 0.5), "gradient": 1.0}, False),
        (COUPLED, {"norms": (1.0, 0.51), "gradient": 0.9}, False),
        (COUPLED, {"norms": (1.0, 0.5), "gradient": 0.9, "guess": 1.12}, False),
        (COUPLED, {"norms": (1.0, 0.5), "gradient": 0.9, "guess": 1.0}, True),
        (replace(COUPLED, decay=0.0), {"norms": (1.0, 0.5), "gradient": 0.0}, False),
        # Decoupled, it takes the weights down by itself, in twelve steps to 0.94 ** 12 = 0.48 of their size.
        (OptimizerReading("AdamW", 0.1, None, "", decay=0.6), {"norms": (1.0, 0.5), "gradient": 9.0}, True),
        (OptimizerReading("AdamW", 0.1, None, "", decay=0.5), {"norms": (1.0, 0.5), "gradient": 9.0}, False),
    ],
)
def test_a_decay_is_too_large_where_it_shrinks_every_weight_and_nothing_is_learned(
    optimizer: OptimizerReading, options: dict[str, Any], expected: bool
) -> None:
    causes = [finding.cause for finding in told_of(FLAT, 0.001, optimizer=optimizer, **options)]
    assert ("decay too large" in causes) == expected


def test_the_facts_of_a_course_are_what_the_steps_have() -> None:
    (low,) = told_of(FLAT, 0.001, guess=1.0, gap=9)
    assert (low.starts_at, low.severity, low.verdict) == ("1", "hinders", "misconfigured")
    needed = {"gone": "10.8%", "needed": "1,000"}
    assert dict(low.facts) == {"first": 1.0, "last": 1.0, "steps": "108", "guess": 1.0, **needed}
    assert low.measured == pytest.approx(0.108)
    (few,) = told_of(FALLING, 0.001, guess=1.0)
    assert few.severity == "note"
    assert dict(few.facts) == {"first": 1.0, "last": pytest.approx(0.6545, rel=1e-3), "steps": "12"} | {
        "gone": "1.2%",
        "needed": "1,000",
    }
    (guessing,) = told_of(FLAT, 0.01, guess=1.0, gap=9)
    assert guessing.severity == "note"
    assert dict(guessing.facts) == {"first": 1.0, "last": 1.0, "steps": "108", "guess": 1.0} | {
        "gone": pytest.approx(1.08)
    }
    (thrown,) = told_of((1.0, float("inf")), 2.0)
    assert (thrown.starts_at, thrown.measured) == ("1", 2.0)
    assert dict(thrown.facts) == {"ratio": 2.0, "first": 1.0, "last": float("inf"), "steps": "1"}
    (grown,) = told_of(WORSE, None, norms=(2.0, 400.0), gap=2)
    assert (grown.starts_at, grown.measured) == ("1", 200.0)
    assert dict(grown.facts) == {"grown": 200.0, "first": 1.0, "last": 2.1, "steps": "23"}
    (worse,) = told_of(WORSE, 0.3)
    assert (worse.starts_at, worse.measured) == ("1", 0.3)
    assert dict(worse.facts) == {"ratio": 0.3, "first": 1.0, "last": 2.1, "steps": "12"}
    (decayed,) = told_of(FLAT, 0.001, norms=(1.0, 0.5), gradient=0.1, optimizer=COUPLED)
    assert (decayed.starts_at, decayed.measured) == ("1", 0.5)
    assert dict(decayed.facts) == {"decay": 2.0, "first": 1.0, "last": 1.0, "steps": "12", "left": "50%"}


def test_a_constant_guess_is_known_from_one_output_alone() -> None:
    """Of a squared error it is the variance of the targets; several outputs have no guess together."""
    of = LossReading(1.0, (LossNode("MseLoss", (), ()),))
    outputs = (OutputReading(0, target_deviation=1.0),)

    def causes(readings: Readings) -> list[str]:
        weight = ParameterReading("1.weight", "1", (4, 4), True, 1.0, 0.0, 1.0, 0.001)
        steps = [Step(number, (), (weight,), readings=readings) for number in range(12)]
        return [finding.cause for finding in find(steps[-1], steps[:-1])]

    assert causes(Readings(loss=of, outputs=outputs)) == ["too few steps"]
    assert causes(Readings(loss=of, outputs=outputs * 2)) == []
    assert causes(Readings(loss=replace(of, nodes=(LossNode("L1Loss", (), ()),)), outputs=outputs)) == []
    written = (WrittenReading(0, "classes"), WrittenReading(0, "classes", guess=1.0))
    assert causes(Readings(loss=of, written=written[1:])) == ["too few steps"]
    assert causes(Readings(loss=of, written=written)) == []


@pytest.mark.parametrize(
    ("ends", "operation", "binary", "facts"),
    [
        ("sigmoid", "MseLoss", 1.0, ("mse_loss", "binary_cross_entropy_with_logits")),
        ("softmax", "L1Loss", 1.0, ("l1_loss", "cross_entropy")),
        ("sigmoid", "SmoothL1Loss", 1.0, ("smooth_l1_loss", "binary_cross_entropy_with_logits")),
        ("sigmoid", "HuberLoss", 1.0, ("huber_loss", "binary_cross_entropy_with_logits")),
        ("sigmoid", "Mean", 1.0, ("mse_loss", "binary_cross_entropy_with_logits")),
        ("sigmoid", "MseLoss", 0.0, None),
        ("tanh", "MseLoss", 1.0, None),
    ],
)
def test_a_distance_is_told_with_the_loss_to_take_instead(
    ends: str, operation: str, binary: float, facts: tuple[str, str] | None
) -> None:
    sound = chain((1.0,) * 2)
    calls = at(sound.calls, 2, role="activation", kind="Module", activation=ends, weight=None)
    reading = WrittenReading(2, "distance", binary=binary)
    loss = LossReading(0.25, (LossNode(operation, (), ()),))
    step = replace(sound, calls=calls, readings=Readings(loss=loss, written=(reading,)))
    found = list(find(step, ()))
    assert [dict(one.facts) for one in found] == (
        [{"ends": ends, "loss": facts[0], "instead": facts[1]}] if facts else []
    )
    if facts:
        assert (found[0].cause, found[0].starts_at, found[0].severity, found[0].measured) == (
            "wrong loss",
            "2",
            "note",
            0.25,
        )
        given = advised(found[0], step).advice
        assert given.helps("en").startswith(f"Take {ends} off the output (layer 2), and give the logits to {facts[1]},")
        assert given.helps("zh").startswith(f"去掉输出末尾的 {ends}（2），把 logits 交给 {facts[1]}")
        assert given.code.endswith(f"loss = torch.nn.functional.{facts[1]}(model(x), targets)")
        assert "the flat ends of the output stay" in given.fails("en")
        assert list(find(replace(step, readings=replace(step.readings, loss=None)), ())) == []
        assert list(find(replace(step, readings=replace(step.readings, written=(replace(reading, call=9),))), ())) == []


@pytest.mark.parametrize(
    ("measured", "facts", "factor"), [(0.5, (), "0.02"), (0.001, (), "1"), (500.0, (("grown", 500.0),), "0.1")]
)
def test_the_rate_is_lowered_until_an_update_is_a_hundredth_of_the_weight(
    measured: float, facts: tuple[tuple[str, float], ...], factor: str
) -> None:
    found = Finding("misconfigured", ("1",), "1", measured, None, None, None, cause="rate too high", facts=facts)
    assert advised(found, Step(0, (), ())).advice.code.endswith(f"group['lr'] *= {factor}")
