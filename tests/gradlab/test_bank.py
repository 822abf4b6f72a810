"""The probe is right on the whole bank, and on networks drawn afresh; the bank's truths are those of theory."""

from collections import Counter

import pytest
import torch

import gradlab
from gradlab import theory
from gradlab.activations import ACTIVATIONS
from gradlab.bank import MEMBERS, Member, random_members
from gradlab.probing.diagnosis import ORDER
from gradlab.probing.report import Report

FRESH = 100


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


def test_the_bank_is_large_and_holds_every_verdict_but_doubt() -> None:
    assert len(MEMBERS) >= 60
    assert len({member.name for member in MEMBERS}) == len(MEMBERS)
    assert {member.truth for member in MEMBERS} == {"healthy", *ORDER} - {"inconclusive"}
    assert {member.depth for member in MEMBERS} >= {5, 100}
    assert {member.width for member in MEMBERS} >= {16, 1024}


def test_networks_drawn_afresh() -> None:
    wrong = [
        f"{member}: {report.verdict}"
        for member in random_members(FRESH, 11)
        if (report := diagnosed(member)).verdict != member.truth
    ]
    assert len(wrong) <= FRESH // 100, "\n".join(wrong)


def test_fresh_members_differ_by_seed_and_hold_every_kind() -> None:
    one, other = random_members(50, 0), random_members(50, 1)
    assert one == random_members(50, 0)
    assert one != other
    assert len(Counter(member.truth for member in one)) == 3


@pytest.mark.parametrize(
    "member",
    [
        one
        for one in MEMBERS
        if one.normalization == "none"
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


def test_a_member_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"activation: found 'rleu', allowed: .*; nearest: 'relu'"):
        Member("no", "healthy", activation="rleu")
    with pytest.raises(ValueError, match="fault: found 'ded'"):
        Member("no", "healthy", fault="ded")
