"""The article's first screens and its program, as a reader has them: in a browser, without a script, pasted."""

import csv
import gzip
import itertools
import re
import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.serving import Site
from tests.site.parsing import asset, parsed, text, the
from tests.site.views import in_one_language

LANGUAGES = ("zh", "en")
FATES = {"zh": ("消失", "爆炸"), "en": ("vanishes", "explodes")}
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
# Largest weight of the fan on a page, compressed.
FAN_BYTES = 6000


def number(text: str) -> float:
    """A number as pages show it."""
    mantissa, _, power = text.replace("\u00a0", "").replace(",", "").partition("×10")
    return float(mantissa) * 10.0 ** int(power.translate(SUPERSCRIPTS) or 0)


def shown(page: Page, selector: str) -> Any:
    return page.locator(f"{selector} >> visible=true")


def measured(site: Site, language: str) -> dict[tuple[str, str], float]:
    """The first layer's gradient by activation function and weight scale, from the fan's data."""
    with (site.folder / language / "data" / "fan.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["activation"], row["sigma_w"]): float(row["gradient_z"]) for row in rows if row["layer"] == "1"}


@pytest.mark.parametrize(("width", "height", "lowest"), [(1280, 900, 600), (390, 844, 700)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_figure_begins_on_the_first_screen(
    site: Site, tab: Any, language: str, width: int, height: int, lowest: int
) -> None:
    page = tab(width, height)
    page.goto(f"{site.address}{language}/")
    first = page.locator("article svg[role=img]").first.bounding_box()
    assert 0 < first["y"] <= lowest
    assert first["width"] > 250


# Of the fan: the answers that are seen, each with its number, how many curves stand out, and where the plot begins.
CHOSEN = """() => {
    const all = (name) => [...document.querySelectorAll(name)];
    const seen = (one) => one.offsetHeight && getComputedStyle(one).visibility === "visible";
    return {
        answers: all(".fan-answers p").filter(seen).map((one) => [one.querySelector("b").innerText, one.innerText]),
        curves: all(".fan-chosen g").filter((one) => getComputedStyle(one).display !== "none").length,
        top: all(".fan-plot")[0].getBoundingClientRect().y,
    };
}"""


@pytest.mark.parametrize("language", in_one_language("zh"))
def test_every_choice_shows_its_own_answer_and_curve_without_a_script(site: Site, tab: Any, language: str) -> None:
    page = tab(java_script_enabled=False)
    page.goto(f"{site.address}{language}/")
    assert page.locator(".fan-plot").count() == 1
    data = measured(site, language)
    scales = list(dict.fromkeys(scale for _, scale in data))
    assert len(data) == 30
    tops = set()
    for (letter, activation), (index, scale) in itertools.product(
        zip("abc", ("sigmoid", "tanh", "relu"), strict=True), enumerate(scales)
    ):
        page.locator(f'.fan [value="{letter}"]').check()
        page.locator(f'[name="fan-scale"][value="{index}"]').check()
        chosen = page.evaluate(CHOSEN)
        ((told, answer),) = chosen["answers"]
        ratio = data[activation, scale]
        assert number(told) == pytest.approx(ratio, rel=0.05)
        vanishes, explodes = (word in answer for word in FATES[language])
        assert (vanishes, explodes) == ((True, True) if 0.1 <= ratio <= 10 else (ratio < 1, ratio > 1))
        assert chosen["curves"] == 1
        tops.add(chosen["top"])
    assert len(tops) == 1, "what is below the answer moves"


def test_the_choices_are_made_with_the_keyboard_and_show_where_it_is(site: Site, tab: Any) -> None:
    page = tab()
    page.goto(f"{site.address}en/")
    before = shown(page, ".fan-answers p").inner_text()
    page.locator('[name="fan-scale"]:checked').focus()
    page.keyboard.press("ArrowRight")
    assert shown(page, ".fan-answers p").inner_text() != before
    focused = page.locator(".fan-choices input:focus-visible")
    assert focused.evaluate("input => getComputedStyle(input).outlineStyle") == "solid"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.name") == "fan-activation"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fan_is_light_and_brings_no_style_or_script_of_its_own(site: Site, language: str) -> None:
    folder = site.folder / language
    html = (folder / "index.html").read_text(encoding="utf-8")
    start, end = html.index('<figure class="fan"'), html.index('<p class="fan-note"')
    fan = html[start:end]
    assert not re.search(r"\sstyle=|<script|\son\w+=", fan)
    whole, without = (len(gzip.compress(text.encode())) for text in (html, html[:start] + html[end:]))
    style = gzip.compress(asset(folder, "assets/css/hero.css").read_bytes())
    assert whole - without + len(style) <= FAN_BYTES


def test_the_answer_keeps_its_colours_where_the_system_sets_them(site: Site, tab: Any) -> None:
    page = tab(forced_colors="active")
    page.goto(f"{site.address}en/")
    background = "label => getComputedStyle(label).backgroundColor"
    chosen = page.locator(".fan-choices label:has(:checked)").first.evaluate(background)
    other = page.locator(".fan-choices label:not(:has(:checked))").first.evaluate(background)
    assert chosen != other


def is_covered(page: Page) -> list[bool]:
    """Whether each half of the network's drawing is hidden."""
    drawing = page.locator(".chain svg").bounding_box()
    covers = [cover.bounding_box() for cover in page.locator(".chain-cover").all()]
    assert drawing
    return [bool(cover and abs(cover["x"] - drawing["x"]) < drawing["width"] - 1) for cover in covers]


def test_the_network_gives_nothing_away_until_the_reader_starts_it(site: Site, tab: Any) -> None:
    moving = "() => document.getAnimations().filter(({ effect }) => effect.target.matches('.chain *')).length"
    page = tab()
    page.goto(f"{site.address}en/")
    assert (page.evaluate(moving), is_covered(page)) == (0, [True, True])
    # Nor is anything heard that the guess asks for.
    heard = page.locator(".chain svg").get_attribute("aria-label")
    asked = page.locator("details:has(+ .chain)").inner_html()
    assert all(number not in heard for number in re.findall(r"[0-9]{3,}", asked))
    page.locator(".chain input").check()
    assert page.evaluate(moving) == 2
    page.evaluate("() => document.getAnimations().forEach((animation) => animation.finish())")
    assert (page.evaluate(moving), is_covered(page)) == (0, [False, False])
    page.locator(".chain input").check()
    page.locator(".chain input").uncheck()
    assert (page.evaluate(moving), is_covered(page)) == (0, [True, True])


def test_the_network_is_shown_without_a_script_and_stands_still_for_who_asks_for_it(site: Site, tab: Any) -> None:
    page = tab(java_script_enabled=False, reduced_motion="reduce")
    page.goto(f"{site.address}zh/")
    assert is_covered(page) == [True, True]
    page.locator(".chain input").check()
    assert is_covered(page) == [False, False]


def test_on_paper_the_network_is_whole(site: Site, tab: Any) -> None:
    page = tab()
    page.goto(f"{site.address}en/")
    page.emulate_media(media="print")
    assert is_covered(page) == [False, False]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_article_has_the_names_of_the_source(site: Site, language: str) -> None:
    words = text(the(parsed(site.folder / language / "index.html"), "article"))
    assert "DeepReLUNetwork" in words
    assert "register_hook" in words


@pytest.mark.parametrize("language", in_one_language("en"))
def test_the_program_pasted_into_a_bare_python_prints_what_the_page_shows(site: Site, language: str) -> None:
    page = parsed(site.folder / language / "index.html")
    (program,) = (code.text() for code in page.css("pre > code") if "class DeepReLUNetwork" in code.text())
    pieces = [code.text() for code in page.css(".beside pre > code")]
    boxes = (box.css("samp") for box in page.css("article .listing"))
    shown_table, *shown_pieces = ("".join(part.text() for part in parts).strip() for parts in boxes)
    assert set(re.findall(r"^ *(?:import|from) (\w+)", program, re.MULTILINE)) == {"torch"}
    assert len(shown_table.splitlines()) == 21
    printings = [printed(f"{program}\n\n{piece}").strip() for piece in pieces]
    assert all(printing.startswith(shown_table) for printing in printings)
    assert [printing.removeprefix(shown_table).strip() for printing in printings] == shown_pieces
    assert len(pieces) == 2


def printed(code: str) -> str:
    """The output of code in a Python that sees neither this folder nor the environment's settings."""
    command = [sys.executable, "-I", "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout
