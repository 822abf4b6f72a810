"""Questions about the claims themselves."""

from dataclasses import replace

from figures_src.cache.catalog import Catalog
from figures_src.evidence.claim_questions import questions


def test_the_misconceptions_are_asked_about_in_quarters_and_the_answer_is_their_count(made: Catalog) -> None:
    asked = questions(made)["misconceptions.misleading"]
    (answer,) = asked.answers
    total = made.misconceptions["total"]
    assert answer.measured.value == made.misconceptions["misleading"]
    assert [guess.value for guess in answer.guesses] == [0, total / 4, total / 2, 3 * total / 4, total]
    assert made.questions["misconceptions.misleading"] == asked


def test_where_there_are_no_misconceptions_nothing_is_asked(made: Catalog) -> None:
    assert questions(replace(made, claims={})) == {}
