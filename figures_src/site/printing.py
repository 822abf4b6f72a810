"""The printable version: all pages of one language as one page, composed from the built ones.

It reads what was built, HTML in a folder, and knows no generator. mkdocs-print-site-plugin was tried first: it makes
the ids of headings unique but not those of figures, drawings and rows of tables, to which most links on these pages go.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from urllib.parse import urldefrag, urljoin

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EntitySubstitution
from bs4.filter import SoupStrainer
from bs4.formatter import HTMLFormatter

from figures_src.model.language import LANGUAGES, Language, Text, locale
from figures_src.site import policy
from figures_src.site.names import COPYRIGHT, DESCRIPTION, NAME
from figures_src.site.root_folder import rendered

FOLDER = "print"
# The heads of all sheets: a style sheet of its own, for a page holds none.
HEADS = "assets/css/print-heads.css"
# Addresses inside a language's folder are resolved against this one; nothing else may begin with it.
BASE = "https://print.invalid/"
# Classes of what only a screen has a use for, and of what would be missed without a word.
LEFT_OUT = frozenset(
    {"headerlink", "exhibit-links", "statement-filter", "md-content__button", "page-changed", "exercise"}
    | {"fan-choices", "chain-start", "guess-said", "guess-keys"}
)
INTERACTIVE = "playground"
# Attributes that name ids of the same page, those that hold an address, and a part of a drawing in any other.
NAMING = ("for", "headers", "aria-labelledby", "aria-describedby", "aria-controls")
LINKS = ("href", "src", "xlink:href")
PART = re.compile(r"url\((['\"]?)#")
HEADING = re.compile(r"h([1-6])")
DEEPEST = 6
# As the pages are written: `<br>`, not `<br/>`.
HTML = HTMLFormatter(entity_substitution=EntitySubstitution.substitute_xml, void_element_close_prefix="")
# They are printed by themselves, on sheets of another format.
ELSEWHERE = frozenset({"slides/"})
# It is looked up, not read, so it comes last.
APPENDIX = re.compile(r"reference\b")

WORDS = {
    "print": Text(zh="整站打印版", en="The whole site on one page"),
    "contents": Text(zh="目录", en="Contents"),
    "site": Text(zh="回到网站", en="Back to the site"),
    "hint": Text(
        zh="这一页供打印：浏览器的打印命令会把它排成 A4 纸，每一课从新的一页开始。",
        en="This page is for paper: the browser's print command sets it on A4, and every page of the site begins on a "
        "new sheet.",
    ),
    "built": Text(zh="构建日期：", en="Built on "),
    "interactive": Text(
        zh="这里是互动的部分，只在网站上才有。", en="What stands here is interactive and on the site only."
    ),
}


@dataclass(frozen=True)
class Entry:
    """A page in the order of the navigation.

    Attributes:
        address: its folder's name with a final slash; nothing for the first page.
        title: as the navigation calls it.
        section: the navigation's section that it stands in, or nothing.

    """

    address: str
    title: str
    section: str

    @property
    def name(self) -> str:
        """The prefix of its ids."""
        return self.address.rstrip("/") or "start"

    @property
    def quoted(self) -> str:
        """The title as a string of a style sheet."""
        return quoted(self.title)


def quoted(text: str) -> str:
    """A text as a string of a style sheet."""
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def write(site: Path, language: Language, url: str, epoch: str) -> None:
    """Write the printable version of one built language into its folder.

    `site` is the folder of the built languages, `url` its published address or nothing, `epoch` the build's date in
    seconds since 1970.
    """
    folder = site / language
    first = BeautifulSoup((folder / "index.html").read_text(encoding="utf-8"), "html.parser")
    entries = _entries(first)
    names = {entry.address: entry.name for entry in entries}
    articles = {entry: _article(folder, entry, names, language) for entry in entries}
    _draw_once(articles)
    page = rendered(
        "print.html",
        language=locale(language).tag,
        name=NAME(language),
        policy=policy.meta(),
        description=DESCRIPTION(language),
        copyright=COPYRIGHT(language),
        url=f"{url}{language}/" if url else "",
        date=datetime.fromtimestamp(int(epoch), UTC).date().isoformat(),
        styles=[f"../{link['href']}" for link in first.select('link[rel~="stylesheet"]')],
        others=[(other, locale(other).tag, locale(other).name) for other in LANGUAGES if other != language],
        parts=[(section, list(pages)) for section, pages in groupby(entries, key=attrgetter("section"))],
        bodies=[(entry, article.decode_contents(formatter=HTML)) for entry, article in articles.items()],
        words={key: text(language) for key, text in WORDS.items()},
    )
    (folder / HEADS).write_text(heads(entries, NAME(language)), encoding="utf-8")
    (folder / FOLDER).mkdir()
    (folder / FOLDER / "index.html").write_text(page, encoding="utf-8")


def heads(entries: Iterable[Entry], name: str) -> str:
    """The style that prints the site's name and the page's title over every sheet."""
    own = "".join(
        f"@page {entry.name}{{@top-right{{content:{entry.quoted}}}}}#{entry.name}{{page:{entry.name}}}"
        for entry in entries
    )
    return f"{own}@page{{@top-left{{content:{quoted(name)}}}}}"


def _entries(first: BeautifulSoup) -> list[Entry]:
    """Every page that the navigation of the first page leads to, once, the reference last; none printed elsewhere."""
    found: dict[str, Entry] = {}
    for link in first.select("nav.md-nav--primary a.md-nav__link[href]"):
        href = str(link["href"])
        if href.startswith("#"):
            continue
        address = urljoin(BASE, href).removeprefix(BASE)
        if address in ELSEWHERE:
            continue
        nested = link.find_parent("nav", class_="md-nav", attrs={"data-md-level": "1"})
        label = nested.find("label", class_="md-nav__title") if isinstance(nested, Tag) else None
        section = label.get_text(strip=True) if isinstance(label, Tag) else ""
        found.setdefault(address, Entry(address, link.get_text(" ", strip=True), section))
    return sorted(found.values(), key=lambda entry: bool(APPENDIX.match(entry.address)))


def _article(folder: Path, entry: Entry, names: Mapping[str, str], language: Language) -> Tag:
    """The article of a page, fit for standing among the others."""
    text = (folder / entry.address / "index.html").read_text(encoding="utf-8")
    article = BeautifulSoup(text, "html.parser", parse_only=SoupStrainer("article")).find("article")
    if not isinstance(article, Tag):
        raise ValueError(f"{entry.address}index.html: found no article, allowed: one")
    for tag in article.find_all(True):
        if not tag.decomposed:
            _fit(tag, entry, names, language)
    return article


def _draw_once(articles: Mapping[Entry, Tag]) -> None:
    """Let a drawing that stands on several pages be sent once: the later ones refer to the parts of the first."""
    alike: dict[str, list[Tag]] = {}
    for entry, article in articles.items():
        for drawing in article.select("svg.exhibit-svg"):
            alike.setdefault(drawing.decode_contents().replace(f"{entry.name}--", ""), []).append(drawing)
    for number, (first, *others) in enumerate(found for found in alike.values() if len(found) > 1):
        parts = Tag(name="g", attrs={"id": f"drawing-{number}"})
        parts.extend(list(first.contents))
        first.append(parts)
        for drawing in others:
            drawing.clear()
            drawing.append(Tag(name="use", attrs={"href": f"#{parts['id']}"}))


def _fit(tag: Tag, entry: Entry, names: Mapping[str, str], language: Language) -> None:
    """Change a tag of one page so that it keeps its meaning on the page of all."""
    classes = tag.get_attribute_list("class")
    if tag.name == "script" or not LEFT_OUT.isdisjoint(classes):
        tag.decompose()
        return
    if INTERACTIVE in classes:
        _say(tag, WORDS["interactive"](language))
    elif tag.name == "details":
        tag["open"] = ""
    elif tag.name == "button":  # a choice, which on paper is an item of a list
        tag.name, tag.attrs = "div", {}
    elif heading := HEADING.fullmatch(tag.name):
        tag.name = f"h{min(int(heading[1]) + 1, DEEPEST)}"
    _rename(tag, entry, names)


def _say(tag: Tag, sentence: str) -> None:
    """Put a sentence in a tag's place."""
    for part in tag.find_all(True):
        part.decompose()
    tag.name, tag.attrs, tag.string = "p", {"class": "print-note"}, sentence


def _rename(tag: Tag, entry: Entry, names: Mapping[str, str]) -> None:
    """Make a tag's ids, and what refers to ids, those of its page."""
    for attribute, value in tag.attrs.items():
        if attribute == "id":
            tag["id"] = f"{entry.name}--{value}"
        elif attribute in NAMING:
            tag[attribute] = " ".join(f"{entry.name}--{one}" for one in str(value).split())
        elif attribute in LINKS:
            tag[attribute] = _link(str(value), entry, names)
        elif "url(" in value:
            tag[attribute] = PART.sub(rf"url(\1#{entry.name}--", str(value))


def _link(href: str, entry: Entry, names: Mapping[str, str]) -> str:
    """Target of a link on the page of all pages: a part of it, or the same place outside as before."""
    target, fragment = urldefrag(urljoin(BASE + entry.address, href))
    if not target.startswith(BASE):
        return href
    address = target.removeprefix(BASE)
    if (page := names.get(address.partition("?")[0])) is None:
        return f"../{address}" + (f"#{fragment}" if fragment else "")
    return f"#{page}--{fragment}" if fragment else f"#{page}"
