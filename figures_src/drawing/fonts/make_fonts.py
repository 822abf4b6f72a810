"""Make the committed font subsets from the full fonts, byte for byte the same in every run.

    python -m figures_src.drawing.fonts.make_fonts

The full fonts (Noto Sans SC 2.004 and STIX Two Math 2.11) are not part of the project: pip takes them out of the
packages that hold them on PyPI, into a temporary folder. DejaVu Sans 2.37 comes with matplotlib.
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from unicodedata import category

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from figures_src.drawing.fonts import FIGURE_FAMILY, FIGURE_FONT, MATH_FONT, SIGN_FONT, characters_of

# Each full font in its package, with its SHA-256.
PACKAGES = ("easyfont==0.0.1.post10", "ziamath==0.13")
NOTO_SANS_SC = "easyfont/fonts/NotoSansSC-Regular.ttf"
STIX_TWO_MATH = "ziamath/fonts/STIXTwoMath-Regular.ttf"
FULL_FONTS = {
    NOTO_SANS_SC: "dc71173babc38dfd019912965f2b4b3421fb347ebd854e7b96f64ad63673924a",
    STIX_TWO_MATH: "8f42cb183a85043a4dc3f8e41ac3821eb27bf178d68ace929ba439523622323c",
}

# Rows of the national standard GB 2312: signs, numerals, full-width forms, Greek; then its first level, the 3,755
# most common characters.
GB_2312_ROWS = (1, 2, 3, 6, *range(16, 56))
GB_2312_COLUMNS = range(1, 95)
# Words of the field with characters beyond that level: 熵 entropy, 阈 threshold, 沌 chaos, 褶 fold, 耦 coupling,
# 嘈 noisy, 谔 Hermitian, and of names and of the web.
TERMS = "熵阈沌褶耦嘈谔幺伽闵斐浏"
FIGURE_RANGES = ((0x20, 0x7E), (0xA0, 0xFF))  # ASCII and Latin-1
FIGURE_SIGNS = "–—‖‘’“”†‡•…‰′″ς←↑→↓↔⇒⇔∀∂∃∅∆∇∈∉∋∏∑−∓√∝∞∠∥∧∨∩∪∫∴∵∼≅≈≠≡≤≥≪≫⊂⊃⊥⋅⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ₀₁₂₃₄₅₆₇₈₉ℓ"

# Characters of pages' formulas: letters in the styles that occur (matrices and vectors are not bold on this site),
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

# Signs that the text fonts of many systems lack, and which a browser then takes from a Chinese font, as wide as a
# character, or each from another font: bars of norms, the root, and small letters and digits, all of one height.
SIGNS = "‖√⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿᴸᵏᵗᵀᶻˡ"

# Copyright, family, style, identifier, full name, version, PostScript name, licence and its address.
KEPT_NAMES = (0, 1, 2, 3, 4, 5, 6, 13, 14)
# The signs are in the style sheet itself, where every byte counts: copyright and the licence's address.
SIGN_NAMES = (0, 14)
# Family, identifier and full name; the PostScript name is the same without spaces.
FAMILY_NAMES, POSTSCRIPT_NAME = (1, 3, 4), 6


def common_characters() -> frozenset[str]:
    """The characters of GB 2312 that figures may use."""
    codes = (bytes([0xA0 + row, 0xA0 + column]) for row in GB_2312_ROWS for column in GB_2312_COLUMNS)
    return frozenset("".join(code.decode("gb2312", errors="ignore") for code in codes))


def figure_characters() -> frozenset[str]:
    """The characters of the figure font, among them a few that Noto Sans SC lacks."""
    return common_characters() | _in_ranges(FIGURE_RANGES) | frozenset(FIGURE_SIGNS + TERMS)


def math_characters() -> frozenset[str]:
    """The characters of the formula font."""
    # The alphabets have holes where a letter has had its place among MATH_SIGNS for longer.
    return frozenset(sign for sign in _in_ranges(MATH_RANGES) | frozenset(MATH_SIGNS) if category(sign) != "Cn")


def dejavu_sans() -> Path:
    """The file of DejaVu Sans that comes with matplotlib."""
    import matplotlib as mpl  # a build of the site subsets a font, and draws nothing

    return Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


def _in_ranges(ranges: Iterable[tuple[int, int]]) -> frozenset[str]:
    return frozenset(chr(code) for first, last in ranges for code in range(first, last + 1))


def fetch_full_fonts(folder: Path) -> None:
    """Install the packages with the full fonts into a folder."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "--target", folder, *PACKAGES], check=True)  # noqa: S603


def full_font(folder: Path, name: str) -> Path:
    """The file of a full font.

    Raises:
        ValueError: it is not the font that the subset was made from.

    """
    file = folder / name
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != FULL_FONTS[name]:
        raise ValueError(f"{name}: the SHA-256 is {found}, expected {FULL_FONTS[name]}")
    return file


def make_subset(
    full: Path,
    target: Path,
    characters: Iterable[str],
    features: Sequence[str] = (),
    family: str | None = None,
    names: Sequence[int] = KEPT_NAMES,
) -> None:
    """Write a subset of a font, without hinting, and as WOFF2 where the target's name says so.

    Args:
        full: The font.
        target: The file to write.
        characters: The characters to keep; what the font lacks is left out.
        features: The OpenType features to keep, such as `kern`.
        family: A family name of the subset's own.
        names: The numbers of the names to keep, such as the copyright.

    """
    options = subset.Options()
    options.flavor = "woff2" if target.suffix == ".woff2" else None
    options.hinting = False
    options.layout_features = list(features)
    options.name_IDs = list(names)
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.drop_tables += ["BASE", "DSIG", "FFTM", "STAT", "gasp", "vhea", "vmtx"]
    with subset.load_font(full, options) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=map(ord, characters))
        subsetter.subset(font)
        if family:
            _rename(font, family)
        subset.save_font(font, target, options)


def _rename(font: TTFont, family: str) -> None:
    """Give the subset a name of its own: matplotlib must never take an installed full font in its place."""
    for record in font["name"].names:
        if record.nameID in FAMILY_NAMES:
            record.string = family
        elif record.nameID == POSTSCRIPT_NAME:
            record.string = family.replace(" ", "")


def main() -> None:
    """Make the three fonts."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        fetch_full_fonts(folder)
        make_subset(full_font(folder, NOTO_SANS_SC), FIGURE_FONT, figure_characters(), ("kern",), FIGURE_FAMILY)
        make_subset(full_font(folder, STIX_TWO_MATH), MATH_FONT, math_characters(), MATH_FEATURES)
    make_subset(dejavu_sans(), SIGN_FONT, SIGNS, names=SIGN_NAMES)
    for font in (FIGURE_FONT, MATH_FONT, SIGN_FONT):
        sys.stdout.write(f"{font.name}: {len(characters_of(font))} characters, {font.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
