"""The fonts of the site, committed as subsets of free fonts, whose licence stands beside each.

- `FIGURE_FONT`, the common characters of Noto Sans SC: matplotlib measures the labels of figures with it, on machines
  without Chinese fonts too, and draws the preview cards. No reader loads it. The few signs that Noto Sans SC lacks
  (superscript digits above all) are in DejaVu Sans, part of matplotlib.
- `MATH_FONT`, a subset of STIX Two Math: the browser draws the formulas of the pages with it.
- `SIGN_FONT`, a subset of DejaVu Sans: the norm's bars, the root and small digits in text, code and figures.

`figures_src.drawing.fonts.make_fonts` makes them, and lists what each holds.
"""

from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FIGURE_FONT = Path(__file__).with_name("NotoSansSC-figures.ttf")
FIGURE_FAMILY = "Noto Sans SC Figures"
MATH_FONT = ROOT / "docs" / "theme" / "assets" / "fonts" / "stix-two-math-subset.woff2"
SIGN_FONT = MATH_FONT.with_name("dejavu-sans-signs.woff2")

COMMAND = "python -m figures_src.drawing.fonts.make_fonts"


def drawing_problem(warning: UserWarning) -> str:
    """A warning of matplotlib's as one line; a character without a glyph is named, with what gives it one."""
    text = str(warning)
    if "missing from font" not in text:
        return text
    code = int(text.split()[1])
    return (
        f"{FIGURE_FONT.name} has no glyph for {chr(code)!r} (U+{code:04X}); use a common character, "
        f"or add this one to TERMS in figures_src/drawing/fonts/make_fonts.py and run: {COMMAND}"
    )


def characters_of(font: Path) -> frozenset[str]:
    """The characters that a font file has a glyph for."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # a build that draws nothing needs no fontTools

    with TTFont(font, lazy=True) as opened:
        return frozenset(map(chr, opened.getBestCmap()))


def missing_from_formulas(characters: Iterable[str], font: Path = MATH_FONT) -> frozenset[str]:
    """The characters that the formula font lacks, Chinese aside, which takes the page's font."""
    present = characters_of(font)
    return frozenset(
        character
        for character in characters
        if character not in present and not character.isspace() and not _is_chinese(character)
    )


def _is_chinese(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"
