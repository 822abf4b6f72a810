"""Python-Markdown extension: on every page but the glossary's, the first place of a term links to its entry.

The link's title is the definition, so nothing more is needed without a script. Python-Markdown's own abbreviations
match between word boundaries, of which a Chinese sentence has none.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from figures_src.markdown.terms import GLOSSARY, Term, read
from figures_src.model.failures import unknown
from figures_src.model.language import LANGUAGES, known_language

TERM = "term"
# Elements of no running text, or that would put a link into a link; and folds, where a first place is not seen. Of a
# figure its caption is read.
_SKIPPED = frozenset(
    {"h1", "h2", "h3", "h4", "h5", "h6", "a", "button", "code", "pre", "samp", "kbd", "math", "svg", "table"}
    | {"summary", "details", "script", "style", "data"}
)
_CAPTIONED = "figure"
_CAPTION = "figcaption"
_SKIPPED_CLASSES = frozenset({"admonition-title", "footnote", "formula", "listing", "doc"})


def pattern(terms: Iterable[Term]) -> tuple[re.Pattern[str], dict[str, Term]]:
    """An expression for every form of every term, the longest first, and the terms by their forms in lower case.

    A Latin letter at a form's edge needs a word's edge; a Chinese character needs none. Capitals make no difference.
    """
    forms = {form.lower(): term for term in terms for form in term.forms}
    alternatives = "|".join(_expression(form) for form in sorted(forms, key=lambda form: (-len(form), form)))
    return re.compile(f"(?:{alternatives})" if alternatives else r"(?!)", re.IGNORECASE), forms


def _expression(form: str) -> str:
    before = r"(?<![A-Za-z0-9-])" if form[0].isascii() else ""
    after = r"(?![A-Za-z0-9-])" if form[-1].isascii() else ""
    return before + r"\s+".join(map(re.escape, form.split())) + after


class TermProcessor(Treeprocessor):
    """Links the first place of every term."""

    def __init__(self, md: Markdown, terms: Iterable[Term], seen: set[str] | None) -> None:
        super().__init__(md)
        self._pattern, self._terms = pattern(terms)
        self._shared = seen
        self._seen: set[str] = set()

    def run(self, root: ET.Element) -> None:
        """Link them, unless the page is the glossary itself."""
        if any(element.get("id") == GLOSSARY.removesuffix(".md") for element in root.iter("h1")):
            return
        self._seen = set() if self._shared is None else self._shared
        self._visit(root)

    def _visit(self, element: ET.Element) -> None:
        if element.tag in _SKIPPED or _SKIPPED_CLASSES & set((element.get("class") or "").split()):
            return
        if element.tag == _CAPTIONED:
            for caption in element.findall(_CAPTION):
                self._visit(caption)
            return
        element.text, content = self._linked(element.text)
        for child in list(element):
            self._visit(child)
            child.tail, links = self._linked(child.tail)
            content += [child, *links]
        element[:] = content

    def _linked(self, text: str | None) -> tuple[str | None, list[ET.Element]]:
        """A text as what stands before its first link, and the links with what follows each."""
        if not text or isinstance(text, AtomicString):
            return text, []
        links: list[ET.Element] = []
        pieces = [""]
        position = 0
        for match in self._pattern.finditer(text):
            term = self._terms[" ".join(match[0].lower().split())]
            if term.anchor in self._seen:
                continue
            self._seen.add(term.anchor)
            link = ET.Element("a", {"class": TERM, "href": f"{GLOSSARY}#{term.anchor}", "title": term.definition})
            link.text = match[0]
            links.append(link)
            pieces[-1] = text[position : match.start()]
            pieces.append("")
            position = match.end()
        pieces[-1] = text[position:]
        for link, tail in zip(links, pieces[1:], strict=True):
            link.tail = tail
        return pieces[0], links


class GlossaryExtension(Extension):
    """The terms of the glossary in `language`.

    What is in `seen` is not linked, and what is linked is added to it: for a page that is converted piece by piece.
    """

    def __init__(self, *, seen: set[str] | None = None, **options: Any) -> None:
        self.config = {"language": [LANGUAGES[0], f"one of {', '.join(LANGUAGES)}"]}
        self._seen = seen
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown's name
        """Register the processor after figures, listings and attributes, and before links are resolved."""
        name = self.getConfig("language")
        language = known_language(name)
        if language is None:
            raise ValueError(unknown("language", name, LANGUAGES))
        md.treeprocessors.register(TermProcessor(md, read(language), self._seen), "glossary-terms", 7)


def makeExtension(**options: Any) -> GlossaryExtension:  # noqa: N802 - Python-Markdown's name
    """The entry that Python-Markdown looks for."""
    return GlossaryExtension(**options)
