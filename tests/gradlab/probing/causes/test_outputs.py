"""Findings on a loss and an output that contradict each other, and none on sound losses."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import gradlab
from gradlab.probing.advice import advised
from gradlab.probing.causes.outputs import find
from gradlab.probing.finding import Finding
from gradlab.probing.lossgraph import LossNode, LossReading
from gradlab.probing.readings import Readings
from gradlab.probing.recovered import OutputReading
from gradlab.probing.report import Report
from gradlab.probing.step import Step
from tests.gradlab.probing.test_diagnosis import at, chain

Loss = Callable[[Tensor], Tensor]

torch.manual_seed(0)
X = torch.randn(64, 10)
CLASSES = torch.randint(4, (64,))
VALUES = torch.randn(64, 1)
YES = (VALUES > 0).float()
SEVERAL = (torch.rand(64, 4) > 0.5).float()
SOFT = torch.rand(64, 4).softmax(1)
IMAGES = torch.randn(8, 3, 8, 8)
PIXELS = torch.randint(5, (8, 8, 8))
TOKENS, TAGS = torch.randint(20, (6, 9)), torch.randint(7, (6, 9))


def network(outputs: int, *last: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for inputs in (10, 48, 48):
        layers += [nn.Linear(inputs, 48), nn.ReLU()]
        nn.init.kaiming_normal_(layers[-2].weight, nonlinearity="relu")  # type: ignore[arg-type]
    return nn.Sequential(*layers, nn.Linear(48, outputs), *last)


def images(outputs: int, *last: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    hidden = [nn.Conv2d(3, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 12, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*hidden, nn.Conv2d(12, outputs, 3, padding=1), *last)


class Flat(nn.Module):
    """A network for one value, which puts out one dimension less."""

    def __init__(self, *last: nn.Module) -> None:
        super().__init__()
        self.net = network(1, *last)

    def forward(self, x: Tensor) -> Tensor:
        one: Tensor = self.net(x).squeeze(-1)
        return one


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 16)
        self.hidden = nn.Linear(16, 16)
        self.out = nn.Linear(16, 7)

    def forward(self, tokens: Tensor) -> Tensor:
        logits: Tensor = self.out(self.hidden(self.embedding(tokens)).relu())
        return logits


def report(model: nn.Module, loss: Loss, x: Tensor = X) -> Report:
    with gradlab.probe(model) as record:
        loss(model(x)).backward()  # type: ignore[no-untyped-call]
    assert not record._watch.failures
    return record.report()


def cross_entropy(output: Tensor) -> Tensor:
    return functional.cross_entropy(output, CLASSES)


def focal(output: Tensor) -> Tensor:
    losses = functional.cross_entropy(output, CLASSES, reduction="none")
    focused: Tensor = ((1 - (-losses).exp()) ** 2 * losses).mean()
    return focused


def policy(output: Tensor) -> Tensor:
    chosen = torch.distributions.Categorical(logits=output).log_prob(CLASSES)  # type: ignore[no-untyped-call]
    reward: Tensor = (chosen * VALUES[:, 0]).mean()
    return -reward


def contrastive(output: Tensor) -> Tensor:
    z = functional.normalize(output, dim=1)
    alike = (z @ z.T / 0.1).masked_fill(torch.eye(64, dtype=torch.bool), -1e9)
    return functional.cross_entropy(alike, torch.arange(64) ^ 1)


def energy(output: Tensor) -> Tensor:
    """A distance of distributions, which compares every output with every example on purpose."""
    return (output - VALUES.T).abs().mean() - 0.5 * (output - output.T).abs().mean()


def quantiles(output: Tensor) -> Tensor:
    levels = torch.tensor([0.1, 0.5, 0.7, 0.9])
    distance = VALUES - output
    return torch.maximum(levels * distance, (levels - 1) * distance).mean()


FAULTS: dict[str, tuple[str, str, Callable[[], nn.Module], Loss, Tensor]] = {
    "softmax": ("normalized twice", "7", lambda: network(4, nn.Softmax(1)), cross_entropy, X),
    "softmax, smoothed": (
        "normalized twice",
        "7",
        lambda: network(4, nn.Softmax(1)),
        lambda output: functional.cross_entropy(output, CLASSES, label_smoothing=0.1),
        X,
    ),
    "softmax of pixels": (
        "normalized twice",
        "5",
        lambda: images(5, nn.Softmax(1)),
        lambda output: functional.cross_entropy(output, PIXELS),
        IMAGES,
    ),
    "softmax before the loss": (
        "normalized twice",
        "6",
        lambda: network(4),
        lambda output: cross_entropy(output.softmax(1)),
        X,
    ),
    "sigmoid": (
        "normalized twice",
        "net.7",
        lambda: Flat(nn.Sigmoid()),
        lambda output: functional.binary_cross_entropy_with_logits(output, YES[:, 0]),
        X,
    ),
    "logits": (
        "logits as probabilities",
        "6",
        lambda: network(4),
        lambda output: functional.nll_loss(output, CLASSES),
        X,
    ),
    "probabilities": (
        "logits as probabilities",
        "7",
        lambda: network(4, nn.Softmax(1)),
        lambda output: functional.nll_loss(output, CLASSES),
        X,
    ),
    "clipped logits": (
        "logits as probabilities",
        "6",
        lambda: network(1),
        lambda output: functional.binary_cross_entropy(output.clamp(0.001, 0.999), YES),
        X,
    ),
    "shapes": ("wrong shapes", "net.6", Flat, lambda output: functional.mse_loss(output, VALUES), X),
    "shapes the other way": (
        "wrong shapes",
        "6",
        lambda: network(1),
        lambda output: (output - VALUES[:, 0]).pow(2).sum(),
        X,
    ),
    "shapes, absolute": ("wrong shapes", "net.6", Flat, lambda output: functional.l1_loss(output, VALUES), X),
    "shapes, Huber": ("wrong shapes", "net.6", Flat, lambda output: functional.huber_loss(output, VALUES), X),
    "relu": ("output cut", "7", lambda: network(4, nn.ReLU()), cross_entropy, X),
    "tanh": ("output cut", "7", lambda: network(4, nn.Tanh()), cross_entropy, X),
    "negative targets": (
        "targets out of range",
        "7",
        lambda: network(1, nn.ReLU()),
        lambda output: functional.mse_loss(output, VALUES),
        X,
    ),
    "large targets": (
        "targets out of range",
        "7",
        lambda: network(1, nn.Sigmoid()),
        lambda output: ((output - 10 * VALUES) ** 2).mean(),
        X,
    ),
    "labels of -1": (
        "targets out of range",
        "6",
        lambda: network(1),
        lambda output: functional.binary_cross_entropy_with_logits(output, 2 * YES - 1),
        X,
    ),
    "prices": (
        "targets not scaled",
        "6",
        lambda: network(1),
        lambda output: functional.mse_loss(output, 20_000 + 5_000 * VALUES),
        X,
    ),
}

SOUND: dict[str, tuple[Callable[[], nn.Module], Loss, Tensor]] = {
    "cross-entropy": (lambda: network(4), cross_entropy, X),
    "smoothed": (
        lambda: network(4),
        lambda output: functional.cross_entropy(output, CLASSES, label_smoothing=0.1),
        X,
    ),
    "weighted": (
        lambda: network(4),
        lambda output: functional.cross_entropy(output, CLASSES, weight=torch.tensor([1.0, 9.0, 0.1, 2.0])),
        X,
    ),
    "soft targets": (lambda: network(4), lambda output: functional.cross_entropy(output, SOFT), X),
    "scaled up": (lambda: network(4), lambda output: 65536 * cross_entropy(output), X),
    "logarithms": (
        lambda: network(4, nn.LogSoftmax(1)),
        lambda output: functional.nll_loss(output, CLASSES),
        X,
    ),
    "logarithm of softmax": (
        lambda: network(4, nn.Softmax(1)),
        lambda output: functional.nll_loss((output + 1e-8).log(), CLASSES),
        X,
    ),
    "focal": (lambda: network(4), focal, X),
    "policy": (lambda: network(4), policy, X),
    "contrastive": (lambda: network(8), contrastive, X),
    "pixels": (lambda: images(5), lambda output: functional.cross_entropy(output, PIXELS), IMAGES),
    "pixels, some ignored": (
        lambda: images(5),
        lambda output: functional.cross_entropy(output, PIXELS.where(PIXELS > 0, -100)),
        IMAGES,
    ),
    "tags": (Tagger, lambda output: functional.cross_entropy(output.transpose(1, 2), TAGS), TOKENS),
    "several labels": (
        lambda: network(4),
        lambda output: functional.binary_cross_entropy_with_logits(output, SEVERAL),
        X,
    ),
    "several labels, weighted": (
        lambda: network(4),
        lambda output: functional.binary_cross_entropy_with_logits(output, SEVERAL, pos_weight=torch.tensor(9.0)),
        X,
    ),
    "sigmoid": (
        lambda: network(1, nn.Sigmoid()),
        lambda output: functional.binary_cross_entropy(output, YES),
        X,
    ),
    "squares": (lambda: network(1), lambda output: functional.mse_loss(output, 10 * VALUES), X),
    "squares of one dimension": (Flat, lambda output: functional.mse_loss(output, VALUES[:, 0]), X),
    "positive": (lambda: network(1, nn.ReLU()), lambda output: functional.mse_loss(output, VALUES.abs()), X),
    "within the range": (
        lambda: network(1, nn.Tanh()),
        lambda output: functional.mse_loss(output, VALUES.tanh()),
        X,
    ),
    "absolute": (lambda: network(1), lambda output: functional.l1_loss(output, VALUES), X),
    "quantiles": (lambda: network(4), quantiles, X),
    "energy": (lambda: network(1), energy, X),
    "divergence": (
        lambda: network(4),
        lambda output: functional.kl_div(output.log_softmax(1), SOFT, reduction="batchmean"),
        X,
    ),
    "sum": (lambda: network(1), lambda output: output.sum(), X),
}


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("name", FAULTS)
def test_a_contradiction_is_named_where_it_is(name: str) -> None:
    cause, layer, made, loss, x = FAULTS[name]
    found = report(made(), loss, x)
    assert found.verdict == "misconfigured"
    assert (found.findings[0].cause, found.findings[0].starts_at) == (cause, layer)
    assert all("{" not in found.sentence(finding) for finding in found.findings)


@pytest.mark.parametrize("name", SOUND)
def test_sound_losses_are_told_nothing(name: str) -> None:
    made, loss, x = SOUND[name]
    found = report(made(), loss, x)
    assert not found.findings
    assert found.step.readings.loss is not None


def test_the_loss_and_the_targets_are_recovered_from_the_step() -> None:
    found = report(network(1), lambda output: 3 * functional.mse_loss(output, VALUES, reduction="sum"))
    (reading,) = found.step.readings.outputs
    assert reading.target_mean == pytest.approx(VALUES.mean().item(), abs=1e-5)
    assert reading.target_deviation == pytest.approx(VALUES.std(correction=0).item(), abs=1e-5)
    model = network(4)
    found = report(model, lambda output: 7 * cross_entropy(output))
    (reading,) = found.step.readings.outputs
    assert reading.cross_entropy == pytest.approx(cross_entropy(model(X)).item(), abs=1e-5)
    assert found.step.readings.loss is not None
    assert found.step.readings.loss.value == pytest.approx(7 * (reading.cross_entropy or 0.0), abs=1e-4)


def test_advice_takes_off_the_activation_that_is_too_much() -> None:
    model = network(4, nn.Softmax(1))
    advice = report(model, cross_entropy).findings[0].advice
    exec(advice.code.splitlines()[0], {"model": model, "torch": torch})  # noqa: S102 - it is the advice's own line
    assert not report(model, cross_entropy).findings


def test_targets_and_first_outputs_are_told_at_a_later_step_too() -> None:
    for model, loss, cause in (
        (network(1, nn.Sigmoid()), lambda output: functional.mse_loss(output, 5 + VALUES), "targets out of range"),
        (network(1), lambda output: functional.mse_loss(output, 20_000 + 5_000 * VALUES), "targets not scaled"),
    ):
        optimizer = torch.optim.Adam(model.parameters(), 0.01)
        with gradlab.probe(model, every=3) as record:
            for _ in range(40):
                optimizer.zero_grad()
                loss(model(X)).backward()  # type: ignore[no-untyped-call]
                optimizer.step()
        assert record.report().findings[0].cause == cause


def test_a_tied_embedding_of_scale_1_is_named_by_its_first_loss() -> None:
    torch.manual_seed(0)
    tokens = torch.randint(300, (8, 12))

    class Language(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(300, 96)
            self.hidden = nn.Linear(96, 96)
            self.norm = nn.LayerNorm(96)
            self.out = nn.Linear(96, 300, bias=False)
            self.out.weight = self.embedding.weight

        def forward(self, tokens: Tensor) -> Tensor:
            h = self.embedding(tokens)
            logits: Tensor = self.out(self.norm(h + self.hidden(h).relu()))
            return logits

    def loss(output: Tensor) -> Tensor:
        return functional.cross_entropy(output[:, :-1].reshape(-1, 300), tokens[:, 1:].reshape(-1))

    model = Language()
    first = report(model, loss, tokens).findings[0]
    assert (first.cause, first.starts_at, first.severity) == ("first loss too large", "out", "note")
    exec(first.advice.code, {"model": model, "torch": torch})  # noqa: S102 - they are the advice's own lines
    assert not any(finding.cause == "first loss too large" for finding in report(model, loss, tokens).findings)


def _judge(sure: float) -> nn.Sequential:
    """A discriminator whose sigmoid is as sure as wanted, of every input another bit."""
    judge = network(1, nn.Sigmoid())
    with torch.no_grad():
        judge[6].weight.mul_(0.5)  # type: ignore[operator]
        judge[6].bias.fill_(-sure)  # type: ignore[operator]
    return judge


def test_an_output_is_saturated_where_the_loss_wants_it_elsewhere() -> None:
    judge = _judge(20.0)
    generator = network(10)
    both = nn.Sequential(generator, judge)

    def wrong(output: Tensor) -> Tensor:
        return (1 - output).clamp_min(1e-30).log().mean()

    found = report(both, wrong)
    assert (found.findings[0].cause, found.findings[0].starts_at) == ("output saturated", "1.7")
    alone = report(generator, lambda output: wrong(judge(output)))
    assert (alone.findings[0].cause, alone.verdict) == ("loss saturated", "saturated")
    # The same on the logits, and for the discriminator itself, which is right to be sure.
    assert not report(generator, lambda output: -functional.softplus(-judge[:-1](output)).mean()).findings
    fakes = generator(X).detach()
    right = report(judge, lambda output: -(1 - output).log().mean() + 0 * output.sum(), fakes)
    assert not any(finding.cause for finding in right.findings)


class Own(nn.Module):
    """A linear layer of one's own."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / inputs**0.5)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight, self.bias)


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.Tanh(), nn.Softmax(1)], ids=["relu", "tanh", "softmax"])
def test_what_stands_before_a_linear_layer_of_ones_own_is_not_the_output(activation: nn.Module) -> None:
    model = network(12, activation, Own(12, 4))
    assert not [finding.cause for finding in report(model, cross_entropy).findings if finding.severity == "hinders"]
    values = nn.Sequential(*network(12, nn.Sigmoid()), Own(12, 1))
    assert not report(values, lambda output: functional.mse_loss(output, 9 * VALUES)).findings


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("loss", [functional.mse_loss, functional.l1_loss, functional.huber_loss])
def test_pictures_whose_targets_lack_the_channel(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    target = torch.rand(8, 8, 8)
    found = report(images(1), lambda output: loss(output, target), IMAGES).findings
    assert [finding.cause for finding in found if finding.severity == "hinders"] == ["wrong shapes"]
    assert dict(found[0].facts)["pairs"] == "(8×8×8×8)"
    sound = report(images(1), lambda output: loss(output, target[:, None]), IMAGES).findings
    assert not [finding for finding in sound if finding.severity == "hinders"]


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_values_of_the_actions_that_were_taken() -> None:
    action = CLASSES[:, None]
    found = report(network(4), lambda q: functional.mse_loss(q.gather(1, action), VALUES[:, 0])).findings
    assert [finding.cause for finding in found] == ["wrong shapes"]
    assert not report(network(4), lambda q: functional.mse_loss(q.gather(1, action), VALUES)).findings


def test_distances_from_as_many_prototypes_as_samples_are_meant() -> None:
    prototypes = torch.randn(64, 4)
    loss: Loss = lambda z: ((z[:, None] - prototypes) ** 2).sum(2).min(1).values.mean()  # noqa: E731
    assert not report(network(4), loss).findings


@pytest.mark.parametrize(
    ("model", "target", "x", "axis"),
    [
        (network(4, nn.LogSoftmax(0)), CLASSES, X, "0"),
        (images(5, nn.LogSoftmax(-1)), PIXELS, IMAGES, "3"),
        (images(5, nn.LogSoftmax(0)), PIXELS, IMAGES, "0"),
    ],
)
def test_a_softmax_along_another_dimension(model: nn.Module, target: Tensor, x: Tensor, axis: str) -> None:
    found = report(model, lambda output: functional.nll_loss(output, target), x)
    told = next(finding for finding in found.findings if finding.severity == "hinders")
    assert (told.cause, dict(told.facts)["axis"]) == ("wrong dimension", axis)
    assert f"along dimension {axis}" in str(found)


@pytest.mark.parametrize(
    ("model", "target", "x"),
    [
        (network(4, nn.LogSoftmax(1)), CLASSES, X),
        (network(4, nn.LogSoftmax(-1)), CLASSES, X),
        (images(5, nn.LogSoftmax(1)), PIXELS, IMAGES),
        (images(5, nn.LogSoftmax(-3)), PIXELS, IMAGES),
    ],
)
def test_a_softmax_along_the_classes_is_sound(model: nn.Module, target: Tensor, x: Tensor) -> None:
    found = report(model, lambda output: functional.nll_loss(output, target), x)
    assert "wrong dimension" not in {finding.cause for finding in found.findings}


@pytest.mark.parametrize(
    "loss",
    [
        lambda output: torch.exp(-((output - VALUES.T) ** 2)).mean(),
        lambda output: ((output - VALUES.T) ** 2).min(1).values.mean(),
    ],
    ids=["kernel", "nearest"],
)
def test_kernels_and_nearest_neighbours_want_all_pairs(loss: Loss) -> None:
    assert not report(network(1), loss).findings
    by_hand: Loss = lambda output: ((output - VALUES.T) ** 2).mean()  # noqa: E731
    assert [finding.cause for finding in report(network(1), by_hand).findings] == ["wrong shapes"]


class Hidden(nn.Module):
    """A network whose last layer lies in a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.body = network(16)
        self.heads = {"value": nn.Linear(16, 1)}

    def forward(self, x: Tensor) -> Tensor:
        value: Tensor = self.heads["value"](torch.relu(self.body(x)))
        return value


def test_of_a_last_layer_that_is_not_registered_the_range_is_not_known() -> None:
    found = report(Hidden(), lambda output: functional.mse_loss(output, VALUES)).findings
    assert [finding.cause for finding in found] == ["weights not registered"]


# Readings that are written down


STEP = chain((1.0,) * 3)
SATURATED = OutputReading(3, away=0.6, passed=1e-5, compensated=0.0)
ENDED = {"role": "activation", "kind": "Sigmoid", "activation": "sigmoid", "weight": None}


def told_of(reading: OutputReading, step: Step = STEP, loss: float = 1.0) -> list[Finding]:
    """Findings of a step on the output of its last layer, under a squared error."""
    nodes = (LossNode("MseLoss", (), (1,)), LossNode("", (64, 1), (), 3))
    return list(find(replace(step, readings=Readings(loss=LossReading(loss, nodes), outputs=(reading,))), ()))


BOUNDED = replace(STEP, calls=at(STEP.calls, 3, **ENDED))


@pytest.mark.parametrize(
    ("reading", "severity"),
    [
        (OutputReading(3, rows=64.0, outside=0.0, unreachable=1.0), ""),
        (OutputReading(3, rows=64.0, outside=0.01, unreachable=1.0), "note"),
        (OutputReading(3, rows=64.0, outside=0.011, unreachable=1.0), "hinders"),
        (OutputReading(3, rows=64.0, outside=0.5, unreachable=0.05), "note"),
        (OutputReading(3, rows=64.0, outside=0.5, unreachable=0.051), "hinders"),
        (OutputReading(3, rows=64.0, outside=0.5), "note"),
        (OutputReading(3, rows=64.0, beyond=0.05), "note"),
        (OutputReading(3, rows=64.0, beyond=0.051), "hinders"),
    ],
)
def test_targets_out_of_range_hinder_where_they_are_more_than_a_few(reading: OutputReading, severity: str) -> None:
    found = told_of(reading, BOUNDED)
    assert [(one.cause, one.severity) for one in found] == ([("targets out of range", severity)] if severity else [])


def test_the_facts_of_targets_out_of_range_are_their_share_and_the_range() -> None:
    (found,) = told_of(OutputReading(3, rows=64.0, outside=0.25, beyond=0.5), BOUNDED)
    assert (found.starts_at, found.measured) == ("3", 0.5)
    assert dict(found.facts) == {"share": "50%", "range": "[0, 1]", "ends": "sigmoid"}
    given = advised(found, BOUNDED).advice
    assert given.helps("en") == (
        "Take sigmoid off the output (layer 3), so that it can have any value, or scale the targets into [0, 1]."
    )
    assert given.helps("zh") == "去掉输出末尾的 sigmoid（3），让输出可以取任何值；或者把目标缩放到 [0, 1] 之内。"
    assert given.code == 'setattr(model, "3", torch.nn.Identity())  # in place of Sigmoid'
    (linear,) = told_of(OutputReading(3, rows=64.0, outside=0.25))
    assert dict(linear.facts) == {"share": "25%", "range": "[0, 1]", "ends": "Linear"}
    labels = advised(linear, STEP).advice
    assert "labels that are -1 and 1, or the numbers" in labels.helps("en")
    assert labels.code.startswith("assert 0 <= targets.min() and targets.max() <= 1\n")


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({}, "saturated"),
        ({"passed": 0.0}, "cut off"),
        ({"passed": 0.0, "compensated": None}, "cut off"),
        ({"away": 0.5}, ""),
        ({"away": None}, ""),
        ({"passed": 1e-4}, ""),
        ({"passed": 0.99e-4}, "saturated"),
        ({"passed": None}, ""),
        ({"compensated": -0.5}, ""),
        ({"compensated": -0.49}, "saturated"),
        ({"compensated": math.nan}, ""),
        ({"compensated": None}, ""),
    ],
)
def test_an_output_at_its_limits_against_the_will_of_the_loss(values: dict[str, Any], verdict: str) -> None:
    found = told_of(replace(SATURATED, **values), BOUNDED)
    assert [(one.cause, one.verdict) for one in found] == ([("output saturated", verdict)] if verdict else [])
    if verdict:
        assert dict(found[0].facts) == {"share": "60%", "passed": found[0].measured, "ends": "sigmoid"}


CROSS_ENTROPY = OutputReading(3, classes=4, rows=64.0, cross_entropy=3.1 * math.log(4))
FAR = OutputReading(3, rows=64.0, target_mean=300.0, target_deviation=400.0)


@pytest.mark.parametrize(
    ("reading", "loss", "cause"),
    [
        (CROSS_ENTROPY, 4.0, "first loss too large"),
        (replace(CROSS_ENTROPY, cross_entropy=2.9 * math.log(4)), 4.0, ""),
        (replace(CROSS_ENTROPY, rows=2.0), 4.0, "first loss too large"),
        (replace(CROSS_ENTROPY, rows=1.0), 4.0, ""),
        (FAR, 1e6, "targets not scaled"),
        (replace(FAR, target_mean=0.0, target_deviation=101.0), 1e6, "targets not scaled"),
        (replace(FAR, target_mean=0.0, target_deviation=100.0), 1e6, ""),
        (replace(FAR, target_mean=-300.0), 1e6, "targets not scaled"),
        (FAR, 400.0**2 / 2, "targets not scaled"),
        (FAR, 400.0**2 / 2 - 1, ""),
    ],
)
def test_the_first_outputs_are_too_large_or_too_small(reading: OutputReading, loss: float, cause: str) -> None:
    assert [one.cause for one in told_of(reading, loss=loss)] == ([cause] if cause else [])


@pytest.mark.parametrize(("rms", "is_told"), [(10.0, True), (10.1, False)])
def test_outputs_that_are_large_because_of_what_they_are_made_from_have_that_as_their_cause(
    rms: float, is_told: bool
) -> None:
    step = replace(STEP, calls=at(STEP.calls, 2, norm=rms * 1024))
    assert bool(told_of(CROSS_ENTROPY, step)) == is_told


def test_a_first_loss_that_has_come_down_since_is_none() -> None:
    def found(now: float, number: int = 0) -> list[str]:
        nodes = (LossNode("NllLoss", (), (1,)), LossNode("LogSoftmax", (64, 4), (2,)), LossNode("", (64, 4), (), 3))
        first, last = (
            replace(STEP, number=at_step, readings=Readings(loss=LossReading(loss, nodes), outputs=outputs))
            for at_step, loss, outputs in ((number, 5.0, (CROSS_ENTROPY,)), (number + 1, now, ()))
        )
        return [one.cause for one in find(last, (first,))]

    assert found(3.1 * math.log(4)) == ["first loss too large"]
    assert found(2.9 * math.log(4)) == []
    assert found(3.1 * math.log(4), number=1) == [], "it was not the first step of the training"


def test_the_facts_of_first_outputs_and_what_is_advised() -> None:
    (large,) = told_of(CROSS_ENTROPY)
    assert (large.starts_at, large.severity) == ("3", "note")
    assert large.measured == pytest.approx(3.1)
    assert dict(large.facts) == {
        "rms": 1.0,
        "loss": pytest.approx(3.1 * math.log(4)),
        "guess": math.log(4),
        "ratio": pytest.approx(3.1),
        "classes": "4",
    }
    given = advised(large, STEP).advice
    assert given.helps("en").startswith("Make 3.weight smaller: a fresh network guesses")
    assert given.helps("zh").startswith("减小 3.weight：没有训练过的网络只能猜")
    assert given.code == 'with torch.no_grad():\n    model.get_parameter("3.weight").div_(1)'
    tied = replace(STEP, calls=at(at(STEP.calls, 0, role="embedding"), 3, weight="0.weight"))
    shared = advised(large, tied).advice
    assert "Make 0.weight smaller, which the embedding shares and PyTorch draws" in shared.helps("en")
    assert "减小 0.weight（嵌入层与输出层共用" in shared.helps("zh")
    assert shared.code == 'torch.nn.init.normal_(model.get_parameter("0.weight"), std=0.02)'
    unknown = advised(large, replace(STEP, calls=at(STEP.calls, 3, weight=None))).advice
    assert unknown.code == "logits = logits / 1"
    assert "Make the last weights smaller" in unknown.helps("en")
    assert "减小最后的权重：" in unknown.helps("zh")
    (far,) = told_of(FAR, loss=1e6)
    assert (far.starts_at, far.measured, dict(far.facts)) == ("3", 500.0, {"size": 500.0, "rms": 1.0})
