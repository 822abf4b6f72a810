"""The printable version of the site, and the PDFs made of it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser
from pypdf import PdfReader
from pypdf.generic import Destination

from figures_src.markdown.exhibits import LANGUAGE_TAGS
from figures_src.model.language import LANGUAGES, Language
from figures_src.pages.checks import DOCS
from figures_src.site import pdf
from figures_src.site.printing import quoted
from figures_src.site.root_folder import NAME
from tests.serving import PUBLISHED, Site

pytestmark = pytest.mark.xdist_group("site")

HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
PAGES = {"notebook", "start"} | {path.stem for path in (DOCS / "en").glob("*.md")} - {"index"}
# A whole site on one page weighs more than a page may; nobody opens it by accident.
HEAVIEST = 3_600_000


@cache
def printed(site: Site, language: str) -> BeautifulSoup:
    text = (site.folder / language / "print" / "index.html").read_text(encoding="utf-8")
    return BeautifulSoup(text, "html.parser")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_there_once_and_says_what_it_says_by_itself(site: Site, language: str) -> None:
    page = printed(site, language)
    sections = [str(section["id"]) for section in page.select("section.print-page")]
    assert sorted(sections) == sorted(PAGES)
    assert [str(link["href"]) for link in page.select(".print-contents a")] == [f"#{name}" for name in sections]
    assert sections[0] == "start"
    assert sections[-1].startswith("reference")
    for section in page.select("section.print-page"):
        name = "" if section["id"] == "start" else str(section["id"])
        own = BeautifulSoup((site.folder / language / name / "index.html").read_text("utf-8"), "html.parser").article
        assert isinstance(own, Tag)
        for kind in ("p > math", "figure svg", "tbody tr", "pre", "h2, h3"):
            wanted = own.select("h1, h2" if kind == "h2, h3" else kind)
            inside = [tag for tag in wanted if not tag.find_parent(class_="playground")]
            assert len(section.select(kind)) == len(inside), f"{name}: {kind}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_ids_are_unique_and_everything_that_refers_to_one_finds_it(site: Site, language: str) -> None:
    page = printed(site, language)
    ids = Counter(str(tag["id"]) for tag in page.find_all(id=True))
    assert [name for name, times in ids.items() if times > 1] == []
    for tag in page.find_all(True):
        for attribute in ("aria-labelledby", "aria-describedby", "for"):
            assert set(str(tag.get(attribute, "")).split()) <= set(ids), tag
        for value in map(str, tag.attrs.values()):
            if "url(" in value:
                assert value.partition("url(")[2].partition(")")[0].strip("'\"#") in ids, tag
        for attribute in ("href", "xlink:href"):
            if str(tag.get(attribute, "")).startswith("#"):
                assert unquote(str(tag[attribute]))[1:] in ids, tag


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_between_pages_stay_on_the_page(site: Site, language: str) -> None:
    leaving = {
        urlsplit(str(link["href"])).path.removeprefix("../").partition("/")[0]
        for link in printed(site, language).select("main a[href]")
        if not str(link["href"]).startswith(("#", "http"))
    }
    assert leaving <= {"data", "downloads", "figures", "source"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_needs_no_script_and_is_found_by_no_search(site: Site, language: Language) -> None:
    page = printed(site, language)
    html, robots, about = page.html, page.find("meta", attrs={"name": "robots"}), page.select_one(".print-about")
    assert html
    assert about
    assert f"{PUBLISHED}{language}/" in about.get_text()
    assert html["lang"] == LANGUAGE_TAGS[language]
    assert robots
    assert robots["content"] == "noindex"
    assert not page.select("main script, form, input, select, button")
    assert all("open" in folded.attrs for folded in page.find_all("details"))
    levels = [int(heading.name[1]) for heading in page.find_all(HEADINGS)]
    assert levels.count(1) == 1
    assert all(lower - upper <= 1 for upper, lower in pairwise(levels))
    assert "print/" not in (site.folder / "sitemap.xml").read_text("utf-8")
    assert '"print/' not in (site.folder / language / "search" / "search_index.json").read_text("utf-8")
    assert (site.folder / language / "print" / "index.html").stat().st_size < HEAVIEST


def test_every_page_leads_to_it(site: Site) -> None:
    for path in sorted(site.folder.glob("*/*/index.html")):
        if path.parent.name != "print":
            page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
            assert page.select_one('footer a[href$="../print/"]'), path


@pytest.mark.parametrize(("language", "width"), [("zh", 390), ("en", 1280)])  # axe takes its time on so long a page
def test_it_fits_a_window_and_is_accessible(site: Site, browser: Browser, language: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in {"error", "warning"} else None)
    page.goto(f"{site.address}{language}/print/", wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert wrong == []
    page.close()


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_a_page_is_printed_light_unfolded_and_no_wider_than_the_sheet(
    site: Site, browser: Browser, palette: Literal["light", "dark"]
) -> None:
    sheet = 658  # CSS pixels between the margins of A4
    page = browser.new_page(viewport={"width": sheet, "height": 900}, color_scheme=palette)
    for name in ("which-gradient/", "evidence/", "tools/", "reading-the-report/"):
        page.goto(f"{site.address}en/{name}", wait_until="networkidle")
        page.emulate_media(media="print", color_scheme=palette)
        seen: dict[str, Any] = page.evaluate(
            """() => {
              const all = (selector) => [...document.querySelectorAll(selector)];
              const colour = (selector, kind) => all(selector).map((element) => getComputedStyle(element)[kind])[0];
              return {
                width: Math.max(...all("article *").map((element) => element.getBoundingClientRect().right)),
                ink: colour("article p", "color"),
                drawing: colour("article svg text", "fill"),
                folded: all("article details").filter((one) => one.lastElementChild.offsetHeight < 5).length,
                shown: all("header, .md-sidebar, .md-footer").filter((one) => one.offsetHeight).length,
              };
            }"""
        )
        assert seen["width"] <= sheet + 8, name
        assert seen["ink"] == "rgba(0, 0, 0, 0.87)", name
        assert seen["drawing"] in {None, "rgb(31, 35, 40)"}, name  # not every page has a drawing
        assert (seen["folded"], seen["shown"]) == (0, 0), name
        page.emulate_media(media="screen")
    page.close()


@pytest.fixture(scope="module")
def files(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make the PDFs of both languages."""
    folder = tmp_path_factory.mktemp("pdf")
    # In a thread of its own: in this one a browser may be at work already, and Playwright allows one.
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(pdf.make, site.folder, folder).result()
    assert sorted(folder.iterdir()) == sorted(made), "and nothing unfinished"
    return dict(zip(LANGUAGES, made, strict=True))


