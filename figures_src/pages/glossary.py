"""The glossary's page as it is written, held against what other pages need of it."""

import re
from collections.abc import Iterable, Iterator

from figures_src.markdown.terms import GLOSSARY, terms
from figures_src.model.failures import Failure
from figures_src.pages.page import Page

LONGEST = 220
# A definition is also shown where nothing but plain text can be.
_MARKUP = re.compile(r"[`*$<>\[\]{}\"]")


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
