"""The committed fonts hold what figures and formulas need, and can be made again."""

import io
import warnings
from dataclasses import replace
from pathlib import Path
from unicodedata import category

import matplotlib as mpl
import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from figures_src.cache.sources import SourceTree
from figures_src.drawing.fonts import (
    FIGURE_FAMILY,
    FIGURE_FONT,
    MATH_FONT,
    ROOT,
    SIGN_FONT,
    characters_of,
    drawing_problem,
    make_fonts,
    missing_from_formulas,
)
from figures_src.drawing.style import drawing_style, new_figure
from figures_src.make import workers
from figures_src.make.files import draw
from figures_src.model.exhibit import load

COPYRIGHT = {FIGURE_FONT: "2014-2021 Adobe", MATH_FONT: "2001-2020 The STIX Fonts Project Authors"}
LICENSES = {FIGURE_FONT: "OFL-NotoSansSC.txt", MATH_FONT: "OFL-stix-two-math.txt"}


def test_the_figure_font_is_the_one_the_script_describes() -> None:
    present, described = characters_of(FIGURE_FONT), make_fonts.figure_characters()
    assert present <= described
    # Noto Sans SC lacks a few signs; matplotlib takes them from the font that comes with it.
    lacking = described - present
    assert lacking <= characters_of(Path(mpl.get_data_path()) / "fonts/ttf/DejaVuSans.ttf")
    assert not any(category(character) == "Lo" for character in lacking)


def test_common_characters_need_no_new_font() -> None:
    chinese = {character for character in make_fonts.common_characters() if "\u4e00" <= character <= "\u9fff"}
    assert len(chinese) == 3755, "the first level of GB 2312"
    assert chinese | set(make_fonts.TERMS) <= characters_of(FIGURE_FONT)
    assert not chinese & set(make_fonts.TERMS)
    assert set("−×·≤≥√∂∏²δσχφ，（）；％①Ⅳ") <= characters_of(FIGURE_FONT)


@pytest.mark.parametrize("shown", [*make_fonts.TERMS, "啊", "座", "⁻", "ℓ", "ς", "Ω", "％"])
def test_matplotlib_has_a_glyph_for_what_figures_may_say(shown: str) -> None:
    with drawing_style(), warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = new_figure()
        figure.text(0.5, 0.5, shown)
        figure.savefig(io.BytesIO(), format="svg")


def test_a_figure_with_a_character_without_a_glyph_is_refused_on_one_line() -> None:
    exhibit = replace(load("explosion"), draw=lambda figure, _result, _text: figure.text(0.5, 0.5, "层鱻"))
    with pytest.raises(ValueError, match="has no glyph for") as caught:
        draw(exhibit, None, "zh")
    assert str(caught.value) == (
        "the zh figure: NotoSansSC-figures.ttf has no glyph for '鱻' (U+9C7B); use a common character, or add this one "
        f"to TERMS in {Path(make_fonts.__file__).relative_to(ROOT).as_posix()} and run: python -m {make_fonts.__name__}"
    )


def test_another_warning_of_matplotlib_is_told_as_it_is() -> None:
    assert drawing_problem(UserWarning("Tight layout not applied")) == "Tight layout not applied"


def test_another_font_means_another_drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = workers.key("explosion", SourceTree())
    other = tmp_path / FIGURE_FONT.name
    other.write_bytes(FIGURE_FONT.read_bytes() + b"\0")
    monkeypatch.setattr(workers, "FIGURE_FONT", other)
    assert workers.key("explosion", SourceTree()) != before


def test_the_figure_font_has_a_family_name_of_its_own() -> None:
    with TTFont(FIGURE_FONT) as font:
        assert font["name"].getDebugName(1) == FIGURE_FAMILY