def entries(outline: list[Any]) -> list[Destination]:
    """All entries of an outline, in their order."""
    return [found for one in outline for found in (entries(one) if isinstance(one, list) else [one])]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_tagged_titled_outlined_and_its_text_can_be_read(
    site: Site, files: dict[str, Path], language: Language
) -> None:
    document = PdfReader(files[language])
    assert document.metadata
    assert document.metadata.title == NAME(language)
    catalog: Any = document.root_object
    assert catalog["/Lang"] == LANGUAGE_TAGS[language]
    assert catalog["/MarkInfo"]["/Marked"]
    page = printed(site, language)
    headings = [" ".join(heading.get_text().split()) for heading in page.find_all(HEADINGS)]
    outlined = entries(document.outline)
    assert len(outlined) == len(headings)
    assert len(document.pages) > 100
    lesson = next(
        one for one in outlined if str(one.title).startswith({"zh": "消失的是", "en": "Which gradient"}[language])
    )
    number = document.get_destination_page_number(lesson)
    assert number is not None
    text = document.pages[number].extract_text()
    assert {"zh": "先猜一猜", "en": "What do you expect?"}[language] in text
    assert str(number + 1) in text
    links = [str(one) for one in document.pages[1].get("/Annots", [])]
    assert len(links) >= len(PAGES)


def test_the_pdf_leads_to_nothing_on_the_machine_it_was_made_on(files: dict[str, Path]) -> None:
    for path in files.values():
        assert b"file:///" not in path.read_bytes()


def test_a_title_in_a_style_sheet_stays_one_string() -> None:
    assert quoted('a "b" \\ c') == '"a \\"b\\" \\\\ c"'
