"""Cures of the bank as an experiment."""

import math

import pytest

from gradlab.experiments.diagnosis import cures
from gradlab.experiments.diagnosis.cures import Attempt, Case, Config
from gradlab.probing.bank import MEMBERS

CASE = Case("x", "dead", "healthy", True, 0.5, 1.0, (0.4, 0.6), (Attempt(("biases",), True, 0.5),))


def test_a_few_small_networks_are_treated() -> None:
    result = cures.run(Config(largest=260, steps=3, seeds=1))
    assert {case.cause for case in result.cases} >= {"vanishing-relu", "saturated", "non-finite"}
    assert {case.name for case in result.cases} - {case.name for case in result.with_remedy} == {
        case.name for case in result.cases if case.cause == "cut off"
    }
    assert all(case.sound and case.attempts[0].helped for case in result.with_remedy)


def test_it_trains_as_well_where_it_ends_no_higher_than_some_twin() -> None:
    assert CASE.as_well
    assert CASE.cured
    worse = Case("x", "dead", "healthy", True, 0.7, 1.0, (0.4, 0.6), ())
    assert not worse.as_well
    assert not Case("x", "cut off", "", False, math.inf, 1.0, (), ()).as_well


def test_every_ill_member_has_a_twin_that_is_said_to_be_sound() -> None:
    for member in cures.ill(Config(largest=None)):
        twin = cures.twin(member)
        assert twin != member
        assert twin.fault == "none"
    assert len(cures.ill(Config(largest=None))) == sum(member.truth != "healthy" for member in MEMBERS)
    assert len(cures.ill(Config())) < len(cures.ill(Config(largest=None)))


def test_wrong_settings_are_refused() -> None:
    for settings in ({"steps": 0}, {"seeds": 0}, {"largest": 0}):
        with pytest.raises(ValueError, match=next(iter(settings))):
            Config(**settings)
