"""The theme's styles as they are sent: what the pages and scripts need, and nothing else."""

import re
from pathlib import Path
from typing import Any

import material
import pytest

from figures_src.site.unused_styles import STYLES, Used, used, without_unused_names, without_unused_rules
from tests.serving import Site
from tests.site.parsing import plain_name

FOLDER = Path(material.__file__).parent / "templates" / "assets" / "stylesheets"
PAGES = ("", "playground/", "sigma-w-map/", "evidence/", "glossary/", "notebook/", "diagnose/", "reference-probe/")
# Classes that only the theme's script sets.
SET = (
    "md-header--shadow",
    "md-header__title--active",
    "md-dialog--active",
    "md-nav__link--passed",
    "md-search-result__item",
    "md-search-result__more",
    "md-tooltip2--active",
    "focus-visible",
    "md-code__button",
)
# All rules with their conditions, and for each those of its selectors that now hold for an element, whatever its state.
RULES = """text => {
    const found = [];
    const state = /:not\\(:[a-z-]+(\\([^)]*\\))?\\)|::?[a-z-]+(?![\\w-]*\\()/g;
    const walk = (rules, around) => {
        for (const rule of rules) {
            if (rule.selectorText) {
                const names = [...rule.style].filter((name) => !name.startsWith("--"));
                const said = names.map((name) => `${name}:${rule.style.getPropertyValue(name)}`);
                for (const selector of rule.selectorText.split(/,(?![^(]*\\))/)) {
                    const plain = selector.trim().replace(state, "").replace(/(^|[\\s>+~])(?=$|[\\s>+~])/g, "$1*");
                    let holds = true;
                    try { holds = !!document.querySelector(plain) } catch {}
                    found.push([[around, selector.trim(), ...said].join("|"), holds && said.length > 0]);
                }
            } else if (rule.cssRules && !rule.name) walk(rule.cssRules, around + (rule.conditionText ?? ""));
        }
    };
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    walk(sheet.cssRules, "");
    return found;
}"""
FEW = Used(
    frozenset({"a", "p"}), {"dir": frozenset({"ltr"}), "id": frozenset({"top"})}, frozenset({"x"}), frozenset({"y"})
)


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("a.x,b.x{top:0}", "a.x{top:0}"),
        (".x>.y:not(.z)::after{top:0}.z{top:0}", ".x>.y:not(.z)::after{top:0}"),
        ("[dir=ltr] .x{top:0}[dir=rtl] .x,[dir=y] .x{top:0}[lang] .x{top:0}", "[dir=ltr] .x,[dir=y] .x{top:0}"),
        ("@media print{.z{top:0}}@media screen{.z,.x{top:0}}", "@media screen{.x{top:0}}"),
        (":is(.z,.x) a{top:0}:where(.z,b) a{top:0}", ":is(.z,.x) a{top:0}"),
        ("#top{top:0}#end{top:0}a:has(.z):focus{top:0}", "#top{top:0}a:has(.z):focus{top:0}"),
        ("@font-face{font-family:z}@page{margin:0}@keyframes z{to{top:0}}",) * 2,
    ],
)
def test_a_rule_stays_where_it_can_hold(style: str, kept: str) -> None:
    kept = kept.replace("[dir=ltr] .x,[dir=y] .x{top:0}", "[dir=ltr] .x{top:0}[dir=y] .x{top:0}")
    assert without_unused_rules(style, FEW) == kept


def test_names_that_nothing_asks_for_are_left_out_and_those_that_only_they_asked_for() -> None:
    style = ":root{--a:var(--b);--b:1;--c:2;--d:3;--e:4;top:0}p{--a:1}p{left:var(--c);animation:1s on}"
    moving = "@keyframes on{to{top:0}}@keyframes off{to{top:0}}"
    kept = ":root{--c:2;--d:3;--e:4;top:0}p{left:var(--c);animation:1s on}@keyframes on{to{top:0}}"
    assert without_unused_names(style + moving, ['x.getPropertyValue("--d")', "a{top:var( --e )}"]) == kept


def test_pages_and_scripts_are_read() -> None:
    found = used(['<p class="a  b" dir=ltr><script>"<i>"</script><BR data-md-x="1">'], ['set("c-d", dataset.mdColor)'])
    assert [found.tag(name) for name in ("p", "br", "b", "*")] == [True, True, False, True]
    assert [found.named(name) for name in ("a", "b", "c-d", "e")] == [True, True, True, False]
    assert found.attribute("data-md-color", "", "")
    assert found.attribute("dir", "|=", "ltr")
    assert not found.attribute("dir", "^=", "r")


def _theirs(file: Path) -> Path:
    """The theme's file that one of the site was made from."""
    (found,) = (path for path in FOLDER.glob("*.css") if plain_name(path) == plain_name(file))
    return found


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=pytest.mark.slow)])
def test_every_rule_that_holds_on_a_page_was_sent_and_no_rule_is_new(site: Site, tab: Any, width: int) -> None:
    page = tab(width, 844)
    files = sorted((site.folder / "zh").glob(STYLES))
    # The rules that were sent are the same on every page.
    page.goto(f"{site.address}zh/{PAGES[0]}", wait_until="load")
    rules = {file: {rule for rule, _ in page.evaluate(RULES, file.read_text(encoding="utf-8"))} for file in files}
    for name in PAGES:
        page.goto(f"{site.address}zh/{name}", wait_until="load")
        for file, sent in rules.items():
            written = page.evaluate(RULES, _theirs(file).read_text(encoding="utf-8"))
            assert sent <= {rule for rule, _ in written}
            needed = {rule for rule, holds in written if holds}
            assert needed - sent == set(), name
            assert len(needed) > 10 or "palette" in file.name


def test_what_scripts_set_keeps_its_rules(site: Site) -> None:
    (main,) = (site.folder / "en").glob("assets/stylesheets/main.*.css")
    styles = main.read_text(encoding="utf-8")
    for name in SET:
        assert re.search(rf"\.{name}\b(?!-)", styles), name
    for attribute in ("data-md-scrolllock", "data-md-copying", "data-md-toggle"):
        assert f"[{attribute}" in styles, attribute


def test_the_rest_is_less_than_half(site: Site) -> None:
    sent = sum(file.stat().st_size for file in (site.folder / "zh").glob(STYLES))
    assert sent < 0.45 * sum(_theirs(file).stat().st_size for file in (site.folder / "zh").glob(STYLES))
