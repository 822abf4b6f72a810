"""Public reports of networks that do not train, rebuilt small: each is treated, and trains afterwards."""

from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy, cross_entropy, mse_loss, nll_loss

import gradlab
from gradlab.probing import causes, snippets
from gradlab.treatment import wording
from gradlab.treatment.isolation import RandomState
from gradlab.treatment.training import better_rate, changed, train


def test_what_is_advised_against_every_cause_has_its_place_in_the_code() -> None:
    assert not [cause for cause in causes.SENTENCES if wording.place(cause) is wording.place("")]


def test_two_layers_of_zeros_in_a_row() -> None:
    torch.manual_seed(0)
    x = torch.randn(64, 16)
    y = (x[:, 0] > 0).long()

    class Gated(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.blocks = nn.ModuleList(
                nn.Sequential(nn.Linear(16, 32, bias=False), nn.ReLU(), nn.Linear(32, 16, bias=False), nn.Tanh())
                for _ in range(3)
            )
            self.head = nn.Linear(16, 2)
            for parameter in self.blocks.parameters():
                nn.init.zeros_(parameter)

        def forward(self, x: Tensor) -> Tensor:
            for block in self.blocks:
                x = x + block(x)
            output: Tensor = self.head(x)
            return output

    treatment = gradlab.treat(Gated(), lambda model: cross_entropy(model(x), y), steps=4)
    assert treatment.helped
    assert treatment.trials[0].remedies[0].kind == "zeros"
    assert 'for name in ["blocks.0.0", "blocks.1.0", "blocks.2.0"]' in treatment.code


def test_a_deep_convolutional_network_without_normalization() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(8, 3, 16, 16), torch.randint(0, 4, (8,))
    layers: list[nn.Module] = []
    for inputs, outputs in ((3, 8), (8, 8), (8, 16), (16, 16), (16, 16), (16, 16), (16, 16), (16, 16)):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True)]
    model = nn.Sequential(*layers, nn.MaxPool2d(8), nn.Flatten(), nn.Linear(64, 4))
    treatment = gradlab.treat(model, lambda model: cross_entropy(model(x), y), steps=2)
    assert treatment.before.report.verdict == "vanishing"
    assert treatment.helped
    assert {trial.remedies[0].kind for trial in treatment.trials} >= {"initialization", "normalization"}


def test_inputs_that_are_not_scaled() -> None:
    torch.manual_seed(0)
    x = torch.stack([torch.randint(1, 6, (64,)).float(), 500 + 3000 * torch.rand(64), 1950 + 70 * torch.rand(64)], 1)
    y = (x[:, :1] * 200 + x[:, 1:2] * 0.5) / 1000
    model = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
    treatment = gradlab.treat(
        model,
        lambda model: mse_loss(model(x), y),
        optimizer=lambda parameters: torch.optim.SGD(parameters, 0.01),
        steps=20,
    )
    assert treatment.helped
    assert treatment.after
    helpful = next(one for one in treatment.trials if one.remedies[0].kind == "standardization")
    assert helpful.helped, treatment
    assert helpful.loss < 1.0


