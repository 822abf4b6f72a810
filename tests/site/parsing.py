"""Built pages, parsed as a browser parses them."""

import re
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

Page = LexborHTMLParser
Node = LexborNode
HASH = re.compile(r"\.[0-9a-f]{8}(?=\.)")


def parsed(path: Path) -> Page:
    """A page of the site; so quick that no page needs to be kept for the next test."""
    return Page(path.read_text(encoding="utf-8"))


def the(page: Page | Node, selector: str) -> Node:
    """The only element that a selector finds."""
    (found,) = page.css(selector)
    return found


def attribute(node: Node, name: str) -> str:
    """An attribute that must be there; one without a value is empty."""
    return node.attributes[name] or ""


def attributes(page: Page | Node, selector: str, name: str) -> list[str]:
    """An attribute of every element that a selector finds and that has it."""
    return [attribute(node, name) for node in page.css(selector) if name in node.attributes]


def asset(folder: Path, name: str) -> Path:
    """The file of a built language that is called so but for the hash in its name."""
    plain = folder / name
    (found,) = plain.parent.glob(f"{plain.stem}.*{plain.suffix}")
    return found


def plain_name(file: Path) -> str:
    """The name of a file without the hash in it."""
    return HASH.sub("", file.name)


def text(node: Node) -> str:
    """The text of an element in one line."""
    return " ".join(node.text().split())
