"""Inputs and targets from which a network cannot learn, and those from which it can."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import gradlab
from gradlab.probing import wording
from gradlab.probing.advice import advised
from gradlab.probing.causes.inputs import find
from gradlab.probing.connection import ConnectionReading, OptimizerReading
from gradlab.probing.entering import InputReading
from gradlab.probing.finding import Finding
from gradlab.probing.lossgraph import LossNode, LossReading
from gradlab.probing.readings import Readings
from gradlab.probing.recovered import OutputReading
from gradlab.probing.report import Report
from gradlab.probing.step import Step
from tests.gradlab.probing.test_diagnosis import at, chain

torch.manual_seed(0)
X = torch.randn(64, 6)
CLASSES = torch.randint(4, (64,))
IMAGES = torch.rand(16, 3, 8, 8)


def network(activation: type[nn.Module] = nn.ReLU, *first: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    layers: list[nn.Module] = [*first]
    for inputs in (6, 32, 32):
        layers += [nn.Linear(inputs, 32), activation()]
        nn.init.xavier_normal_(layers[-2].weight, gain=2**0.5 if activation is nn.ReLU else 1.0)  # type: ignore[arg-type]
    return nn.Sequential(*layers, nn.Linear(32, 4))


def images(*after: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    hidden = [nn.Conv2d(3, 8, 3), *after, nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU()]
    return nn.Sequential(*hidden, nn.Flatten(), nn.Linear(128, 4))


class Scaling(nn.Module):
    """A network that scales pixels itself."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = images()

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.inner(x / 255 - 0.5)
        return logits


def report(model: nn.Module, x: Tensor, classes: Tensor = CLASSES, steps: int = 1) -> Report:
    with gradlab.probe(model) as record:
        for _ in range(steps):
            functional.cross_entropy(model(x), classes[: len(x)]).backward()  # type: ignore[no-untyped-call]
    assert not record._watch.failures
    return record.report()


@pytest.mark.parametrize("scale", [1e3, 1e-3])
def test_raw_inputs_are_named_at_the_first_step(scale: float) -> None:
    found = report(network(), scale * (X + 2))
    first = found.findings[0]
    assert (first.cause, first.starts_at, first.severity) == ("inputs not scaled", "0", "hinders")
    assert first.measured == pytest.approx(scale * (X + 2).square().mean(1).median().sqrt().item(), rel=1e-4)
    assert found.verdict == "misconfigured"


def test_raw_pixels_are_named() -> None:
    assert report(images(), 255 * IMAGES).findings[0].cause == "inputs not scaled"


@pytest.mark.parametrize(
    ("model", "x"),
    [
        (network(), X),
        (network(), 3 * X + 1),
        (network(nn.ReLU, nn.BatchNorm1d(6)), 1e3 * X),
        (images(), IMAGES - 0.5),
        (images(nn.BatchNorm2d(8)), 255 * IMAGES),
        (Scaling(), 255 * IMAGES),
    ],
    ids=["standard", "nearly", "normalized", "pixels", "normalized pixels", "scaled inside"],
)
def test_inputs_that_are_scaled_or_made_so_are_told_nothing(model: nn.Module, x: Tensor) -> None:
    found = report(model, x)
    assert found.verdict == "healthy"
    assert not any(finding.cause for finding in found.findings)


def test_a_scale_around_0_and_a_single_sample_far_out_are_notes() -> None:
    assert report(network(), 2000 * X).verdict == "healthy"
    far = X.clone()
    far[0] *= 1000
    assert not report(network(), far).findings


def test_behind_a_saturating_layer_the_scale_of_the_inputs_is_a_note() -> None:
    found = report(network(nn.Tanh), 300 * X)
    assert found.verdict == "healthy"
    assert {finding.severity for finding in found.findings if finding.cause == "inputs not scaled"} == {"note"}


def test_a_network_that_has_learned_from_raw_inputs_is_not_ill() -> None:
    torch.manual_seed(0)
    model, x = network(), 100 * (X + 2)
    optimizer = torch.optim.Adam(model.parameters(), 0.003)
    with gradlab.probe(model, every=30) as record:
        for _ in range(121):
            optimizer.zero_grad()
            functional.cross_entropy(model(x), CLASSES).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    assert record.report().findings[0].severity == "note"


def test_adam_copes_with_raw_inputs_but_not_with_features_of_different_scales() -> None:
    uneven = (X + 2) * torch.tensor([1.0, 2000.0, 2000.0, 1.0, 500.0, 500.0])
    for x, severity in ((200 * (X + 2), "note"), (uneven, "hinders")):
        model = network()
        optimizer = torch.optim.Adam(model.parameters(), 1e-6)
        with gradlab.probe(model, optimizer=optimizer) as record:
            functional.cross_entropy(model(x), CLASSES).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        found = {finding.cause: finding.severity for finding in record.report().findings}
        assert found["inputs not scaled"] == severity