def test_a_long_sequence_whose_beginning_counts() -> None:
    torch.manual_seed(0)
    y = torch.randint(0, 2, (32,))
    x = torch.randn(32, 60, 2) * 0.1
    x[:, 0, 0] = y * 2.0 - 1

    class Memory(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.project = nn.Linear(2, 16)
            self.rnn = nn.LSTM(16, 16, batch_first=True)
            self.head = nn.Linear(16, 2)

        def forward(self, x: Tensor) -> Tensor:
            output: Tensor = self.head(self.rnn(self.project(x))[0][:, -1])
            return output

    treatment = gradlab.treat(Memory(), lambda model: cross_entropy(model(x), y), steps=8)
    assert treatment.before.report.findings[0].cause == "forgets over time"
    assert treatment.helped
    (trial,) = treatment.trials
    assert trial.remedies[0].kind == "gates"
    assert "a bias of 4.09" in str(treatment)


def test_a_plain_recurrent_layer_over_a_long_sequence() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(16, 40, 8), torch.randint(0, 2, (16,))

    class Plain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.project = nn.Linear(8, 32)
            self.rnn = nn.RNN(32, 32, batch_first=True)
            self.head = nn.Linear(32, 2)

        def forward(self, x: Tensor) -> Tensor:
            output: Tensor = self.head(self.rnn(self.project(x))[0][:, -1])
            return output

    treatment = gradlab.treat(Plain(), lambda model: cross_entropy(model(x), y), steps=2)
    assert treatment.before.report.findings[0].cause == "forgets over time"
    (trial,) = treatment.trials
    assert trial.remedies[0].kind == "orthogonal"
    assert trial.finding_gone


def test_an_activation_at_the_output_and_inputs_of_pixels() -> None:
    torch.manual_seed(0)
    x, y = torch.rand(64, 1, 16, 16) * 0.2 + 0.8, torch.randint(0, 8, (64,))
    for number in range(8):
        x[y == number, :, number : number + 6, 4:10] -= 0.6
    x *= 255
    convolutions = (nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU(), nn.Flatten())
    model = nn.Sequential(*convolutions, nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 8), nn.ReLU())
    treatment = gradlab.treat(model, lambda model: cross_entropy(model(x), y), steps=12)
    assert treatment.before.report.verdict == "misconfigured"
    assert treatment.helped
    assert {remedy.kind for remedy in treatment.trials[0].remedies} == {"output", "standardization"}
    assert treatment.after
    assert treatment.after.courses[0].last < treatment.before.courses[0].last / 2


def test_logits_in_a_loss_on_probabilities() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(64, 8), torch.randint(0, 4, (64,))
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4))
    treatment = gradlab.treat(model, lambda model: nll_loss(model(x), y), steps=2)
    assert treatment.before.report.findings[0].cause == "logits as probabilities"
    (trial,) = treatment.trials
    assert trial.remedies[0].kind == "probabilities"
    assert trial.finding_gone
    exec(treatment.code, {"torch": torch, "model": model})  # noqa: S102
    assert torch.allclose(model(x).exp().sum(1), torch.ones(64))


def test_a_value_beyond_what_the_output_can_be() -> None:
    torch.manual_seed(0)
    x = torch.randn(128, 4)
    y = 3 * x[:, :1] + 1
    model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())
    treatment = gradlab.treat(model, lambda model: mse_loss(model(x), y), steps=12)
    assert treatment.before.report.findings[0].cause == "targets out of range"
    assert treatment.helped
    assert treatment.trials[0].remedies[0].kind == "output"


def test_targets_far_from_the_first_outputs() -> None:
    torch.manual_seed(0)
    x = torch.randn(128, 4)
    y = 20_000 + 5_000 * x[:, :1]
    model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))
    treatment = gradlab.treat(model, lambda model: mse_loss(model(x), y), steps=8)
    assert treatment.before.report.findings[0].cause == "targets not scaled"
    assert treatment.helped
    assert treatment.trials[0].remedies[0].kind == "targets"
    exec(treatment.code, {"torch": torch, "model": model})  # noqa: S102
    assert 15_000 < float(model(x).detach().mean()) < 25_000


def test_a_softmax_over_one_output_becomes_a_sigmoid() -> None:
    torch.manual_seed(0)
    x = torch.randn(128, 4)
    y = (x[:, :1] > 0).float()
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1), nn.Softmax(1))
    treatment = gradlab.treat(model, lambda model: binary_cross_entropy(model(x), y), steps=8)
    assert treatment.before.report.findings[0].cause == "softmax of one"
    assert treatment.helped
    assert treatment.trials[0].remedies[0].kind == "sigmoid"
    assert treatment.code == 'setattr(model, "3", torch.nn.Sigmoid())'


