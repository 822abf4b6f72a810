"""The tools on the outside bank: every planted fault has words that name it, and errors are counted as they are."""

from dataclasses import replace

import pytest

from figures_src.exhibits._shared import planted
from figures_src.exhibits.tools._answers import Answer
from figures_src.exhibits.tools._outside import NAMES_OF, Judgments, judgments, names
from figures_src.exhibits.tools._vocabulary import DIAGNOSING, OURS
from figures_src.exhibits.what_a_verdict_foretells._foretold import Foretold
from tests.outside.planting import FAULTS


@pytest.fixture(scope="module")
def found() -> Judgments:
    return judgments()


def test_every_fault_that_is_planted_has_its_words() -> None:
    assert set(NAMES_OF) == set(FAULTS) == set(planted.FAULTS)


def said(found: Judgments, **words: tuple[str, ...]) -> Judgments:
    """One tool says the same of every network of a kind, and nothing of the others."""

    def answer(one: Foretold) -> Answer:
        kind = "sound" if one.is_sound and one.result == "whole" else "ill" if one.fails else "between"
        return Answer(words.get(kind, ()), "")

    first = found.answers.tested[1]
    told = replace(first, answers=tuple(map(answer, found.networks)))
    others = (found.answers.tested[0], told, *found.answers.tested[2:])
    return replace(found, answers=replace(found.answers, tested=others))


def test_silence_raises_no_alarm_and_misses_all(found: Judgments) -> None:
    score = said(found).score(DIAGNOSING[1])
    assert (score.alarms, score.silent, score.named, score.crashes) == (0, len(found.ill), 0, 0)


def test_whoever_calls_all_vanishing_has_every_false_alarm(found: Judgments) -> None:
    score = said(found, sound=("gradient VANISH",), ill=("gradient VANISH",)).score("torchdiag")
    assert (score.alarms, score.silent) == (len(found.sound), 0)
    assert 0 < score.named < len(found.planted)


def test_a_remark_names_a_fault_and_is_no_alarm(found: Judgments) -> None:
    score = said(found, sound=("neurons WARNING",), ill=("neurons WARNING",)).score("torchdiag")
    assert (score.alarms, score.silent) == (0, len(found.ill))
    assert score.named > 0


def test_a_fault_is_named_by_what_it_brings() -> None:
    vanishing = Answer(("gradient VANISH",), "")
    assert names("torchdiag", vanishing, "detached")
    assert not names("torchdiag", vanishing, "infinite weight")
    assert names("torchdiag", vanishing, "no normalization, weights times 3")


def test_our_answers_are_the_verdicts_of_the_other_page(found: Judgments) -> None:
    ours = found.answers.of(OURS).answers
    assert [answer.words for answer in ours] == [(one.verdict,) for one in found.networks]
