"""The probe is right on the whole bank, and on networks drawn afresh; the bank's truths are those of theory."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch

import gradlab
from gradlab import theory
from gradlab.activations import ACTIVATIONS
from gradlab.probing import bank
from gradlab.probing.bank import FAULTS, KINDS, MEMBERS, NORMALIZATIONS, Member, random_members
from gradlab.probing.finding import ORDER
from gradlab.probing.report import Report

FRESH = 100
# With every network right there is nothing to allow for among so few.
SAMPLE = 10

# Doubt is no truth, and what is set up wrongly lies around the network, which the bank holds alone.
_WITHOUT_MEMBERS = {"inconclusive", "misconfigured"}


def diagnosed(member: Member) -> Report:
    model, x = member.make()
    with gradlab.probe(model) as record:
        member.loss(model(x)).backward()  # type: ignore[no-untyped-call]
    return record.report()


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_the_probe_is_right(member: Member) -> None:
    report = diagnosed(member)
    assert report.verdict == member.truth, str(report)


@pytest.mark.parametrize("placement", ["none", "layer"])
@pytest.mark.parametrize(
    ("truth", "settings"),
    [
        ("healthy", {}),
        ("dead", {"fault": "dead"}),
        ("dead", {"fault": "mostly_dead", "width": 128}),
        ("saturated", {"fault": "saturated", "activation": "tanh"}),
        ("non-finite", {"fault": "infinite"}),
        ("cut off", {"fault": "detached"}),
        ("exploding", {"residual": 1.0, "depth": 16}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_probe_is_right_about_transformers(truth: str, settings: dict[str, Any], placement: str) -> None:
    """Every fault, with pre-norm ("none": at the head of branches) and post-norm; or with no normalization at all."""
    member = Member("", truth, kind="transformer", normalization=placement, **{"depth": 4, "batch": 8, **settings})
    report = diagnosed(member)
    assert report.verdict == truth, str(report)


def test_the_bank_is_large_and_holds_every_verdict_but_doubt() -> None:
    assert len(MEMBERS) >= 60
    assert len({member.name for member in MEMBERS}) == len(MEMBERS)
    assert {member.truth for member in MEMBERS} == {"healthy", *ORDER} - _WITHOUT_MEMBERS
    assert {member.kind for member in MEMBERS} == set(KINDS)
    chosen = {"relu", bank.IN_PLACE, "leaky_relu", "tanh", "sigmoid", "gelu", "silu"}
    assert {member.activation for member in MEMBERS} == chosen
    assert {member.normalization for member in MEMBERS} == set(NORMALIZATIONS)
    assert {member.fault for member in MEMBERS} == set(FAULTS)
    assert {member.dtype for member in MEMBERS} == {torch.float16, torch.bfloat16, torch.float32, torch.float64}
    assert {member.training for member in MEMBERS} == {True, False}
    assert any(member.trained for member in MEMBERS)
    assert {member.depth for member in MEMBERS} >= {5, 100}
    assert {member.width for member in MEMBERS} >= {16, 1024}


@pytest.mark.parametrize("kinds", [("transformer",), ("recurrent", "rnn")], ids=" or ".join)
def test_every_fault_has_a_transformer_and_a_recurrent_network(kinds: tuple[str, ...]) -> None:
    assert {member.truth for member in MEMBERS if member.kind in kinds} == {member.truth for member in MEMBERS}


def exceptions(members: tuple[Member, ...]) -> list[str]:
    diagnoses = ((member, diagnosed(member)) for member in members)
    return [f"{member}: {report.verdict}" for member, report in diagnoses if report.verdict != member.truth]


@pytest.mark.parametrize("truth", [None, "healthy"])
def test_some_networks_drawn_afresh(truth: str | None) -> None:
    wrong = exceptions(random_members(SAMPLE, 13, truth))
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_networks_drawn_afresh() -> None:
    """At least 99 of 100; of 2000 drawn once with other seeds every one was right."""
    wrong = exceptions(random_members(FRESH, 11))
    assert len(wrong) <= FRESH // 100, "\n".join(wrong)


@pytest.mark.slow
def test_healthy_networks_drawn_afresh_are_never_called_ill() -> None:
    """Nor was any of 1000 drawn once with other seeds; by chance one in a thousand may be off by a factor of 10."""
    wrong = exceptions(random_members(FRESH, 12, "healthy"))
    assert not wrong, "\n".join(wrong)


def test_fresh_members_differ_by_seed_and_hold_every_kind() -> None:
    one, other = random_members(200, 0), random_members(200, 1)
    assert one == random_members(200, 0)
    assert one != other
    assert {member.truth for member in one} == {"healthy", *ORDER} - _WITHOUT_MEMBERS
    assert {member.kind for member in one} == set(KINDS)
    assert {member.fault for member in one} == set(FAULTS)
    assert {member.normalization for member in one} == set(NORMALIZATIONS)
    assert any(member.residual for member in one)
    assert all(
        len({getattr(member, name) for member in one}) > 10 for name in ("depth", "width", "batch", "loss_scale")
    )
    assert {member.truth for member in random_members(20, 0, "dead")} == {"dead"}
    with pytest.raises(ValueError, match=r"truth: found 'ded', allowed: .*; nearest: 'dead'"):
        random_members(1, 0, "ded")
    with pytest.raises(ValueError, match=r"^seed: found -1, allowed:"):
        random_members(1, -1)
    with pytest.raises(ValueError, match=r"^count: found 0, allowed:"):
        random_members(0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_member_is_the_same_whenever_it_is_made(kind: str) -> None:
    member = Member("", "healthy", kind=kind, depth=3, width=32, batch=4, trained=2)
    (one, x), (other, y) = member.make(), member.make()
    assert torch.equal(x, y)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize("member", [one for one in MEMBERS if one.trained], ids=lambda member: member.name)
def test_members_after_training_have_learned(member: Member) -> None:
    _, x = member.make()
    y = replace(member, trained=0, seed=member.seed + 1).make()[0](x).detach()

    def loss(one: Member) -> float:
        return float((one.make()[0](x) - y).detach().square().mean())

    assert loss(member) < loss(replace(member, trained=0)) / 10


@pytest.mark.parametrize(
    "member",
    [
        one
        for one in MEMBERS
        if one.normalization == "none"
        and one.kind in ("linear", "convolution", "embedding")
        and not one.trained
        and one.residual is None
        and one.fault == "none"
        and one.activation.removesuffix("_in_place") in ACTIVATIONS
    ],
    ids=lambda member: member.name,
)
def test_the_truth_is_what_theory_says(member: Member) -> None:
    activation = member.activation.removesuffix("_in_place")
    factor = theory.mean_field(activation, member.sigma_w, member.depth).factor
    ratio = factor ** (member.depth - 1)
    assert {"healthy": 0.1 < ratio < 10, "vanishing": ratio < 0.02, "exploding": ratio > 50}[member.truth]


def over_layers_and_time(chi: float, depth: int, time_steps: int) -> tuple[float, float]:
    """The growth of ‖δ‖ from the last plain recurrent layer to the first, and from its last time step to its first.

    Mean squares: half of χ comes back from the layer above, half from the time step after.
    """
    inner = [0.0] * time_steps
    above = [1.0] * time_steps
    for _ in range(depth):
        later = 0.0
        for place in reversed(range(time_steps)):
            inner[place] = later = chi / 2 * (above[place] + later)
        before, above = above, list(inner)
    return math.sqrt(sum(before) / time_steps), math.sqrt(inner[0] / inner[-1])


@pytest.mark.parametrize(
    "member",
    [one for one in MEMBERS if one.kind == "rnn" and one.fault == "none"],
    ids=lambda member: member.name,
)
def test_the_truth_of_plain_recurrent_layers_is_what_theory_says(member: Member) -> None:
    chi = member.sigma_w**2 / (2 if member.activation == "relu" else 1)
    layers, time = over_layers_and_time(chi, member.depth, member.time_steps)
    expected = {"healthy": 0.1 < layers < 10 > time, "vanishing": layers < 1e-3, "exploding": max(layers, time) > 1e3}
    assert expected[member.truth], (layers, time)


def test_the_truth_of_a_transformer_without_connections_is_what_theory_says() -> None:
    """Attention near uniform passes the mean over positions on, and ReLU half of the squared gradient."""
    (member,) = (one for one in MEMBERS if not one.bypassed)
    width = member.width
    model, _ = member.make()
    squared = 0.5  # of ReLU
    for name in ("linear1", "linear2", "attention.out_proj"):
        weight = model.get_submodule(f"0.{name}").get_parameter("weight")
        squared *= len(weight) * float(weight.detach().var())
    values = model.get_submodule("0.attention").get_parameter("in_proj_weight")[-width:]
    squared *= width * float(values.detach().var())
    assert squared == pytest.approx(2 / 9, rel=0.05)
    assert math.sqrt(2 / 9) ** (member.depth - 1) < 1e-3


@pytest.mark.parametrize("kind", ["transformer", "rnn"])
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "none"])
def test_a_fault_inside_blocks_is_named_where_it_is(fault: str, kind: str) -> None:
    """At the block, or at the layer inside it; what is cut off begins behind the cut."""
    (member,) = (one for one in MEMBERS if (one.fault, one.kind) == (fault, kind))
    assert diagnosed(member).findings[0].starts_at.partition(".")[0] == str(member.depth // 2)


@pytest.mark.parametrize("cell", [torch.nn.RNNCell, torch.nn.RNN])
def test_dead_and_saturated_units_of_a_recurrent_loop_are_seen(cell: type[torch.nn.Module]) -> None:
    """A cell that a loop calls for every time step, or the layer that runs over all of them."""

    class Read(torch.nn.Module):
        def __init__(self, nonlinearity: str) -> None:
            super().__init__()
            self.cell: Any = cell(8, 32, nonlinearity=nonlinearity)
            self.read_out = torch.nn.Linear(32, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if isinstance(self.cell, torch.nn.RNN):
                return self.read_out(self.cell(x)[0][-1])  # type: ignore[no-any-return]
            state = torch.zeros(x.shape[1], 32)
            for one in x:
                state = self.cell(one, state)
            return self.read_out(state)  # type: ignore[no-any-return]

    def told(nonlinearity: str, scale: float, bias: float) -> Report:
        torch.manual_seed(0)
        model = Read(nonlinearity)
        with torch.no_grad():
            for name, value in model.cell.named_parameters():
                value.copy_(torch.full_like(value, bias) if name.startswith("bias_ih") else value * scale)
        with gradlab.probe(model) as record:
            model(torch.randn(10, 16, 8)).sum().backward()
        return record.report()

    assert told("relu", 1.0, -1e3).verdict == "dead"
    assert told("relu", 1.0, 0.0).verdict != "dead"
    saturated = [finding for finding in told("tanh", 100.0, 0.0).findings if finding.verdict == "saturated"]
    assert saturated[0].layers[0] == "cell"
    assert "standardize" not in saturated[0].advice.code
    assert all(finding.verdict != "saturated" for finding in told("tanh", 1.0, 0.0).findings)


def test_a_member_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"activation: found 'rleu', allowed: .*; nearest: 'relu'"):
        Member("no", "healthy", activation="rleu")
    with pytest.raises(ValueError, match="fault: found 'ded'"):
        Member("no", "healthy", fault="ded")
    with pytest.raises(ValueError, match=r"activation: found 'gelu', allowed: one of relu, tanh"):
        Member("no", "healthy", kind="rnn", activation="gelu")
