"""The built pages, and the text that a reader sees on them."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.element import NavigableString

# A word in place of code and formulas, which are neither Chinese nor English but take part in the spacing.
STAND_IN = "code"
UNREAD = ("script", "style", "noscript", "template")
REPLACED = ("code", "math", "kbd", "samp", "var")
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
APART = ".claim, .exhibit-links a, .playground-key"
BREAK = "\0"
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
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for text in texts(soup, language):
            first.setdefault(text, Piece(name(folder, path), text))
    return tuple(first.values())


def texts(soup: BeautifulSoup, language: str) -> Iterator[str]:
    """Yield the texts of a page, each block's in one piece, and those that only a screen reader speaks."""
    for tag in soup([*UNREAD, "pre"]):
        tag.decompose()
    for tag in soup(lambda tag: tag.has_attr("lang") and not str(tag["lang"]).startswith(language)):
        if tag.name != "html":
            tag.decompose()
    for tag in soup.find_all(REPLACED):
        tag.replace_with(STAND_IN)
    for tag in soup.select(APART):
        tag.insert_before(BREAK)
        tag.insert_after(BREAK)
    for tag in soup.find_all("br"):
        tag.replace_with(BREAK)
    strings = [text for text in soup.find_all(string=True) if type(text) is NavigableString]
    for _, group in groupby(strings, key=_block):
        parts = (SPACE.sub(" ", part).strip() for part in "".join(group).split(BREAK))
        yield from (part for part in parts if part)
    for tag in soup.find_all(True):
        yield from (str(tag[attribute]) for attribute in SPOKEN if tag.get(attribute))
    for tag in soup.find_all("meta", attrs={"name": "description"}):
        yield str(tag["content"])


def _block(text: NavigableString) -> int:
    """The key that tells a text's block from others."""
    block = next(parent for parent in text.parents if parent.name not in INLINE)
    return id(block)
