"""The font of formulas as it is sent has what the pages write, and no more."""

import pytest

from figures_src.drawing.fonts import MATH_FONT, characters_of
from figures_src.model.language import LANGUAGES, Language
from figures_src.site.formula_font import used
from tests.serving import Site


def test_a_letter_is_drawn_slanted_too_and_markup_is_not_drawn() -> None:
    assert used(["a<math><mi>h</mi><mi>φ</mi><mo>&lt;</mo></math>b", "c"]) == set("hφ<\N{PLANCK CONSTANT}\U0001d711")


def test_a_root_is_drawn_although_no_page_writes_its_sign() -> None:
    assert used(["<math><msqrt><mn>2</mn></msqrt></math>"]) == set("2√")
    assert used(["<math><mroot><mn>2</mn><mn>3</mn></mroot></math>"]) == set("23√")
    assert used(["<math><mn>2</mn></math> <msqrt>"]) == {"2"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_font_that_is_sent_has_what_formulas_use(site: Site, language: Language) -> None:
    folder = site.folder / language
    sent = folder / "assets" / "fonts" / MATH_FONT.name
    needed = used(page.read_text(encoding="utf-8") for page in folder.glob("**/*.html"))
    assert needed & characters_of(MATH_FONT) <= characters_of(sent)
    assert "√" in needed
    assert len(characters_of(sent) - needed) < 5  # signs that share a glyph with another
    assert sent.stat().st_size < 20_000
