"""Markup that is left in the text of a page once it is converted, and formulas that cannot be typeset.

Markdown that is not whole ends up in the text: a star, a bracket, a brace. No sentence of the site has these outside
code and formulas, so whatever is left is a slip, of whatever kind.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor

from figures_src.markdown.formulas import FormulasExtension, Report
from figures_src.markdown.mathematics import MathematicsError
from figures_src.markdown.references import BRACES, TABLE_LINE, blank
from figures_src.pages.markup import Slip, prose_of, quoted, without_formulas
from figures_src.pages.page import FRONT_MATTER

# Extensions that tell code, folds and tables from prose.
STRUCTURE = (
    *("admonition", "attr_list", "footnotes", "md_in_html", "tables"),
    *("pymdownx.superfences", "pymdownx.details"),
)
# Signs at the beginning and at the end of an element within a block.
_BEGIN, _END = "\0", "\1"
# Characters around a mark that are looked for in the source, longest first.
_AROUND = (30, 15, 8, 4, 1)
_SHOWN_AS_IT_IS = frozenset({"code", "math", "pre", "samp", "script", "style", "svg"})
_BLOCKS = frozenset(
    {
        *("p", "li", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "div", "summary", "dt", "dd", "blockquote"),
        *("figcaption", "label", "legend"),
    }
)
_NOT_LEFT = "|".join(
    (
        r"(?<![“\"])<(?![”\"])|(?<![“\"])>(?![”\"])",
        r"[*`{}\[\]|#~\\^]",
        r"(?<!\w)_|_(?!\w)",
        r"^[ \t]*(?:[-+]|\d+[.)])(?=[ \t])|(?<=\n)[-+](?=\w)",
        r":{2,}|\?{2,}|!{2,}|--|=={1,}|\"|&\w+;",
    )
)
_LEFT = re.compile(_NOT_LEFT, re.MULTILINE)
_OBJECTS = re.compile(r"^:::[^\n]*(?:\n[ ]{4}[^\n]*)*|\[[^\]\n]*\]\[[\w.]+\]", re.MULTILINE)
_INCLUDED = re.compile(TABLE_LINE, re.MULTILINE)
_BRACKETS = {"(": ")", "（": "）", "“": "”", "《": "》"}


class _Quoted(InlineProcessor):
    """Stands in for what pages quote of exhibits, of which nothing needs to be there."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 - Python-Markdown's name
        self,
        m: re.Match[str],
        data: str,  # noqa: ARG002
    ) -> tuple[ET.Element, int, int]:
        """An element without text."""
        return ET.Element("data", {"value": m[1]}), m.start(0), m.end(0)


