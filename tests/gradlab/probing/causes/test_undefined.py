"""Values that are not finite are told by the operation that made them."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

import gradlab
from gradlab.probing import Report, causes, wording
from gradlab.probing.causes.undefined import find
from gradlab.probing.finding import Finding
from gradlab.probing.origins import UndefinedReading
from gradlab.probing.readings import Readings
from gradlab.probing.step import Step
from tests.gradlab.probing.causes.test_wiring import X, Y, network
from tests.gradlab.probing.test_diagnosis import at, chain

Forward = Callable[[nn.Module, Tensor], Tensor]


class Encoded(nn.Module):
    """An encoder, something between, and a head."""

    def __init__(self, between: Callable[[Tensor], Tensor], width: int = 32) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encoder, self.head = network(outputs=32), nn.Linear(width, 3)
        self.between = between

    def forward(self, x: Tensor) -> Any:
        return self.head(self.between(self.encoder(x)))


def once(model: nn.Module, loss: Callable[[nn.Module], Tensor]) -> Report:
    with gradlab.probe(model) as record:
        loss(model).backward()  # type: ignore[no-untyped-call]
    return record.report()


def told(report: Report) -> tuple[str, str]:
    found = report.findings[0]
    assert report.verdict == found.verdict == "non-finite"
    others = {finding.cause for finding in report.findings[1:]}
    assert others <= {"inputs not scaled"}, "all else only follows"
    return found.cause, found.starts_at


SEQUENCES = torch.randn(16, 12, 10, generator=torch.Generator().manual_seed(1))
COUNTS = torch.arange(16)[:, None].clamp_max(11).float()
MASK = (torch.arange(12) < COUNTS).float()
THREE = torch.arange(16) % 3


def masked_mean(count: Tensor) -> Callable[[Tensor], Tensor]:
    def mean(h: Tensor) -> Tensor:
        value = (h * MASK[..., None]).sum(1) / count
        return torch.where(COUNTS == 0, torch.zeros_like(value), value)

    return mean


def test_a_mean_masked_after_its_division() -> None:
    """Field case 01: 0 times infinity, in the gradient alone, in the rows without anything."""
    faulty = Encoded(masked_mean(COUNTS))
    report = once(faulty, lambda model: cross_entropy(model(SEQUENCES), THREE))
    assert told(report) == ("masked value not finite", "encoder.6")
    assert dict(report.findings[0].facts).items() >= {"behind": "head", "rows": "0", "count": "1"}.items()
    sound = Encoded(masked_mean(COUNTS.clamp_min(1)))
    assert once(sound, lambda model: cross_entropy(model(SEQUENCES), THREE)).verdict != "non-finite"


@pytest.mark.parametrize(
    ("faulty", "sound"),
    [
        (lambda h: h.var(1).sqrt(), lambda h: (h.var(1) + 1e-6).sqrt()),
        (lambda h: h.var(1).pow(0.5), lambda h: (h.var(1) + 1e-6).pow(0.5)),
    ],
)
def test_a_deviation_of_silent_units(faulty: Any, sound: Any) -> None:
    """Field case 03: the root of a variance of 0."""
    silent = torch.ones(32).index_fill(0, torch.arange(3), 0)
    report = once(Encoded(lambda h: faulty(h * silent)), lambda model: cross_entropy(model(SEQUENCES), THREE))
    assert told(report) == ("root of 0", "encoder.6")
    fixed = once(Encoded(lambda h: sound(h * silent)), lambda model: cross_entropy(model(SEQUENCES), THREE))
    assert fixed.verdict != "non-finite"


@pytest.mark.parametrize("margin", [1.0, 3.0])
def test_a_pair_of_the_same(margin: float) -> None:
    """Field case 04: the root of a distance of 0, in one row."""
    other = X.flip(0).index_copy(0, torch.tensor([5]), X[5:6])

    def contrastive(model: nn.Module, eps: float) -> Tensor:
        distance = ((model(X) - model(other)).square().sum(1) + eps).sqrt()
        squares: Tensor = distance.square() * Y + (1 - Y) * (margin - distance).clamp_min(0).square()
        return squares.mean()

    report = once(network(), lambda model: contrastive(model, 0.0))
    assert told(report) == ("root of 0", "6")
    assert dict(report.findings[0].facts)["rows"] == "5"
    assert once(network(), lambda model: contrastive(model, 1e-9)).verdict != "non-finite"


OUTLIERS = torch.cat([X[:16] * 100, X[16:]])


@pytest.mark.parametrize("power", [0, 2])
def test_a_logarithm_of_a_saturated_probability(power: int) -> None:
    """Field case 13: a loss of one's own on probabilities."""

    def focal(model: nn.Module, eps: float) -> Tensor:
        p = model(OUTLIERS)[:, 0]
        right, wrong = (1 - p) ** power * (p + eps).log(), p**power * (1 - p + eps).log()
        entropy: Tensor = Y * right + (1 - Y) * wrong
        return -entropy.mean()

    def model() -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(*network(outputs=1), nn.Sigmoid())

    assert told(once(model(), lambda m: focal(m, 0.0))) == ("logarithm of 0", "7")
    assert once(model(), lambda m: focal(m, 1e-7)).verdict != "non-finite"


