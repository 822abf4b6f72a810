"""The font of formulas with what the pages of a build write in them, and no more."""

import re
from collections.abc import Iterable
from html import unescape
from pathlib import Path

from figures_src.drawing.fonts import MATH_FONT
from figures_src.drawing.fonts.make_fonts import MATH_FEATURES, make_subset

_FORMULA = re.compile(r"<math.*?</math>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
# What a browser draws for an element, and no page writes.
_DRAWN = {"<msqrt": "√", "<mroot": "√"}
# Where a browser takes the slanted letters of <mi>x</mi> from; the h is at Planck's.
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
    formulas = [formula for page in pages for formula in _FORMULA.findall(page)]
    written = frozenset("".join(unescape(_TAG.sub("", formula)) for formula in formulas))
    drawn = {sign for element, sign in _DRAWN.items() if any(element in formula for formula in formulas)}
    return written | drawn | frozenset(map(_slanted, written))


def _slanted(letter: str) -> str:
    if letter in _PLANCK:
        return _PLANCK[letter]
    if letter in _VARIANTS:
        return chr(_VARIANTS[letter])
    start = next((ord(letter) - ord(first) + code for first, last, code in _SLANTED if first <= letter <= last), None)
    return chr(start) if start else letter


def lighten(site: Path) -> None:
    """Write the font of a build's formulas anew, with what its pages use."""
    font = site / "assets" / "fonts" / MATH_FONT.name
    pages = (page.read_text(encoding="utf-8") for page in sorted(site.glob("**/*.html")))
    make_subset(MATH_FONT, font, used(pages), MATH_FEATURES)
