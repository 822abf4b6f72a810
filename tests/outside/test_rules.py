"""The rules on the recorded outside bank: a verdict foretells training, and a planted fault is named at its place."""

from collections.abc import Iterable

import pytest

from figures_src.exhibits.what_a_verdict_foretells._judged import HEALTHY, NONE, PART, WHOLE, Judged, judged
from figures_src.exhibits.what_a_verdict_foretells._outside import read
from figures_src.exhibits.what_a_verdict_foretells.verdict_borders import NAMED
from figures_src.exhibits.what_a_verdict_foretells.verdict_outcomes import MOST


@pytest.fixture(scope="module")
def networks() -> tuple[Judged, ...]:
    return judged(read()[1].recorded)


def told(networks: Iterable[Judged]) -> str:
    return "\n".join(f"{one.member.name}: {one.verdict}, trained: {one.result}" for one in networks)


def fails(one: Judged) -> bool:
    return one.result in (PART, NONE)


def test_what_is_called_ill_does_not_train(networks: tuple[Judged, ...]) -> None:
    ill = [one for one in networks if one.is_called_ill]
    wrong = [one for one in ill if one.result == WHOLE]
    assert len(wrong) <= MOST * len(ill), told(wrong)


def test_what_is_called_healthy_trains(networks: tuple[Judged, ...]) -> None:
    healthy = [one for one in networks if one.verdict == HEALTHY]
    wrong = [one for one in healthy if fails(one)]
    assert len(wrong) <= MOST * len(healthy), told(wrong)


def test_a_sound_network_that_trains_is_not_called_ill(networks: tuple[Judged, ...]) -> None:
    sound = [one for one in networks if not one.member.fault and not fails(one)]
    wrong = [one for one in sound if one.is_called_ill]
    assert len(wrong) <= MOST * len(sound), told(wrong)


def test_a_planted_fault_that_harms_is_named_at_its_place(networks: tuple[Judged, ...]) -> None:
    planted = [one for one in networks if one.member.fault and fails(one)]
    named = [one for one in planted if one.is_named]
    assert len(named) >= NAMED * len(planted), told(one for one in planted if not one.is_named)


def test_a_planted_fault_with_a_place_is_named_there_though_it_is_harmless(networks: tuple[Judged, ...]) -> None:
    planted = [one for one in networks if one.member.places]
    named = [one for one in planted if one.is_named]
    assert len(named) >= NAMED * len(planted), told(one for one in planted if not one.is_named)
