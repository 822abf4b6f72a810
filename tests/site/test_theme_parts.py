"""The theme's script without the parts that are not used, and everything else as before."""

import json
import re
from pathlib import Path
from typing import Any

import material
import pytest
import quickjs  # type: ignore[import-untyped]
from mkdocs.exceptions import PluginError

from figures_src.site.theme_parts import PARTS, without_unused_declarations, without_unused_parts
from figures_src.site.theme_script import lighter
from tests.serving import Site
from tests.site.parsing import Page, parsed

FOLDER = Path(material.__file__).parent / "templates" / "assets" / "javascripts"
# Elements of a page that has a use for a part.
STARTING = (
    ".annotate, .mermaid, [data-tabs], [data-preview], .md-status, pre > code > span[id], "
    "[data-md-component=consent], [data-md-component=progress], [data-md-component=source], "
    "[data-md-component=search-share], [data-md-component=search-suggest], "
    "[data-md-component=announce] > *, link[rel=alternate]"
)


@pytest.fixture(scope="module")
def bundle() -> str:
    (script,) = FOLDER.glob("bundle.*.min.js")
    return lighter(script.read_text(encoding="utf-8"))


def test_what_is_left_is_a_script_of_two_thirds(bundle: str) -> None:
    left = without_unused_parts(bundle)
    quickjs.Context().eval(f"Function({json.dumps(left)})")
    assert len(left) < 0.6 * len(bundle)
    for library in ("mermaid.initialize", "ClipboardJS", "visibilitychange", "versions.json", "api.github.com"):
        assert library in bundle
        assert library not in left


@pytest.mark.parametrize(("part", "place"), [part[:2] for part in PARTS])
def test_another_version_of_the_theme_is_refused(bundle: str, part: str, place: str) -> None:
    known = next(match[0] for match in re.finditer(place, _until(bundle, part), re.DOTALL))
    assert known
    with pytest.raises(PluginError, match=r"found 0 starts of .*, allowed: 1"):
        without_unused_parts(bundle.replace(known, ""))


def _until(bundle: str, last: str) -> str:
    """The script as it is when a part's turn comes."""
    for part, place, change in PARTS:
        if part == last:
            break
        bundle = re.sub(place, change, bundle, flags=re.DOTALL)
    return bundle


@pytest.mark.parametrize(
    ("inside", "kept"),
    [
        ("function a(){b()}function b(){}var c=1,d=a;go(d);", "function a(){b()}function b(){}var c=1,d=a;go(d);"),
        ("function a(){return b}function b(){return a}go();", "go();"),
        ("var a=/[}/]/,b=`${c}}`;var c=1;go(b);", "var a=/[}/]/,b=`${c}}`;var c=1;go(b);"),
        ('var a="b;";function b(){if(x){y()}else{z()}}go(`b`);', "go(`b`);"),
        ("if(x){function a(){}}else go();", "if(x){function a(){}}else go();"),
    ],
)
def test_a_declaration_stays_where_something_reaches_it(inside: str, kept: str) -> None:
    whole = '"use strict";(()=>{%s})();'
    assert without_unused_declarations(f"{whole % inside}\n//# sourceMappingURL=x.map\n") == f"{whole % kept}\n"


def test_another_kind_of_script_is_refused() -> None:
    with pytest.raises(PluginError, match="found no bundle"):
        without_unused_declarations("go();")


def test_no_page_has_what_a_part_was_for(site: Site) -> None:
    checked = 0
    for file in sorted(site.folder.glob("*/**/index.html")):
        assert not parsed(file).css(STARTING), file
        checked += 1
    assert checked > 100


@pytest.mark.parametrize(
    "html",
    [
        '<p class="annotate">',
        '<pre class="mermaid">',
        "<div data-tabs>",
        "<a data-preview>",
        '<span class="md-status">',
        '<pre><code><span id="a">',
        *(f'<div data-md-component="{name}">' for name in ("consent", "progress", "source")),
        *(f'<div data-md-component="search-{name}">' for name in ("share", "suggest")),
        '<div data-md-component="announce"><b>',
        '<link rel="alternate">',
    ],
)
def test_what_a_part_is_for_would_be_found(html: str) -> None:
    assert Page(f"<body>{html}").css(STARTING)


def test_code_is_copied_and_that_is_said(site: Site, contexts: Any) -> None:
    context = contexts(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{site.address}en/notebook/")
    button = page.locator(".md-code__button").first
    wanted = page.locator("pre:has(.md-code__button) > code").first.inner_text()
    button.scroll_into_view_if_needed()
    height = page.evaluate("scrollY")
    button.click()
    page.locator(".md-dialog--active").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == wanted.rstrip()
    assert page.evaluate("scrollY") == height
    assert button.evaluate("button => button === document.activeElement")
    assert page.locator("textarea").count() == 0


def test_a_focus_is_marked_where_the_keyboard_moved_it(site: Site, tab: Any) -> None:
    page = tab()
    page.goto(f"{site.address}en/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.locator(".focus-visible").evaluate_all("all => all.map((one) => one === document.activeElement)") == [
        True
    ]
    page.locator(".md-tabs__link").nth(1).dispatch_event("mousedown")
    page.locator("h1").click()
    assert page.locator(".focus-visible").count() == 0
