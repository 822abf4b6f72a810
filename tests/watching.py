"""A page in a browser whose errors and outside requests are remembered."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

from tests.serving import Site

QUIET_SECONDS = 0.5
"""Time without an answer after which nothing more is asked for."""
STEP_SECONDS = 0.05
# Said to the console for everything that the site's policy refuses, beside what the browser says itself.
REFUSED = "refused by the policy"
_LISTENER = f"""addEventListener("securitypolicyviolation", (refused) =>
    console.error("{REFUSED}:", refused.effectiveDirective, refused.blockedURI, refused.sourceFile, refused.sample))"""


def _said(message: ConsoleMessage) -> str | None:
    return message.text if message.type in {"error", "warning"} else None


def _failed(request: Request) -> str | None:
    # A page that leads on to another is left before it is whole; one that cannot be opened at all raises.
    return None if request.is_navigation_request() else f"failed: {request.url}"


def _answered(response: Response) -> str | None:
    return f"{response.status}: {response.url}" if response.status >= 400 else None


def policed(context: BrowserContext, refused: list[str]) -> None:
    """Have a list told of everything that the site's policy refuses on the pages of a context."""
    context.add_init_script(_LISTENER)

    def note(message: ConsoleMessage) -> None:
        if REFUSED in message.text or "Content Security Policy" in message.text:
            refused.append(f"{message.page.url if message.page else 'a worker'}: {message.text}")

    context.on("console", note)


@contextmanager
def watched(page: Page, address: str) -> Iterator[list[str]]:
    """Everything that goes wrong on a page of the site at an address, as it happens."""
    wrong: list[str] = []
    own = (address, "data:", "blob:")

    def noting(what: Callable[[Any], str | None]) -> Callable[[Any], None]:
        return lambda event: wrong.extend(filter(None, [what(event)]))

    listeners: tuple[tuple[Any, str, Callable[[Any], None]], ...] = (
        (page, "console", noting(_said)),
        (page, "pageerror", noting(str)),
        (page, "requestfailed", noting(_failed)),
        (page, "response", noting(_answered)),
        # Of the whole context: a worker of the page asks in its own name.
        (
            page.context,
            "request",
            noting(lambda request: None if request.url.startswith(own) else f"outside: {request.url}"),
        ),
    )
    for source, event, listener in listeners:
        source.on(event, listener)
    try:
        yield wrong
    finally:
        for source, event, listener in listeners:
            source.remove_listener(event, listener)


def until(page: Page, condition: str, argument: object = None, seconds: float = 10) -> None:
    """Wait for a condition on a page: Playwright's own wait evaluates a text there, which the site's policy refuses.

    Raises `TimeoutError` where it does not come true.
    """
    end = time.monotonic() + seconds
    while not page.evaluate(condition, argument):
        if time.monotonic() > end:
            raise TimeoutError(f"{page.url}: not within {seconds} s: {condition}")
        page.wait_for_timeout(20)


def settled(page: Page, site: Site) -> tuple[int, int]:
    """Bytes and answers that were sent, once a page asks for nothing more.

    The server is asked: in a tab that has shown another page, a browser's own word for it may never come.
    """
    seen, since = site.traffic.now(), time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        page.wait_for_timeout(STEP_SECONDS * 1000)
        if seen != (now := site.traffic.now()):
            seen, since = now, time.monotonic()
    return seen


def scripted(page: Page) -> Page:
    """The page, once its script has run: only then has the switch of the palette a label that is seen."""
    page.locator(".md-header__option label").filter(visible=True).wait_for()
    return page
