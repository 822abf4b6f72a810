"""A treatment: what it finds, what it changes, and what it leaves as it is."""

import copy
import random
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import Parameter

import gradlab
from gradlab._internal import checks
from gradlab.experiments.diagnosis import cures
from gradlab.experiments.diagnosis.cures import Config
from gradlab.probing import ProbeError
from gradlab.probing.bank import HE, MEMBERS, PYTORCH_DEFAULT, Member
from gradlab.treatment import Treatment
from gradlab.treatment.isolation import RandomState
from gradlab.treatment.patient import measured
from gradlab.treatment.remedies import prescribed

SMALL = Member("", "", depth=8, width=16, batch=32)


def treated(member: Member, steps: int = 2) -> tuple[Treatment, nn.Module, Callable[[nn.Module], Tensor]]:
    torch.manual_seed(0)
    model, x = member.make()
    step = cures.step_of(member, member.make()[0], x)
    return gradlab.treat(model, step, steps=steps), model, step


class Careless(nn.Module):
    """Buffers, dropout, and a person's own random numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(*(one for _ in range(8) for one in (nn.Linear(8, 8), nn.ReLU())))
        self.normalized = nn.BatchNorm1d(8)
        self.dropout = nn.Dropout(0.2)

    def forward(self, x: Tensor) -> Tensor:
        noise = random.random() + float(np.random.rand())  # noqa: S311
        output: Tensor = self.normalized(self.dropout(self.layers(x))) * noise
        return output


def test_nothing_of_the_person_is_changed() -> None:
    torch.manual_seed(3)
    model, x = Careless(), torch.randn(16, 8, requires_grad=True)
    teacher = nn.Linear(8, 8)
    optimizer = torch.optim.Adam(model.parameters())
    model(x).sum().backward()
    optimizer.step()
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    gradients = [None if one.grad is None else one.grad.clone() for one in model.parameters()]
    moments = {id(one): optimizer.state[one]["exp_avg"].clone() for one in model.parameters() if one in optimizer.state}
    assert x.grad is not None
    of_input, before = x.grad.clone(), RandomState.now()

    def step(one: nn.Module) -> Tensor:
        loss: Tensor = (one(x + torch.randn(16, 8)) - teacher(x)).square().mean()
        return loss

    assert gradlab.treat(model, step, steps=3).trials
    after = RandomState.now()
    assert all(torch.equal(value, kept[name]) for name, value in model.state_dict().items())
    for parameter, gradient in zip(model.parameters(), gradients, strict=True):
        assert gradient is None or (parameter.grad is not None and torch.equal(parameter.grad, gradient))
    assert all(torch.equal(optimizer.state[one]["exp_avg"], moments[id(one)]) for one in optimizer.state)
    assert torch.equal(x.grad, of_input)
    assert all(one.grad is None for one in teacher.parameters())
    assert torch.equal(before.cpu, after.cpu)
    assert before.python == after.python
    assert all(np.array_equal(one, other) for one, other in zip(before.numpy, after.numpy, strict=True))
    assert model.training
    assert not model._forward_hooks
    assert not model._forward_pre_hooks


ILL = {
    "initialization": replace(SMALL, sigma_w=PYTORCH_DEFAULT),
    "unit variance": replace(SMALL, sigma_w=3 * HE),
    "normalization": replace(SMALL, activation="sigmoid", sigma_w=1.0, batch=64),
    "activation": replace(SMALL, activation="sigmoid", sigma_w=1.0, batch=64),
    "branches": replace(SMALL, residual=1.0, depth=20),
    "layer for batch": replace(SMALL, normalization="batch", depth=26, batch=64),
    "biases": replace(SMALL, fault="dead"),
    "siblings": replace(SMALL, fault="saturated", activation="tanh", sigma_w=1.0, depth=6),
    "finite": replace(SMALL, fault="infinite"),
    "initialization of recurrent layers": replace(SMALL, kind="rnn", sigma_w=PYTORCH_DEFAULT, depth=10),
    "initialization through time": replace(SMALL, kind="rnn", sigma_w=3.5, depth=2, time_steps=24),
    "biases of a recurrent layer": replace(SMALL, kind="rnn", fault="dead", depth=4),
}


@pytest.mark.parametrize("name", ILL)
def test_a_remedy_heals_and_so_do_its_lines(name: str) -> None:
    kind = re.split(" of | through ", name)[0]
    treatment, _, step = treated(ILL[name])
    assert treatment.helped
    assert treatment.after
    assert treatment.after.sound
    trial = next(one for one in treatment.trials if one.remedies[-1].kind == kind)
    assert trial.helped, treatment
    model, x = ILL[name].make()
    exec(trial.remedies[-1].code, {"torch": torch, "model": model, "x": x})  # noqa: S102
    with gradlab.probe(model) as record:
        step(model).backward()  # type: ignore[no-untyped-call]
    assert not any(finding.severity == "hinders" for finding in record.report().findings)


@pytest.mark.parametrize(("of_read_out", "drawn"), [(1.0, True), (0.5, False)])
def test_what_reads_recurrent_layers_out_is_drawn_with_them_if_it_was_drawn_like_them(
    of_read_out: float, drawn: bool
) -> None:
    member = replace(SMALL, kind="rnn", sigma_w=3.5, depth=2, time_steps=24)
    model, x = member.make()
    read_out = model.get_parameter("2.weight")
    with torch.no_grad():
        read_out.mul_(of_read_out)
    before = read_out.detach().clone()
    patient = measured(model, cures.step_of(member, model, x), RandomState.now(), "en")
    (remedy,) = (one for one in prescribed(patient.deciding[0], patient) if one.kind == "initialization")
    by_lines = copy.deepcopy(model)
    exec(remedy.code, {"torch": torch, "model": by_lines})  # noqa: S102
    remedy.apply(model)
    for treated in (model, by_lines):
        assert torch.equal(treated.get_parameter("2.weight"), before) is not drawn
        spread = float(treated.get_parameter("2.weight").detach().square().mean().sqrt()) * 4
        assert not drawn or spread == pytest.approx(HE, rel=0.6)


def test_every_branch_is_scaled_the_first_one_too() -> None:
    member = ILL["branches"]
    model, x = member.make()
    patient = measured(model, cures.step_of(member, model, x), RandomState.now(), "en")
    (remedy,) = (one for one in prescribed(patient.deciding[0], patient) if one.kind == "branches")
    assert "of the 20 residual branches divided by √20" in remedy.says(checks.language("language", "en"))


def test_blocks_that_nothing_passes_by_get_connections_and_so_they_do_by_the_lines() -> None:
    member = replace(SMALL, kind="transformer", bypassed=False, depth=16, batch=4, time_steps=4)
    model, x = member.make()
    step = cures.step_of(member, model, x)
    patient = measured(model, step, RandomState.now(), "en")
    (remedy,) = (one for one in prescribed(patient.deciding[0], patient) if one.kind == "connections")
    assert "around 16 blocks" in remedy.says(checks.language("language", "en"))
    by_lines, _ = member.make()
    exec(remedy.code, {"torch": torch, "model": by_lines})  # noqa: S102
    remedy.apply(model)
    assert torch.equal(model(x), by_lines(x))
    assert patient.report.verdict == "vanishing"
    assert measured(model, step, patient.state, "en").sound


def test_a_network_whose_blocks_are_passed_by_gets_no_connections() -> None:
    member = replace(SMALL, kind="transformer", residual=1.0, depth=16, batch=4)
    model, x = member.make()
    patient = measured(model, cures.step_of(member, model, x), RandomState.now(), "en")
    assert "connections" not in [one.kind for one in prescribed(patient.deciding[0], patient)]


class Passed(nn.Module):
    """A block with a residual connection, no normalization, and weights that are too large."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.relu = nn.Conv2d(8, 8, 3, padding=1), nn.ReLU()
        nn.init.normal_(self.conv.weight, std=3 * HE / 72**0.5)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.relu(x + self.conv(x))
        return output


