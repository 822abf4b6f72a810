"""Output of a program as a block of a page: prose wraps, tables scroll, pages of the site become links.

Of a long table the first and the last rows are seen until the rest is unfolded, which needs no script.

A terminal gives a Chinese character two columns and every other character one; fonts do not. Whatever in a table is not
ASCII is therefore put in boxes that together have as many columns as the program counted.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import groupby

from markdown.util import AtomicString

from figures_src.model.language import LANGUAGES, Language, Text
from gradlab._internal.terminal import columns

LISTING = "listing"
# So many lines are taken in at a glance; of more, a few at either end.
LONGEST = 16
EDGE = 4
UNFOLD = Text(zh="全部 {count} 行", en="All {count} rows")
_PAGES = {language: re.compile(rf"\b{language}/(?P<page>[a-z][a-z0-9-]*)/") for language in LANGUAGES}
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_INDENT = "    "
# Characters of two columns that a box holds, the widest first, and its class in the style sheet, which says the
# columns; a box without a class has one.
_BOXES = {4: "eight", 2: "four", 1: "two"}
_CELLS = re.compile(r"\S {2,}\S")


def _is_table(block: str) -> bool:
    """Whether the lines of a block are rows whose cells lie below each other."""
    lines = block.split("\n")
    return len(lines) > 1 and all(_CELLS.search(line) for line in lines)


def _pieces(pattern: re.Pattern[str], text: str) -> Iterator[str | re.Match[str]]:
    position = 0
    for match in pattern.finditer(text):
        yield text[position : match.start()]
        yield match
        position = match.end()
    yield text[position:]


def _fill(element: ET.Element, pattern: re.Pattern[str], text: str) -> None:
    """Fill an element with a text in which every match becomes an element of its own."""
    last: ET.Element | None = None
    for piece in _pieces(pattern, text):
        if isinstance(piece, re.Match):
            if "page" in piece.groupdict():
                last = ET.SubElement(element, "a", {"href": f"{piece['page']}.md"})
                last.text = AtomicString(piece[0])
            else:
                for box, words in _boxes(piece[0]):
                    last = ET.SubElement(element, "span", {"class": box} if box else {})
                    last.text = AtomicString(words)
        elif last is None:
            element.text = AtomicString(piece)
        else:
            last.tail = AtomicString(piece)


def _boxes(text: str) -> Iterator[tuple[str, str]]:
    """The classes of the boxes that hold a text without spaces, and what stands in each."""
    while text:
        wide = next((count for count in _BOXES if columns(text[:count]) == 2 * count), 0)
        # Another character has a box of its own: its font may know nothing of columns.
        yield _BOXES.get(wide, ""), text[: wide or 1]
        text = text[wide or 1 :]


def _parts(block: str) -> Iterator[tuple[str, bool]]:
    """The parts of a block, and whether each scrolls: tables and code, whose lines must not wrap."""
    if _is_table(block):
        yield block, True
        return
    for scrolls, lines in groupby(block.split("\n"), key=lambda line: line.startswith(_INDENT)):
        yield "\n".join(lines), scrolls


def unfolding(count: int, language: Language) -> str:
    """A fold that shows the rows of the table before it that have the class `folded`."""
    return f'<details class="rows"><summary>{UNFOLD(language, count=count)}</summary></details>'


def _ends_and_middle(part: str) -> Iterator[tuple[str, bool]]:
    """A table's lines in as many pieces as are needed, and whether each is folded; its head stays with the first."""
    lines = part.splitlines(keepends=True)
    if len(lines) <= LONGEST:
        yield part, False
        return
    yield "".join(lines[: EDGE + 1]), False
    yield "".join(lines[EDGE + 1 : -EDGE]), True
    yield "".join(lines[-EDGE:]), False


def listing(text: str, label: str, language: Language) -> ET.Element:
    """A printed text as a block that says what it is to those who hear it.

    Only pages of `language` become links: those of the other language are no part of this build.
    """
    box = ET.Element("div", {"class": LISTING, "role": "group", "aria-label": label, "data-search-exclude": "true"})
    for block in text.strip("\n").split("\n\n"):
        paragraph = ET.SubElement(box, "div")
        for part, scrolls in _parts(block):
            scrolling = {"class": "listing-scroll", "tabindex": "0"} if scrolls else {}
            # No code element: the theme would put a button to copy on each.
            frame = ET.SubElement(paragraph, "pre", scrolling)
            if not scrolls:
                _fill(ET.SubElement(frame, "samp"), _PAGES[language], part)
                continue
            for piece, folded in _ends_and_middle(part):
                _fill(ET.SubElement(frame, "samp", {"class": "folded"} if folded else {}), _NOT_ASCII, piece)
            if len(frame) > 1:
                paragraph.append(ET.fromstring(unfolding(part.count("\n"), language)))  # noqa: S314 - made here
    return box
