r"""Make the committed font subsets again from the full fonts, byte for byte the same in every run.

The full fonts (Noto Sans SC 2.004 and STIX Two Math 2.11) are not part of the project; each comes inside a
package of PyPI, which a throwaway folder takes:

    pip install --no-deps --target full-fonts easyfont==0.0.1.post10 ziamath==0.13
    python -m figures_src.drawing.fonts.make_fonts --noto-sans-sc full-fonts/easyfont/fonts/NotoSansSC-Regular.ttf \
        --stix-two-math full-fonts/ziamath/fonts/STIXTwoMath-Regular.ttf

Noto Sans SC gives the font of the figures and that of the preview cards. Either option may be left out; what it makes
then stays as it is. Debian's package fonts-noto-cjk holds the
same design as a collection, `NotoSansCJK-Regular.ttc`, which this script does not take.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from unicodedata import category

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from figures_src.drawing.fonts import (
    ALWAYS,
    FIGURE_FAMILY,
    FIGURE_FONT,
    MATH_FONT,
    characters_needed,
    characters_of,
    fallback_font,
    titles,
)

# What pages write in formulas: letters in the styles that occur (matrices and vectors are not bold on this site),
# digits, and the common signs and arrows. The stretched forms of fences, roots, arrows and braces come along through
# the font's MATH table.
MATH_RANGES = (
    (0x20, 0x7E),  # ASCII
    (0x391, 0x3A1), (0x3A3, 0x3A9), (0x3B1, 0x3C9),  # Greek
    (0x300, 0x305), (0x307, 0x308),  # combining accents
    (0x2200, 0x220B), (0x220F, 0x221E), (0x2223, 0x222D),  # operators
    (0x2282, 0x2287), (0x2295, 0x2299), (0x22C0, 0x22C6), (0x22EE, 0x22F1),
    (0x1D434, 0x1D467),  # italic
    (0x1D49C, 0x1D4B5),  # script capitals
    (0x1D538, 0x1D551),  # double-struck capitals
    (0x1D6E2, 0x1D71B),  # Greek italic
)  # fmt: skip
MATH_SIGNS = (
    "\u00a0§¬¯°±´µ·×÷ˆˇ˘˙˚˜\u030c\u0332\u20d7ϑϕϖϰϱϵ–—‖‘’“”†•…′″‴‾⁄\u2061\u2062\u2063"
    "ℂℋℎℏℐℑℒℓℕ℘ℙℚℛℜℝℤℬℰℱℳ𝟙←↑→↓↔↦⇐⇒⇔⟵⟶⟸⟹⟺⟼∴∵∼≃≅≈≔≠≡≤≥≪≫≲≳≺≻⊤⊥⌈⌉⌊⌋⏞⏟⟨⟩"
)
# Dotless i and j under accents; the script-style alternates of every letter (ssty) would double the file. The
# primes' alternates (ss04) are the ones that stand right as superscripts.
MATH_FEATURES = ("dtls", "ss04")

# Copyright, family, style, identifier, full name, version, PostScript name, licence and its address.
KEPT_NAMES = (0, 1, 2, 3, 4, 5, 6, 13, 14)
# Family, identifier and full name; the PostScript name is the same without spaces.
FAMILY_NAMES, POSTSCRIPT_NAME = (1, 3, 4), 6
FAMILIES = {FIGURE_FONT.name: FIGURE_FAMILY, titles.TITLE_FONT.name: titles.TITLE_FAMILY}


def math_characters() -> frozenset[str]:
    """The characters of the formula font."""
    ranges = (map(chr, range(first, last + 1)) for first, last in MATH_RANGES)
    # The alphabets have holes where a letter has had its place among MATH_SIGNS for longer.
    return frozenset(sign for sign in frozenset(MATH_SIGNS).union(*ranges) if category(sign) != "Cn")


def figure_characters(full: Path) -> frozenset[str]:
    """The characters of the figure font: what every figure may use, and what the sources name.

    Raises:
        ValueError: a source names a character that neither the full font nor the fallback has.

    """
    return _characters(full, ALWAYS, characters_needed())


def title_characters(full: Path) -> frozenset[str]:
    """The characters of the title font: what every title may use, and what the pages' titles say.

    Raises:
        ValueError: a title has a character that neither the full font nor the fallback has.

    """
    return _characters(full, titles.ALWAYS, titles.characters_needed())


def _characters(full: Path, always: str, needed: Mapping[str, tuple[str, int]]) -> frozenset[str]:
    available = characters_of(full)
    fallback = characters_of(fallback_font())
    for character, (file, line) in sorted(needed.items(), key=lambda item: item[1]):
        if character not in available | fallback:
            code = f"U+{ord(character):04X}"
            raise ValueError(f"{file}:{line}: {character!r} ({code}) is not in {full.name} either; replace it")
    return available & (frozenset(always) | needed.keys())


def make_subset(full: Path, target: Path, characters: Iterable[str], features: Sequence[str]) -> None:
    """Write a subset of a font, without hinting, and as WOFF2 where the target's name says so."""
    options = subset.Options()
    options.flavor = "woff2" if target.suffix == ".woff2" else None
    options.hinting = False
    options.layout_features = list(features)
    options.name_IDs = list(KEPT_NAMES)
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.drop_tables += ["BASE", "DSIG", "STAT", "gasp", "vhea", "vmtx"]
    with subset.load_font(full, options) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=map(ord, characters))
        subsetter.subset(font)
        if target.name in FAMILIES:
            _rename(font, FAMILIES[target.name])
        subset.save_font(font, target, options)


def _rename(font: TTFont, family: str) -> None:
    """Give the subset a name of its own: matplotlib must never take an installed full font in its place."""
    for record in font["name"].names:
        if record.nameID in FAMILY_NAMES:
            record.string = family
        elif record.nameID == POSTSCRIPT_NAME:
            record.string = family.replace(" ", "")


def make_figure_font(full: Path, target: Path = FIGURE_FONT) -> None:
    """Make the font that figures are measured with from the full Noto Sans SC."""
    make_subset(full, target, figure_characters(full), ("kern",))


def make_title_font(full: Path, target: Path = titles.TITLE_FONT) -> None:
    """Make the font of the preview cards from the full Noto Sans SC."""
    make_subset(full, target, title_characters(full), ("kern",))


def make_math_font(full: Path, target: Path = MATH_FONT) -> None:
    """Make the font that formulas are drawn with from the full STIX Two Math."""
    make_subset(full, target, math_characters(), MATH_FEATURES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the fonts that the command line names the sources of."""
    parser = argparse.ArgumentParser(prog="python -m figures_src.drawing.fonts.make_fonts", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--noto-sans-sc", type=Path, metavar="FONT", help="the full NotoSansSC-Regular.ttf")
    parser.add_argument("--stix-two-math", type=Path, metavar="FONT", help="the full STIXTwoMath-Regular.ttf")
    given = parser.parse_args(arguments)
    if not given.noto_sans_sc and not given.stix_two_math:
        parser.error("name at least one full font")
    made: list[Path] = []
    if given.noto_sans_sc:
        make_figure_font(given.noto_sans_sc)
        make_title_font(given.noto_sans_sc)
        made += [FIGURE_FONT, titles.TITLE_FONT]
    if given.stix_two_math:
        make_math_font(given.stix_two_math)
        made.append(MATH_FONT)
    for font in made:
        sys.stdout.write(f"{font.name}: {len(characters_of(font))} characters, {font.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
