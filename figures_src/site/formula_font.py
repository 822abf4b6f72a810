"""The fonts of formulas with what the pages of a build write in them, and no more.

The article has a font of its own: it is where most readers come in, and its formulas need a third of the whole.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import unescape
from pathlib import Path

from figures_src.cache.sources import current, digest, loaded
from figures_src.cache.store import Store
from figures_src.drawing.fonts import MATH_FONT
from figures_src.pages.page import KEPT
from figures_src.site.kept_files import KIND

# The article's, as docs/theme/assets/css/hero.css names it.
ARTICLE_FONT = "stix-two-math-article.woff2"
_FORMULA = re.compile(r"<math.*?</math>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
# Signs that a browser draws for an element, and no page writes.
_DRAWN = {"<msqrt": "√", "<mroot": "√"}
# Characters that a browser draws for the letters of <mi>x</mi>; the h is Planck's. It measures lines by the upright
# ones, in another font where this one lacks them.
_SLANTED = (("A", "Z", 0x1D434), ("a", "z", 0x1D44E), ("\u0391", "\u03a9", 0x1D6E2), ("\u03b1", "\u03c9", 0x1D6FC))
_PLANCK = {"h": "\u210e"}
_VARIANTS = {
    "\u2202": 0x1D715,
    "\u03f5": 0x1D716,
    "\u03d1": 0x1D717,
    "\u03d5": 0x1D719,
    "\u03f1": 0x1D71A,
    "\u03d6": 0x1D71B,
}


def used(pages: Iterable[str]) -> frozenset[str]:
    """The characters that the formulas of pages are drawn with."""
    return frozenset[str]().union(*map(_used, pages))


@lru_cache(KEPT)
def _used(page: str) -> frozenset[str]:
    formulas = "".join(_FORMULA.findall(page))
    written = frozenset(unescape(_TAG.sub("", formulas)))
    drawn = {sign for element, sign in _DRAWN.items() if element in formulas}
    return written | drawn | frozenset(map(_slanted, written))


def _slanted(letter: str) -> str:
    if letter in _PLANCK:
        return _PLANCK[letter]
    if letter in _VARIANTS:
        return chr(_VARIANTS[letter])
    start = next((ord(letter) - ord(first) + code for first, last, code in _SLANTED if first <= letter <= last), None)
    return chr(start) if start else letter


def lighten(site: Path, pages: Mapping[Path, str]) -> None:
    """Write the fonts of a build's formulas: for all its pages, and for the article."""
    fonts = site / "assets" / "fonts"
    font = current().digest(MATH_FONT)
    (fonts / MATH_FONT.name).write_bytes(_with(used(pages.values()), font))
    (fonts / ARTICLE_FONT).write_bytes(_with(used([pages[site / "index.html"]]), font))


def _with(characters: frozenset[str], font: str) -> bytes:
    """The font of a digest with these characters, from the store where a build has made it before."""
    key = digest(loaded(__name__), font, sorted(characters))

    def write(folder: Path) -> None:
        from figures_src.drawing.fonts.make_fonts import MATH_FEATURES, make_subset

        make_subset(MATH_FONT, folder / MATH_FONT.name, characters, MATH_FEATURES)

    return (Store().keep(KIND, MATH_FONT.stem, key, write) / MATH_FONT.name).read_bytes()
