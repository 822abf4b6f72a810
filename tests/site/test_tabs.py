"""Tabs that go from test to test: each is handed out empty, and only to tests that leave nothing behind."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.serving import Site
from tests.tabs import Tabs

# Methods whose effect stays on a page or in its context until it is closed.
LASTING = {"add_init_script", "expose_binding", "expose_function", "on", "route", "set_offline"}
LEFT = """() => [localStorage.left, sessionStorage.left, document.cookie, document.activeElement.tagName,
  document.querySelectorAll(":hover").length, innerWidth, matchMedia("(prefers-color-scheme: dark)").matches]"""


@pytest.fixture
def tabs(site: Site, browser: Browser) -> Iterator[Tabs]:
    made = Tabs(browser, site.address)
    yield made
    made.close()


def test_what_a_test_left_in_a_tab_is_gone_for_the_next_one(site: Site, tabs: Tabs) -> None:
    address = f"{site.address}en/glossary/"
    first = tabs.take(390, 844, color_scheme="dark")
    first.goto(address)
    *new, hovered_at_first, width, dark = first.evaluate(LEFT)
    assert (new, width, dark) == ([None, None, "", "BODY"], 390, True)
    first.evaluate("localStorage.left = sessionStorage.left = 1; document.cookie = 'left=1'")
    first.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    first.mouse.move(200, 400)
    first.locator(".md-skip").focus()
    *left, hovered, _, _ = first.evaluate(LEFT)
    assert left == ["1", "1", "left=1", "A"]
    # A browser without a window has its pointer on the page's corner at first, elsewhere there are more elements.
    assert hovered > hovered_at_first
    tabs.take_back()

    second = tabs.take()
    assert second is first
    second.goto(f"{site.address}worker.js")  # a document that starts no worker
    assert second.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    assert second.evaluate("caches.keys()") == []
    second.goto(address)
    assert second.evaluate(LEFT) == [None, None, "", "BODY", 0, 1280, False]


def test_tabs_that_are_open_together_share_nothing(tabs: Tabs) -> None:
    pages = [tabs.take(), tabs.take(), tabs.take(java_script_enabled=False)]
    assert len({page.context for page in pages}) == 3
    tabs.take_back()
    assert tabs.take(java_script_enabled=False) is pages[2]


def test_a_tab_that_opened_another_page_is_closed(tabs: Tabs) -> None:
    page = tabs.take()
    page.context.new_page()
    tabs.take_back()
    assert page.is_closed()
    assert tabs.take() is not page


def calls(function: ast.AST) -> set[str]:
    """The names of the methods that a function calls."""
    found = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return {called.attr for called in found if isinstance(called, ast.Attribute)}


@pytest.mark.parametrize("module", sorted(Path(__file__).parent.glob("test_*.py")), ids=lambda path: path.stem)
def test_who_takes_a_tab_leaves_no_listener_and_no_route(module: Path) -> None:
    for function in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef) and "tab" in {argument.arg for argument in function.args.args}:
            assert not calls(function) & LASTING, function.name
