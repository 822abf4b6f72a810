"""The printable version of the site, and the PDFs made of it."""

import io
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, reduce
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, Destination, DictionaryObject, NameObject

from figures_src.model.failures import DOCS
from figures_src.model.language import LANGUAGES, Language, locale
from figures_src.site import pdf
from figures_src.site.names import NAME
from figures_src.site.printing import quoted
from figures_src.site.to_unicode import IDEOGRAPHS, to_unicode_maps, with_ideographs
from tests.serving import PUBLISHED, Site
from tests.site.accessibility import violations
from tests.site.parsing import Page, attribute, attributes, parsed, text, the
from tests.site.test_article import is_covered, shown
from tests.site.views import in_one_language
from tests.watching import scripted, watched

HEADINGS = "h1, h2, h3, h4, h5, h6"
# The slides are printed by themselves.
PAGES = {"notebook", "start"} | {path.stem for path in (DOCS / "en").glob("*.md")} - {"index", "slides"}
# A whole site on one page weighs more than a page may; nobody opens it by accident.
HEAVIEST = 3_600_000


@cache
def printed(site: Site, language: str) -> Page:
    return parsed(site.folder / language / "print" / "index.html")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_there_once_and_says_what_it_says_by_itself(site: Site, language: str) -> None:
    page = printed(site, language)
    sections = attributes(page, "section.print-page", "id")
    assert sorted(sections) == sorted(PAGES)
    assert attributes(page, ".print-contents a", "href") == [f"#{name}" for name in sections]
    assert sections[0] == "start"
    assert sections[-1].startswith("reference")
    for section in page.css("section.print-page"):
        name = attribute(section, "id").removeprefix("start")
        own = the(parsed(site.folder / language / name / "index.html"), "article")
        for kind in ("p > math", "figure svg", "tbody tr", "pre", "h2, h3"):
            wanted = "h1, h2" if kind == "h2, h3" else kind
            inside = len(own.css(wanted)) - len(own.css(f".playground :is({wanted})"))
            assert len(section.css(kind)) == inside, f"{name}: {kind}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_ids_are_unique_and_everything_that_refers_to_one_finds_it(site: Site, language: str) -> None:
    page = printed(site, language)
    ids = frozenset(attributes(page, "[id]", "id"))
    assert len(ids) == len(page.css("[id]"))
    for tag in page.css("*"):
        named = {name: value or "" for name, value in tag.attributes.items()}
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert ids.issuperset(named.get(name, "").split()), named
        for value in named.values():
            if "url(" in value:
                assert value.partition("url(")[2].partition(")")[0].strip("'\"#") in ids, named
        for name in ("href", "xlink:href"):
            if named.get(name, "").startswith("#"):
                assert unquote(named[name])[1:] in ids, named


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_drawing_of_several_pages_is_sent_once_and_is_that_of_each(site: Site, language: str) -> None:
    page = printed(site, language)
    sent: list[str] = []
    referring = 0
    for section in page.css("section.print-page"):
        name = attribute(section, "id").removeprefix("start")
        own = parsed(site.folder / language / name / "index.html").css("article svg.exhibit-svg")
        for drawing, drawn in zip(section.css("svg.exhibit-svg"), own, strict=True):
            parts = drawing
            if references := attributes(drawing, "use[href^='#drawing-']", "href"):
                referring += 1
                parts = the(page, references[0])
            else:
                sent.append((drawing.html or "").replace(f"{attribute(section, 'id')}--", ""))
            assert text(parts) == text(drawn)
    assert referring
    assert len(sent) == len(set(sent))


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_between_pages_stay_on_the_page(site: Site, language: str) -> None:
    leaving = {
        urlsplit(href).path.removeprefix("../")
        for href in attributes(printed(site, language), "main a", "href")
        if not href.startswith(("#", "http"))
    }
    pages = {path for path in leaving if path.endswith("/")}
    assert {path.partition("/")[0] for path in pages} == {"slides", "source"}
    files = {path.partition("/")[0] for path in leaving - pages}
    assert files <= {"data", "downloads", "figures", "licenses"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_needs_no_script_and_is_found_by_no_search(site: Site, language: Language) -> None:
    page = printed(site, language)
    assert f"{PUBLISHED}{language}/" in text(the(page, ".print-about"))
    assert attribute(the(page, "html"), "lang") == locale(language).tag
    assert attribute(the(page, "meta[name=robots]"), "content") == "noindex"
    assert not page.css("main script, form, input, select, button")
    assert all("open" in folded.attributes for folded in page.css("details"))
    levels = [int((heading.tag or "")[1]) for heading in page.css(HEADINGS)]
    assert levels.count(1) == 1
    assert all(lower - upper <= 1 for upper, lower in pairwise(levels))
    assert "print/" not in (site.folder / "sitemap.xml").read_text("utf-8")
    assert '"print/' not in (site.folder / language / "search" / "search_index.json").read_text("utf-8")
    assert (site.folder / language / "print" / "index.html").stat().st_size < HEAVIEST


def test_every_page_leads_to_it(site: Site) -> None:
    for path in sorted(site.folder.glob("*/*/index.html")):
        if path.parent.name != "print":
            assert parsed(path).css('footer a[href$="../print/"]'), path


# The rules that look at every word and what lies under it. Axe takes its time for them on so long a page, whose parts
# it sees on their own pages as well: of those, only the first is looked at here, but at night.
COLOURS = ("color-contrast", "link-in-text-block")
FURTHER_PARTS = ".print-page ~ .print-page"


@pytest.mark.parametrize(
    ("language", "width", "every_word"),
    [
        pytest.param("zh", 390, False, marks=pytest.mark.slow),
        pytest.param("zh", 390, True, marks=pytest.mark.every_combination),
        pytest.param("en", 1280, True, marks=pytest.mark.every_combination),
    ],
)
def test_it_fits_a_window_and_is_accessible(site: Site, tab: Any, language: str, width: int, every_word: bool) -> None:
    page = tab(width, 844)
    with watched(page, site.address) as wrong:
        page.goto(f"{site.address}{language}/print/")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator(FURTHER_PARTS).count() > 10
        if every_word:
            assert violations(page) == ""
        else:
            assert violations(page, rules={name: {"enabled": False} for name in COLOURS}) == ""
            assert violations(page, {"exclude": [FURTHER_PARTS]}, runOnly=COLOURS) == ""
        assert wrong == []


@pytest.mark.parametrize("language", in_one_language("zh"))
def test_it_shows_a_fans_first_choice_the_whole_network_and_drawings_that_others_refer_to(
    site: Site, tab: Any, language: str
) -> None:
    page = tab()
    page.goto(f"{site.address}{language}/print/")
    answers = shown(page, ".fan-answers p").all_inner_texts()
    ends = {
        "zh": ("ReLU 0.577", "LSTM，PyTorch", "前置归一化，6", "float16，1"),
        "en": ("ReLU 0.577", "LSTM, PyTorch", "pre-norm, 6", "float16, 1"),
    }[language]
    assert len(answers) == len(ends)
    assert all(answer.endswith(end) for answer, end in zip(answers, ends, strict=True)), answers
    assert shown(page, ".fan-choices, .chain-start").count() == 0
    assert page.locator(".chain svg").is_visible()
    assert is_covered(page) == [False, False]
    script = "drawings => drawings.map(drawing => getComputedStyle(drawing).contentVisibility)"
    assert set(page.locator("svg.exhibit-svg:has(> g[id^='drawing-'])").evaluate_all(script)) == {"visible"}


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_a_page_is_printed_light_unfolded_and_no_wider_than_the_sheet(
    site: Site, tab: Any, palette: Literal["light", "dark"]
) -> None:
    sheet = 658  # CSS pixels between the margins of A4
    page = tab(sheet, 900, color_scheme=palette)
    for name in ("which-gradient/", "evidence/", "tools/", "reading-the-report/"):
        page.goto(f"{site.address}en/{name}")
        scripted(page)
        page.emulate_media(media="print", color_scheme=palette)
        seen: dict[str, Any] = page.evaluate(
            """() => {
              const all = (selector) => [...document.querySelectorAll(selector)];
              const colour = (selector, kind) => all(selector).map((element) => getComputedStyle(element)[kind])[0];
              return {
                width: Math.max(...all("article *").map((element) => element.getBoundingClientRect().right)),
                ink: colour("article p", "color"),
                drawing: colour("article svg text", "fill"),
                folded: all("article details:not(.rows)").filter((one) => one.lastElementChild.offsetHeight < 5).length,
                shown: all("header, .md-sidebar, .md-footer").filter((one) => one.offsetHeight).length,
              };
            }"""
        )
        assert seen["width"] <= sheet + 8, name
        assert seen["ink"] == "rgba(0, 0, 0, 0.87)", name
        assert seen["drawing"] in {None, "rgb(31, 35, 40)"}, name  # not every page has a drawing
        assert (seen["folded"], seen["shown"]) == (0, 0), name
        page.emulate_media(media="screen")


@dataclass(frozen=True)
class Pdf:
    """The PDF of a language."""

    language: Language
    path: Path


@pytest.fixture(
    scope="module",
    params=[pytest.param("zh", marks=pytest.mark.slow), pytest.param("en", marks=pytest.mark.every_combination)],
)
def made_pdf(request: pytest.FixtureRequest, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Pdf:
    """Make the PDF of a language."""
    folder = tmp_path_factory.mktemp("pdf")
    # In a thread of its own: in this one a browser may be at work already, and Playwright allows one.
    with ThreadPoolExecutor(1) as pool:
        (path,) = pool.submit(pdf.make, site.folder, folder, (request.param,)).result()
    assert list(folder.iterdir()) == [path], "and nothing unfinished"
    return Pdf(request.param, path)


def entries(outline: list[Any]) -> list[Destination]:
    """All entries of an outline, in their order."""
    return [found for one in outline for found in (entries(one) if isinstance(one, list) else [one])]


def test_the_pdf_is_tagged_titled_outlined_and_its_text_can_be_read(site: Site, made_pdf: Pdf) -> None:
    language = made_pdf.language
    document = PdfReader(made_pdf.path)
    assert document.metadata
    assert document.metadata.title == NAME(language)
    catalog: Any = document.root_object
    assert catalog["/Lang"] == locale(language).tag
    assert catalog["/MarkInfo"]["/Marked"]
    outlined = entries(document.outline)
    assert len(outlined) == len(printed(site, language).css(HEADINGS))
    assert len(document.pages) > 100
    lesson = next(
        one for one in outlined if str(one.title).startswith({"zh": "消失的是", "en": "Which gradient"}[language])
    )
    number = document.get_destination_page_number(lesson)
    assert number is not None
    text = document.pages[number].extract_text()
    assert {"zh": "先猜一猜", "en": "What do you expect?"}[language] in text
    assert str(number + 1) in text
    contents = (document.pages[1], document.pages[2])
    links = [str(one) for page in contents for one in page.get("/Annots", [])]
    assert len(links) >= len(PAGES)


def test_the_pdf_leads_to_nothing_on_the_machine_it_was_made_on(made_pdf: Pdf) -> None:
    assert b"file:///" not in made_pdf.path.read_bytes()


def test_the_pdf_has_no_radicals_from_a_font_of_the_machine(made_pdf: Pdf) -> None:
    printed_bytes = made_pdf.path.read_bytes()
    assert printed_bytes.count(b"/ToUnicode") > 1
    assert with_ideographs(printed_bytes) == printed_bytes, "nothing is left to mend"


# Codes 1 to 9: an ideograph, a letter, two neighbouring radicals, a ligature with a radical in it, a radical of the
# supplement, a compatibility ideograph beyond 16 bits, and two texts of a list.
MAP = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<00> <FF>
endcodespacerange
4 beginbfchar
<01> <5148>
<05> <00662F00>
<06> <2ED3>
<07> <D87EDC00>
endbfchar
3 beginbfrange
<02> <02> <0061>
<03> <04> <2F08>
<08> <09> [<2E9F> <731C>]
endbfrange
endcmap
"""
AS_MAPPED, AS_MEANT = "先a\u2f08\u2f09f\u2f00\u2ed3\U0002f800\u2e9f猜", "先a人儿f一长丽母猜"


def written(to_unicode: bytes) -> bytes:
    """A PDF of one page that shows the codes 1 to 9 in a font with this map."""
    writer = PdfWriter()
    writer.pdf_header = "%PDF-1.4"
    writer.metadata = {"/Title": "Radicals"}
    page = writer.add_blank_page(595, 842)
    writer.add_outline_item(title="First", page_number=0)
    streams = [DecodedStreamObject(), DecodedStreamObject()]
    streams[0].set_data(to_unicode)
    streams[1].set_data(b"BT /F1 12 Tf 72 720 Td <010203040506070809> Tj ET")
    mapped, content = (writer._add_object(stream.flate_encode()) for stream in streams)
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    made = DictionaryObject({NameObject(key): NameObject(value) for key, value in font.items()})
    made[NameObject("/ToUnicode")] = mapped
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(made)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    page[NameObject("/Contents")] = content
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def test_ideographs_are_searched_and_copied_as_what_they_are() -> None:
    before = written(MAP)
    assert PdfReader(io.BytesIO(before)).pages[0].extract_text() == AS_MAPPED
    after = with_ideographs(before)
    document = PdfReader(io.BytesIO(after))
    assert document.pages[0].extract_text() == AS_MEANT
    assert document.pdf_header == "%PDF-1.4"
    assert document.metadata
    assert document.metadata.title == "Radicals"
    assert [str(one.title) for one in entries(document.outline)] == ["First"]
    assert with_ideographs(before) == after, "the same bytes each time"
    assert abs(len(after) - len(before)) < 100
    (mended,) = to_unicode_maps(document)
    unchanged = [line for line in MAP.split(b"\n") if line in mended.get_data().split(b"\n")]
    assert len(unchanged) == len(MAP.split(b"\n")) - 5, "only the lines that hold radicals are written anew"


def test_a_pdf_without_radicals_stays_byte_for_byte_as_it_is() -> None:
    ideographs = {b"2F00": b"4E00", b"2ED3": b"957F", b"D87EDC00": b"4E3D", b"2F08": b"4EBA", b"2E9F": b"6BCD"}
    plain = written(reduce(lambda text, pair: text.replace(*pair), ideographs.items(), MAP))
    assert with_ideographs(plain) == plain


def test_every_radical_has_the_ideograph_that_unicode_names() -> None:
    supplement = {point for point in range(0x2E80, 0x2F00) if unicodedata.name(chr(point), "")}
    assert supplement - IDEOGRAPHS.keys() == {0x2E80}, "a mark of repetition: no ideograph looks like it"
    for point in supplement & IDEOGRAPHS.keys():
        radical, ideograph = chr(point), IDEOGRAPHS[point]
        assert unicodedata.name(ideograph).startswith("CJK UNIFIED IDEOGRAPH"), radical
        assert unicodedata.normalize("NFKC", radical) in {radical, ideograph}
    kangxi = range(0x2F00, 0x2FD6)
    assert all(unicodedata.name(IDEOGRAPHS[point]).startswith("CJK UNIFIED IDEOGRAPH") for point in kangxi)
    assert "".join("⼀⻅⻆⻓⻔⻚⻢⻬⻰⺟").translate(IDEOGRAPHS) == "一见角长门页马齐龙母"


def test_a_title_in_a_style_sheet_stays_one_string() -> None:
    assert quoted('a "b" \\ c') == '"a \\"b\\" \\\\ c"'
