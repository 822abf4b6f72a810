"""Links from page to page, held against the pages and anchors that there are; the generator checks all other links."""

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from figures_src.cache.catalog import Catalog
from figures_src.model.anchors import check_anchor, claim_anchor, figure_anchor
from figures_src.model.failures import Failure, unknown
from figures_src.pages.notebook import NOTEBOOK_DOWNLOAD, NOTEBOOK_PAGE
from figures_src.pages.page import KEPT, NOTEBOOK, Page
from figures_src.pages.told import NOTHING, Told
from figures_src.playground.addresses import is_address

CHECKS_TABLE = "site-checks"
CLAIMS_TABLE = "site-claims"
PLAYGROUND = "playground.md"
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]*\.(?:md|ipynb)(?:\?[^)\s#]*)?(?:#[^)\s]*)?|#[^)\s]*)")
_OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:|/")
_ANCHOR = re.compile(r"\{[^{}\n]*#([\w-]+)[^{}\n]*\}|\bid=\"([\w-]+)\"")


def check_links(
    pages: Iterable[Page], catalog: Catalog, told: Told = NOTHING, unreadable: Collection[Page] = ()
) -> Iterator[Failure]:
    """Links to a page, or to a place on one, that does not exist, but for what is told of pages already."""
    pages, lines = list(pages), {failure.where for failure in told.failures}
    anchors = {(page.language, _address(page)): _anchors(page, catalog) for page in pages}
    made = {NOTEBOOK_DOWNLOAD, *(f"source/{name}.md" for name in catalog.exhibits)}
    for page in (page for page in pages if page not in unreadable):
        offered = made | {address for language, address in anchors if language == page.language}
        for written, line in targets(page):
            where = page.where(line)
            address, _, fragment = written.partition("#")
            file, _, query = address.partition("?")
            if _OUTSIDE.match(file) or where in lines:
                continue
            address = posixpath.normpath(posixpath.join(posixpath.dirname(_address(page)), file)) if file else ""
            target = address or _address(page)
            if target not in offered:
                yield Failure(where, unknown("page", target, offered))
            elif query and not (target == PLAYGROUND and is_address(query)):
                yield Failure(where, f"{query!r} is no setting of {PLAYGROUND}")
            elif target in made or not fragment or told.explains_anchor(fragment):
                continue
            elif not _leads(fragment, anchors[page.language, target]):
                yield Failure(where, unknown(f"anchor of {target}", fragment, anchors[page.language, target]))


@lru_cache(KEPT)
def targets(page: Page) -> list[tuple[str, int]]:
    """The targets of links on a page as they are written, with their lines."""
    text = page.prose
    return [(match["target"], text.count("\n", 0, match.start("target")) + 1) for match in _LINK.finditer(text)]


@lru_cache(KEPT)
def _named_anchors(page: Page) -> list[str]:
    """The anchors that a page itself gives to headings and elements."""
    return [first or second for first, second in _ANCHOR.findall(page.prose)]


def _leads(fragment: str, anchors: frozenset[str]) -> bool:
    """Whether there is such an anchor; a member of a docstring's object the generator looks for."""
    return fragment in anchors or any("." in name and fragment.startswith(f"{name}.") for name in anchors)


def _address(page: Page) -> str:
    return NOTEBOOK_PAGE if page.name == NOTEBOOK else page.name


def _anchors(page: Page, catalog: Catalog) -> frozenset[str]:
    """Targets of links on a page: headings, elements with an id, objects, figures, rows."""
    shown = page.references
    figures = [figure_anchor(reference.name) for reference in shown if reference.kind == "figure"]
    tables = {reference.name for reference in shown if reference.kind == "table"}
    checks = map(check_anchor, catalog.checks) if CHECKS_TABLE in tables else ()
    claims = map(claim_anchor, catalog.claims) if CLAIMS_TABLE in tables else ()
    return frozenset([*_named_anchors(page), *page.objects, *figures, *checks, *claims])
