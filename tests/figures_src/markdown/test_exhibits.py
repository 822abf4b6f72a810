"""Figures, numbers and marks in Markdown."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from markdown import Markdown
from markdown.extensions import Extension

from figures_src.cache.catalog import gather, publish, read
from figures_src.cache.serialization import written
from figures_src.markdown.exhibits import UnknownReferenceError
from figures_src.markdown.glossary import GlossaryExtension
from figures_src.markdown.listings import listing
from figures_src.model.claim import Assessed, Claim
from figures_src.model.exhibit import Check, Number, Offered
from figures_src.model.failures import BuildFailedError
from figures_src.model.language import Text
from tests.figures_src.markdown import markup

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><text>5</text></svg>'
TITLE = Text(zh="图", en="A <figure>")
TOP = Number(2602.3149, ".1f")
LAW = Check(TITLE, TOP, "=", TOP, TITLE, "a formula")
NEAR = Check(TITLE, TOP, "≈", TOP, TITLE, "a formula", 0.05)
CLAIM = Claim("it-is-so", "1", TITLE, "code", "conditional", Text(zh="若 <宽>", en="If <wide>"), supports=("one.law",))
JOINER = "\N{WORD JOINER}"
TICK = f"<a>{JOINER}✓</a>"
PILL = f'<a><span aria-hidden="true" class="claim-mark">{JOINER}◐</span><span class="claim-word">conditional</span></a>'
CLAIMS = {"it-is-so": Assessed(CLAIM, "conditional", "x.py")}


def lay_out(entries: dict[str, Path], folder: Path) -> None:
    publish(entries, replace(gather(entries), claims=CLAIMS), {}, folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A published catalog of one exhibit."""
    entry = tmp_path / "entry"
    entry.mkdir()
    for language in ("zh", "en"):
        (entry / f"figure.{language}.svg").write_text(SVG)
        (entry / f"table.{language}.md").write_text("| a |\n| :-- |\n")
    (entry / "data.csv").write_text("x\n1\n")
    offered = Offered(TITLE, "", {"top": TOP}, {}, {"law": LAW, "other": LAW, "near": NEAR})
    (entry / "exhibit.json").write_text(written(offered))
    lay_out({"one": entry}, tmp_path / "published")
    return tmp_path / "published"


def convert(text: str, folder: Path, language: str = "en", others: Sequence[str | Extension] = ()) -> BeautifulSoup:
    name = "figures_src.markdown.exhibits"
    md = Markdown(
        extensions=["attr_list", "pymdownx.superfences", *others, name],
        extension_configs={name: {"language": language, "folder": str(folder)}},
    )
    return markup.page(md.convert(text))


def test_what_is_published_is_read(folder: Path) -> None:
    catalog = read(folder)
    assert catalog.claims == CLAIMS
    assert catalog.checks == {"one.law": LAW, "one.other": LAW, "one.near": NEAR}
    assert catalog.numbers["one.top"] == TOP


def test_a_number_is_injected_with_its_digits_for_machines(folder: Path) -> None:
    element = convert("It is {{ one.top }}.", folder).find("data")
    assert element is not None
    assert (element.text, element["value"]) == ("2602.3", "2602.31")


@pytest.mark.parametrize("text", ["`{{ one.top }}`", "```\n{{ one.top }}\n```", "    {{ one.top }}"])
def test_code_is_left_alone(text: str, folder: Path) -> None:
    page = convert(text, folder)
    assert page.find("data") is None
    assert "{{ one.top }}" in page.get_text()


def test_a_figure_stands_inline_with_caption_data_and_source(folder: Path) -> None:
    page = convert('![Alt {{ one.top }} & more](figures/one.svg "Caption {{ one.top }}")', folder)
    figure = page.select_one("figure#figure-one.exhibit")
    assert figure is not None
    svg = figure.find("svg")
    assert svg is not None
    assert svg["aria-label"] == "A <figure>: Alt 2602.3 & more"
    assert figure.select_one(".exhibit-caption").text == "Caption 2602.3"  # type: ignore[union-attr]
    assert [link["href"] for link in figure.find_all("a")] == ["figures/one.svg", "data/one.csv", "source/one.md"]
    assert page.find("img") is None


