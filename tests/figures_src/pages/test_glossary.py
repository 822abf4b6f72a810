"""The glossary as written: what is refused, and what the site's own holds."""

from pathlib import Path

import pytest

from figures_src.markdown import terms
from figures_src.model.language import LANGUAGES, Language
from figures_src.pages import glossary
from figures_src.pages.page import Page


def wrong(text: str) -> list[str]:
    page = Page(Path("docs/en/glossary.md"), "glossary.md", "en", text)
    return [str(failure) for failure in glossary.check([page])]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("### Norm {#norm}\n", "docs/en/glossary.md:1: the term 'Norm' has no definition in the next paragraph"),
        ("### Norm {#norm}\n\n### B {#b}\n\nx\n", "the definition of 'Norm' has '{', allowed: plain text"),
        ("### Norm {#norm}\n\nThe `x`.\n", "the definition of 'Norm' has '`', allowed: plain text"),
        ("### Norm {#norm}\n\n" + "x" * 221, "the definition of 'Norm' has 221 characters, allowed: 220"),
        ('### A {#a data-forms="b"}\n\nx\n\n### B {#b}\n\ny\n', "docs/en/glossary.md:5: 'B' is a form of #a too"),
    ],
)
def test_an_error_is_named_with_its_place(text: str, message: str) -> None:
    assert any(message in found for found in wrong(text)), wrong(text)


def test_forms_are_read() -> None:
    (term,) = terms.terms('### Dead unit {#dead-unit data-forms="dead units, dead ReLU"}\n\nIt is off.\n\n[x](y.md)\n')
    assert (term.anchor, term.forms) == ("dead-unit", ("Dead unit", "dead units", "dead ReLU"))
    assert term.definition == "It is off."
    assert wrong("### Dead unit {#dead-unit}\n\nIt is off.\n") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sites_glossary_is_whole(language: Language) -> None:
    found = terms.read(language)
    assert len(found) >= 30
    text = terms.path(language).read_text(encoding="utf-8")
    # Every heading of a term is read as one, and each says where it is measured or derived.
    assert len(found) == text.count("\n### ")
    for entry in text.split("\n### ")[1:]:
        assert ".md" in entry.partition("\n\n## ")[0], entry


def test_both_languages_explain_the_same_terms() -> None:
    zh, en = (terms.read(language) for language in LANGUAGES)
    assert [term.anchor for term in zh] == [term.anchor for term in en]
