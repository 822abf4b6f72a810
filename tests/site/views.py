"""The views of every page: in which language, width and palette, and which of them are checked where.

Each value of each factor alone is seen in the two opposite views. What takes two or three factors together to go wrong,
such as a dark page on a telephone in Chinese, only all eight show.
"""

from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import pytest

from figures_src.model.failures import DOCS
from figures_src.model.language import LANGUAGES, Language

Palette = Literal["light", "dark"]
WIDTHS = (1280, 390)
PALETTES: tuple[Palette, ...] = ("light", "dark")
# One page of each kind: article, lesson, theory, evidence, notebook, reference, glossary.
KINDS = ("", "sigma-w-map/", "theory/", "evidence/", "notebook/", "reference-theory/", "glossary/")
# Those with the most places that the keyboard stops at.
LONG = frozenset(("theory/", "evidence/", "reference-theory/"))
PAGES = ("notebook/", *(f"{path.stem}/".removeprefix("index/") for path in sorted((DOCS / "en").glob("*.md"))))


@dataclass(frozen=True)
class View:
    """A language, a width of the window in CSS pixels, and a palette."""

    language: Language
    width: int
    palette: Palette

    def __str__(self) -> str:
        return f"{self.language}-{self.width}-{self.palette}"


OPPOSITE = (View("zh", 1280, "light"), View("en", 390, "dark"))
# Every kind of page, the long ones in one of the two views, by turns.
QUICK = frozenset(
    (page, view)
    for turn, page in enumerate(KINDS)
    for place, view in enumerate(OPPOSITE)
    if page not in LONG or (turn + place) % 2
)


def languages_of_kinds() -> list[Any]:
    """Every kind of page in every language as parameters of a test that goes through a whole page.

    The long kinds and the article, which has the most to go through, are slow; every second language of each, by
    turns, is left to the night.
    """
    found = []
    for (turn, name), (place, language) in product(enumerate(KINDS), enumerate(LANGUAGES)):
        slow = [pytest.mark.slow] if name in {*LONG, ""} else []
        marks = [pytest.mark.every_combination] if (turn + place) % 2 else slow
        found.append(pytest.param(name, language, marks=marks))
    return found


def in_one_language(quick: Language) -> list[Any]:
    """Every language as a parameter of a test that walks far; all but one are slow."""
    return [pytest.param(one, marks=[] if one == quick else [pytest.mark.slow]) for one in LANGUAGES]


def both_widths(*names: str) -> list[Any]:
    """Pages on a wide and on a narrow window as parameters of a test; one width of each, by turns, is not slow."""
    return [
        pytest.param(name, width, marks=[pytest.mark.slow] if (turn + place) % 2 else [])
        for turn, name in enumerate(names)
        for place, width in enumerate(WIDTHS)
    ]


def views_of_pages() -> list[Any]:
    """Every page in every view as parameters of a test, each with the mark of the run that it belongs to."""
    found = []
    for page, language, width, palette in product(PAGES, LANGUAGES, WIDTHS, PALETTES):
        view = View(language, width, palette)
        marks = (
            [] if (page, view) in QUICK else [pytest.mark.slow if view in OPPOSITE else pytest.mark.every_combination]
        )
        found.append(pytest.param(page, view, marks=marks, id=f"{page or 'index/'}{view}"))
    return found
