"""Inputs and targets from which a network cannot learn, and those from which it can."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import gradlab
from gradlab.probing.report import Report

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
