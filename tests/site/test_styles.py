"""The style sheets as they are sent say what was written."""

import base64
import re
from typing import Any

import pytest

from figures_src.drawing.fonts import MATH_FONT, SIGN_FONT, characters_of
from figures_src.markdown import mathematics
from figures_src.model.failures import ROOT
from figures_src.site.styles import smaller
from tests.serving import Site
from tests.site.parsing import asset

FOLDER = ROOT / "docs" / "theme" / "assets" / "css"
STYLES = sorted(FOLDER.glob("*.css"))
SHEET = FOLDER / "gradient-lab.css"
PARSED = """sheets => sheets.map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text.replace(/src:\\s*url\\([^)]*\\) format[^;}]*;?/g, ""));
    return [...sheet.cssRules].map(({ cssText }) => cssText.replace(/([,:])\\s+/g, "$1"));
})"""


@pytest.mark.parametrize(
    ("style", "small"),
    [
        ("a  b /* , */ > c {\n  color: red;\n  margin: 0 1px;\n}\n", "a b>c{color:red;margin:0 1px}"),
        ("a :is(b, c)::after { content: ' ( ; /* '; }", "a :is(b,c)::after{content:' ( ; /* '}"),
        (
            "@media (min-width: 45em) { a { width: calc(1em + 2px); } }",
            "@media (min-width:45em){a{width:calc(1em + 2px)}}",
        ),
    ],
)
def test_a_style_loses_what_says_nothing(style: str, small: str) -> None:
    assert smaller(style, FOLDER) == small


def test_a_small_font_is_inside_and_a_large_one_is_not() -> None:
    inside = f'url("data:font/woff2;base64,{base64.b64encode(SIGN_FONT.read_bytes()).decode()}")'
    assert inside in smaller(SHEET.read_text("utf-8"), FOLDER)
    assert f"../fonts/{MATH_FONT.name}" in smaller((FOLDER / "mathematics.css").read_text("utf-8"), FOLDER)


def test_a_browser_reads_the_same_rules_in_them(site: Site, tab: Any) -> None:
    page = tab()
    for style in STYLES:
        sent = asset(site.folder / "en", f"assets/css/{style.name}").read_text("utf-8")
        written, read = page.evaluate(PARSED, [style.read_text("utf-8"), sent])
        assert read[: len(written)] == written, style.name
        added = read[len(written) :]
        assert all(rule.startswith(r".tml\:") for rule in added), style.name
        assert bool(added) == (style.name == "mathematics.css")
        assert len(written) > 10
        assert "/*" not in sent


STYLED = r"\hat y \color{#123456}{z} \begin{array}{l|l} 1 & 2 \\ \hline 3 & 4 \end{array}"
HAS = """([selector, name]) => getComputedStyle(document.querySelector(selector))[name]"""


def test_formulas_look_as_their_typesetter_says(tab: Any) -> None:
    page = tab()
    formula = mathematics.typeset(STYLED, display=False)
    sheet = (FOLDER / "mathematics.css").read_text("utf-8") + mathematics.rules(mathematics.styles(formula))
    page.set_content(f"<style>math {{ font-size: 10px }} {sheet}</style>{formula}")
    for selector, name, value in (
        ("mover > mo", "mathDepth", "0"),
        ("math > mi, mrow > mi", "color", "rgb(18, 52, 86)"),
        ("mtr:first-child > mtd:first-child", "borderRightStyle", "solid"),
        ("mtr:first-child > mtd:first-child", "paddingLeft", "0px"),
        ("mtr:last-child > mtd:last-child", "paddingLeft", "7.97013px"),
        ("mtr:last-child > mtd:last-child", "borderBottomStyle", "none"),
    ):  # 5.9776 points are 7.97013 pixels
        assert page.evaluate(HAS, [selector, name]) == value, (selector, name)


def test_the_signs_that_text_takes_from_their_font_are_those_it_has() -> None:
    ranges = re.search(r"unicode-range: (.*);", SHEET.read_text("utf-8"))
    assert ranges
    named: set[str] = set()
    for first, last in re.findall(r"U\+(\w+)(?:-(\w+))?", ranges[1]):
        named |= set(map(chr, range(int(first, 16), int(last or first, 16) + 1)))
    assert named == characters_of(SIGN_FONT)


