"""A page in a browser whose errors and outside requests are remembered."""

from playwright.sync_api import BrowserContext, Page


class Watched:
    """A page of the site at an address, and what went wrong on it."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.wrong: list[str] = []
        self._own = (address, "data:", "blob:")
        self.page.on("console", lambda message: self._note(message.type in {"error", "warning"}, message.text))
        self.page.on("pageerror", lambda error: self._note(True, str(error)))
        # A page that leads on to another is left before it is whole; one that cannot be opened at all raises.
        self.page.on(
            "requestfailed",
            lambda request: self._note(not request.is_navigation_request(), f"failed: {request.url}"),
        )
        self.page.on("response", lambda answer: self._note(answer.status >= 400, f"{answer.status}: {answer.url}"))
        # Of the whole context: a worker of the page asks in its own name.
        context.on(
            "request", lambda request: self._note(not request.url.startswith(self._own), f"outside: {request.url}")
        )

    def _note(self, wrong: bool, what: str) -> None:
        if wrong:
            self.wrong.append(what)


def scripted(page: Page) -> Page:
    """The page, once its script has run: only then has the switch of the palette a label that is seen."""
    page.locator(".md-header__option label").filter(visible=True).wait_for()
    return page