def test_a_figure_says_what_styles_scripts_and_listeners_need(folder: Path) -> None:
    page = convert('![Alt](../figures/one.svg "Caption")\n\nAfter', folder)
    assert str(page) == (
        '<figure class="exhibit" id="figure-one">\n'
        '<div aria-label="Figure, scrolls sideways: A &lt;figure&gt;" class="exhibit-drawing"'
        ' data-search-exclude="true" role="group" tabindex="0">'
        '<svg aria-label="A &lt;figure&gt;: Alt" lang="en" role="img" viewbox="0 0 1 1"'
        ' xmlns="http://www.w3.org/2000/svg"><text>5</text></svg></div>\n'
        "<figcaption>\n"
        '<p class="exhibit-caption">Caption</p>\n'
        '<p class="exhibit-links"><a class="exhibit-enlarge" href="../figures/one.svg">Enlarge</a>'
        ' <a download="one.csv" href="../data/one.csv">Data (CSV)</a> <a href="../source/one.md">Source</a> </p>\n'
        "</figcaption>\n</figure>\n<p>After</p>"
    )
    other = convert("![](figures/one.svg)", folder, "zh")
    assert other.select_one(".exhibit-caption").text == ""  # type: ignore[union-attr]
    assert [link.text for link in other.find_all("a")] == ["放大", "数据（CSV）", "源代码"]
    drawn = convert("![说明](figures/one.svg)", folder, "zh").find("svg")
    assert drawn is not None
    assert (drawn["lang"], drawn["aria-label"]) == ("zh-Hans", "图：说明")


def test_a_listing_says_what_styles_and_listeners_need() -> None:
    said = listing("See en/theory/ for zh/theory/.\n\na    b\n1    2\n\n    code\nend", "A label", "en")
    assert ET.tostring(said, encoding="unicode") == (
        '<div class="listing" role="group" aria-label="A label" data-search-exclude="true">'
        '<div><pre><samp>See <a href="theory.md">en/theory/</a> for zh/theory/.</samp></pre></div>'
        '<div><pre class="listing-scroll" tabindex="0"><samp>a    b\n1    2</samp></pre></div>'
        '<div><pre class="listing-scroll" tabindex="0"><samp>    code</samp></pre>'
        "<pre><samp>end</samp></pre></div></div>"
    )


@pytest.mark.parametrize(
    ("language", "label"), [("en", "Output, scrolls sideways: A <figure>"), ("zh", "输出，可横向滚动：图")]
)
def test_a_listing_is_named_in_the_language_of_its_page(listed: Path, language: str, label: str) -> None:
    assert convert("{{ listing one.out }}", listed, language).select("div.listing")[0]["aria-label"] == label


def test_an_image_in_a_sentence_and_another_image_stay_images(folder: Path) -> None:
    assert convert("Beside ![alt](figures/one.svg) text", folder).find("img")
    assert convert("![alt](photo.png)", folder).find("img")


def test_a_term_before_a_mark_is_explained_and_the_mark_stays_glued(folder: Path) -> None:
    for mark, expected in (("{{ check one.near }}", f"{JOINER}✓"), ("{{ verdict it-is-so }}", f"\u00a0{JOINER}◐")):
        page = convert(f"The mean has no norm {mark} here.", folder, others=[GlossaryExtension(language="en")])
        term = page.select_one("a.term")
        assert term is not None
        assert term.text == "norm"
        assert page.get_text().partition("norm")[2].startswith(expected)


def test_a_tick_is_read_as_two_numbers_and_links_to_its_evidence(folder: Path) -> None:
    for language, name, reason in (
        ("zh", "实测 2602.3 ≈ 预测 2602.3", "容差 0.05：图"),
        ("en", "measured 2602.3 ≈ predicted 2602.3", "tolerance 0.05: A <figure>"),
    ):
        mark = convert("So it is. {{ check one.near }}", folder, language).select_one("a.check")
        assert mark is not None
        assert mark["href"] == "evidence.md#claim-one-near"
        assert (mark["aria-label"], mark["title"]) == (name, reason)
        assert mark.text == f"{JOINER}✓"


def test_ticks_with_the_same_numbers_are_told_apart_by_what_was_checked(folder: Path) -> None:
    page = convert("It {{ check one.law }} is {{ check one.other }} so {{ check one.law }}.", folder)
    short = "measured 2602.3 = predicted 2602.3"
    assert [mark["aria-label"] for mark in page.select("a.check")] == [short, f"{short}: A <figure>", short]


