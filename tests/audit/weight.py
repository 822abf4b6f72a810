"""Weight of every page: the bytes that a real browser takes from the server, with headers, data and workers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from figures_src.model.failures import ROOT, Failure
from figures_src.model.language import LANGUAGES
from figures_src.site.browser import launched
from gradlab._internal.progress import track
from tests.audit.built import name, pages
from tests.serving import Site, served
from tests.table import aligned
from tests.tabs import Tab
from tests.watching import settled, watched

LIMIT = 150_000
# The article is where most readers come in. The playground has its data, and the evidence a row for every claim and
# every check of the site. The printable page holds all other pages, to be put on paper, not read, and grows with each
# page that is added: by 25 kB with those on causes and cures, by 80 with three lessons and the classics.
LIMITS = {"": 110_000, "playground/": 160_000, "evidence/": 160_000, "print/": 640_000}
# The recorded weight of each page: it may become lighter, and not heavier again.
RECORDED: dict[str, int] = json.loads((ROOT / "tests" / "audit" / "weights.json").read_text(encoding="utf-8"))
# The wait until nothing more is sent, also to workers, is half of a page's time: so many pages wait at once.
SHARES = 4
# The folder of listings of sources.
LISTINGS = "source"
PHONE: Mapping[str, Any] = {"viewport": {"width": 390, "height": 844}}


@dataclass(frozen=True)
class Weight:
    """Weight of one page opened with an empty cache, and its failures."""

    page: str
    bytes: int
    requests: int
    wrong: tuple[str, ...]

    @property
    def limit(self) -> int:
        """The bytes it may take."""
        limit = LIMITS.get(self.page.partition("/")[2], LIMIT)
        return min(limit, RECORDED.get(self.page, limit))


def check(site: Site) -> list[Failure]:
    """Every page that is too heavy, asks another host for anything, or says an error on the console.

    Listings of sources are of one make: the longest of each language stands for all.
    """
    listed, others = divided(site)
    longest = (
        max((path for path in listed if name(site.folder, path).startswith(f"{language}/")), key=size)
        for language in LANGUAGES
    )
    wrong = _weighed(site, [*others, *longest])
    with launched() as browser:
        searches = {language: searched(browser, site, language) for language in LANGUAGES}
    print("search, when it is opened:", ", ".join(f"{name} {taken / 1000:.1f} kB" for name, taken in searches.items()))
    return wrong


def check_listings(site: Site) -> list[Failure]:
    """Every listing of a source for which the same holds."""
    return _weighed(site, divided(site)[0])


def divided(site: Site) -> tuple[list[Path], list[Path]]:
    """The site's listings of sources, and its other pages."""
    every = [(LISTINGS in path.relative_to(site.folder).parts, path) for path in pages(site.folder)]
    return [path for listed, path in every if listed], [path for listed, path in every if not listed]


def size(path: Path) -> int:
    """Bytes of a file."""
    return path.stat().st_size


def _weighed(site: Site, chosen: Iterable[Path]) -> list[Failure]:
    wanted = [name(site.folder, path) for path in chosen]
    with ThreadPoolExecutor(SHARES) as pool:
        shares = pool.map(lambda first: _share(site, wanted[first::SHARES]), range(SHARES))
        weights = [weight for share in shares for weight in share]
    print("\n".join(table(weights)))
    return [failure for weight in weights for failure in failures(weight)]


def _share(site: Site, wanted: Sequence[str]) -> list[Weight]:
    """Measure some of the pages, in a browser and by a server that nobody else uses."""
    with launched() as browser, served(site.folder, site.path) as own:
        tab = Tab(browser, **PHONE)
        return [measured(tab, own, page) for page in track(wanted, "weight")]


def failures(weight: Weight) -> list[Failure]:
    """The failures of a page."""
    where = weight.page or "index.html"
    found = [Failure(where, what) for what in dict.fromkeys(weight.wrong)]
    if weight.bytes > weight.limit:
        found.append(Failure(where, f"{weight.bytes} bytes transferred, allowed: {weight.limit}"))
    return found


def measured(tab: Tab, site: Site, page: str) -> Weight:
    """Open a page of the site with an empty cache, in a tab that may have shown others."""
    tab.clear(site.address)
    tab.forget_files()
    before = site.traffic.now()
    with watched(tab.page, site.address) as wrong:
        tab.page.goto(f"{site.address}{page}", wait_until="load")
        after = settled(tab.page, site)
    return Weight(page, after[0] - before[0], after[1] - before[1], tuple(wrong))


def searched(browser: Browser, site: Site, language: str) -> int:
    """The bytes that opening the search takes, beside the page."""
    page = browser.new_context().new_page()
    page.goto(f"{site.address}{language}/", wait_until="load")
    loaded, _ = settled(page, site)
    page.locator(".md-search__input").focus()
    after, _ = settled(page, site)
    page.context.close()
    return after - loaded


def table(weights: list[Weight]) -> list[str]:
    """The heaviest page comes first."""
    rows = [("page", "kB", "allowed", "requests")]
    for weight in sorted(weights, key=lambda weight: -weight.bytes / weight.limit):
        sizes = f"{weight.bytes / 1000:.1f}", f"{weight.limit / 1000:.0f}"
        rows.append((weight.page or "index.html", *sizes, str(weight.requests)))
    return list(aligned(rows))
