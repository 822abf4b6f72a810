"""The record of what pages weigh: this site's article beside pages of others on the same subject.

A page is counted by what its HTML names: style sheets, scripts, fonts that it preloads, pictures and its icon. What
scripts and style sheets fetch when they run is not. Pages of others were counted once, in their stored text, from the
sources that the record names; of a few of their files the bytes could be had, from the packages of the versions that
the pages name. `make record-weights` measures this site's own pages anew, in the built site.
"""

import gzip
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from figures_src.cache import records
from figures_src.cache.sources import data_file
from figures_src.model.failures import ROOT, relative
from figures_src.model.language import LANGUAGES

FILE = data_file(Path(__file__))
OWN = {f"{language}_article": f"{language}/index.html" for language in LANGUAGES}
PEERS = ("d2l_zh", "d2l_en", "pytorch")
COMPRESSED = (".woff2", ".woff", ".png", ".jpg", ".webp")


@dataclass(frozen=True)
class Weighed:
    """A file whose bytes are known.

    Attributes:
        file: its name, with the package and version that it comes from.
        transferred: bytes as a server sends them: with gzip at level 6 where the format is not compressed by itself.

    """

    file: str
    transferred: int


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        name: how exhibits call it.
        source: where its HTML was read: repository, commit and path, or the path in the built site.
        characters: of its HTML.
        styles: style sheets that it names.
        scripts: scripts that it names.
        fonts: fonts that it preloads.
        images: pictures that it names, its icon included.
        hosts: other hosts that they come from, or that a script within the HTML asks.
        weighed: the files whose bytes are known, the HTML itself if it is one of them.

    """

    name: str
    source: str
    characters: int
    styles: int
    scripts: int
    fonts: int
    images: int
    hosts: tuple[str, ...]
    weighed: tuple[Weighed, ...]

    def __post_init__(self) -> None:
        if len(self.weighed) > self.requests:
            raise ValueError(f"weighed: found {len(self.weighed)} files, allowed: at most {self.requests}")

    @property
    def requests(self) -> int:
        """Number of files that a browser is told to fetch, the HTML included."""
        return 1 + self.styles + self.scripts + self.fonts + self.images

    @property
    def known(self) -> int:
        """Bytes of the files that could be weighed."""
        return sum(one.transferred for one in self.weighed)


@dataclass(frozen=True)
class Weights:
    """Every page, and the days when others' and our own were counted."""

    counted: str
    measured: str
    pages: tuple[Page, ...]

    def __post_init__(self) -> None:
        for day in (self.counted, self.measured):
            date.fromisoformat(day)
        if [page.name for page in self.pages] != [*OWN, *PEERS]:
            raise ValueError(f"pages: found {[page.name for page in self.pages]}, allowed: {[*OWN, *PEERS]}")

    @property
    def config(self) -> tuple[str, ...]:
        """The addresses of the pages."""
        return tuple(page.source for page in self.pages)

    def of(self, name: str) -> Page:
        """One page."""
        return next(page for page in self.pages if page.name == name)


def _named(page: BeautifulSoup) -> Iterator[tuple[str, str]]:
    """Yield the kind and the address of every file that HTML tells a browser to fetch."""
    for script in page.select("script[src]"):
        yield "scripts", str(script["src"])
    for image in page.select("img[src]"):
        yield "images", str(image["src"])
    for link in page.select("link[href]"):
        yield from ((kind, str(link["href"])) for kind in _kinds(link))


def _kinds(link: Tag) -> Iterator[str]:
    relations = set(link.get_attribute_list("rel"))
    if "stylesheet" in relations:
        yield "styles"
    if "icon" in relations:
        yield "images"
    if "preload" in relations and link.get("as") == "font":
        yield "fonts"


def _transferred(path: Path) -> int:
    content = path.read_bytes()
    return len(content if path.suffix in COMPRESSED else gzip.compress(content, 6, mtime=0))


def measure(site: Path, name: str) -> Page:
    """Count and weigh one of this site's pages in the built site."""
    path = site / OWN[name]
    text = path.read_text(encoding="utf-8")
    named = sorted(set(_named(BeautifulSoup(text, "html.parser"))))
    count = {kind: sum(one == kind for one, _ in named) for kind in ("styles", "scripts", "fonts", "images")}
    own = [address for _, address in named if not urlsplit(address).netloc]
    files = [path, *((path.parent / urlsplit(address).path).resolve() for address in own)]
    return Page(
        name=name,
        source=OWN[name],
        characters=len(text),
        **count,
        hosts=tuple(sorted({urlsplit(address).netloc for _, address in named} - {""})),
        weighed=tuple(Weighed(file.relative_to(site.resolve()).as_posix(), _transferred(file)) for file in files),
    )


def read(path: Path = FILE) -> Weights:
    """The committed record.

    Raises `ValueError` of one line where it is missing or damaged.
    """
    return records.stated(path, Weights)


def main() -> None:
    """Measure this site's own pages in the site that was built last, and write them into the record."""
    site = ROOT / "site"
    if missing := [page for page in OWN.values() if not (site / page).is_file()]:
        sys.exit(f"{relative(site / missing[0])}: found no page, run `make docs` first")
    last = read()
    pages = tuple(measure(site, page.name) if page.name in OWN else page for page in last.pages)
    records.save(FILE, asdict(replace(last, pages=pages, measured=date.today().isoformat())))


if __name__ == "__main__":
    main()
