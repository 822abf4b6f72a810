"""Weights that do not move are told by the cause, and sound trainings of every kind are not told."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, mse_loss

import gradlab
from gradlab.probing import ProbeError, Report
from gradlab.probing.advice import advised
from gradlab.probing.causes.wiring import find
from gradlab.probing.connection import ConnectionReading, OptimizerReading
from gradlab.probing.readings import Readings
from gradlab.probing.step import Step
from tests.gradlab.probing.test_diagnosis import chain

Loss = Callable[[nn.Module], Tensor]


def network(inputs: int = 10, outputs: int = 2, width: int = 32) -> nn.Sequential:
    layers: list[nn.Module] = []
    for size in (inputs, width, width):
        linear = nn.Linear(size, width)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, outputs))


torch.manual_seed(0)
X = torch.randn(64, 10)
Y = (X[:, 0] * X[:, 1] > 0).long()


def loss_of(model: nn.Module) -> Tensor:
    return cross_entropy(model(X), Y)


def trained(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    steps: int = 5,
    *,
    told: bool = False,
    clear: Callable[[int], bool] = lambda _: True,
    step: Callable[[int], bool] = lambda _: True,
    to_none: bool = True,
    clip: bool = False,
    every: int = 1,
) -> Report:
    with gradlab.probe(model, optimizer=optimizer if told else None, every=every) as record:
        for number in range(steps):
            if clear(number):
                optimizer.zero_grad(set_to_none=to_none)
            loss_of(model).backward()  # type: ignore[no-untyped-call]
            if clip:
                nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            if step(number):
                optimizer.step()
    return record.report()


def causes(report: Report) -> list[str]:
    return [finding.cause for finding in report.findings if finding.severity == "hinders"]


def notes(report: Report) -> list[str]:
    return [finding.cause for finding in report.findings if finding.severity == "note" and finding.cause]


def never(_: int) -> bool:
    return False


# Weights that no optimizer moves


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam])
@pytest.mark.parametrize(("steps", "every"), [(4, 1), (30, 10)])
def test_an_optimizer_of_an_older_model(kind: Any, steps: int, every: int) -> None:
    """Field case 11: the model was made again after its optimizer."""
    model, old = network(), network()
    report = trained(model, kind(old.parameters(), 0.01), steps, every=every)
    assert report.verdict == "misconfigured"
    assert causes(report) == ["weights unchanged"]
    assert "holds none of this model's parameters" in str(report)


def test_gradients_cleared_by_the_model_itself() -> None:
    """The gradients do not even add up, and yet nothing moves."""
    model, old = network(), network()
    optimizer = torch.optim.Adam(old.parameters())
    with gradlab.probe(model) as record:
        for _ in range(4):
            model.zero_grad()
            loss_of(model).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    assert causes(record.report()) == ["weights unchanged"]


def test_an_optimizer_whose_step_is_never_called() -> None:
    model = network()
    optimizer = torch.optim.Adam(model.parameters())
    report = trained(model, optimizer, 6, told=True, step=never)
    assert causes(report) == ["weights unchanged"]
    untold = trained(model, optimizer, 10, step=never)
    assert untold.verdict == "healthy"
    assert notes(untold) == ["weights unchanged"], "a loop that measures alone looks the same"


@pytest.mark.parametrize("to_none", [True, False])
def test_gradients_cleared_between_backward_and_step(to_none: bool) -> None:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with gradlab.probe(model) as record:
        for _ in range(4):
            loss_of(model).backward()  # type: ignore[no-untyped-call]
            optimizer.zero_grad(set_to_none=to_none)
            optimizer.step()
    report = record.report()
    assert causes(report) == ["weights unchanged"]
    assert "between backward() and step()" in str(report)


def test_a_weight_replaced_after_the_optimizer_was_made() -> None:
    model = network()
    optimizer = torch.optim.Adam(model.parameters())
    model[2].weight = nn.Parameter(torch.randn(32, 32) * 0.1)
    report = trained(model, optimizer, 3)
    assert causes(report) == ["not in the optimizer"]
    assert report.findings[0].layers == ("2.weight",)


def test_a_head_replaced_after_the_optimizer_was_made() -> None:
    for told, steps in ((True, 1), (True, 4), (False, 4)):
        model = network()
        optimizer = torch.optim.Adam(model.parameters())
        model[6] = nn.Linear(32, 2)
        report = trained(model, optimizer, steps, told=told)
        assert causes(report) == ["not in the optimizer"]
        assert report.findings[0].layers == ("6.weight", "6.bias")


@pytest.mark.parametrize("left_out", ["6", "2"])
def test_layers_forgotten(left_out: str) -> None:
    model = network()
    held = [parameter for name, parameter in model.named_parameters() if not name.startswith(left_out)]
    report = trained(model, torch.optim.SGD(held, 0.1), 4)
    assert causes(report) == ["not in the optimizer"]
    assert report.findings[0].starts_at == f"{left_out}.weight"


def test_a_head_trained_on_fixed_layers_is_a_note() -> None:
    model = network()
    report = trained(model, torch.optim.Adam(model[6].parameters()), 4, told=True)
    assert report.verdict == "healthy"
    assert notes(report) == ["not in the optimizer"]


# Gradients that are not cleared


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("told", [False, True])
def test_gradients_that_are_never_cleared(clip: bool, told: bool) -> None:
    """Field case 12."""
    model = network()
    report = trained(model, torch.optim.SGD(model.parameters(), 0.1), clear=never, clip=clip, told=told)
    assert report.verdict == "misconfigured"
    assert causes(report) == ["gradients not cleared"]


def test_a_loop_of_ones_own_that_does_not_clear() -> None:
    found = []
    for clears in (True, False):
        model = network()
        with gradlab.probe(model) as record:
            for _ in range(4):
                loss_of(model).backward()  # type: ignore[no-untyped-call]
                with torch.no_grad():
                    for parameter in model.parameters():
                        assert parameter.grad is not None
                        parameter.sub_(0.01 * parameter.grad)
                        if clears:
                            parameter.grad = None
        found.append(causes(record.report()))
    assert found == [[], ["gradients not cleared"]]


# Weights that are not registered


class Kept(nn.Module):
    """Hidden layers in a container of one's own."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(10, 32), nn.Linear(32, 2)
        layers = [nn.Linear(32, 32) for _ in range(2)]
        self.hidden: Any = nn.ModuleList(layers)
        if kind == "list":
            del self.hidden
            self.hidden = layers
        elif kind == "dict":
            del self.hidden
            self.hidden = {"only": layers[0]}
        self.scale: Any = torch.ones(32, requires_grad=True) if kind == "tensor" else 1.0

    def forward(self, x: Tensor) -> Any:
        x = self.first(x).relu() * self.scale
        for layer in self.hidden.values() if isinstance(self.hidden, dict) else self.hidden:
            x = layer(x).relu()
        return self.last(x)


