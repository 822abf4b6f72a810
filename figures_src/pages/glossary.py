"""The glossary's page as what other pages need of it: terms, the forms they take in a sentence, their definitions.

### Dead unit {#dead-unit data-forms="dead units, dead ReLU"}

One paragraph of plain text, which is the definition.

Links to where it is measured.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from figures_src.model.failures import Failure, decoded
from figures_src.model.language import Language
from figures_src.pages.checks import DOCS, Page

GLOSSARY = "glossary.md"
LONGEST = 220
_TERM = re.compile(
    r"^### (?P<title>.+?) \{#(?P<anchor>[\w-]+)(?: data-forms=\"(?P<forms>[^\"]*)\")?\}[ \t]*\n\n?(?P<definition>.*)$",
    re.MULTILINE,
)
# A definition is also shown where nothing but plain text can be.
_MARKUP = re.compile(r"[`*$<>\[\]{}\"]")


@dataclass(frozen=True)
class Term:
    """A term: its anchor on the glossary's page, the forms it takes in a sentence, and its definition."""

    anchor: str
    forms: tuple[str, ...]
    definition: str
    line: int


def path(language: Language) -> Path:
    """The file of a language's glossary."""
    return DOCS / language / GLOSSARY


def terms(text: str) -> list[Term]:
    """The terms of a glossary as written."""
    return [
        Term(
            match["anchor"],
            (match["title"], *(form.strip() for form in (match["forms"] or "").split(",") if form.strip())),
            match["definition"].strip(),
            text.count("\n", 0, match.start()) + 1,
        )
        for match in _TERM.finditer(text)
    ]


def read(language: Language) -> list[Term]:
    """The terms of a language; none where it has no glossary.

    Raises `BuildFailedError` where the file is not UTF-8.
    """
    file = path(language)
    return terms(decoded(file.read_bytes(), file)) if file.is_file() else []


def check(pages: Iterable[Page]) -> Iterator[Failure]:
    """Failures of the glossaries: definitions that are missing, long or marked up, and forms of two terms."""
    for page in pages:
        if page.name != GLOSSARY:
            continue
        taken: dict[str, str] = {}
        for term in terms(page.text):
            where = page.where(term.line)
            if not term.definition:
                yield Failure(where, f"the term {term.forms[0]!r} has no definition in the next paragraph")
            if found := _MARKUP.search(term.definition):
                yield Failure(where, f"the definition of {term.forms[0]!r} has {found[0]!r}, allowed: plain text")
            if len(term.definition) > LONGEST:
                length = len(term.definition)
                yield Failure(where, f"the definition of {term.forms[0]!r} has {length} characters, allowed: {LONGEST}")
            for form in term.forms:
                if form.lower() in taken:
                    yield Failure(where, f"{form!r} is a form of #{taken[form.lower()]} too")
                taken[form.lower()] = term.anchor
