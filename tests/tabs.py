"""Tabs of one browser that go from test to test: in one that has shown a page, the next costs a fifth of the processor.

A new one has to start a process, compile every script and read every font anew. What a page can leave behind is cleared
before the next test: storage, cookies, permissions, workers, the pointer's place, media, the size of the window. Only
the cache of files stays. A test that listens, puts something in the way of a request, adds a script, goes offline, or
is about a first visit asks for a context of its own.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

BLANK = "about:blank"
WINDOW = (1280, 900)
# A place of the pointer with nothing under it.
NOWHERE = (-1, -1)
# The settings of a context.
Kind = frozenset[tuple[str, Any]]
# Preparation of a new context before it has a page.
Prepare = Callable[[BrowserContext], None]


class Tab:
    """A page in a context that no other tab is in."""

    def __init__(self, browser: Browser, prepare: Prepare = lambda _: None, **lasting: Any) -> None:
        self._context = browser.new_context(**lasting)
        prepare(self._context)
        self.page: Page = self._context.new_page()
        self._session: CDPSession = self._context.new_cdp_session(self.page)

    def close(self) -> None:
        """Close it for good."""
        self._context.close()

    def forget_files(self) -> None:
        """Empty the cache of files, that of the browser and that of the page's process."""
        self._session.send("Network.enable")
        self._session.send("Network.clearBrowserCache")
        for disabled in (True, False):  # the process empties its own where it is told to do without
            self._session.send("Network.setCacheDisabled", {"cacheDisabled": disabled})
        self._session.send("Network.disable")

    def clear(self, address: str) -> bool:
        """Whether everything is away that pages of an address have left; a tab that is more than one page is closed."""
        if self._context.pages != [self.page]:
            self.close()
            return False
        if self.page.url.startswith(address):
            self.page.evaluate("sessionStorage.clear()")
        self.page.goto(BLANK)
        self._session.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": "all"})
        self._context.clear_cookies()
        self._context.clear_permissions()
        self.page.mouse.move(*NOWHERE)
        return True


class Tabs:
    """The tabs of a browser: those that a test has, and those that wait for the next one."""

    def __init__(self, browser: Browser, address: str, prepare: Prepare = lambda _: None) -> None:
        self._browser = browser
        self._prepare = prepare
        self._address = address
        self._lent: list[tuple[Kind, Tab]] = []
        self._free: defaultdict[Kind, list[Tab]] = defaultdict(list)

    def take(
        self,
        width: int = WINDOW[0],
        height: int = WINDOW[1],
        *,
        color_scheme: Literal["light", "dark"] = "light",
        reduced_motion: Literal["reduce", "no-preference"] = "no-preference",
        forced_colors: Literal["active", "none"] = "none",
        **lasting: Any,
    ) -> Page:
        """An empty page in a window of this size, for a reader with these settings.

        They are Playwright's; of those that a context keeps for good, each combination has tabs of its own.
        """
        kind = frozenset(lasting.items())
        tab = self._free[kind].pop() if self._free[kind] else Tab(self._browser, self._prepare, **lasting)
        self._lent.append((kind, tab))
        tab.page.set_viewport_size({"width": width, "height": height})
        tab.page.emulate_media(
            media="null", color_scheme=color_scheme, reduced_motion=reduced_motion, forced_colors=forced_colors
        )
        return tab.page

    def take_back(self) -> None:
        """Clear what was lent, for the next test."""
        while self._lent:
            kind, tab = self._lent.pop()
            if tab.clear(self._address):
                self._free[kind].append(tab)

    def close(self) -> None:
        """Close all of them."""
        for tab in (*(tab for _, tab in self._lent), *(tab for tabs in self._free.values() for tab in tabs)):
            tab.close()