@pytest.mark.parametrize("font", [FIGURE_FONT, MATH_FONT], ids=lambda font: font.name)
def test_licence_and_copyright_go_with_each_font(font: Path) -> None:
    text = font.with_name(LICENSES[font]).read_text(encoding="utf-8")
    assert COPYRIGHT[font] in text
    assert "SIL OPEN FONT LICENSE Version 1.1" in text
    assert "OTHER DEALINGS IN THE FONT SOFTWARE" in text
    with TTFont(font) as opened:
        assert COPYRIGHT[font] in opened["name"].getDebugName(0)
        assert "SIL Open Font License" in opened["name"].getDebugName(13)


def test_formula_font_stretches_fences_roots_and_braces() -> None:
    with TTFont(MATH_FONT) as font:
        variants = font["MATH"].table.MathVariants
        names = font.getBestCmap()
        assert {names[ord(sign)] for sign in "()[]{|√∫"} <= set(variants.VertGlyphCoverage.glyphs)
        assert {names[ord(sign)] for sign in "⏞⏟→"} <= set(variants.HorizGlyphCoverage.glyphs)


def test_the_formula_font_is_light() -> None:
    # Every page with a formula loads it: 42 kB as made, of the 250 kB that a page may weigh.
    assert MATH_FONT.stat().st_size < 46_000


def test_characters_missing_from_formulas() -> None:
    assert missing_from_formulas("x∑δ\u2061 层（") == frozenset()
    assert missing_from_formulas("x⍼") == {"⍼"}
    # Vectors are not bold on this site, and bold letters would weigh a quarter of the font.
    assert missing_from_formulas("𝐱") == {"𝐱"}


def test_the_formula_font_has_the_letters_that_browsers_slant() -> None:
    # A browser draws <mi>x</mi> with the italic letter of Unicode's mathematical alphabets; h is at Planck's.
    latin = {chr(code) for code in range(0x1D434, 0x1D468) if code != 0x1D455} | {"ℎ"}
    greek = set(map(chr, range(0x1D6E2, 0x1D71C)))
    assert latin | greek <= characters_of(MATH_FONT)


def test_the_formula_font_is_the_one_the_script_describes() -> None:
    assert not make_fonts.math_characters() - characters_of(MATH_FONT)


def test_the_font_of_signs_is_the_one_the_script_makes(tmp_path: Path) -> None:
    made = tmp_path / SIGN_FONT.name
    make_fonts.make_subset(make_fonts.dejavu_sans(), made, make_fonts.SIGNS, names=make_fonts.SIGN_NAMES)
    assert made.read_bytes() == SIGN_FONT.read_bytes()
    assert characters_of(SIGN_FONT) == set(make_fonts.SIGNS)
    licence = SIGN_FONT.with_name("LICENSE-dejavu-sans.txt").read_text(encoding="utf-8")
    with TTFont(SIGN_FONT) as font:
        assert font["name"].getDebugName(0).splitlines()[0] in licence
        assert "THE FONT SOFTWARE IS PROVIDED" in licence


@pytest.mark.parametrize("font", [FIGURE_FONT, MATH_FONT], ids=lambda font: font.name)
def test_the_script_makes_the_same_bytes_in_every_run(font: Path, tmp_path: Path) -> None:
    # The full fonts are not part of the project, so the committed ones take their place.
    made: list[bytes] = []
    for run in ("first", "second"):
        target = tmp_path / run / font.name
        target.parent.mkdir()
        make_fonts.make_subset(font, target, "x√层", make_fonts.MATH_FEATURES)
        assert characters_of(target) == {"x", "√"} | ({"层"} & characters_of(font))
        made.append(target.read_bytes())
    assert made[0] == made[1]


def test_another_font_than_the_one_that_was_used_is_refused(tmp_path: Path) -> None:
    file = tmp_path / make_fonts.NOTO_SANS_SC
    file.parent.mkdir(parents=True)
    file.write_bytes(FIGURE_FONT.read_bytes())
    with pytest.raises(ValueError, match=r"NotoSansSC-Regular\.ttf: the SHA-256 is [0-9a-f]{64}, expected dc71173b"):
        make_fonts.full_font(tmp_path, make_fonts.NOTO_SANS_SC)