@pytest.mark.parametrize(("kind", "place"), [("list", "hidden[0]"), ("dict", "hidden['only']"), ("tensor", "scale")])
def test_weights_that_are_not_registered(kind: str, place: str) -> None:
    model = Kept(kind)
    report = trained(model, torch.optim.Adam(model.parameters()), 2)
    assert causes(report) == ["weights not registered"]
    assert report.findings[0].starts_at == place


def test_weights_that_are_registered_or_given_to_the_optimizer_by_hand() -> None:
    model = Kept("modules")
    assert causes(trained(model, torch.optim.Adam(model.parameters()), 2)) == []
    model = Kept("list")
    own = [parameter for layer in model.hidden for parameter in layer.parameters()]
    assert causes(trained(model, torch.optim.Adam([*model.parameters(), *own]), 2)) == []


def test_a_model_all_of_whose_layers_are_in_a_list() -> None:
    class Hidden(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = [nn.Linear(2, 2)]

    with pytest.raises(ProbeError, match=r"layers in layers are not registered.*ModuleList"):
        gradlab.probe(Hidden())


# A loss without the model


def log_probabilities(logits: Tensor) -> Tensor:
    values = list(logits.log_softmax(1)[torch.arange(len(Y)), Y])
    return torch.tensor([value.item() for value in values], requires_grad=True)


@pytest.mark.parametrize(
    "loss",
    [
        lambda model: log_probabilities(model(X)).mean(),
        lambda model: torch.tensor(loss_of(model).item(), requires_grad=True),
        lambda model: torch.tensor(model(X).detach().numpy().mean(), requires_grad=True),
    ],
)
def test_a_loss_that_was_made_anew(loss: Loss) -> None:
    """Field case 21a: a backward pass ran, and reached nothing."""
    with gradlab.probe(model := network()) as record:
        loss(model).backward()  # type: ignore[no-untyped-call]
    with pytest.raises(ProbeError, match=r"does not depend on the model's output.*torch\.tensor.*between layer 6 and"):
        record.report()


def test_a_loss_without_a_graph_raises_with_a_note() -> None:
    model = network()
    with pytest.raises(RuntimeError, match="does not require grad") as raised, gradlab.probe(model) as record:
        mse_loss(model(X).argmax(1).float(), Y.float()).backward()  # type: ignore[no-untyped-call]
    assert any("argmax between layer 6 and the loss" in note for note in raised.value.__notes__)
    with pytest.raises(ProbeError, match="does not depend on the model's output"):
        record.report()


def test_a_forward_pass_without_a_graph() -> None:
    with gradlab.probe(model := network()) as record:
        with torch.no_grad():
            output = model(X)
        (cross_entropy(output, Y) * torch.ones((), requires_grad=True)).backward()  # type: ignore[no-untyped-call]
    with pytest.raises(ProbeError, match="no_grad"):
        record.report()


def test_no_backward_pass_is_still_told_as_that() -> None:
    with gradlab.probe(model := network()) as record:
        loss_of(model)
    with pytest.raises(ProbeError, match=r"run `loss\.backward\(\)`"):
        record.report()


def test_a_penalty_alone_reaches_the_parameters() -> None:
    with gradlab.probe(model := network()) as record:
        penalty = torch.stack([parameter.square().sum() for parameter in model.parameters()]).sum()
        (cross_entropy(model(X).detach(), Y) + penalty).backward()  # type: ignore[no-untyped-call]
    assert causes(record.report()) == ["loss detached"]


class Two(nn.Module):
    """Two networks with something between them."""

    def __init__(self, between: Callable[[Tensor], Tensor], first: nn.Module | None = None) -> None:
        super().__init__()
        self.first, self.second = first or network(outputs=8), network(8)
        self.between = between

    def forward(self, x: Tensor) -> Any:
        return self.second(self.between(self.first(x)))


class Chosen(nn.Module):
    """Field case 23: an argmax between two networks."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.embedding, self.second = network(outputs=8), nn.Embedding(8, 8), network(8)

    def forward(self, x: Tensor) -> Any:
        return self.second(self.embedding(self.first(x).argmax(1)))


@pytest.mark.parametrize(
    "model",
    [Chosen(), Two(Tensor.detach), Two(lambda x: torch.tensor(x.tolist())), Two(lambda x: (x > 0).float())],
)
def test_a_graph_that_is_cut_within_the_model(model: nn.Module) -> None:
    with gradlab.probe(model) as record:
        loss_of(model).backward()  # type: ignore[no-untyped-call]
    report = record.report()
    assert report.verdict == "cut off"
    assert causes(report) == ["graph cut"]
    assert report.findings[0].starts_at == "first.6"


class Still(nn.Module):
    """Field case 24: an encoder that runs under no_grad."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = network(outputs=8)

    @torch.no_grad()
    def forward(self, x: Tensor) -> Any:
        return self.layers(x)


def test_an_encoder_that_runs_without_a_graph() -> None:
    model = Two(nn.Identity(), Still())
    with gradlab.probe(model) as record:
        loss_of(model).backward()  # type: ignore[no-untyped-call]
    report = record.report()
    assert causes(report) == ["graph switched off"]
    assert report.findings[0].starts_at == "first"
    frozen = Two(nn.Identity(), Still())
    frozen.first.requires_grad_(False)
    with gradlab.probe(frozen) as record:
        loss_of(frozen).backward()  # type: ignore[no-untyped-call]
    assert causes(record.report()) == []


class Detached(nn.Linear):
    """A layer that detaches what it puts out."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).detach()


def test_an_output_that_is_detached_where_it_is_made() -> None:
    """The layer before has a graph, and gets no gradient for the same reason: that is no second finding."""
    model = network()
    model[2] = Detached(32, 32)
    with gradlab.probe(model) as record:
        loss_of(model).backward()  # type: ignore[no-untyped-call]
    report = record.report()
    assert causes(report) == ["graph switched off"]
    assert report.findings[0].starts_at == "2"
    assert report.findings[0].layers == ("0.weight", "0.bias", "2.weight", "2.bias")


class Pooled(nn.Module):
    """An encoder with a pooler, which returns what both put out."""

    def __init__(self) -> None:
        super().__init__()
        self.layers, self.pooler = network(outputs=8), nn.Sequential(nn.Linear(8, 8), nn.Tanh())

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        hidden = self.layers(x)
        return {"hidden": hidden, "pooled": self.pooler(hidden)}


class Classifier(nn.Module):
    """A head on an encoder, of which it does not use the pooler; the loss may be given that as well."""

    def __init__(self, returned: bool = False) -> None:
        super().__init__()
        self.encoder, self.head, self.returned = Pooled(), nn.Linear(8, 2), returned

    def forward(self, x: Tensor) -> Any:
        outputs = self.encoder(x)
        scores = self.head(outputs["hidden"])
        return (scores, outputs["pooled"]) if self.returned else scores


def test_a_pooler_that_the_model_does_not_use_is_a_note_in_every_step() -> None:
    model = Classifier()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    report = trained(model, optimizer, told=True)
    assert report.verdict == "healthy"
    assert [(one.cause, one.severity, one.starts_at) for one in report.findings] == [
        ("graph cut", "note", "encoder.pooler.1")
    ]
    assert "is returned beside others" in report.sentence(report.findings[0])
    assert "requires_grad_(False)" in report.findings[0].advice.code


def test_what_the_model_itself_returns_may_have_been_meant_for_the_loss() -> None:
    model = Classifier(returned=True)
    with gradlab.probe(model) as record:
        cross_entropy(model(X)[0], Y).backward()  # type: ignore[no-untyped-call]
    assert record.report().verdict == "cut off"


def test_an_actor_beside_a_critic() -> None:
    """Field case 21b: the critic gets its gradient, and the actor none."""

    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.actor, self.critic = network(), network(outputs=1)

        def forward(self, x: Tensor) -> Any:
            return self.actor(x), self.critic(x)

    model = Both()
    with gradlab.probe(model) as record:
        logits, value = model(X)
        (log_probabilities(logits).mean() + value.square().mean()).backward()
    report = record.report()
    assert causes(report) == ["graph cut"]
    assert report.findings[0].starts_at == "actor.6"


# Sound trainings


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"clip": True},
        {"to_none": False},
        {"clear": lambda number: number % 4 == 0, "step": lambda number: number % 4 == 3, "steps": 13},
        {"clear": lambda number: number % 16 == 0, "step": lambda number: number % 16 == 15, "steps": 40},
    ],
    ids=["plain", "clipped", "set to 0", "accumulated", "accumulated for long"],
)
def test_sound_loops(told: bool, options: dict[str, Any]) -> None:
    model = network()
    report = trained(model, torch.optim.Adam(model.parameters()), told=told, **options)
    assert (causes(report), notes(report), report.verdict) == ([], [], "healthy")


def test_a_rate_that_starts_at_0_a_closure_and_data_of_parameters() -> None:
    model = network()
    assert causes(trained(model, torch.optim.SGD(model.parameters(), 0.0), 3, told=True)) == []
    searching: Any = torch.optim.LBFGS(model.parameters(), max_iter=3)

    def closure() -> float:
        searching.zero_grad()
        loss = loss_of(model)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.item()

    with gradlab.probe(model) as record:
        for _ in range(2):
            searching.step(closure)
    assert causes(record.report()) == []
    with gradlab.probe(model) as record:
        for _ in range(10):
            loss_of(model).backward()  # type: ignore[no-untyped-call]
            for parameter in model.parameters():
                assert parameter.grad is not None
                parameter.data -= 0.01 * parameter.grad
                parameter.grad.zero_()
    assert causes(record.report()) == notes(record.report()) == []
    descent = torch.optim.SGD(model.parameters(), 0.01)
    with gradlab.probe(model) as record:
        for _ in range(4):
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter.grad.data.zero_()
            loss_of(model).backward()  # type: ignore[no-untyped-call]
            descent.step()
    assert causes(record.report()) == notes(record.report()) == []


def test_two_optimizers_each_with_a_part() -> None:
    model = network()
    first, second = torch.optim.Adam(model[:3].parameters()), torch.optim.SGD(model[3:].parameters(), 0.1)
    for told in (None, first):
        with gradlab.probe(model, optimizer=told) as record:
            for _ in range(4):
                first.zero_grad()
                second.zero_grad()
                loss_of(model).backward()  # type: ignore[no-untyped-call]
                first.step()
                second.step()
        assert causes(record.report()) == notes(record.report()) == []


class Adversaries(nn.Module):
    """A generator and what judges it."""

    def __init__(self) -> None:
        super().__init__()
        self.generator, self.judge = network(4), network(2, 1)

    def forward(self, z: Tensor) -> Any:
        return self.judge(self.generator(z))


@pytest.mark.parametrize(
    ("watched", "told"),
    [
        *((watched, None) for watched in ("both", "generator", "judge")),
        *(("both", told) for told in ("generator", "judge")),
        *((watched, watched) for watched in ("generator", "judge")),
    ],
)
@pytest.mark.parametrize("rounds", [1, 2])
def test_adversaries_in_turn(watched: str, told: str | None, rounds: int) -> None:
    """Each is still while the other learns, and gets gradients meanwhile that are cleared later."""
    torch.manual_seed(0)
    model = Adversaries()
    optimizers = {name: torch.optim.Adam(getattr(model, name).parameters(), 1e-3) for name in ("generator", "judge")}
    module: nn.Module = model if watched == "both" else getattr(model, watched)
    with gradlab.probe(module, optimizer=None if told is None else optimizers[told]) as record:
        for _ in range(4):
            z, real = torch.randn(32, 4), torch.randn(32, 2)
            optimizers["judge"].zero_grad()
            fake = model.judge(model.generator(z).detach())
            right = binary_cross_entropy_with_logits(model.judge(real), torch.ones(32, 1))
            (right + binary_cross_entropy_with_logits(fake, torch.zeros(32, 1))).backward()  # type: ignore[no-untyped-call]
            optimizers["judge"].step()
            for _ in range(rounds):
                optimizers["generator"].zero_grad()
                binary_cross_entropy_with_logits(model(z), torch.ones(32, 1)).backward()  # type: ignore[no-untyped-call]
                optimizers["generator"].step()
    assert causes(record.report()) == []


def test_a_target_that_is_detached_after_a_forward_pass_of_its_own() -> None:
    """The second pass has a graph, and rightly no gradient of its own."""
    with gradlab.probe(model := network()) as record:
        for _ in range(3):
            model.zero_grad()
            value = model(X).amax(1)
            mse_loss(value, model(X + 1).detach().amax(1)).backward()  # type: ignore[no-untyped-call]
    assert causes(record.report()) == []


def test_what_is_kept_of_a_step_is_small_and_finite() -> None:
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), 0.003)
    with gradlab.probe(model) as record:
        for _ in range(2):
            optimizer.zero_grad()
            loss_of(model).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    reading = record.steps[-1].readings.connection
    assert reading is not None
    assert reading.optimizer is not None
    assert (reading.updates, reading.elsewhere, reading.unheld, reading.unchanged) == (2, 0, (), ())
    assert (reading.optimizer.kind, reading.optimizer.lost) == ("Adam", "")
    assert math.isclose(reading.optimizer.rate, 0.003)


@pytest.mark.parametrize("early", [True, False], ids=["cleared first", "cleared after the forward pass"])
def test_a_given_optimizer_that_makes_no_step(early: bool) -> None:
    """No update ends a step of the probe, so that all passes may be in one."""
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with gradlab.probe(model, optimizer=optimizer) as record:
        for _ in range(6):
            if early:
                optimizer.zero_grad()
            loss = loss_of(model)
            if not early:
                optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
    report = record.report()
    assert [finding.cause for finding in report.findings if finding.severity == "hinders"] == ["weights unchanged"]


# Connections that are written down


SOUND = chain((1.0,) * 3)


def at_step(number: int, step: Step = SOUND, **values: Any) -> Step:
    """A step of this number with a connection."""
    return replace(step, number=number, readings=Readings(connection=ConnectionReading(**values)))


def told_of(*steps: Step) -> list[tuple[str, str, str, int]]:
    """Cause, severity, start and number of parameters of what the last step shows."""
    return [(one.cause, one.severity, one.starts_at, int(one.measured)) for one in find(steps[-1], steps[:-1])]


ALL = tuple(parameter.name for parameter in SOUND.parameters)


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        ({"told": True, "discarded": 4}, "hinders"),
        ({"told": True, "discarded": 3}, ""),
        ({"discarded": 8}, "note"),
        ({"discarded": 7}, ""),
        ({"elsewhere": 3}, "hinders"),
        ({"elsewhere": 2}, ""),
        ({"elsewhere": 2, "discarded": 8}, ""),
        ({"told": True, "discarded": 4, "unchanged": ALL[:2]}, ""),
        ({"told": True, "discarded": 4, "updates": 1}, ""),
    ],
)
def test_gradients_that_come_and_change_nothing(values: dict[str, Any], severity: str) -> None:
    found = told_of(at_step(0), at_step(9, **({"unchanged": ALL} | values)))
    assert found == ([("weights unchanged", severity, "0.weight", 4)] if severity else [])


def test_what_has_another_norm_than_before_has_moved() -> None:
    moved = replace(SOUND, parameters=tuple(replace(one, norm=2 * one.norm) for one in SOUND.parameters))
    assert told_of(at_step(0, moved), at_step(9, elsewhere=3, unchanged=ALL)) == []
    without = replace(SOUND, parameters=tuple(replace(one, gradient_norm=0.0) for one in SOUND.parameters))
    assert told_of(at_step(0), at_step(9, without, elsewhere=3, unchanged=ALL)) == [], "no gradient came"


@pytest.mark.parametrize(("rate", "severity"), [(0.1, "hinders"), (0.0, "note")])
def test_updates_that_change_nothing(rate: float, severity: str) -> None:
    optimizer = OptimizerReading("SGD", rate, None, "")
    steps = [at_step(number, updates=number, optimizer=optimizer) for number in range(3)]
    assert told_of(*steps) == [("weights unchanged", severity, "0.weight", 4)]
    (found,) = find(steps[2], steps[:2])
    assert dict(found.facts) == {"updates": "2", "rate": rate}
    assert told_of(*steps[1:]) == [], "of a single update it may be an accident"
    assert told_of(steps[0], steps[0], steps[2]) == []
    (unknown,) = find(at_step(2, updates=2), [at_step(number, updates=number) for number in range(2)])
    assert math.isnan(float(dict(unknown.facts)["rate"]))


@pytest.mark.parametrize(
    ("unheld", "values", "expected"),
    [
        # Forgotten are the last ones, and a few among the others; what was left out on purpose comes first.
        (ALL[3:], {}, ("hinders", "3.weight", 1)),
        (ALL[1:2], {}, ("hinders", "1.weight", 1)),
        (ALL[1:3], {}, ("note", "1.weight", 2)),
        (ALL[2:], {}, ("hinders", "2.weight", 2)),
        (ALL[:1], {}, ("note", "0.weight", 1)),
        (ALL, {}, ("note", "0.weight", 4)),
        (ALL[3:], {"updates": 1}, ("note", "3.weight", 1)),
        (ALL[3:], {"updates": 0}, None),
        (ALL[3:], {"unchanged": ()}, ("note", "3.weight", 1)),
        (ALL[3:], {"unchanged": ALL[:1]}, None),
        (ALL[:1], {"foreign": 2}, ("hinders", "0.weight", 1)),
    ],
)
def test_parameters_that_no_optimizer_holds(
    unheld: tuple[str, ...], values: dict[str, Any], expected: tuple[str, str, int] | None
) -> None:
    given: dict[str, Any] = {"updates": 2, "unchanged": unheld, "unheld": unheld} | values
    found = list(find(at_step(9, **given), (at_step(0),)))
    assert [(one.severity, one.starts_at, one.measured) for one in found] == ([expected] if expected else [])
    if found:
        foreign = {"foreign": "2"} if "foreign" in values else {}
        assert dict(found[0].facts) == {"all": "4"} | foreign


def test_a_parameter_without_a_gradient_is_not_said_to_be_forgotten() -> None:
    frozen = tuple(replace(one, trainable=one.module != "3") for one in SOUND.parameters)
    step = replace(SOUND, parameters=frozen)
    assert told_of(at_step(0, step), at_step(9, step, updates=2, unheld=ALL[3:], unchanged=ALL[3:])) == []


def test_what_is_no_parameter_of_the_model_and_what_is_never_cleared() -> None:
    names = ("blocks[0].weight", "blocks[1].weight")
    (found,) = find(at_step(0, unregistered=names), ())
    assert (found.cause, found.layers, found.starts_at, found.measured) == (
        "weights not registered",
        names,
        names[0],
        2,
    )
    assert advised(found, SOUND).advice.code.startswith("self.blocks = torch.nn.ModuleList(self.blocks)")
    (single,) = find(at_step(0, unregistered=("model.scale",)), ())
    assert advised(single, SOUND).advice.code.startswith("self.scale = torch.nn.Parameter(self.scale.detach())")
    assert told_of(at_step(0, uncleared=True)) == [("gradients not cleared", "hinders", "0.weight", 4)]
    without = replace(SOUND, parameters=tuple(replace(one, gradient_norm=math.inf) for one in SOUND.parameters))
    assert told_of(at_step(0, without, uncleared=True)) == [("gradients not cleared", "hinders", "0.weight", 4)]


def test_a_loss_that_leaves_the_output_out() -> None:
    (found,) = find(at_step(0, reached=False, ungraphed=(3,)), ())
    assert (found.cause, found.verdict, found.starts_at) == ("loss detached", "cut off", "2")
    assert (found.layers, found.measured) == (("0", "1", "2", "3"), 4)
    assert told_of(at_step(0, reached=False, ungraphed=(0, 1, 2, 3))) == []


def cut(*without: int) -> Step:
    """A step in which no gradient came to these layers."""
    calls = tuple(replace(one, delta_norm=None) if one.index in without else one for one in SOUND.calls)
    weights = tuple(replace(one, gradient_norm=None) if int(one.module) in without else one for one in SOUND.parameters)
    return replace(SOUND, calls=calls, parameters=weights)


def test_where_the_graph_ends_is_told() -> None:
    assert told_of(at_step(0, cut(0, 1))) == [("graph cut", "hinders", "1", 2)]
    assert told_of(at_step(0, cut(0, 1), ungraphed=(0, 1))) == [("graph switched off", "hinders", "1", 2)]
    # What lies before a call without a graph gets no gradient either.
    assert told_of(at_step(0, cut(0, 1), ungraphed=(1,))) == [("graph switched off", "hinders", "1", 2)]
    assert told_of(at_step(0), at_step(1, cut(0, 1))) == [("graph cut", "note", "1", 2)], "another step trained them"
    assert told_of(at_step(0, cut(0, 1), unheld=ALL[:2])) == [("graph cut", "note", "1", 2)]
    assert told_of(at_step(0, cut(0, 1), unheld=ALL[:1])) == [("graph cut", "hinders", "1", 2)]
    assert told_of(at_step(0, cut(0, 1, 2, 3))) == [], "where no gradient came at all, none is missing"


def test_a_module_nothing_of_which_has_a_graph_is_named_as_a_whole() -> None:
    names = ("body.0", "body.1", "head", "end")
    calls = tuple(replace(one, name=name) for one, name in zip(cut(0, 1).calls, names, strict=True))
    weights = tuple(replace(one, module=name) for one, name in zip(cut(0, 1).parameters, names, strict=True))
    step = replace(SOUND, calls=calls, parameters=weights)
    assert told_of(at_step(0, step, ungraphed=(0, 1))) == [("graph switched off", "hinders", "body", 2)]
    (found,) = find(at_step(0, step, ungraphed=(0, 1)), ())
    assert "requires_grad_(False)" in advised(found, step).advice.code


@pytest.mark.parametrize(
    ("optimizer", "code"),
    [
        (OptimizerReading("SGD", 0.1234, None, ""), "optimizer = torch.optim.SGD(model.parameters(), 0.123)"),
        (OptimizerReading("Mine", 0.1, None, ""), "optimizer = torch.optim.Adam(model.parameters(), 1e-3)"),
        (OptimizerReading("SGD", math.nan, None, ""), "optimizer = torch.optim.Adam(model.parameters(), 1e-3)"),
        (None, "optimizer = torch.optim.Adam(model.parameters(), 1e-3)"),
    ],
)
def test_the_optimizer_is_made_anew_as_it_was(optimizer: OptimizerReading | None, code: str) -> None:
    step = at_step(9, elsewhere=3, unchanged=ALL, optimizer=optimizer)
    (found,) = find(step, (at_step(0),))
    assert advised(found, step).advice.code == code
