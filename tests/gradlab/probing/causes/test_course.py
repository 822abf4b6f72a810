"""Causes told over steps: rates too high or too low, too few steps, distances for classes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy, cross_entropy, l1_loss, mse_loss

import gradlab
from gradlab.probing.causes.course import LOOKED_AT, find
from gradlab.probing.report import Report
from gradlab.probing.step import Step

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
