"""Cures of the bank as an experiment."""

import math
from dataclasses import replace

import pytest

from gradlab.experiments.diagnosis import cures
from gradlab.experiments.diagnosis._paired import Ended, Pairs
from gradlab.experiments.diagnosis.cures import Attempt, Case, Config
from gradlab.probing.bank import MEMBERS

WON = Pairs((Ended(0.5, 1.0),) * 2, (Ended(0.6, 1.0),) * 2)
LOST = Pairs((Ended(0.5, 1.0),) * 14, (Ended(0.4, 1.0),) * 14)
CASE = Case("x", "dead", "healthy", True, 0.5, 1.0, WON, (Attempt(("biases",), True, 0.5),))


def test_a_few_small_networks_are_treated() -> None:
    result = cures.run(Config(largest=260, steps=3, pairs=2))
    assert {case.cause for case in result.cases} >= {"vanishing-relu", "saturated", "non-finite"}
    assert {case.name for case in result.cases} - {case.name for case in result.with_remedy} == {
        case.name for case in result.cases if case.cause == "cut off"
    }
    assert all(case.sound and case.attempts[0].helped for case in result.with_remedy)


def test_it_is_cured_where_it_is_sound_and_pairs_settle_that_it_trains_as_well() -> None:
    assert CASE.as_well
    assert CASE.cured
    assert not replace(CASE, pairs=LOST).cured
    assert not replace(CASE, sound=False).cured
    assert not Case("x", "cut off", "", False, math.inf, 1.0, Pairs(), ()).as_well


def test_what_is_treated_and_its_twins_are_other_networks_in_every_pair() -> None:
    member = next(one for one in MEMBERS if one.name == "vanishing: depth 8, width 16, sigma_w 0.577")
    case = cures.treated(member, Config(steps=3))
    losses = (case.loss, *(one.last for one in (*case.pairs.treated, *case.pairs.twins)))
    assert len(set(losses)) == len(losses)
    assert case.cured


def test_counts_that_a_record_keeps_say_the_same() -> None:
    for pairs in (WON, LOST, Pairs()):
        assert cures.as_well(len(pairs.treated), pairs.worse) == pairs.as_well


def test_every_ill_member_has_a_twin_that_is_said_to_be_sound() -> None:
    for member in cures.ill(Config(largest=None)):
        twin = cures.twin(member)
        assert twin != member
        assert twin.fault == "none"
    assert len(cures.ill(Config(largest=None))) == sum(member.truth != "healthy" for member in MEMBERS)
    assert len(cures.ill(Config())) < len(cures.ill(Config(largest=None)))


def test_wrong_settings_are_refused() -> None:
    for settings in ({"steps": 0}, {"pairs": 0}, {"largest": 0}):
        with pytest.raises(ValueError, match=next(iter(settings))):
            Config(**settings)