def joined() -> nn.Module:
    blocks = (Passed() for _ in range(8))
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), *blocks, nn.Flatten(), nn.Linear(288, 1))


def test_where_ways_join_every_convolution_gets_a_batch_normalization() -> None:
    torch.manual_seed(0)
    model, x = joined(), torch.randn(8, 3, 6, 6)

    def step(one: nn.Module) -> Tensor:
        loss: Tensor = one(x).square().mean()
        return loss

    patient = measured(model, step, RandomState.now(), "en")
    assert patient.report.verdict == "exploding"
    (remedy,) = (one for one in prescribed(patient.deciding[0], patient) if one.kind == "batch normalization")
    by_lines = copy.deepcopy(model)
    patient.state.restore()
    exec(remedy.code, {"torch": torch, "model": by_lines})  # noqa: S102
    patient.state.restore()
    remedy.apply(model)
    assert torch.allclose(model(x), by_lines(x), atol=1e-4)
    assert sum(isinstance(one, nn.BatchNorm2d) for one in model.modules()) == 9
    spreads = [float(model.get_parameter(f"{place}.conv.0.weight").detach().std()) * 72**0.5 for place in range(1, 9)]
    assert spreads == pytest.approx([HE] * 8, rel=0.15), "drawn by He"
    assert measured(model, step, patient.state, "en").sound
    evaluated = measured(joined().eval(), step, patient.state, "en")
    assert "batch normalization" not in [one.kind for one in prescribed(patient.deciding[0], evaluated)]


