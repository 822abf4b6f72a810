"""Claims: their verdicts follow from the checks, and what no longer follows is refused with its numbers."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from figures_src.cache.catalog import Catalog
from figures_src.model import claim
from figures_src.model.claim import (
    ARTICLE,
    CLASSICS,
    MISCONCEPTIONS,
    Claim,
    Verdict,
    assess,
    check,
    computed_verdict,
    load,
)
from figures_src.model.exhibit import Check, Number
from figures_src.model.failures import BuildFailedError, Failure
from figures_src.model.language import LANGUAGES, Language, Text
from figures_src.pages.page import read_pages

SENTENCE = Text(zh="甲", en="A")
ONE = Claim("one", "1", SENTENCE, "code", "supported", SENTENCE, supports=("a.holds",))
REFERRED = replace(ONE, supports=(), verdict="reference", reference=SENTENCE)
WHERE = "claim one (x.py)"


HOLDS = Check(SENTENCE, Number(2, "d"), "≈", Number(3, "d"), SENTENCE, "a formula", tolerance=0.5)
CHECKS = {"a.holds": HOLDS, "a.also": HOLDS, "a.fails": replace(HOLDS, tolerance=0.1)}


def failures(made: Claim) -> list[Failure]:
    return list(check(assess({"x.py": (made,)}, CHECKS), CHECKS))


@pytest.mark.parametrize(
    ("supports", "limits", "verdict"),
    [
        (("a.holds",), (), "supported"),
        (("a.holds",), ("a.also",), "conditional"),
        ((), ("a.holds",), "misleading"),
        (("a.holds",), ("a.fails",), "supported"),
        (("a.fails",), ("a.holds",), "misleading"),
        (("a.fails", "a.also"), ("a.holds",), "conditional"),
        (("a.fails",), (), None),
        (("a.missing",), ("a.holds",), "misleading"),
    ],
)
def test_the_verdict_follows_from_the_checks_that_hold(
    supports: tuple[str, ...], limits: tuple[str, ...], verdict: Verdict | None
) -> None:
    assert computed_verdict(replace(ONE, supports=supports, limits=limits), CHECKS) == verdict


def test_without_checks_there_is_only_the_reference() -> None:
    assert computed_verdict(REFERRED, CHECKS) == "reference"
    assert failures(REFERRED) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "One"}, "id: found 'One', allowed: small letters and digits joined by single hyphens"),
        ({"number": "0"}, "number: found '0', allowed: such as '7', 'M7' or 'C7'"),
        ({"topic": "cod"}, "one: unknown topic 'cod'; the nearest is 'code'"),
        ({"verdict": "suported"}, "one: unknown verdict 'suported'; the nearest is 'supported'"),
        ({"supports": ()}, "one: needs either checks or a reference, and not both"),
        ({"reference": SENTENCE}, "one: needs either checks or a reference, and not both"),
        ({"limits": ("a.holds",)}, "one: names a.holds more than once"),
    ],
)
def test_a_claim_that_is_none_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        replace(ONE, **changes)


def test_a_check_that_does_not_exist_is_refused_with_the_nearest() -> None:
    made = replace(ONE, supports=("a.hold",))
    (failure,) = failures(made)
    assert failure == Failure(WHERE, "unknown check 'a.hold'; the nearest is 'a.holds'")
    # Where the exhibit failed, this is said once, of the exhibit.
    assert failure.about == "a"


def test_a_check_that_no_longer_holds_is_refused_with_its_values() -> None:
    made = replace(ONE, supports=("a.holds",), limits=("a.fails",), verdict="conditional")
    assert failures(made) == [
        Failure(
            WHERE,
            "a.fails, which limits it, no longer holds: "
            "measured 2 ≈ predicted 3 (tolerance 0.1 of the prediction) is false",
        ),
        Failure(WHERE, "is declared conditional, and the checks that hold show supported"),
    ]


def test_a_verdict_that_the_checks_do_not_show_is_refused() -> None:
    made = replace(ONE, verdict="misleading")
    assert failures(made) == [Failure(WHERE, "is declared misleading, and the checks that hold show supported")]


def test_a_claim_without_a_check_that_holds_shows_nothing() -> None:
    made = replace(ONE, supports=("a.fails",))
    assert failures(made)[1] == Failure(WHERE, "is declared supported, and the checks that hold show nothing")


def test_claims_are_in_the_order_of_their_numbers() -> None:
    numbers = ("C1", "M2", "10", "C12", "2", "M10")
    made = tuple(replace(ONE, id=f"s{number.lower()}", number=number) for number in numbers)
    assert [one.claim.number for one in assess({"x.py": made}, CHECKS).values()] == [
        "2",
        "10",
        "M2",
        "M10",
        "C1",
        "C12",
    ]
    assert {one.number: one.page for one in made} == {
        "2": "index.md",
        "10": "index.md",
        "M2": "misconceptions.md",
        "M10": "misconceptions.md",
        "C1": "classics.md",
        "C12": "classics.md",
    }
    assert {one.number: one.section for one in made} == {
        "2": None,
        "10": None,
        "M2": "m2-sm2",
        "M10": "m10-sm10",
        "C1": "c1-sc1",
        "C12": "c12-sc12",
    }


def test_a_classic_replicates_or_not_and_other_claims_are_supported_or_not() -> None:
    (classic,) = assess({"x.py": (replace(ONE, number="C1"),)}, CHECKS).values()
    (other,) = assess({"x.py": (ONE,)}, CHECKS).values()
    assert (classic.word.en, other.word.en) == ("replicates", "supported")


def test_a_module_that_cannot_be_read_and_a_taken_name_are_reported_together(tmp_path: Path) -> None:
    head = "from tests.figures_src.model.test_claim import ONE\n"
    (tmp_path / "a.py").write_text(f"{head}CLAIMS = (ONE,)\n")
    (tmp_path / "b.py").write_text(f"{head}CLAIMS = (ONE,)\n")
    (tmp_path / "c.py").write_text("CLAIMS = (\n")
    with pytest.raises(BuildFailedError) as raised:
        load(tmp_path)
    assert [(Path(failure.where).name, failure.what.partition("(")[0]) for failure in raised.value.failures] == [
        ("c.py", "SyntaxError: '"),
        ("b.py", f"the id 'one' of a claim is taken already, in {tmp_path / 'a.py'}"),
        ("b.py", f"the number '1' of a claim is taken already, in {tmp_path / 'a.py'}"),
    ]


def test_the_article_has_forty_six_claims(made: Catalog) -> None:
    article = [assessed for assessed in made.claims.values() if assessed.claim.page == ARTICLE]
    assert [assessed.claim.number for assessed in article] == [str(number) for number in range(1, 47)]
    assert sum(made.verdicts[verdict] for verdict in claim.VERDICTS) == made.verdicts["total"] == 46
    # A reference is the last resort: history, and an address.
    assert [assessed.claim.number for assessed in article if assessed.verdict == "reference"] == ["9", "46"]


def test_there_are_eighteen_misconceptions(made: Catalog) -> None:
    told = [assessed.claim for assessed in made.claims.values() if assessed.claim.page == MISCONCEPTIONS]
    assert [one.number for one in told] == [f"M{number}" for number in range(1, 19)]
    assert sum(made.misconceptions[verdict] for verdict in claim.VERDICTS) == made.misconceptions["total"] == 18
    # None holds as it is told, or it would not be one.
    assert made.misconceptions["supported"] == 0
    assert str(made.numbers["misconceptions.misleading"]) == str(made.misconceptions["misleading"])
    assert str(made.numbers["verdicts.misleading"]) == str(made.verdicts["misleading"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_claim_beside_the_article_has_the_section_that_its_row_links_to(
    made: Catalog, language: Language
) -> None:
    pages = {page.name: page for page in read_pages() if page.language == language}
    for assessed in made.claims.values():
        if assessed.claim.page == ARTICLE:
            assert assessed.claim.section is None
        else:
            anchors = [section.anchor for section in pages[assessed.claim.page].sections]
            assert anchors.count(assessed.claim.section or "") == 1, assessed.claim.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_classics_lists_each_as_its_section_does(made: Catalog, language: Language) -> None:
    page = next(page for page in read_pages() if (page.name, page.language) == (CLASSICS, language))
    told = [assessed.claim for assessed in made.claims.values() if assessed.claim.page == CLASSICS]
    listed = re.findall(r"^\| \[.*\]\(#(.*)\) \| .* \| \{\{ verdict (.*) \}\} \|$", page.text, re.MULTILINE)
    assert sorted(listed) == sorted((one.section, one.id) for one in told)
    assert made.classics["total"] == len(told) > 0


def test_the_claims_hold(made: Catalog) -> None:
    assert made.failing_claims() == []


def test_texts_are_in_their_language() -> None:
    for one in (one for claims in load().values() for one in claims):
        for text in filter(None, (one.sentence, one.condition, one.reference)):
            assert re.search(r"[\u4e00-\u9fff]", text.zh), text
            assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", text.en), text
            # A tooltip and a table's cell: plain text, one sentence or two.
            assert not re.search(r"[$`*|\n]", text.zh + text.en), text