FONTS = "document.fonts.ready.then(() => [...document.fonts].map(({ family, status }) => `${family} ${status}`))"
# All signs are put in their places before the first is measured, so that the page is laid out once for them all.
WIDTHS = """() => {
    const put = (place) => ["‖", "√", "⁸", "²"].map((text) => {
        const span = document.createElement("span");
        span.textContent = text;
        place.append(" ", span);
        return span;
    });
    return [...document.querySelectorAll("article p, article pre")].flatMap(put).map((span) => {
        const sign = new Range();
        sign.selectNodeContents(span.firstChild); // a listing's boxes are as wide as its columns
        return sign.getBoundingClientRect().width / parseFloat(getComputedStyle(span).fontSize);
    });
}"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_norms_bars_are_no_wider_than_a_letter_in_text_and_code(site: Site, tab: Any, language: str) -> None:
    page = tab()
    page.goto(f"{site.address}{language}/diagnose/")
    assert "Signs loaded" in [status.replace('"', "") for status in page.evaluate(FONTS)]
    widths = page.evaluate(WIDTHS)
    assert len(widths) > 20
    for place in range(0, len(widths), 4):
        bars, root, eight, two = widths[place : place + 4]
        assert bars < 0.55
        assert root < 0.7
        assert eight == two  # small digits of one column are of one font


LABELS = """() => [...document.querySelectorAll("article svg text")].filter((text) => text.textContent.includes("‖"))
    .map((text) => {
        const bars = [...text.textContent].indexOf("‖");
        return text.getExtentOfChar(bars).width / parseFloat(getComputedStyle(text).fontSize);
    })"""


def test_a_figures_labels_take_the_signs_too(site: Site, tab: Any) -> None:
    page = tab()
    page.goto(f"{site.address}zh/")
    page.evaluate(FONTS)
    widths = page.evaluate(LABELS)
    assert widths
    assert all(0.48 < width < 0.52 for width in widths), "not the font of signs, whose bars are half an em wide"


def test_a_bands_outline_stands_out_from_the_page(site: Site, tab: Any) -> None:
    page = tab()
    page.goto(f"{site.address}en/")
    band = page.locator("#figure-explosion .fill-band").first
    assert band.evaluate("band => getComputedStyle(band).stroke") == "rgb(89, 99, 110)"  # 6:1 on white


def test_links_that_set_the_playground_are_not_offered_without_a_script(site: Site, tab: Any) -> None:
    page = tab(java_script_enabled=False)
    page.goto(f"{site.address}en/playground/")
    assert not page.locator("article p > a[href*='weights=']").first.is_visible()
    tour = page.locator("article li a[href*='weights=']").first
    assert tour.evaluate("link => getComputedStyle(link).pointerEvents") == "none"


def test_nothing_lies_over_the_playground_or_the_first_line_of_code(site: Site, tab: Any) -> None:
    page = tab()
    page.goto(f"{site.address}en/playground/")
    page.evaluate("scrollTo(0, 1500)")
    page.mouse.wheel(0, -200)
    assert not page.locator(".md-top").is_visible()
    page.goto(f"{site.address}en/diagnose/")
    bar = page.locator(".md-code__nav").first
    bar.wait_for(state="attached")
    seen = "bar => getComputedStyle(bar).opacity"
    assert bar.evaluate(seen) == "0"
    page.locator(".highlight").first.hover()
    page.wait_for_timeout(400)
    assert bar.evaluate(seen) == "1"


def test_the_readers_own_colours_mark_the_current_page_and_keep_the_keys_of_curves(site: Site, tab: Any) -> None:
    page = tab(forced_colors="active")
    page.goto(f"{site.address}en/playground/")
    current = page.locator(".md-nav__link--active").last
    assert "underline" in current.evaluate("link => getComputedStyle(link).textDecorationLine")
    key = page.locator(".playground-key.delta").first
    colours = (
        "key => [getComputedStyle(key, '::before').borderTopColor, getComputedStyle(key).getPropertyValue('--curve')]"
    )
    border, _ = key.evaluate(colours)
    assert border == "rgb(0, 114, 178)"