@pytest.mark.parametrize("other", ["initialization", "unit variance", "batch normalization"])
def test_a_remedy_finds_its_layers_behind_which_another_has_put_a_normalization(other: str) -> None:
    torch.manual_seed(0)
    model, x = joined(), torch.randn(8, 3, 6, 6)

    def step(one: nn.Module) -> Tensor:
        loss: Tensor = one(x).square().mean()
        return loss

    patient = measured(copy.deepcopy(model), step, RandomState.now(), "en")
    remedies = {one.kind: one for one in prescribed(patient.deciding[0], patient)}
    remedies["batch normalization"].apply(model)
    before = {name: value.clone() for name, value in model.named_parameters()}
    remedies[other].apply(model)
    assert torch.isfinite(step(model))
    drawn = [name for name, value in model.named_parameters() if not torch.equal(value, before.get(name, value))]
    assert any("conv.0" in name for name in drawn) == (other != "batch normalization")


def test_weights_that_were_never_finite_are_mended_for_good() -> None:
    treatment, *_ = treated(replace(SMALL, fault="infinite"))
    assert [one.cause for one in treatment.before.report.findings] == ["update not finite"]
    assert treatment.trials[0].remedies[0].kind == "finite"
    assert (treatment.helped, treatment.as_well) == (True, ())
    assert "(1 of the parameters)" in str(treatment)


def test_what_did_not_help_is_said_to_have_not_helped() -> None:
    treatment, *_ = treated(ILL["normalization"])
    (failed,) = (one for one in treatment.trials if one.remedies[-1].kind == "unit variance")
    assert not failed.helped
    said = str(treatment)
    assert re.search(r"^- did not help: LSUV", said, re.MULTILINE)
    assert said.index("- helped:") < said.index("- did not help:")


def test_before_and_after_stand_side_by_side_in_both_languages() -> None:
    member = ILL["initialization"]
    model, x = member.make()
    english, chinese = (
        str(gradlab.treat(model, cures.step_of(member, model, x), steps=2, language=one)) for one in ("en", "zh")
    )
    lines = english.splitlines()
    assert lines[0] == "Treated: vanishing before, healthy after."
    assert lines[2].startswith("The gradient vanishes towards the input: from layer ")
    table = lines[lines.index("") + 3 :]
    assert table[0].split() == ["before", "after"]
    assert table[1].split() == ["verdict", "vanishing", "healthy"]
    assert [line.split()[:2] for line in table[3:7:2]] == [["loss,", "Adam"], ["loss,", "SGD"]]
    assert "处理前：梯度消失；处理后：正常。" in chinese


def test_what_no_remedy_can_do_is_left_to_the_person() -> None:
    treatment, *_ = treated(replace(SMALL, fault="detached"))
    assert (treatment.trials, treatment.after, treatment.model, treatment.code) == ((), None, None, "")
    assert [finding.verdict for finding in treatment.by_hand] == ["cut off"]
    said = str(treatment)
    assert "By hand, in the network's forward: " in said
    assert "detach" in said


def test_a_sound_network_is_not_treated() -> None:
    treatment, *_ = treated(SMALL)
    assert (treatment.trials, treatment.by_hand, treatment.helped) == ((), (), False)
    said = str(treatment)
    assert said.startswith("Nothing to treat: healthy.")
    assert "Watch your own loop:\n    with gradlab.probe(model, optimizer=optimizer) as record:" in said


def test_the_treated_model_is_a_copy_that_was_not_trained() -> None:
    treatment, model, step = treated(ILL["biases"])
    assert treatment.model is not None
    assert treatment.after
    assert step(treatment.model).item() == pytest.approx(treatment.after.courses[0].first)
    own = dict(model.named_parameters())
    changed = [name for name, one in treatment.model.named_parameters() if not torch.equal(one, own[name])]
    assert changed == ["8.bias"]


def test_the_result_is_the_same_from_the_same_random_state() -> None:
    first, again = (str(treated(ILL["unit variance"], steps=2)[0]) for _ in range(2))
    assert first == again


def sgd(rate: float) -> Callable[[Iterable[Parameter]], torch.optim.Optimizer]:
    return lambda parameters: torch.optim.SGD(parameters, rate)