def test_a_logarithm_that_is_clamped_afterwards() -> None:
    """The loss is finite, and its gradient is 0 times infinity."""

    def hidden(output: Tensor) -> Tensor:
        return torch.where(output > 1e9, (output * 0).log(), output).mean()

    for loss in (hidden, lambda output: (output * 0).log().clamp_min(-100).mean()):
        report = once(network(), lambda model, loss=loss: loss(model(X)))  # type: ignore[misc]
        assert told(report) == ("masked value not finite", "6")


class Autoencoder(nn.Module):
    """A VAE, whose log-variance is clamped or not."""

    def __init__(self, *, clamp: bool) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encoder = nn.Linear(10, 32)
        self.mean, self.log_variance, self.decoder = nn.Linear(32, 4), nn.Linear(32, 4), nn.Linear(4, 10)
        self.clamp = clamp

    def forward(self, x: Tensor) -> Any:
        h = self.encoder(x).relu()
        mean, log_variance = self.mean(h), self.log_variance(h)
        log_variance = log_variance.clamp(-30, 20) if self.clamp else log_variance
        return self.decoder(mean + torch.randn_like(mean) * (log_variance / 2).exp())


def test_an_exponential_of_a_log_variance() -> None:
    """Field case 15: the finite layer before it is named, and its size."""
    report = once(Autoencoder(clamp=False), lambda model: mse_loss(model(X * 3000), X * 3000))
    assert told(report) == ("exponential too large", "log_variance")
    assert "between log_variance and decoder" in str(report)
    assert once(Autoencoder(clamp=True), lambda model: mse_loss(model(X * 3000), X * 3000)).verdict != "non-finite"
    assert once(Autoencoder(clamp=False), lambda model: mse_loss(model(X), X)).verdict != "non-finite"