@pytest.mark.parametrize(("rate", "cause"), [(1e-4, "too few steps"), (30.0, "rate too high")])
def test_a_rate_is_found_where_the_course_tells_that_it_is_wrong(rate: float, cause: str) -> None:
    torch.manual_seed(0)
    x = torch.randn(96, 8)
    y = (x[:, 0] * x[:, 1] > 0).long() + (x[:, 2] > 0.5).long()
    model = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 3))
    treatment = gradlab.treat(
        model,
        lambda model: cross_entropy(model(x), y),
        optimizer=lambda parameters: torch.optim.SGD(parameters, rate),
        steps=20,
    )
    assert [finding.cause for finding in treatment.before.pace] == [cause]
    assert treatment.helped
    (trial,) = treatment.trials
    assert trial.remedies[0].kind == "rate"
    assert trial.condition
    assert trial.condition.courses[0].last < treatment.before.courses[0].last
    said = str(treatment)
    assert "where the optimizer is made" in said
    assert 'group["lr"]' in said


def test_what_is_left_to_the_person_has_its_place() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(64, 8), torch.randn(64, 1)
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1), nn.Flatten(0))
    treatment = gradlab.treat(model, lambda model: (model(x) - y).square().mean(), steps=2)
    assert "wrong shapes" in [finding.cause for finding in treatment.by_hand]
    assert "By hand, where the loss is computed: " in str(treatment)


def judged(*last: nn.Module) -> nn.Sequential:
    """A network whose output is far on the side that its loss does not want."""
    torch.manual_seed(0)
    output = nn.Linear(16, 1)
    nn.init.constant_(output.bias, -60.0)
    return nn.Sequential(nn.Linear(4, 16), nn.LeakyReLU(0.2), output, *last)


def test_a_sigmoid_whose_logarithm_is_taken_stays_and_no_weights_are_drawn() -> None:
    x = torch.randn(32, 4)
    treatment = gradlab.treat(judged(nn.Sigmoid()), lambda model: (1 - model(x)).clamp_min(1e-45).log().mean(), steps=2)
    assert [finding.cause for finding in treatment.by_hand][:1] == ["output saturated"]
    assert treatment.trials == ()
    assert "on the wrong side" in str(treatment).partition("verdict")[0]


def test_where_a_cause_is_named_the_scales_of_weights_are_left_alone() -> None:
    x, judge = torch.randn(32, 4), nn.Sequential(nn.Linear(1, 1), nn.Sigmoid()).requires_grad_(False)
    with torch.no_grad():
        judge[0].weight.fill_(1.0)  # type: ignore[operator]
    treatment = gradlab.treat(judged(), lambda model: (1 - judge(model(x))).clamp_min(1e-45).log().mean(), steps=2)
    assert treatment.before.report.findings[0].cause == "loss saturated"
    assert treatment.trials == ()


def test_a_rate_is_found_between_the_powers_of_ten() -> None:
    torch.manual_seed(0)
    x, _ = torch.linalg.qr(torch.randn(256, 4))
    y, model = x @ torch.randn(4, 1), nn.Linear(4, 1, bias=False)

    def step(one: nn.Module) -> Tensor:
        # Of curvature 1 in every direction, so that a rate of 1 takes one step.
        loss: Tensor = (one(x) - y).square().sum() / 2
        return loss

    for factor in (30.0, 0.03):
        found = better_rate(model, step, partial(torch.optim.SGD, lr=1 / factor), 8, RandomState.now())
        assert 0.4 < found / factor < 1.9


