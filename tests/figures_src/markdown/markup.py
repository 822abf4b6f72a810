"""Markup that Python-Markdown wrote, read for tests."""

import re

from bs4 import BeautifulSoup

_TAG = re.compile(r'<(?P<name>\w+)(?P<attributes>(?:\s+[\w:-]+="[^"]*")*)')
_ATTRIBUTE = re.compile(r'\s([\w:-]+)="[^"]*"')
# The one name in capitals that a drawing needs.
_SVG = "viewBox"


def names(html: str) -> set[str]:
    """The names of all elements and attributes as they are written."""
    found = {_SVG}
    for tag in _TAG.finditer(html):
        found |= {tag["name"], *_ATTRIBUTE.findall(tag["attributes"])}
    return found - {_SVG}


def page(html: str) -> BeautifulSoup:
    """A page, whose names are in small letters: to a style sheet's [attribute] and in a drawing others are unknown."""
    assert not [name for name in names(html) if name != name.lower()]
    return BeautifulSoup(html, "html.parser")
