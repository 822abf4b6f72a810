"""The built site, served under a sub-path as a project page would be, and a browser to read it with."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from figures_src.drawing.fonts import FIGURE_FONT
from figures_src.site.browser import launched
from tests.serving import Site, served
from tests.tabs import Tabs
from tests.tested_site import site_folder
from tests.watching import policed


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """Both languages as built for a published address, served; the workers share one build."""
    with served(site_folder()) as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    # As for the PDF: on a machine without a Chinese font no layout and no printed text would be what readers have.
    with launched(FIGURE_FONT.parent) as started:
        yield started


@pytest.fixture(scope="session")
def _refused() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def _nothing_is_refused(_refused: list[str]) -> Iterator[None]:
    """No page that a test has opened asks for what the site's policy refuses."""
    _refused.clear()
    yield
    assert _refused == []


@pytest.fixture(scope="session")
def _tabs(site: Site, browser: Browser, _refused: list[str]) -> Iterator[Tabs]:
    tabs = Tabs(browser, site.address, partial(policed, refused=_refused))
    yield tabs
    tabs.close()


@pytest.fixture
def tab(_tabs: Tabs) -> Iterator[Callable[..., Page]]:
    """Gives an empty page as a reader has it, whose settings `Tabs.take` names; it is another one with every call."""
    yield _tabs.take
    _tabs.take_back()


@pytest.fixture
def contexts(browser: Browser, _refused: list[str]) -> Iterator[Any]:
    """Makes browser contexts, as of a first visit, and closes them all."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        made.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}))
        policed(made[-1], _refused)
        return made[-1]

    yield make
    for context in made:
        context.close()