@pytest.mark.parametrize(
    ("between", "cause"),
    [
        (lambda h: h / (h - h), "division by 0"),
        (lambda h: h.relu().log(), "logarithm of 0"),
        (lambda h: (h - 10).sqrt(), "root of 0"),
        (lambda h: (h * 1e3).exp(), "exponential too large"),
        (lambda h: (h * 0).rsqrt(), "root of 0"),
        (lambda h: 1 / (h * 0), "division by 0"),
        (lambda h: (h * 0).pow(-2), "division by 0"),
        (lambda h: (h * 1e15).pow(4), "exponential too large"),
        (lambda h: (h.abs() * 1e30).pow(1.5), "exponential too large"),
        (lambda h: h[:, None].std(1), "division by 0"),
        (lambda h: h / h[:, :1].var(1, keepdim=True), "division by 0"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*degrees of freedom")
def test_operations_between_two_layers(between: Any, cause: str) -> None:
    report = once(Encoded(between), lambda model: cross_entropy(model(X), Y))
    assert told(report) == (cause, "encoder.6")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_batch_that_is_not_finite(value: float) -> None:
    broken = X.clone()
    broken[5, 2] = value
    report = once(network(), lambda model: cross_entropy(model(broken), Y))
    assert told(report) == ("inputs not finite", "0")
    assert dict(report.findings[0].facts)["rows"] == "5"


class Attention(nn.Module):
    """One head of attention with a mask for what is no part of a sentence."""

    def __init__(self, *, own: bool, fills: bool) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.fills = fills
        self.embedding, self.head = nn.Linear(10, 16), nn.Linear(16, 3)
        self.attention = None if own else nn.MultiheadAttention(16, 2, batch_first=True)

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        h = self.embedding(x)
        if self.attention is not None:
            return self.head(self.attention(h, h, h, key_padding_mask=mask)[0].mean(1))
        scores = h @ h.transpose(1, 2) / 4
        if self.fills:
            scores = scores.masked_fill(mask[:, None], float("-inf"))
        else:
            scores = torch.where(mask[:, None], float("-inf"), scores)
        return self.head((scores.softmax(-1) @ h).mean(1))


@pytest.mark.parametrize(("own", "fills"), [(True, True), (True, False), (False, True)])
def test_a_row_that_is_masked_as_a_whole(own: bool, fills: bool) -> None:
    mask = torch.arange(12) >= COUNTS
    report = once(Attention(own=own, fills=fills), lambda model: cross_entropy(model(SEQUENCES, mask), THREE))
    assert told(report)[0] == "all masked"
    mask[0, 0] = False
    sound = once(Attention(own=own, fills=fills), lambda model: cross_entropy(model(SEQUENCES, mask), THREE))
    assert sound.verdict != "non-finite"


@pytest.mark.filterwarnings("ignore:.*degrees of freedom")
@pytest.mark.parametrize(("dimensions", "rows"), [((-1,), 64), ((-2, -1), 1), (None, 1)])
def test_a_deviation_of_a_single_number(dimensions: tuple[int, ...] | None, rows: int) -> None:
    class Read(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(10, 1), nn.Linear(1, 3)

        def forward(self, x: Tensor) -> Any:
            return self.last(torch.var(self.first(x), dimensions, keepdim=True))

    report = once(Read(), lambda model: model(X[:rows]).sum())
    assert told(report)[0] == "division by 0"
    if rows == 1:
        assert once(Read(), lambda model: model(X).sum()).verdict != "non-finite"


# Updates


def course(model: nn.Module, optimizer: torch.optim.Optimizer, loss: Callable[[], Tensor], **options: Any) -> Report:
    with gradlab.probe(model, **options) as record:
        for _ in range(24):
            optimizer.zero_grad()
            loss().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return record.report()


@pytest.mark.parametrize("every", [1, 6])
def test_an_update_that_made_the_weights_so(every: int) -> None:
    """Field case 18: gradient descent at far too large a rate."""
    torch.manual_seed(0)
    model = network()
    report = course(model, torch.optim.SGD(model.parameters(), 1e3), lambda: cross_entropy(model(X), Y), every=every)
    assert told(report)[0] == "update not finite"
    assert "SGD with a learning rate of 1e+03" in str(report)
    assert "group['lr'] = 100" in report.findings[0].advice.code


@pytest.mark.parametrize(("eps", "kind"), [(1e-8, torch.float16), (0.0, torch.float32)])
def test_an_eps_that_rounds_to_0(eps: float, kind: torch.dtype) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 2)).to(kind)
    with torch.no_grad():
        model.get_parameter("0.bias")[0] = -100.0
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, eps=eps)
    with gradlab.probe(model) as record:
        for _ in range(2):
            optimizer.zero_grad()
            cross_entropy(model(X.to(kind)), Y).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    report = record.report()
    assert told(report)[0] == "update not finite"
    assert f"is 0 in {str(kind).partition('.')[2]}" in str(report)
    assert "gradients before it were finite" in str(report)


def test_a_gradient_that_an_earlier_step_had() -> None:
    """The step that is reported only has what an earlier one made: that one's cause is told."""
    model = network(outputs=1)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    report = course(model, optimizer, lambda: (model(X) - model(X)).square().sum(1).sqrt().mean())
    assert [finding.cause for finding in report.findings] == ["gradient not finite before", "root of 0"]


def test_weights_that_were_never_finite() -> None:
    model = network()
    nn.init.constant_(model.get_parameter("2.weight"), float("nan"))
    report = once(model, lambda m: cross_entropy(m(X), Y))
    assert told(report) == ("update not finite", "2")
    assert "first step" in str(report)


def test_a_scaled_loss_that_overflows_is_the_scalers_business() -> None:
    model = network()
    with gradlab.probe(model, grad_scale=1e30) as record:
        (model(X).square().sum() * 1e38).backward()
    report = record.report()
    assert [finding.cause for finding in report.findings] == [""]
    assert report.findings[0].severity == "note"


@pytest.mark.parametrize("angle", [torch.acos, torch.asin])
def test_an_angle_at_the_end_of_its_range(angle: Callable[[Tensor], Tensor]) -> None:
    def loss(limit: float) -> Callable[[nn.Module], Tensor]:
        # No clamp at 1: whether it passes a gradient there depends on torch's version.
        def of(model: nn.Module) -> Tensor:
            return angle(limit * torch.tanh(50 * model(X))).mean()

        return of

    report = once(network(), loss(1.0))
    assert told(report)[0] == "arccosine of 1"
    assert "derivative is infinite" in str(report)
    assert once(network(), loss(1 - 1e-6)).verdict != "non-finite"


def test_a_label_that_is_too_long_for_its_input() -> None:
    def loss(length: int) -> Callable[[nn.Module], Tensor]:
        def of(model: nn.Module) -> Tensor:
            scores = model(SEQUENCES).log_softmax(-1).transpose(0, 1)
            label = torch.full((16, length), 2)
            return torch.nn.functional.ctc_loss(scores, label, torch.full((16,), 12), torch.full((16,), length))

        return of

    report = once(network(outputs=4), loss(7))
    assert told(report)[0] == "no alignment"
    assert "division" not in str(report)
    assert once(network(outputs=4), loss(6)).verdict != "non-finite"


def test_an_exponential_of_outputs_that_are_too_large_is_no_logarithm_of_0() -> None:
    def cox(model: nn.Module) -> Tensor:
        risk: Tensor = model(X)[:, 0]
        return (risk.exp().cumsum(0).log() - risk).mean()

    assert told(once(nn.Sequential(*network(outputs=1), Scaled(1e4)), cox))[0] == "exponential too large"
    assert once(network(outputs=1), cox).verdict != "non-finite"


class Scaled(nn.Module):
    """A module that multiplies its input by a number."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x


@pytest.mark.parametrize(
    ("safe", "apart", "causes"),
    [
        (0.0, True, {"root of 0"}),
        (0.0, False, {"gradient not finite before"}),
        (1e-12, True, set()),
        (1e-12, False, set()),
    ],
)
def test_a_penalty_on_gradients_that_are_0(safe: float, apart: bool, causes: set[str]) -> None:
    """The gradient at every output is finite, and that of the weights is not: no update is to blame.

    Of the step's first backward pass the loss is known: that of the penalty alone, unless a forward pass comes after.
    """
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(10, 3), nn.ReLU(), nn.Linear(3, 1))
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    with gradlab.probe(model, optimizer=optimizer) as record:
        for _ in range(3):
            optimizer.zero_grad()
            x = X.clone().requires_grad_(True)
            (gradient,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
            penalty = (((gradient**2).sum(1) + safe).sqrt() - 1).square().mean()
            (penalty + model(X).mean() if apart else penalty).backward()
            optimizer.step()
    report = record.report()
    assert {finding.cause for finding in report.findings if finding.verdict == "non-finite"} == causes
    assert "an update made them so" not in str(report)


def test_a_gradient_that_a_relu_drops_is_said_to_reach_no_weight() -> None:
    def report(*activation: nn.Module) -> Report:
        model = nn.Sequential(nn.Linear(10, 16), *activation)
        with torch.no_grad():
            # Three units that put out the same for all: silent, or without a weight.
            model[0].bias[:3] -= 50  # type: ignore[index, operator]
            if not activation:
                model[0].weight[:3] = 0  # type: ignore[operator]
        return once(model, lambda model: model(X).var(0).sqrt().sum())

    said = str(report(nn.ReLU())), str(report())
    assert all("derivative is infinite" in one for one in said)
    assert ["No weight has a part in it yet" in one for one in said] == [True, False]


# Readings that are written down


SOUND = chain((1.0,) * 3)
ROWS = {"rows": (1, 3), "count": 2, "batch": 8}


def found_of(step: Step, **reading: Any) -> Finding | None:
    """The only finding of a step with this reading of its first values that are not finite."""
    told = list(find(replace(step, readings=Readings(undefined=UndefinedReading(**reading))), ()))
    assert len(told) < 2, told
    return told[0] if told else None


FORWARD = replace(SOUND, calls=at(at(SOUND.calls, 2, nonfinite=5), 3, nonfinite=7))
BACKWARD = replace(SOUND, calls=at(at(SOUND.calls, 1, delta_nonfinite=5), 2, delta_nonfinite=7))


@pytest.mark.parametrize(
    ("operation", "cause", "english"),
    [
        ("root", "root of 0", "Between layer 1 and layer 2 the root of a negative number"),
        ("arccosine", "arccosine of 1", "Between layer 1 and layer 2 the arccosine or arcsine"),
        ("logarithm", "logarithm of 0", "Between layer 1 and layer 2 the logarithm of 0"),
        ("division", "division by 0", "Between layer 1 and layer 2 something is divided by 0"),
        ("exponential", "exponential too large", "layer 1 puts out finite numbers, of a root mean square of 1,"),
    ],
)
def test_the_first_output_that_is_not_finite_and_what_made_it(operation: Any, cause: str, english: str) -> None:
    found = found_of(FORWARD, way="output", call=2, operations=(operation,), sources=(0, 1, 2), **ROWS)
    assert found is not None
    assert (found.cause, found.starts_at, found.layers, found.measured) == (cause, "1", ("2", "3"), 12)
    rows = {"rows": "1, 3", "count": "2", "batch": "8"}
    assert dict(found.facts) == {"next": "2", "source": "1", "rms": 1.0} | rows
    said = wording.finding(found, "en")
    assert english in said
    assert said.endswith(" It happens in 2 of the 8 rows of the batch, counted from 0: 1, 3.")


def test_where_no_call_lies_before_an_output_the_call_itself_is_named() -> None:
    found = found_of(FORWARD, way="output", call=2, operations=("division",), sources=(2,))
    assert found is not None
    assert (found.starts_at, dict(found.facts)) == ("2", {"next": "2"})
    assert wording.finding(found, "en").startswith("What layer 2 puts out is not finite: an operation within it")
    masked = found_of(FORWARD, way="output", call=2, operations=("softmax",), sources=(1,))
    assert masked is not None
    assert (masked.cause, masked.starts_at) == ("all masked", "2")
    first = replace(SOUND, calls=at(SOUND.calls, 0, nonfinite=1))
    inputs = found_of(first, way="output", call=0, inputs=True, **ROWS)
    assert inputs is not None
    assert (inputs.cause, inputs.starts_at) == ("inputs not finite", "0")
    assert "rows of the batch" in wording.finding(inputs, "en")
    assert found_of(first, way="output", call=0) is None
    assert found_of(FORWARD, way="output", call=2, inputs=True) is None, "what lies before it is to blame"
    assert found_of(FORWARD, way="output", call=9, operations=("root",)) is None


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        ({"rows": (1, 3), "count": 2, "batch": 8}, "1, 3"),
        ({"rows": (0, 1), "count": 3, "batch": 8}, "0, 1, …"),
        ({"rows": (0, 1), "count": 2, "batch": 2}, None),
        ({"rows": (), "count": 0, "batch": 8}, None),
    ],
)
def test_rows_are_told_where_they_are_some(rows: dict[str, Any], shown: str | None) -> None:
    found = found_of(FORWARD, way="output", call=2, operations=("root",), sources=(1,), **rows)
    assert found is not None
    assert dict(found.facts).get("rows") == shown


@pytest.mark.parametrize(
    ("reading", "cause", "facts", "english"),
    [
        (
            {"operations": ("root",), "neighbours": (3,), "loss": 1.0},
            "root of 0",
            {"kind": "root", "behind": "3", "dropped": "1"},
            "so is the gradient at layer 3; from layer 2 on it is not. Between them a root is taken",
        ),
        (
            {"operations": ("division",), "loss": math.inf},
            "division by 0",
            {"kind": "division", "loss": math.inf},
            "from layer 2 on, which is next to the loss. Between them something is divided: by 0 the quotient",
        ),
        (
            {"operations": ("division", "root"), "masked": True, "loss": 1.0},
            "masked value not finite",
            {"kind": "division", "dropped": "1"},
            "something is divided by 0, and the result replaced or left out afterwards",
        ),
        (
            {"operations": ("logarithm",), "masked": True},
            "masked value not finite",
            {"kind": "logarithm", "dropped": "1"},
            "the logarithm of 0 is taken, and the result replaced",
        ),
        ({"operations": ("root",), "masked": True}, "root of 0", {"kind": "root", "dropped": "1"}, "a root is taken"),
        (
            {"operations": ("exponential", "division")},
            "exponential too large",
            {"kind": "exponential", "dropped": "1", "size": 1.0},
            "an exponential is taken of what layer 2 puts out, whose root mean square is 1:",
        ),
        (
            {"operations": ("exponential",)},
            "exponential too large",
            {"kind": "exponential", "dropped": "1"},
            "where it overflows, what makes its value finite again",
        ),
        ({"operations": ("alignment",)}, "no alignment", {"kind": "alignment", "dropped": "1"}, "ctc_loss"),
    ],
)
def test_the_first_gradient_that_is_not_finite_and_what_may_have_made_it(
    reading: dict[str, Any], cause: str, facts: dict[str, float | str], english: str
) -> None:
    found = found_of(BACKWARD, way="gradient", call=2, **reading)
    assert found is not None
    assert (found.cause, found.starts_at, found.layers, found.measured) == (cause, "2", ("2", "1"), 12)
    assert dict(found.facts) == facts
    assert english in wording.finding(found, "en")


def test_a_gradient_that_comes_to_the_weights_or_of_outputs_that_are_not_finite() -> None:
    reaching = replace(BACKWARD, parameters=tuple(replace(one, gradient_norm=math.nan) for one in BACKWARD.parameters))
    found = found_of(reaching, way="gradient", call=2, operations=("root",))
    assert found is not None
    assert "dropped" not in dict(found.facts)
    assert "No weight has a part" not in wording.finding(found, "en")
    assert found_of(FORWARD, way="gradient", call=2, operations=("root",)) is None
    assert found_of(BACKWARD, way="gradient", call=2) is None
    assert found_of(SOUND, way="gradient", call=2, operations=("root",)) is None
    assert found_of(replace(BACKWARD, grad_scale=2.0), way="gradient", call=2, operations=("root",)) is None
    scaled = replace(FORWARD, grad_scale=2.0)
    assert found_of(scaled, way="output", call=2, operations=("root",), sources=(1,)) is not None


@pytest.mark.parametrize("cause", ["logarithm of 0", "division by 0"])
def test_what_follows_from_outputs_that_are_no_probabilities_is_a_note_at_the_same_layer(cause: Any) -> None:
    found = Finding("non-finite", ("2",), "2", 1.0, None, None, 1.0, cause=cause)
    origin = Finding("misconfigured", ("2",), "2", 1.0, None, None, None, cause="logits as probabilities")
    assert list(causes.told([found], [found, origin])) == [replace(found, severity="note")]
    assert list(causes.told([found], [found, replace(origin, starts_at="1")])) == [found]
    root = replace(found, cause="root of 0")
    assert list(causes.told([root], [root, origin])) == [root]


def test_what_follows_from_another_cause_is_not_told() -> None:
    def told(of: Any, **other: Any) -> list[Finding]:
        severity: Any = "note" if of == "constant guess" else "hinders"
        found = Finding("misconfigured", ("2",), "2", 1.0, None, None, None, severity, cause=of)
        values: dict[str, Any] = {"verdict": "misconfigured", "severity": "hinders"} | other
        values |= {"measured": 1.0, "predicted": None, "per_layer": None, "confidence": None}
        return list(causes.told([found], [found, Finding(layers=("0",), starts_at="0", **values)]))

    assert told("rate too low", cause="graph cut") == []
    assert len(told("rate too low", cause="graph cut", severity="note")) == 1
    assert len(told("rate too low", cause="rate too high")) == 1
    assert told("rate too low", cause="inputs not scaled", severity="note") == []
    assert told("rate too low", verdict="vanishing") == []
    assert len(told("rate too high", verdict="vanishing")) == 1
    assert told("constant guess", verdict="dead") == []
    assert len(told("constant guess", verdict="dead", severity="note")) == 1