def test_a_lower_rate_is_better_in_the_long_run_too_or_it_is_not_taken() -> None:
    # At the rate 1 the first weight leaps over its valley, and slowly comes nearer; lower rates bring it there at once,
    # and then the second weight hardly moves. Its loss is multiplied by (1 - rate * curvature)**2 in every step.
    curvature, model = torch.tensor([1.95, 0.05]), nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        model.weight.copy_((2 * torch.tensor([10.0, 1.0]) / curvature).sqrt())

    def step(one: nn.Module) -> Tensor:
        return (curvature * one.get_parameter("weight").square()).sum() / 2

    gradient_descent, state = partial(torch.optim.SGD, lr=1.0), RandomState.now()
    ends = {
        steps: [train(model, step, changed(gradient_descent, factor), steps, state).last for factor in (1.0, 0.3)]
        for steps in (20, 100)
    }
    assert ends[20][1] < ends[20][0] / 2
    assert ends[100][0] < ends[100][1] / 2
    assert better_rate(model, step, gradient_descent, 20, state) == 1


def test_a_training_that_leaves_all_bounds_is_not_called_sound() -> None:
    torch.manual_seed(0)
    x = torch.randn(64, 8)
    y = x[:, :1] * 2
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
    treatment = gradlab.treat(
        model,
        lambda model: mse_loss(model(x), y),
        optimizer=lambda parameters: torch.optim.SGD(parameters, 1e6),
        steps=12,
    )
    assert treatment.before.verdict in ("non-finite", "misconfigured")
    assert treatment.before.pace
    # At none of the first rates it is finite, and the sweep goes on below.
    assert treatment.helped
    assert treatment.trials[0].remedies[0].rate < 1e-3
    assert "no update" not in str(treatment)


def test_what_was_only_made_rarer_is_still_to_be_mended_by_hand() -> None:
    torch.manual_seed(0)
    x = torch.randn(64, 10)
    x[7] *= 4000
    y = (x[:, :1] > 0).float()
    model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())

    def focal(model: nn.Module) -> Tensor:
        p: Tensor = model(x)
        # An operation that is not looked for, so that nothing keeps 0 from it.
        likelihood = torch.xlogy(y * (1 - p) ** 2, p) + torch.xlogy((1 - y) * p**2, 1 - p)
        return -likelihood.mean()

    treatment = gradlab.treat(model, focal, steps=4)
    assert treatment.helped
    assert [finding.cause for finding in treatment.as_well] == ["logarithm of 0"]
    said = str(treatment)
    assert "By hand as well" in said
    assert "no update" in said


def test_inputs_that_are_targets_too_keep_their_name() -> None:
    torch.manual_seed(0)
    x = torch.randn(64, 6) * torch.logspace(0, 3, 6)
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 6))
    treatment = gradlab.treat(model, lambda model: mse_loss(model(x), x), steps=2)
    (remedy,) = {trial.remedies[0] for trial in treatment.trials if trial.remedies[0].kind == "standardization"}
    names: dict[str, object] = {"torch": torch, "x": x}
    exec(remedy.code, names)  # noqa: S102
    assert names["x"] is x
    assert float(names["inputs"].mean()) == pytest.approx(0, abs=1e-5)  # type: ignore[attr-defined]


def test_a_rate_that_lowers_the_loss_beside_a_fault_is_not_said_to_have_done_nothing() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(64, 8), torch.randint(0, 4, (64,))
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4), nn.ReLU())
    treatment = gradlab.treat(
        model,
        lambda model: cross_entropy(model(x), y),
        optimizer=lambda parameters: torch.optim.SGD(parameters, 1e-3),
        steps=20,
    )
    (trial,) = (one for one in treatment.trials if one.remedies[0].kind == "rate")
    assert (trial.helped, trial.finding_gone, trial.lowered) == (False, False, True)
    assert "- lowered the loss, and the fault is still there: The learning rate times" in str(treatment)


