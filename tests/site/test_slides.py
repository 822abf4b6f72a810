"""The slides: a lesson's time, a sheet of paper each, and keys that turn them without taking scrolling away."""

import io
import re
import unicodedata
from typing import Any

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from figures_src.model.language import LANGUAGES
from figures_src.site.to_unicode import with_ideographs
from tests.serving import Site
from tests.site.parsing import attribute, parsed, text, the
from tests.site.views import in_one_language
from tests.watching import scripted, until

LESSON_MINUTES = 45
NOTES, QUESTIONS = "#slides-notes", "#slides-questions"
TITLES = ".slide :is(h1, h2)"
LANDSCAPE, PORTRAIT = (842, 595), (595, 842)
TOP = "slide => Math.round(slide.getBoundingClientRect().top - parseFloat(getComputedStyle(slide).scrollMarginTop))"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_slides_fill_a_lesson_and_ask_before_they_tell(site: Site, language: str) -> None:
    page = parsed(site.folder / language / "slides" / "index.html")
    slides = page.css(".slide")
    assert 14 <= len(slides) <= 18
    assert sum(int(re.findall(r"\d+", text(the(slide, ".slide-time")))[0]) for slide in slides) == LESSON_MINUTES
    for slide in slides:
        question, notes = the(slide, ".slide-question"), the(slide, "details.teacher")
        assert text(question)
        assert "open" not in notes.attributes
        before = (slide.html or "").partition('class="slide-question"')[0]
        assert not re.search(r'class="(?:exhibit|result|fan|chain)"', before)
        for result in slide.css("details.result"):
            assert "open" not in result.attributes
    assert sum(len(slide.css("details.result")) for slide in slides) >= len(slides) - 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_slides_are_found_from_the_home_page_and_the_learning_door(site: Site, language: str) -> None:
    page = parsed(site.folder / language / "index.html")
    assert page.css('.doors a[href$="slides/"]')
    door = next(item for item in page.css(".md-nav__item--nested") if item.css('a[href$="lessons/"]'))
    assert door.css('a[href$="slides/"]')
    assert attribute(the(parsed(site.folder / language / "slides" / "index.html"), "html"), "lang")


def sheets(page: Page) -> tuple[list[str], set[tuple[int, int]]]:
    """The text of every sheet of a page as printed, without its spaces, and the sizes of the sheets in points."""
    paper = PdfReader(io.BytesIO(with_ideographs(page.pdf(prefer_css_page_size=True, print_background=True))))
    sizes = {(round(float(sheet.mediabox.width)), round(float(sheet.mediabox.height))) for sheet in paper.pages}
    return [spaceless(sheet.extract_text()) for sheet in paper.pages], sizes


def spaceless(said: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", said))


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("language", in_one_language("en"))
def test_every_slide_is_printed_on_a_sheet_of_its_own_with_what_was_asked_for(
    site: Site, tab: Any, language: str, script: bool
) -> None:
    page = tab(java_script_enabled=script)
    page.goto(f"{site.address}{language}/slides/")
    titles = [spaceless(text(title)) for title in parsed(site.folder / language / "slides/index.html").css(TITLES)]
    teacher, measured = (
        spaceless(page.locator(f".{kind} summary").first.text_content() or "") for kind in ("teacher", "result")
    )
    for chosen, size in ((None, LANDSCAPE), (NOTES, PORTRAIT), (QUESTIONS, LANDSCAPE)):
        if chosen:
            page.locator(chosen).check()
        said, sizes = sheets(page)
        assert len(said) == len(titles)
        assert sizes == {size}
        assert all(title.rstrip("¶") in sheet for title, sheet in zip(titles, said, strict=True))
        assert all((teacher in sheet) == (chosen == NOTES) for sheet in said)
        assert (measured in said[1]) == (chosen != QUESTIONS)
        if chosen:
            page.locator(chosen).uncheck()


def standing(page: Page) -> int:
    """The number of the slide at the top of the window, from 1; 0 above the first."""
    return sum(top <= 2 for top in page.locator(".slide").evaluate_all(f"all => all.map({TOP})"))


def test_keys_unfold_the_result_then_turn_the_slide_and_turn_back(site: Site, tab: Any) -> None:
    page = tab(1280, 1000)
    page.goto(f"{site.address}en/slides/")
    scripted(page)
    results = page.locator(".slide").nth(2).locator(".result")
    for key, seen in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowRight", 2), ("PageDown", 3)):
        page.keyboard.press(key)
        assert standing(page) == seen, key
    assert not results.evaluate("result => result.open")
    page.keyboard.press("PageDown")
    assert standing(page) == 3
    assert results.evaluate("result => result.open")
    page.keyboard.press("PageDown")
    assert standing(page) == 4
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.slide') === document.querySelectorAll('.slide')[3]")
    for key, seen in (("PageUp", 3), ("ArrowLeft", 2)):
        page.keyboard.press(key)
        assert standing(page) == seen, key


def test_scrolling_by_keys_stays_what_it_is(site: Site, tab: Any) -> None:
    page = tab(390, 400)
    page.goto(f"{site.address}en/slides/")
    scripted(page)
    tall = page.locator(".slide").nth(1)
    tall.locator("summary").first.click()
    tall.evaluate("slide => slide.scrollIntoView()")
    top = page.evaluate("scrollY")
    # A slide that is higher than the window is read to its end first.
    page.keyboard.press("PageDown")
    until(page, "top => scrollY > top + 100", top)
    assert standing(page) == 2
    page.keyboard.press("ArrowDown")
    page.keyboard.press("PageUp")
    until(page, "top => scrollY < top + 100", top)
    assert standing(page) == 2
    # In a field the keys belong to the field.
    choice = tall.locator('[name="fan-scale"]:checked')
    before = choice.input_value()
    choice.focus()
    page.keyboard.press("ArrowRight")
    assert tall.locator('[name="fan-scale"]:checked').input_value() != before
    assert standing(page) == 2


def test_a_slide_with_its_result_fits_into_a_wide_window(site: Site, tab: Any) -> None:
    page = tab(1280, 800)
    page.goto(f"{site.address}zh/slides/")
    page.evaluate("document.querySelectorAll('.result').forEach((result) => (result.open = true))")
    heights = page.locator(".slide:has(.exhibit)").evaluate_all("all => all.map((slide) => slide.offsetHeight)")
    assert len(heights) > 5
    assert max(heights) <= 800


def test_on_a_phone_a_slide_shows_its_drawings_whole_and_its_network_without_another_choice(
    site: Site, tab: Any
) -> None:
    page = tab(390, 844)
    page.goto(f"{site.address}en/slides/")
    page.evaluate("document.querySelectorAll('.result').forEach((result) => (result.open = true))")
    drawings = page.locator(".slide .exhibit-drawing").evaluate_all(
        "all => all.map((drawing) => [drawing.scrollWidth, drawing.clientWidth])"
    )
    assert len(drawings) > 5
    assert all(needed == shown for needed, shown in drawings), drawings
    page.evaluate("() => document.getAnimations().forEach((animation) => animation.finish())")
    drawing = page.locator(".chain svg").bounding_box()
    covers = [cover.bounding_box() for cover in page.locator(".chain-cover").all()]
    assert len(covers) == 2
    assert all(abs(cover["x"] - drawing["x"]) >= drawing["width"] - 1 for cover in covers)
    assert not page.locator(".chain-start").is_visible()