def test_a_rate_is_found_for_the_optimizer_that_is_given() -> None:
    model, x = SMALL.make()
    step = cures.step_of(SMALL, model, x)
    treatment = gradlab.treat(model, step, optimizer=sgd(100.0), steps=10)
    assert treatment.before.report.verdict == "healthy"
    assert treatment.before.verdict == "non-finite"
    assert not treatment.before.courses[0].fell
    (trial,) = (one for one in treatment.trials if one.remedies[-1].kind == "rate")
    assert trial.condition
    assert trial.condition.courses[0].rate is not None
    assert trial.condition.courses[0].rate < 100


def test_another_rate_does_not_help_where_the_weights_are_at_fault() -> None:
    member = replace(SMALL, sigma_w=PYTORCH_DEFAULT, depth=16)
    model, x = member.make()
    treatment = gradlab.treat(model, cures.step_of(member, model, x), optimizer=sgd(0.05), steps=10)
    outcome = {one.remedies[-1].kind: one.helped for one in treatment.trials if len(one.remedies) == 1}
    assert outcome["initialization"]
    assert not outcome.get("rate", False)


def constant(_: nn.Module) -> Tensor:
    return torch.zeros((), requires_grad=True)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (constant, "step: did not run the model"),
        (lambda model: model(torch.ones(2, 16)), r"step: returned a tensor of shape \(2, 1\)"),
        (lambda model: model(torch.ones(2, 16)).sum().item(), "step: returned float"),
        ("step", "step: found str"),
    ],
)
def test_a_step_that_cannot_work_says_so(step: Callable[[nn.Module], Tensor], said: str) -> None:
    with pytest.raises(ProbeError, match=said):
        gradlab.treat(SMALL.make()[0], step)


def test_other_arguments_that_cannot_work_say_so() -> None:
    model, x = SMALL.make()
    step = cures.step_of(SMALL, model, x)
    with pytest.raises(ProbeError, match="model: found str"):
        gradlab.treat("model", step)  # type: ignore[arg-type]
    with pytest.raises(ProbeError, match="optimizer: found SGD, allowed: a function that makes one"):
        gradlab.treat(model, step, optimizer=torch.optim.SGD(model.parameters(), 0.1))  # type: ignore[arg-type]
    mine = torch.optim.SGD(model.parameters(), 0.1)
    with pytest.raises(ProbeError, match="optimizer: the function returned SGD without the parameters"):
        gradlab.treat(model, step, optimizer=lambda _: mine)
    with pytest.raises(ValueError, match="steps"):
        gradlab.treat(model, step, steps=0)
    with pytest.raises(ValueError, match="language"):
        gradlab.treat(model, step, language="xx")


def test_a_model_under_the_probe_is_not_treated() -> None:
    model, x = SMALL.make()
    with pytest.raises(ProbeError, match="probed already"), gradlab.probe(model):
        gradlab.treat(model, cures.step_of(SMALL, model, x))


def test_layers_that_take_their_sizes_from_the_input_get_them_on_the_copy() -> None:
    layers = [one for _ in range(8) for one in (nn.LazyLinear(16), nn.ReLU())]
    model, x = nn.Sequential(*layers, nn.LazyLinear(1)), torch.randn(32, 16)
    treatment = gradlab.treat(model, lambda model: model(x).square().mean(), steps=2)
    assert treatment.before.report.verdict == "vanishing"
    assert all(isinstance(parameter, nn.UninitializedParameter) for parameter in model.parameters())


NO_REMEDY = "cut off"
"""The truth of the members against which nothing can be done by itself: who wrote detach() meant something by it."""


def test_a_few_of_the_bank_are_cured() -> None:
    kinds = ("depth 8, width 16, sigma_w 0.577", "fault infinite, kind recurrent, depth 4, batch 8")
    members = [one for one in MEMBERS if one.truth != "healthy" and one.name.endswith(kinds) and one.truth != NO_REMEDY]
    assert len(members) == 2
    cases = [cures.treated(member, Config(steps=5)) for member in members]
    assert all(case.cured for case in cases), cases


@pytest.mark.every_combination
def test_the_whole_bank_is_cured() -> None:
    result = cures.run(Config(largest=None, steps=20))
    without = {case.name for case in result.cases} - {case.name for case in result.with_remedy}
    assert without == {one.name for one in MEMBERS if one.truth == NO_REMEDY}
    missed = [case for case in result.with_remedy if not case.cured]
    assert len(missed) <= 0.015 * len(result.with_remedy), missed
