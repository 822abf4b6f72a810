"""The committed fonts hold what figures and formulas need, and can be made again."""

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from figures_src.drawing.fonts import (
    ALWAYS,
    FIGURE_FAMILY,
    FIGURE_FONT,
    MATH_FONT,
    characters_needed,
    characters_of,
    fallback_font,
    make_fonts,
    missing_characters,
    missing_from_formulas,
)

COPYRIGHT = {FIGURE_FONT: "2014-2021 Adobe", MATH_FONT: "2001-2020 The STIX Fonts Project Authors"}
LICENSES = {FIGURE_FONT: "OFL-NotoSansSC.txt", MATH_FONT: "OFL-stix-two-math.txt"}


@pytest.fixture
def exhibit(tmp_path: Path) -> Path:
    file = tmp_path / "figures_src" / "exhibits" / "deep" / "curve.py"
    file.parent.mkdir(parents=True)
    file.write_text(
        '"""Says 龘."""\n\nLABEL = "层 ∂"\nNAME = f"第 {LABEL} 个鱻"\n\n\ndef draw():\n    """Says 靐."""\n',
        encoding="utf-8",
    )
    return tmp_path


def test_the_figure_font_has_every_character_of_the_figures() -> None:
    assert [str(missing) for missing in missing_characters()] == []


def test_characters_come_from_strings_and_not_from_docstrings(exhibit: Path) -> None:
    assert characters_needed(exhibit) == {
        "层": ("figures_src/exhibits/deep/curve.py", 3),
        "∂": ("figures_src/exhibits/deep/curve.py", 3),
        "第": ("figures_src/exhibits/deep/curve.py", 4),
        "个": ("figures_src/exhibits/deep/curve.py", 4),
        "鱻": ("figures_src/exhibits/deep/curve.py", 4),
    }


def test_a_stale_font_names_character_file_and_command(exhibit: Path) -> None:
    assert [str(missing) for missing in missing_characters(exhibit)] == [
        "figures_src/exhibits/deep/curve.py:4: '鱻' (U+9C7B) is missing from NotoSansSC-figures.ttf; "
        "run: python -m figures_src.drawing.fonts.make_fonts --noto-sans-sc FONT"
    ]


def test_what_figures_may_always_use_is_there() -> None:
    assert not set(ALWAYS) - characters_of(FIGURE_FONT) - characters_of(fallback_font())
    # The sign of a negative number, Chinese and the letters of the field never come from the fallback.
    assert set("−×·≤≥√∂∏²δσχφ梯度消失爆炸，（）") <= characters_of(FIGURE_FONT)


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


def test_a_character_that_no_font_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_fonts, "characters_needed", lambda: {"鱻": ("figures_src/drawing/style.py", 7)})
    with pytest.raises(ValueError, match=r"figures_src/drawing/style\.py:7: '鱻' \(U\+9C7B\) is not in NotoSansSC"):
        make_fonts.figure_characters(FIGURE_FONT)


def test_the_script_wants_a_font(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        make_fonts.main([])
    assert "name at least one full font" in capsys.readouterr().err