class _Quotations(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown's name
        """Register the stand-in where the exhibits' own processor is."""
        md.inlinePatterns.register(_Quoted(BRACES, md), "exhibit-braces", 182)


class _Text(HTMLParser):
    """The blocks of text of a page, each in pieces between elements; and what has no text although it should."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[list[str]] = [[]]
        self.empty: list[str] = []
        # Texts of images, which may have signs of mathematics.
        self.images: list[str] = []
        self.code: list[str] = []
        self._hidden: list[str] = []
        self._link: str | None = None
        self._in_fence = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _SHOWN_AS_IT_IS:
            self._hidden.append(tag)
        if tag == "pre" and not self._in_fence:
            self.code.append("")
        self._in_fence = tag == "div" and "highlight" in (given.get("class") or "")
        if tag in _BLOCKS:
            self.blocks.append([])
        if tag == "a" and "href" in given:
            self._link = given["href"] or ""
        self.blocks[-1].append("\n" if tag in _BLOCKS else _BEGIN)
        if tag == "img":
            self.blocks[-1].append(_END)
            self.images += [given.get(name) or "" for name in ("alt", "title")]

    def handle_endtag(self, tag: str) -> None:
        if tag in _SHOWN_AS_IT_IS and tag in self._hidden:
            self._hidden.remove(tag)
        if tag == "a" and self._link is not None:
            if not self._link or not "".join(self.blocks[-1]).rpartition(_BEGIN)[2].strip(" \n"):
                self.empty.append(self._link)
            self._link = None
        if tag in _BLOCKS:
            self.blocks.append([])
        else:
            self.blocks[-1].append(_END)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.blocks[-1].append(data)
        elif self.code and not self.code[-1]:
            self.code[-1] = data.strip()


def converted(text: str, report: Report) -> str:
    """The HTML of a page, but for what it quotes of exhibits and docstrings; `report` is told of wrong formulas."""
    shown = FRONT_MATTER.sub(blank, text)
    for pattern in (_INCLUDED, _OBJECTS):
        shown = pattern.sub(blank, shown)
    return Markdown(extensions=[FormulasExtension(report=report), _Quotations(), *STRUCTURE]).convert(shown)


@dataclass(frozen=True)
class Found:
    """Slips that the conversion of a page shows.

    Attributes:
        formulas: those that cannot be typeset.
        dollars: dollar signs of no formula; of two on a page that are alike, the place of the first is told.
        left: what is left of markup in its text.

    """

    formulas: tuple[Slip, ...]
    dollars: tuple[Slip, ...]
    left: tuple[Slip, ...]


def found(text: str) -> Found:
    """Convert a page, and look for what is wrong with it."""
    errors: list[MathematicsError] = []
    reader = _Text()
    reader.feed(converted(text, errors.append))
    reader.close()
    prose = prose_of(text)
    # Markup that is left is neither of the two.
    plain = re.sub(BRACES, blank, without_formulas(prose))
    return Found(
        tuple(_formula(error, prose) for error in errors if error.tex),
        tuple(_formula(error, prose) for error in errors if not error.tex),
        tuple(sorted(_left(reader, text, plain))),
    )


def _formula(error: MathematicsError, prose: str) -> Slip:
    sought = error.around or error.tex.strip().partition("\n")[0]
    return Slip(_place(sought, 0, len(sought), prose), str(error))


def _left(reader: _Text, text: str, prose: str) -> Iterator[Slip]:
    for block in reader.blocks:
        pieces = [piece for part in "".join(block).split(_BEGIN) for piece in part.split(_END)]
        first = next(((piece, match) for piece in pieces if (match := _LEFT.search(piece))), None)
        if first:
            piece, match = first
            context = piece[max(match.start() - 20, 0) : match.end() + 20]
            where = _place(piece, match.start(), match.end(), prose)
            mark = match[0].strip()
            what = f"{mark!r} is left of markup in {quoted(context)}; write it as code, or mend it"
            yield Slip(where, what, mark=mark)
            continue
        yield from _unpaired("".join(block), pieces, prose)
    for said in reader.images:
        yield from _unpaired(said, [said], prose)
    for code in reader.code:
        where = text.count("\n", 0, max(text.find(code.partition("\n")[0]), 0)) + 1
        yield Slip(where, f"{quoted(code)} is indented by 4 spaces, which makes it code; write code between ```")
    for href in reader.empty:
        yield Slip(_place(f"]({href}", 0, len(href) + 2, prose), f"a link to {href!r} without a text or a target")


def _unpaired(block: str, pieces: list[str], prose: str) -> Iterator[Slip]:
    """A bracket or a quotation mark of a block without its other one."""
    for opening, closing in _BRACKETS.items():
        if block.count(opening) != block.count(closing):
            more = opening if block.count(opening) > block.count(closing) else closing
            piece = next(piece for piece in pieces if more in piece)
            position = piece.index(more)
            yield Slip(_place(piece, position, position + 1, prose), f"{more!r} in {quoted(piece)} stands alone")
            return


def _place(piece: str, start: int, end: int, prose: str) -> int:
    """The line on which a piece of the converted page stands in its source, as far as that can be told."""
    for around in _AROUND:
        words = piece[max(start - around, 0) : end + around].split()
        match = re.search(r"\s+".join(map(re.escape, words)), prose) if words else None
        if match:
            ahead = piece[max(start - around, 0) : start].lstrip().count("\n")
            return prose.count("\n", 0, match.start()) + 1 + ahead
    return 1