def test_what_became_sound_is_tried_at_other_rates_too() -> None:
    torch.manual_seed(0)
    x = torch.randn(64, 6) * torch.tensor([1.0, 300.0, 20.0, 5000.0, 0.1, 60.0])
    y = (x[:, 0] > 0).long() + (x[:, 1] > 100).long()
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 3))
    treatment = gradlab.treat(
        model,
        lambda model: cross_entropy(model(x), y),
        optimizer=lambda parameters: torch.optim.Adam(parameters, 1e-3),
        steps=16,
    )
    assert treatment.before.report.findings[0].cause == "inputs not scaled"
    kinds = {tuple(remedy.kind for remedy in trial.remedies): trial for trial in treatment.trials}
    alone, faster = kinds[("standardization",)], kinds[("standardization", "rate")]
    assert alone.helped
    assert faster.helped
    assert faster.loss < alone.loss / 2
    assert treatment.trials[0] is faster


class Gated(nn.Module):
    """Two layers with a sigmoid, whose output is also a gate in the second."""

    def __init__(self, *, gate: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(16, 16) for _ in range(6))
        self.sigmoid, self.head, self.gate = nn.Sigmoid(), nn.Linear(16, 1), gate
        for layer in self.layers:
            nn.init.normal_(layer.weight, std=1 / 4)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = self.sigmoid(layer(x))
        output: Tensor = self.head(x * self.sigmoid(self.layers[0](x)) if self.gate else x)
        return output


@pytest.mark.parametrize("gate", [False, True])
def test_a_sigmoid_that_is_a_gate_stays(gate: bool) -> None:
    torch.manual_seed(0)
    x, y = torch.randn(32, 16), torch.randn(32, 1)
    model = Gated(gate=gate)
    treatment = gradlab.treat(model, lambda model: mse_loss(model(x), y), steps=2)
    assert treatment.before.report.verdict == "vanishing"
    kinds = {remedy.kind: remedy for trial in treatment.trials for remedy in trial.remedies}
    assert ("activation" in kinds) is not gate
    if not gate:
        exec(kinds["activation"].code, {"torch": torch, "model": model})  # noqa: S102
        assert isinstance(model.sigmoid, nn.ReLU)
        # The root of 2 over the 16 inputs, in place of 1/4.
        assert all(0.3 < float(one.weight.detach().std()) < 0.4 for one in model.layers)  # type: ignore[operator]


def test_a_step_is_watched_by_the_lines_that_are_printed() -> None:
    torch.manual_seed(0)
    model, x = nn.Linear(4, 1), torch.randn(8, 4)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)

    def train() -> None:
        model(x).square().mean().backward()
        optimizer.step()

    said: list[object] = []
    names = {"gradlab": gradlab, "model": model, "optimizer": optimizer, "train": train, "print": said.append}
    exec(snippets.WATCH, names)  # noqa: S102
    assert len(said) == 1


def test_a_read_out_of_zeros_that_learns_is_not_treated() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(32, 8), torch.randint(0, 4, (32,))
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 4))
    nn.init.zeros_(model[4].weight)  # type: ignore[arg-type]
    treatment = gradlab.treat(model, lambda model: cross_entropy(model(x), y), steps=6)
    assert treatment.before.verdict == "inconclusive"
    assert treatment.trials == ()
    assert [finding.reason for finding in treatment.by_hand] == ["blocked"]


def test_inputs_are_scaled_first_where_they_hide_what_the_targets_are() -> None:
    torch.manual_seed(0)
    x = torch.randn(64, 4) * torch.tensor([1.0, 50.0, 10.0, 3000.0])
    y = (x[:, :1] > 0).float()
    model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))

    def keras(model: nn.Module) -> Tensor:
        p: Tensor = model(x).clamp(1e-7, 1 - 1e-7)
        loss: Tensor = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
        return loss

    treatment = gradlab.treat(model, keras, steps=12)
    causes = [finding.cause for finding in treatment.before.report.findings]
    assert causes[0] == "logits as probabilities"
    assert "inputs not scaled" in causes
    assert treatment.helped
    assert {remedy.kind for remedy in treatment.trials[0].remedies} == {"standardization", "probabilities"}
