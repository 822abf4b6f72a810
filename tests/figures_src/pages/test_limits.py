"""The limits that a page names are those that `make audit` holds."""

import re

import pytest

from figures_src.model.failures import ROOT
from figures_src.model.language import LANGUAGES, Language
from tests.audit import weight


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_weights_that_the_page_promises_are_the_limits_of_the_audit(language: Language) -> None:
    page = (ROOT / "docs" / language / "how-this-site-is-made.md").read_text(encoding="utf-8")
    promised = {
        what: [int(kilobytes) * 1000 for kilobytes in re.findall(r"(\d+) kB", paragraph)]
        for paragraph in page.split("\n\n")
        for what in HELD
        if what in paragraph and "kB" in paragraph
    }
    assert promised == HELD
    assert len(re.findall(r"\d+ kB", page)) == sum(map(len, promised.values()))


# Words that only the paragraph of each limit holds, in both languages, and its limits.
HELD = {
    "playground.networks": [weight.LIMITS["playground/"]],
    "`make pdf`": [weight.LIMITS["print/"]],
    "`make audit`": [weight.LIMITS[""], weight.LIMIT, weight.LIMITS["evidence/"]],
}


def test_a_page_that_was_lighter_than_its_limit_must_stay_so() -> None:
    light = min(weight.RECORDED, key=weight.RECORDED.__getitem__)
    assert weight.Weight(light, 0, 0, ()).limit == weight.RECORDED[light] < weight.LIMIT
    assert weight.Weight("en/", 0, 0, ()).limit == weight.LIMITS[""] < weight.RECORDED["en/"]
