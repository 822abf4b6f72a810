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
        address: int(kilobytes) * 1000
        for paragraph in page.split("\n\n")
        for kilobytes in re.findall(r"(\d+) kB", paragraph)
        for address, what in PARAGRAPHS.items()
        if what in paragraph
    }
    assert promised == {**weight.LIMITS, "": weight.LIMIT}
    assert len(re.findall(r"\d+ kB", page)) == len(promised)


# What only the paragraph of each limit holds, in both languages.
PARAGRAPHS = {"playground/": "playground.networks", "print/": "`make pdf`", "": "`make audit`"}
