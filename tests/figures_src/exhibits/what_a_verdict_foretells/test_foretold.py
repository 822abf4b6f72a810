"""The page's tables: every network is counted once, and every error has its line."""

from dataclasses import replace

import pytest

from figures_src.exhibits._shared import planted
from figures_src.exhibits.what_a_verdict_foretells import (
    _unseen,
    outside_families,
    verdict_borders,
    verdict_outcomes,
)
from figures_src.exhibits.what_a_verdict_foretells._foretold import Result, foretold, unseen
from figures_src.exhibits.what_a_verdict_foretells._judged import HEALTHY, INCONCLUSIVE, ONE, WHOLE
from figures_src.model.language import Localize, localizer


@pytest.fixture(scope="module")
def result() -> Result:
    return foretold()


@pytest.fixture
def english() -> Localize:
    return localizer("en")


def test_every_network_has_one_verdict_and_one_result(result: Result, english: Localize) -> None:
    rows = verdict_outcomes.table(result, english).rows
    assert sum(int(str(row[1])) for row in rows) == len(result.networks)
    assert all(int(str(row[1])) == sum(int(str(cell)) for cell in row[2:]) for row in rows)


def test_every_family_is_listed(result: Result, english: Localize) -> None:
    assert {one.family for one in result.networks} == set(outside_families.FAMILIES)
    rows = outside_families.table(result, english).rows
    assert sum(int(str(row[2])) for row in rows) == len(result.networks)
    assert sum(int(str(row[3])) for row in rows) == sum(not one.is_sound for one in result.networks)


def test_every_error_is_listed_by_its_name(result: Result, english: Localize) -> None:
    wrong = [
        planted.told(one.name, english, "`{}`")
        for one in result.networks
        if (one.is_called_ill and one.result in (WHOLE, ONE))
        or (one.verdict == HEALTHY and one.fails)
        or one.verdict == INCONCLUSIVE
    ]
    listed = [str(row[0]) for row in verdict_borders.table(result, english).rows]
    assert sorted(listed) == sorted(wrong)


def test_the_held_out_set_keeps_what_was_said_at_first_sight() -> None:
    held_out, (_, kept) = unseen(), _unseen.read()
    assert [one.verdict for one in held_out.networks] == [one.verdict for one in kept.first]
    with pytest.raises(ValueError, match="first: found 0, allowed: "):
        replace(kept, first=())


def test_the_csv_has_every_network(result: Result) -> None:
    assert [row[0] for row in verdict_outcomes.data(result).rows] == [one.name for one in result.networks]
