"""Terms in running text: which place is linked, and what is left alone."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from markdown import Markdown

from figures_src.markdown import terms
from figures_src.markdown.glossary import GlossaryExtension, TermProcessor, pattern
from figures_src.markdown.terms import Term
from figures_src.model.failures import BuildFailedError

GLOSSARIES = {
    "en": """# Glossary {#glossary}

### Activation {#activation data-forms="activations"}

What a unit passes on.

### Activation function {#activation-function data-forms="activation functions"}

The nonlinear function.

### Norm {#norm}

The length.
""",
    "zh": """# 术语表 {#glossary}

### 激活值 {#activation}

传给下一层的值。

### 预激活值 {#pre-activation}

加权和。

### He 初始化 {#he}

方差是 2 除以扇入。
""",
}


@pytest.fixture(autouse=True)
def _written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for language, text in GLOSSARIES.items():
        (tmp_path / f"{language}.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(terms, "path", lambda language: tmp_path / f"{language}.md")


def linked(text: str, language: str = "en", seen: set[str] | None = None) -> list[tuple[str, str]]:
    """The linked words of a page with the anchors they lead to."""
    extensions = ["attr_list", "tables", "footnotes", "admonition", "pymdownx.details", "pymdownx.superfences"]
    md = Markdown(extensions=[*extensions, "figures_src.markdown.formulas", _extension(language, seen)])
    page = BeautifulSoup(md.convert(text), "html.parser")
    return [(link.text, str(link["href"])) for link in page.select("a.term")]


def _extension(language: str, seen: set[str] | None) -> GlossaryExtension:
    return GlossaryExtension(seen=seen, language=language)


def test_the_first_place_is_linked_and_no_other() -> None:
    text = "The norm is a norm.\n\nAnother norm, and the activations."
    assert linked(text) == [("norm", "glossary.md#norm"), ("activations", "glossary.md#activation")]


def test_the_text_is_the_same_and_the_definition_is_the_title() -> None:
    md = Markdown(extensions=[_extension("en", None)])
    page = BeautifulSoup(
        md.convert("A *b* norm c **activation** d\n\n- one norm\n- Activation functions e"), "html.parser"
    )
    assert page.get_text().split() == [
        "A",
        "b",
        "norm",
        "c",
        "activation",
        "d",
        "one",
        "norm",
        "Activation",
        "functions",
        "e",
    ]
    assert [link["title"] for link in page.select("a.term")] == [
        "The length.",
        "What a unit passes on.",
        "The nonlinear function.",
    ]


def test_the_longest_form_wins_even_where_it_has_been_linked_before() -> None:
    text = "An activation function, an activation function, and an activation."
    assert [word for word, _ in linked(text)] == ["activation function", "activation"]
    assert linked("预激活值，再一个预激活值。", "zh") == [("预激活值", "glossary.md#pre-activation")]


def test_english_matches_whole_words_over_lines_and_in_any_case() -> None:
    assert linked("Normal, enormous, pre-activation, norm-wise, activations2.") == []
    assert linked("NORM and an activation\nfunction") == [
        ("NORM", "glossary.md#norm"),
        ("activation\nfunction", "glossary.md#activation-function"),
    ]


def test_chinese_matches_inside_a_sentence() -> None:
    assert linked("每层的激活值都用 SHe 初始化得到。", "zh") == [("激活值", "glossary.md#activation")]
    assert linked("每层都用 He 初始化。", "zh") == [("He 初始化", "glossary.md#he")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aχb", ["χ"]),
        ("AL层L", []),
        ("在L层L", ["L层"]),
        ("X 层", ["X 层"]),
        ("AX 层", []),
        ("层 X。", ["层 X"]),
        ("层 XY", []),
    ],
)
def test_a_form_needs_a_word_s_edge_where_its_own_edge_is_latin(text: str, expected: list[str]) -> None:
    found, _ = pattern(Term(form, (form,), "", 1) for form in ("χ", "X 层", "层 X", "L层"))
    assert [match[0] for match in found.finditer(text)] == expected


def test_terms_are_read_with_their_forms_and_lines() -> None:
    assert terms.terms(GLOSSARIES["en"]) == [
        Term("activation", ("Activation", "activations"), "What a unit passes on.", 3),
        Term("activation-function", ("Activation function", "activation functions"), "The nonlinear function.", 7),
        Term("norm", ("Norm",), "The length.", 11),
    ]
    assert terms.terms('### A {#a data-forms=" b,, c "}\n\nIt.') == [Term("a", ("A", "b", "c"), "It.", 1)]


def test_a_glossary_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "en.md").write_bytes(b"# A\n\xff")
    with pytest.raises(BuildFailedError, match=r"en\.md:2: found the byte 0xff, allowed: UTF-8"):
        terms.read("en")


@pytest.mark.parametrize(
    "text",
    [
        "# A norm {#a}",
        "[the norm](x.md)",
        "`norm`",
        "```\nnorm\n```",
        "    norm",
        "$\\text{norm}$",
        "$$\n\\text{norm}\n$$",
        "| norm |\n| --- |\n| norm |",
        '??? question "A norm"\n    The norm.',
        '!!! note "A norm"\n    text',
        "Text[^1]\n\n[^1]: The norm.",
        "<figure>norm</figure>",
        "# Glossary {#glossary}\n\nThe norm.",
    ],
)
def test_what_is_no_running_text_is_left_alone(text: str) -> None:
    assert linked(text) == []


def test_of_a_figure_the_caption_is_read_and_the_drawing_is_not() -> None:
    page = ET.fromstring("<div><figure><p>norm</p><figcaption><p>The norm.</p></figcaption></figure> norm</div>")
    TermProcessor(Markdown(), terms.read("en"), None).run(page)
    assert [link.text for link in page.findall("figure/figcaption/p/a")] == ["norm"]
    assert len(page.findall(".//a")) == 1


def test_a_page_that_is_converted_piece_by_piece_links_a_term_once() -> None:
    seen: set[str] = set()
    assert linked("The norm.", seen=seen) == [("norm", "glossary.md#norm")]
    assert linked("The norm.", seen=seen) == []


def test_a_language_that_the_site_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown language 'fr'"):
        linked("x", "fr")


def test_a_link_to_a_term_has_its_definition_and_the_text_around_it_stays() -> None:
    page = Markdown(extensions=[GlossaryExtension(language="en")]).convert("A norm, then activations and so on.")
    assert page == (
        '<p>A <a class="term" href="glossary.md#norm" title="The length.">norm</a>, then '
        '<a class="term" href="glossary.md#activation" title="What a unit passes on.">activations</a> and so on.</p>'
    )
