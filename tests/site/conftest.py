"""The built site, served under a sub-path as a project page would be, and a browser to read it with."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from figures_src.site.browser import launched
from figures_src.site.build import build
from tests.serving import PUBLISHED, Site, served

REPOSITORY = "https://example.com/owner/gradient-lab"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Build both languages for a published address, and serve them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITE_URL", PUBLISHED)
        patch.setenv("REPOSITORY_URL", f"{REPOSITORY}.git")
        folder = build(tmp_path_factory.mktemp("built") / "site")
    with served(folder) as started:
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
