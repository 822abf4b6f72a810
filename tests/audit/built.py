"""The built pages, and the text that a reader sees on them."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

# A word in place of code and formulas, which are neither Chinese nor English but take part in the spacing.
STAND_IN = "code"
UNREAD = frozenset(("script", "style", "noscript", "template", "pre"))
REPLACED = frozenset(("code", "math", "kbd", "samp", "var"))
INLINE = frozenset(
    (
        "a",
        "abbr",
        "b",
        "cite",
        "del",
        "em",
        "i",
        "ins",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "tspan",
    )
)
# Marks and links that stand beside a sentence and are no part of it.
APART = ".check, .claim, .exhibit-links a, .playground-key"
BREAK = "\0"
TEXT = "-text"  # the parser's name for a node of text
SPOKEN = ("alt", "aria-label", "title", "placeholder")
SPACE = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True)
class Piece:
    """One piece of running text on a page."""

    page: str
    text: str


def pages(folder: Path, language: str = "") -> list[Path]:
    """Every page of the site, or of one language."""
    return sorted((folder / language).rglob("*.html"))


def name(folder: Path, path: Path) -> str:
    """The address of a page inside the site."""
    return path.relative_to(folder).as_posix().removesuffix("index.html")


@functools.cache
def pieces(folder: Path, language: str) -> tuple[Piece, ...]:
    """The text of all pages of a language, without code and formulas; what repeats, once."""
    first: dict[str, Piece] = {}
    for path in pages(folder, language):
        for text in texts(LexborHTMLParser(path.read_text(encoding="utf-8")), language):
            first.setdefault(text, Piece(name(folder, path), text))
    return tuple(first.values())


def texts(page: LexborHTMLParser, language: str) -> Iterator[str]:
    """Yield the texts of a page, each block's in one piece, and those that only a screen reader speaks."""
    assert page.root
    apart = frozenset(node.mem_id for node in page.css(APART))
    strings = _strings(page.root, language, apart, page.root.mem_id)
    for _, group in groupby(strings, key=itemgetter(0)):
        parts = (SPACE.sub(" ", part).strip() for part in "".join(text for _, text in group).split(BREAK))
        yield from (part for part in parts if part)
    yield from _spoken(page.root, language)
    yield from (node.attributes["content"] or "" for node in page.css("meta[name=description]"))


def _is_read(node: LexborNode, language: str) -> bool:
    """Whether an element is text for readers of a language."""
    return node.tag not in UNREAD and (node.attributes.get("lang") or language).startswith(language)


def _strings(node: LexborNode, language: str, apart: frozenset[int], block: int) -> Iterator[tuple[int, str]]:
    """Yield the strings within an element, each with what tells its block from others."""
    for child in node.iter(include_text=True):
        if child.tag == TEXT:
            yield block, child.text_content or ""
        elif _is_read(child, language):
            around = BREAK if child.tag == "br" or child.mem_id in apart else ""
            yield block, around
            if child.tag in REPLACED:
                yield block, STAND_IN
            else:
                yield from _strings(child, language, apart, block if child.tag in INLINE else child.mem_id)
            yield block, around


def _spoken(node: LexborNode, language: str) -> Iterator[str]:
    """Yield what a screen reader speaks in place of the elements within an element."""
    for child in node.iter():
        if _is_read(child, language) and child.tag not in REPLACED:
            yield from filter(None, (child.attributes.get(attribute) for attribute in SPOKEN))
            yield from _spoken(child, language)