def test_samples_that_are_all_the_same_are_named() -> None:
    first = report(network(), X[:1].expand(64, 6)).findings[0]
    assert (first.cause, first.severity) == ("inputs alike", "hinders")


def test_one_target_is_a_note_until_every_batch_has_one() -> None:
    same = torch.full((64,), 2)
    assert report(network(), X, same).verdict == "healthy"
    assert [finding.cause for finding in report(network(), X, same).findings] == ["one target"]
    later = report(network(), X, same, steps=3)
    assert (later.verdict, later.findings[0].cause) == ("misconfigured", "one target")


def test_a_discriminator_with_a_pass_for_each_of_its_targets_has_several() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    with gradlab.probe(model, optimizer=optimizer) as record:
        for _ in range(4):
            optimizer.zero_grad()
            for target in (torch.ones(64, 1), torch.zeros(64, 1)):
                functional.binary_cross_entropy_with_logits(model(X + target), target).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    assert "one target" not in {finding.cause for finding in record.report().findings}


# Readings that are written down


SOUND = InputReading(0, 64, rms=1.0, mean=0.0, offset=0.1, spread=1.5, deviation=1.0, one=0.0)
LARGE = replace(SOUND, rms=100.0, mean=90.0, offset=90.0, deviation=40.0)
ADAM, SGD = (ConnectionReading(optimizer=OptimizerReading(kind, 0.1, None, "")) for kind in ("Adam", "SGD"))


def told_of(inputs: InputReading, step: Step = chain((1.0,) * 3), **readings: Any) -> list[Finding]:  # noqa: B008
    """Findings of a step on the inputs of its first layer."""
    return list(find(replace(step, readings=Readings(inputs=(inputs,), **readings)), ()))


NORMALIZED = chain((1.0,) * 3, operation="layer_norm")


@pytest.mark.parametrize(
    ("inputs", "options", "severity"),
    [
        (SOUND, {}, ""),
        (replace(LARGE, rms=9.9), {}, ""),
        (replace(LARGE, rms=10.0), {}, "note"),
        (replace(LARGE, rms=1 / 10.1), {}, "note"),
        (replace(LARGE, rms=99.0), {}, "note"),
        (LARGE, {}, "hinders"),
        (replace(LARGE, rms=0.0099), {}, "hinders"),
        (replace(LARGE, rms=0.0), {}, ""),
        (replace(LARGE, rms=math.inf), {}, ""),
        # Around 0 it is the same as another scale of the weights, unless features differ.
        (replace(LARGE, offset=40.0), {}, "note"),
        (replace(LARGE, offset=40.0, spread=100.0), {}, "hinders"),
        (replace(LARGE, offset=40.0, spread=99.0), {}, "note"),
        # Adam makes up for one direction that outweighs all others, and not for features of different scales.
        (LARGE, {"connection": SGD}, "hinders"),
        (LARGE, {"connection": ADAM}, "note"),
        (replace(LARGE, spread=100.0), {"connection": ADAM}, "hinders"),
        # The scale is taken away behind the first layer.
        (LARGE, {"step": NORMALIZED}, ""),
        (LARGE, {"step": chain((1.0,) * 3, operation="tanh")}, "note"),
        (replace(SOUND, outweighs=99.0), {}, ""),
        (replace(SOUND, outweighs=100.0), {}, "note"),
        (replace(SOUND, outweighs=math.inf), {}, ""),
        (replace(LARGE, outweighs=100.0), {"step": NORMALIZED}, "note"),
    ],
)
def test_the_scale_of_inputs(inputs: InputReading, options: dict[str, Any], severity: str) -> None:
    found = told_of(inputs, **options)
    assert [(one.cause, one.severity) for one in found] == ([("inputs not scaled", severity)] if severity else [])


@pytest.mark.parametrize("role", ["normalization", "recurrent", "attention"])
def test_the_scale_of_inputs_is_taken_away_by_layers_of_a_scale_of_their_own(role: str) -> None:
    step = chain((1.0,) * 3)
    assert told_of(LARGE, replace(step, calls=at(step.calls, 2, role=role))) == []
    assert len(told_of(LARGE, replace(step, calls=at(step.calls, 2, role="activation")))) == 1