def test_a_tick_without_a_tolerance_tells_the_reason_and_ticks_of_other_numbers_keep_their_names(folder: Path) -> None:
    law, near = convert("It {{ check one.law }} is {{ check one.near }} so.", folder).select("a.check")
    assert (law["title"], near["title"]) == ("A <figure>", "tolerance 0.05: A <figure>")
    assert near["aria-label"] == "measured 2602.3 ≈ predicted 2602.3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("So it is. {{ check one.law }} And", f"So it is.{TICK} And"),
        ("So it is {{ check one.law }}, and", f"So it is{TICK}, and"),
        ("**So it is.** {{ check one.law }}", f"<strong>So it is.</strong>{TICK}"),
        ("{{ one.top }}  {{ check one.law }}", f'<data class="number" value="2602.31">2602.3</data>{TICK}'),
        ("It is $x$ {{ check one.law }}.", f'It is <span class="formula-end"><math></math>{TICK}</span>.'),
        (
            "It is $x$, {{ check one.law }} and",
            f'It is <span class="formula-end"><math></math>,</span>{TICK} and',
        ),
        ("So it is. {{ verdict it-is-so }} And", f"So it is.\N{NO-BREAK SPACE}{PILL} And"),
        ("{{ check one.law }} stands first", f"{TICK} stands first"),
    ],
)
def test_no_line_ends_before_a_mark(text: str, expected: str, folder: Path) -> None:
    page = convert(text, folder, others=("figures_src.markdown.formulas",))
    for math in page.find_all("math"):
        math.replace_with(page.new_tag("math"))
    for mark in page.select("a.check, a.claim"):
        mark.attrs = {}
    assert page.p is not None
    assert page.p.decode_contents() == expected


def test_marks_are_not_in_the_search_index(folder: Path) -> None:
    page = convert("It {{ check one.law }} is so. {{ verdict it-is-so }}", folder)
    assert [mark.get("data-search-exclude") for mark in page.find_all("a")] == ["true", "true"]


def test_a_verdict_has_a_mark_and_a_word_and_links_to_its_row(folder: Path) -> None:
    for language, word, condition in (("zh", "有条件成立", "若 <宽>"), ("en", "conditional", "If <wide>")):
        mark = convert("It is so. {{ verdict it-is-so }}", folder, language).find("a", class_="claim-conditional")
        assert mark is not None
        assert mark["href"] == "evidence.md#statement-it-is-so"
        assert mark["title"] == condition
        assert mark.text == f"{JOINER}◐{word}"


def test_a_constant_and_a_quotation_are_shown_as_typed(folder: Path) -> None:
    assert "PyTorch 2.13 said 0.1448" in convert("PyTorch {{ constant 2.13 }} said {{ quotation 0.1448 }}", folder).text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ one.tpo }}", "unknown number 'one.tpo'; the nearest is 'one.top'"),
        ("{{ check one.lav }}", "unknown check 'one.lav'; the nearest is 'one.law'"),
        ("{{ verdict it-is-os }}", "unknown verdict 'it-is-os'; the nearest is 'it-is-so'"),
        ("![a](figures/onne.svg)", "unknown figure 'onne'; the nearest is 'one'"),
        ("{{ top }}", "cannot read {{ top }}; allowed: "),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(text: str, message: str, folder: Path) -> None:
    with pytest.raises(UnknownReferenceError) as caught:
        convert(text, folder)
    assert message in str(caught.value)


def test_an_unknown_language_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="unknown language 'fr'"):
        convert("", folder, "fr")


def test_an_unchanged_catalog_is_not_rewritten_and_a_removed_exhibit_leaves_nothing(folder: Path) -> None:
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    lay_out({"one": folder.parent / "entry"}, folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == times
    catalog = publish({}, gather({}), {}, folder)
    assert catalog.figures == frozenset()
    left = {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert left == {"catalog.json": "{}", "claims.json": "{}", "questions.json": "{}"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"relation": "="', '"relation": "~"', r"exhibits\.one\.checks\.law\.relation: found '~', allowed: ≈, =, <, >"),
        ('"value": 2602.3149', '"value": "many"', r"exhibits\.one\.numbers\.top\.value: found 'many', allowed: float"),
        ('"settings": "",', "", r"exhibits\.one: found checks, listings, numbers, questions, title, allowed: "),
        ('"settings": "",', '"settings": "', r"Invalid control character"),
    ],
)
def test_a_catalog_that_is_none_is_named_with_the_place(old: str, new: str, message: str, folder: Path) -> None:
    path = folder / "catalog.json"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(BuildFailedError, match=rf"catalog\.json: .*{message}") as caught:
        read(folder)
    assert len(caught.value.failures) == 1
    assert "\n" not in str(caught.value.failures[0])


def test_a_catalog_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildFailedError, match=r"catalog\.json: \[Errno 2\] No such file"):
        read(tmp_path)


PRINTED = (
    "层   shape\n甲乙   64x2\n\nA sentence; see en/theory/ and zh/theory/.\n    for x in y:\n        pass\nThe end."
)


