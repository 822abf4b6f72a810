"""Failures of single pages, and those of other checks that need not be told because of them.

A slip on a page has consequences: its languages differ, an exhibit stands on no page, a link leads nowhere. An author
is told the slip; the rest is looked at again when it is mended.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from figures_src.model.failures import Failure
from figures_src.pages.page import Page


@dataclass(frozen=True)
class Told:
    """Failures that are told, each of one line of one page.

    Attributes:
        failures: in the order in which they were found.
        text: of the pages that have them, and what is said of them.

    """

    failures: tuple[Failure, ...] = ()
    text: str = ""

    @classmethod
    def of(cls, pages: Iterable[Page], failures: Iterable[Failure]) -> "Told":
        """Failures, with the text of the pages that have them."""
        failures = tuple(failures)
        paths = {failure.where.rpartition(":")[0] for failure in failures}
        texts = [page.text for page in pages if page.place in paths]
        return cls(failures, "\n".join([*texts, *(failure.what for failure in failures)]))

    def explains(self, name: str) -> bool:
        """Whether the name of an exhibit, a check or a claim is among what could not be read, or was meant there."""
        return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", self.text) is not None

    def explains_anchor(self, anchor: str) -> bool:
        """Whether an anchor is among what could not be read, or is another language's where a page has none like it."""
        return re.search(rf"(?:\{{[^\n]*#|\bid=\"?|\bbeside #){re.escape(anchor)}(?![\w-])", self.text) is not None

    def within(self, page: Page, first: int, end: int | None) -> bool:
        """Whether a failure lies on the lines of a page from `first` to before `end`, or to its last."""
        return any(first <= line and (end is None or line < end) for line in self._lines(page))

    def on(self, page: Page) -> bool:
        """Whether a page has a failure."""
        return bool(self._lines(page))

    def _lines(self, page: Page) -> list[int]:
        places = (failure.where.rpartition(":") for failure in self.failures)
        return [int(line) for path, _, line in places if path == page.place and line.isdecimal()]


NOTHING = Told()
