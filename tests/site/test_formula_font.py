"""The font of formulas as it is sent has what the pages write, and no more."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from figures_src.drawing.fonts import MATH_FONT, characters_of
from figures_src.model.language import LANGUAGES, Language
from figures_src.site.browser import flags, reader
from figures_src.site.formula_font import ARTICLE_FONT, used
from tests.serving import Site
from tests.site.parsing import asset, plain_name
from tests.watching import settled


def test_a_letter_is_drawn_slanted_too_and_markup_is_not_drawn() -> None:
    assert used(["a<math><mi>h</mi><mi>φ</mi><mo>&lt;</mo></math>b", "c"]) == set("hφ<\N{PLANCK CONSTANT}\U0001d711")


def test_a_root_is_drawn_although_no_page_writes_its_sign() -> None:
    assert used(["<math><msqrt><mn>2</mn></msqrt></math>"]) == set("2√")
    assert used(["<math><mroot><mn>2</mn><mn>3</mn></mroot></math>"]) == set("23√")
    assert used(["<math><mn>2</mn></math> <msqrt>"]) == {"2"}


# Every sign that some formula of the site has is some 150 bytes. The article, where most readers come in, has its own.
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("font", "pages", "most"), [(MATH_FONT.name, "**/*.html", 22_500), (ARTICLE_FONT, "index.html", 8_000)]
)
def test_a_font_that_is_sent_has_what_formulas_use(
    site: Site, language: Language, font: str, pages: str, most: int
) -> None:
    folder = site.folder / language
    sent = asset(folder, f"assets/fonts/{font}")
    needed = used(page.read_text(encoding="utf-8") for page in folder.glob(pages))
    assert needed & characters_of(MATH_FONT) <= characters_of(sent)
    assert font == ARTICLE_FONT or "√" in needed
    assert len(characters_of(sent) - needed) < 5  # signs that share a glyph with another
    assert sent.stat().st_size < most


@pytest.mark.slow  # 4 s
def test_the_article_s_formulas_are_drawn_with_its_font_and_all_others_with_the_whole(
    site: Site, contexts: Any
) -> None:
    for address, font in (("", ARTICLE_FONT), ("theory/", MATH_FONT.name), ("print/", MATH_FONT.name)):
        page = contexts().new_page()
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(plain_name(Path(request.url))))
        page.goto(f"{site.address}zh/{address}")
        settled(page, site)
        # What is far below the window is not drawn yet.
        page.locator("math").first.scroll_into_view_if_needed()
        settled(page, site)
        page.evaluate("document.fonts.ready")
        assert [name for name in asked if name.endswith(".woff2")] == [font], address


# Hinting fits letters to whole pixels by what other letters a font has, and a font with fewer has other heights by 1.
WITHOUT_HINTING = """<?xml version="1.0"?>
<fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<match target="font"><edit name="hinting" mode="assign"><bool>false</bool></edit></match>
<match target="font"><edit name="autohint" mode="assign"><bool>false</bool></edit></match>
<match target="font"><edit name="hintstyle" mode="assign"><const>hintnone</const></edit></match>
</fontconfig>
"""


@pytest.fixture
def page_without_hinting(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    settings = tmp_path / "fonts.conf"
    settings.write_text(WITHOUT_HINTING, encoding="utf-8")
    environment: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(settings)}
    other = browser.browser_type.launch(executable_path=reader(), args=flags(), env=environment)
    # A test may add a style, which the site's policy refuses.
    yield other.new_page(bypass_csp=True)
    other.close()


def test_a_formula_of_the_article_is_as_high_as_with_the_whole_font(site: Site, page_without_hinting: Page) -> None:
    page = page_without_hinting
    page.goto(f"{site.address}zh/")
    settled(page, site)
    measure = "() => [...document.querySelectorAll('article math')].map((one) => one.getBoundingClientRect().height)"
    own = page.evaluate(measure)
    page.add_style_tag(content='.md-container { --formula-font: "STIX Two Math Subset" }')
    settled(page, site)
    page.evaluate("document.fonts.ready.then(() => document.fonts.size)")
    assert page.evaluate(measure) == own
    assert max(own) > 15