def test_the_facts_of_inputs_are_those_of_the_largest() -> None:
    step = chain((1.0,) * 3)
    inputs = (SOUND, replace(LARGE, call=2), replace(LARGE, call=9, rms=1e6))
    (found,) = find(replace(step, readings=Readings(inputs=inputs)), ())
    assert (found.starts_at, found.measured) == ("2", 100.0)
    assert dict(found.facts) == {"rms": 100.0, "mean": 90.0, "deviation": 40.0, "out": 1.0}
    assert "what layer 2 is given has an rms of 100 and a mean of 90, in place of 1 and 0" in wording.finding(
        found, "en"
    )
    given = advised(found, step).advice
    assert "x.mean((0,), keepdim=True)" in given.code
    assert "see the same scale from any" in given.fails("en")
    (outweighed,) = told_of(replace(SOUND, outweighs=123.4))
    assert (outweighed.measured, dict(outweighed.facts)) == (123.4, {"outweighs": 123.4})
    assert "one feature is 123 times as large as all others together" in wording.finding(outweighed, "en")


CROSS_ENTROPY = OutputReading(3, classes=4, rows=64.0, cross_entropy=1.4, one=0.0)
VALUES = OutputReading(3, rows=64.0, target_mean=2.0, target_deviation=1.0)


@pytest.mark.parametrize(
    ("inputs", "output", "is_told"),
    [
        (replace(SOUND, one=1.0), CROSS_ENTROPY, True),
        (replace(SOUND, one=1.0), VALUES, True),
        (replace(SOUND, one=1.0, samples=16), VALUES, True),
        (replace(SOUND, one=1.0, samples=15), VALUES, False),
        (SOUND, VALUES, False),
        (replace(SOUND, one=1.0), replace(VALUES, target_deviation=0.0021), True),
        (replace(SOUND, one=1.0), replace(VALUES, target_deviation=0.0019), False),
    ],
)
def test_samples_that_are_all_the_same(inputs: InputReading, output: OutputReading, is_told: bool) -> None:
    found = [one for one in told_of(inputs, outputs=(output,)) if one.cause == "inputs alike"]
    assert [dict(one.facts) for one in found] == ([{"samples": str(inputs.samples)}] if is_told else [])


ONE = replace(CROSS_ENTROPY, one=1.0)


@pytest.mark.parametrize(
    ("output", "severity"),
    [
        (CROSS_ENTROPY, ""),
        (ONE, "hinders"),
        (replace(ONE, classes=3), "hinders"),
        (replace(ONE, classes=2), "note"),
        (replace(ONE, rows=16.0), "hinders"),
        (replace(ONE, rows=15.0), ""),
        (replace(VALUES, target_deviation=2e-4), "note"),
        (replace(VALUES, target_deviation=2.1e-4), ""),
        (replace(VALUES, target_mean=-2.0, target_deviation=2e-4), "note"),
        (replace(VALUES, target_mean=0.0, target_deviation=1e-6), "note"),
        (replace(VALUES, target_mean=0.0, target_deviation=1.1e-6), ""),
        (replace(ONE, call=9), ""),
    ],
)
def test_targets_that_are_all_the_same(output: OutputReading, severity: str) -> None:
    steps = [replace(chain((1.0,) * 3), number=number, readings=Readings(outputs=(output,))) for number in range(3)]
    found = list(find(steps[2], steps[:2]))
    assert [(one.cause, one.severity) for one in found] == ([("one target", severity)] if severity else [])
    if severity:
        assert dict(found[0].facts) == {"rows": f"{output.rows:.0f}", "batches": "3"}


def test_one_target_hinders_where_every_batch_of_several_is_so() -> None:
    def severities(*outputs: OutputReading, passes: int = 1, loss: float = 1.0) -> list[str]:
        step = chain((1.0,) * 3)
        step = replace(step, calls=at(step.calls, 3, backward_passes=passes))
        reading = LossReading(loss, (LossNode("NllLoss", (), ()),))
        steps = [
            replace(step, number=number, readings=Readings(outputs=(one,), loss=reading))
            for number, one in enumerate(outputs)
        ]
        return [finding.severity for finding in find(steps[-1], steps[:-1])]

    assert severities(ONE, ONE) == ["note"]
    assert severities(ONE, ONE, ONE) == ["hinders"]
    assert severities(ONE, CROSS_ENTROPY, ONE, ONE) == ["note"]
    assert severities(ONE, replace(CROSS_ENTROPY, rows=None), ONE, ONE) == ["hinders"]
    assert severities(ONE, ONE, ONE, passes=2) == []
    assert severities(ONE, ONE, ONE, loss=math.log(4) / 2 - 0.01) == ["note"], "it learns all the same"
    assert severities(ONE, ONE, ONE, loss=math.log(4) / 2) == ["hinders"]
