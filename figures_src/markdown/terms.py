"""The glossary's page as what other pages need of it: terms, the forms they take in a sentence, their definitions.

### Dead unit {#dead-unit data-forms="dead units, dead ReLU"}

One paragraph of plain text, which is the definition.

Links to where it is measured.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from figures_src.model.failures import DOCS, decoded
from figures_src.model.language import Language

GLOSSARY = "glossary.md"
_TERM = re.compile(
    r"^### (?P<title>.+?) \{#(?P<anchor>[\w-]+)(?: data-forms=\"(?P<forms>[^\"]*)\")?\}[ \t]*\n\n?(?P<definition>.*)$",
    re.MULTILINE,
)


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
