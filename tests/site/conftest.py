"""The built site, served under a sub-path as a project page would be, and a browser to read it with."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from figures_src.site.browser import launched
from tests.serving import Site, served
from tests.tested_site import site_folder


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """Both languages as built for a published address, served; the workers share one build."""
    with served(site_folder()) as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with launched() as started:
        yield started


@pytest.fixture
def contexts(browser: Browser) -> Iterator[Any]:
    """Makes browser contexts and closes them all."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        made.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}))
        return made[-1]

    yield make
    for context in made:
        context.close()