def test_a_listing_wraps_sentences_scrolls_tables_and_links_pages_of_its_language(listed: Path) -> None:
    page = convert("Before.\n\n{{ listing one.out }}\n\nAfter.", listed)
    box = page.select("div.listing")[0]
    assert box.parent is not None
    assert box.parent.name == "[document]"
    assert "A <figure>" in str(box["aria-label"])
    table, *prose = box.select("pre")
    assert table["tabindex"] == "0"
    assert [span["class"] for span in table.select("span")] == [["two"], ["four"]]
    assert [part.get_text() for part in prose] == [
        "A sentence; see en/theory/ and zh/theory/.", "    for x in y:\n        pass", "The end.",
    ]  # fmt: skip
    assert [link["href"] for link in box.select("a")] == ["theory.md"]
    assert "\n\n".join(part.get_text() for part in box.select(":scope > div")).replace("\n", "") == PRINTED.replace(
        "\n", ""
    )


@pytest.fixture
def listed(folder: Path) -> Path:
    path = folder / "catalog.json"
    content = json.loads(path.read_text())
    content["one"]["listings"] = {"out": {"zh": PRINTED, "en": PRINTED}}
    path.write_text(json.dumps(content))
    return folder


def test_what_a_program_prints_is_no_markup(listed: Path) -> None:
    content = json.loads((listed / "catalog.json").read_text())
    content["one"]["listings"]["out"]["en"] = "<b>*x*</b> {{ one.top }}"
    (listed / "catalog.json").write_text(json.dumps(content))
    assert convert("{{ listing one.out }}", listed).select("samp")[0].get_text() == "<b>*x*</b> {{ one.top }}"


def test_a_listing_keeps_the_place_of_what_stands_around_it(listed: Path) -> None:
    html = str(convert("Before.\n\n{{ listing one.out }}\n\nAfter.", listed))
    assert html.index("Before.") < html.index("<samp") < html.index("After.")


def test_a_line_by_itself_is_no_table() -> None:
    frames = [listing(text, "label", "en").find("div/pre") for text in ("a  b", "a  b\nc  d")]
    assert [frame is not None and frame.get("class") for frame in frames] == [None, "listing-scroll"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("{{ listing one.ouch }}", "the nearest is 'one.out'"), ("See {{ listing one.out }}", "on a line of its own")],
)
def test_a_listing_that_does_not_exist_or_stands_within_a_sentence_is_refused(
    text: str, message: str, listed: Path
) -> None:
    with pytest.raises(UnknownReferenceError, match=message):
        convert(text, listed)


def test_words_of_two_columns_a_character_share_boxes_and_signs_have_their_own() -> None:
    box = listing("甲乙丙丁戊  x\n‖δ▅庚  y", "label", "en")
    assert [(span.text, span.get("class")) for span in box.iter("span")] == [
        *(("甲乙丙丁", "eight"), ("戊", "two")),
        *(("‖", None), ("δ", None), ("▅", None), ("庚", "two")),
    ]


def test_a_long_printed_table_shows_its_ends() -> None:
    rows = ["layer  rms", *(f"{layer}  0.5" for layer in range(20))]
    box = listing("\n".join(rows), "label", "en")
    first, folded, last = box.iter("samp")
    assert "".join(sample.text or "" for sample in (first, folded, last)) == "\n".join(rows)
    assert [sample.get("class") for sample in (first, folded, last)] == [None, "folded", None]
    assert (first.text or "").splitlines() == rows[:5]
    assert (last.text or "").splitlines() == rows[-4:]
    assert [summary.text for summary in box.iter("summary")] == ["All 20 rows"]
    assert len(list(listing("\n".join(rows[:16]), "label", "en").iter("samp"))) == 1


def test_a_heading_with_a_verdict_stands_in_the_contents_without_it(folder: Path) -> None:
    name = "figures_src.markdown.exhibits"
    md: Any = Markdown(
        extensions=["attr_list", "toc", name],
        extension_configs={name: {"language": "en", "folder": str(folder)}},
    )
    page = BeautifulSoup(
        md.convert("# M1. It *is* so {{ verdict it-is-so }} {#m1-so}\n\n## Plain {#plain}\n"), "html.parser"
    )
    heading = page.select_one("h1#m1-so")
    assert heading
    assert heading.select_one("a.claim-conditional")
    assert [token["name"] for token in md.toc_tokens] == ["M1. It is so"]
    assert [token["name"] for token in md.toc_tokens[0]["children"]] == ["Plain"]
