"""Questions and exercises of the lessons in a real browser: they can be answered, and what is said was measured."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from figures_src.cache.catalog import read
from figures_src.model.language import LANGUAGES, Language
from tests.serving import Site
from tests.site.views import in_one_language

LESSONS = {
    "which-gradient": "weight_gradients.first_layer",
    "sigma-w-map": "sigma_map.exploding",
    "batch-normalization": "batch_normalization.first_layer",
    "residual-connections": "residual.growth",
    "finite-width": "finite_width.pair",
    "learning-rate-and-clipping": "learning_rate.ratio",
    "input-scaling": "input_scale.gain",
    "output-layer": "output_layer.gradients",
    "through-time": "forget_gate.first_step",
    "transformers": "norm_placement.last_layer",
    "activation-cost": "activation_cost.sigmoid",
    "remedies": "remedies.sigmoid",
}


def opened(page: Page, site: Site, lesson: str, language: Language = "en") -> Page:
    page.goto(f"{site.address}{language}/{lesson}/")
    return page


# Of a guess's status: its text, and the choices whose marks stand out in the drawing.
TOLD = """(status) => [status.textContent, [...status.closest(".guess").querySelectorAll("svg .guess-mark.chosen")]
    .map((mark) => mark.dataset.choice)]"""


@pytest.mark.parametrize("language", in_one_language("en"))
def test_every_lesson_asks_and_says_what_was_measured(site: Site, tab: Any, language: Language) -> None:
    page = tab()
    questions = read().questions
    for lesson, name in LESSONS.items():
        opened(page, site, lesson, language)
        block = page.locator(".guess").first
        measured = block.locator("svg .guess-measured").first
        assert measured.evaluate("mark => getComputedStyle(mark).visibility") == "hidden", lesson
        right = {"zh": "猜对了。", "en": "Right."}[language]
        said = block.get_by_role("status")
        for choice, button in enumerate(block.get_by_role("button").all()):
            button.click()
            told, chosen = said.evaluate(TOLD)
            assert told.startswith(right) == (choice == questions[name].right), (lesson, choice)
            if len(questions[name].answers) == 1:
                assert str(questions[name].answers[0].measured) in told, (lesson, choice)
            assert set(chosen) == {f"{choice + 1}"}
        assert measured.evaluate("mark => getComputedStyle(mark).visibility") == "visible", lesson
        assert block.locator("[aria-pressed=true]").count() == 1


def test_a_guess_is_made_by_keyboard(site: Site, tab: Any) -> None:
    page = opened(tab(), site, "which-gradient")
    page.get_by_role("group", name="Your guess").get_by_role("button").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".guess-said")).to_contain_text("Measured otherwise.")
    expect(page.locator("details.guess-answer")).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(".guess-said")).to_contain_text("Right.")


def test_theory_comes_after_the_experiment(site: Site, tab: Any) -> None:
    page = tab(java_script_enabled=False)
    for lesson in LESSONS:
        opened(page, site, lesson)
        theory = page.locator("details.question").first
        assert theory.locator("summary").text_content() == "What theory says"
        above = theory.evaluate("fold => fold.getBoundingClientRect().top")
        assert above > page.locator("#result").evaluate("heading => heading.getBoundingClientRect().top"), lesson


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_script_the_measurement_unfolds(site: Site, tab: Any, language: Language) -> None:
    page = opened(tab(java_script_enabled=False), site, "which-gradient", language)
    for button in page.locator(".guess-choices button").all():
        assert button.is_disabled()
        assert button.evaluate("button => getComputedStyle(button).borderTopStyle") == "none"
    assert page.locator(".exercise:visible").count() == 0
    page.locator("details.guess-answer > summary").click()
    expect(page.locator(".guess-number")).to_contain_text(
        str(read().questions["weight_gradients.first_layer"].answers[0].measured)
    )
    mark = page.locator("svg .guess-measured")
    assert mark.evaluate("mark => getComputedStyle(mark).visibility") == "visible"


def test_paper_shows_the_measurement(site: Site, tab: Any) -> None:
    page = opened(tab(), site, "which-gradient")
    page.emulate_media(media="print")
    mark = page.locator("svg .guess-measured")
    assert mark.evaluate("mark => getComputedStyle(mark).visibility") == "visible"
    assert page.locator(".guess-number").evaluate("line => line.getBoundingClientRect().height") > 0
    assert page.locator(".exercise:visible").count() == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("{:.3g}", "Right."),
        ("{:.5f}", "Right."),
        ("{percent:.2f} %", "Right."),
        ("1/{inverse:.3f}", "Right."),
        ("{double}", "Too large."),
        ("0.001", "Too small."),
        ("1e-3", "Too small."),
        ("3·10⁻⁴", "Too small."),
        ("2 × 10^3", "Too large."),
        ("1,000", "Too large."),
        ("-1", "The sign is wrong."),
        ("", "Type a number"),
        ("many", "Type a number"),
        ("1.2.3", "Type a number"),
    ],
)
def test_an_exercise_is_checked(site: Site, tab: Any, typed: str, said: str) -> None:
    page = opened(tab(), site, "which-gradient")
    place = page.locator(".exercise").nth(1)
    answer = float(place.get_attribute("data-value") or "nan")
    place.get_by_label("Your answer").fill(
        typed.format(answer, percent=answer * 100, inverse=1 / answer, double=answer * 2)
    )
    place.get_by_label("Your answer").press("Enter")
    expect(place.get_by_role("status")).to_contain_text(said)


def test_an_exercise_that_was_checked_says_so_by_its_button_too(site: Site, tab: Any) -> None:
    page = opened(tab(390, 844), site, "residual-connections", "zh")
    place = page.locator(".exercise").first
    place.get_by_label("你的答案").fill(place.get_attribute("data-value") or "")
    place.get_by_role("button", name="核对").click()
    expect(place.get_by_role("status")).to_have_text("对。")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
