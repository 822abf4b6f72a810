"""The pages as written: what each check refuses, and that the real pages pass them all."""

from dataclasses import replace
from pathlib import Path

import pytest

from figures_src.cache.catalog import Catalog, gather, publish
from figures_src.cache.serialization import written
from figures_src.markdown.references import FORMS, Reference, references
from figures_src.model.claim import Assessed, Claim
from figures_src.model.exhibit import Check, Number, Offered
from figures_src.model.failures import BuildFailedError, Failure
from figures_src.model.language import LANGUAGES, Language, Text
from figures_src.pages import checks
from figures_src.pages.page import Page, first_uses, read_pages
from tests.figures_src.cache.examples import QUESTION

FIGURE = Text(zh="图", en="Figure")
LAW = Check(FIGURE, Number(2, "d"), "=", Number(2, "d"), FIGURE, "a formula")


def offered(law: Check) -> Offered:
    return Offered(FIGURE, "", {"maximum": Number(2, "d")}, {}, {"law": law})


CATALOG = Catalog({"sigmoid": offered(LAW)}, frozenset({"sigmoid"}), frozenset({"sigmoid"}))
WHOLE = """# T {#t}

![A](figures/sigmoid.svg "C")

--8<-- "sigmoid.md"

{{ sigmoid.maximum }} {{ check sigmoid.law }}
"""
STATED = replace(
    CATALOG,
    claims={
        "it-is-so": Assessed(
            Claim("it-is-so", "1", FIGURE, "code", "supported", FIGURE, supports=("sigmoid.law",)),
            "supported",
            "figures_src/evidence/claims/x.py",
        )
    },
)


def page(text: str, language: Language = "en", name: str = "index.md") -> Page:
    return Page(Path("docs", language, name), name, language, text)


def both(zh: str, en: str) -> list[Page]:
    return [page(zh, "zh"), page(en, "en")]


def test_whole_pages_pass() -> None:
    assert checks.check(both(WHOLE, WHOLE), CATALOG) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("figures/sigmoid.svg", "figures/sigmiod.svg", "unknown figure 'sigmiod'; the nearest is 'sigmoid'"),
        ('"sigmoid.md"', '"sigmiod.md"', "unknown table 'sigmiod'; the nearest is 'sigmoid'"),
        ("sigmoid.maximum", "sigmoid.maxinum", "unknown number 'sigmoid.maxinum'; the nearest is 'sigmoid.maximum'"),
        ("check sigmoid.law", "check sigmoid.lav", "unknown check 'sigmoid.lav'; the nearest is 'sigmoid.law'"),
        (
            "{{ sigmoid.maximum }}",
            "{{ answer sigmoid.maxinum }}",
            "unknown answer 'sigmoid.maxinum'; the nearest is 'sigmoid.maximum'",
        ),
        ("{{ sigmoid.maximum }}", "{{ maximum }}", f"cannot read {{{{ maximum }}}}; allowed: {FORMS}"),
        ("{{ check sigmoid", "{{ chek sigmoid", "cannot read {{ chek sigmoid.law }}; the nearest is 'check'"),
    ],
)
def test_an_unknown_name_is_refused_in_one_line_with_its_place(old: str, new: str, message: str) -> None:
    broken = WHOLE.replace(old, new)
    line = next(index for index, text in enumerate(broken.splitlines(), 1) if new in text)
    english, chinese = (Failure(f"docs/{language}/index.md:{line}", message) for language in ("en", "zh"))
    assert checks.check(both(WHOLE, broken), CATALOG) == [english]
    assert checks.check(both(broken, broken), CATALOG) == [english, chinese]


def test_an_exhibit_and_a_check_on_no_page_are_refused() -> None:
    bare = "# T {#t}\n"
    assert checks.check(both(bare, bare), CATALOG) == [
        Failure("check sigmoid.law", "stands on no page"),
        Failure("exhibit sigmoid (figures_src/exhibits/article/sigmoid.py)", "stands on no page"),
    ]


def test_a_question_on_no_page_is_refused() -> None:
    asked = replace(CATALOG, claim_questions={"misconceptions.misleading": QUESTION})
    assert checks.check(both(WHOLE, WHOLE), asked) == [
        Failure("question misconceptions.misleading", "stands on no page"),
    ]


def test_an_unknown_question_is_refused_with_the_nearest() -> None:
    asked = replace(CATALOG, claim_questions={"misconceptions.misleading": QUESTION})
    text = '# T {#t}\n\n??? guess "misconceptions.misleading"\n\n??? guess "misconceptions.misled"\n'
    assert list(checks.check_references([page(text)], asked)) == [
        Failure(
            "docs/en/index.md:5",
            "unknown question 'misconceptions.misled'; the nearest is 'misconceptions.misleading'",
        )
    ]


def test_a_constant_is_no_name_that_an_exhibit_offers() -> None:
    assert list(checks.check_references([page("# T {#t}\n\n{{ constant 2.5 }}\n")], CATALOG)) == []


def test_an_unknown_name_is_about_its_exhibit_and_an_unknown_claim_is_about_none() -> None:
    text = "# T {#t}\n\n{{ sigmoid.maxinum }} {{ verdict it-was-so }}\n"
    found = list(checks.check_references([page(text)], STATED))
    assert [failure.about for failure in found] == ["sigmoid", None]


def test_the_languages_of_the_notebook_are_named_by_themselves_as_they_have_one_file() -> None:
    notebook = [Page(Path("docs", "notebook.py"), "notebook", one, f"# T {{#{one}}}\n") for one in LANGUAGES]
    (failure,) = checks.check_headings(notebook)
    assert failure.what == 'headings differ from lang="en": #zh (level 1) beside #en (level 1)'


def test_paragraphs_that_one_language_has_indented_are_named() -> None:
    item = "# T {#t}\n\n- An item.\n\n    More.\n"
    (failure,) = checks.check_languages(both(item, f"{item}\n    Still more.\n"))
    assert failure.what.startswith(
        "section #t: indented paragraphs stands here 1 times and 2 times in docs/en/index.md"
    )


@pytest.mark.parametrize("wrong", LANGUAGES)
def test_an_anchor_that_is_mistyped_in_one_language_is_told_once_on_its_page(wrong: Language) -> None:
    head = WHOLE + "\n[down](#deep), [again](index.md#deep)\n"
    pages = [page(f"{head}\n## A {{#{'edep' if one == wrong else 'deep'}}}\n", one) for one in LANGUAGES]
    linking = [page("# L {#l}\n\n[a](index.md#deep)\n", one, "linking.md") for one in LANGUAGES]
    (failure,) = checks.check([*pages, *linking], CATALOG)
    assert failure.where == f"docs/{wrong}/index.md:11"
    assert failure.what.endswith("#edep (level 2) beside #deep (level 2)")


@pytest.mark.parametrize("wrong", LANGUAGES)
def test_headings_are_not_compared_where_a_page_has_a_slip_already(wrong: Language) -> None:
    slip = WHOLE.replace("{{ check sigmoid.law }}", "{{ check sigmoid.law }") + "\n## A {#a}\n"
    pages = [page(slip if language == wrong else WHOLE, language) for language in LANGUAGES]
    (failure,) = checks.check(pages, CATALOG)
    assert failure.where == f"docs/{wrong}/index.md:7"


def test_exhibits_are_met_in_the_order_of_the_navigation_and_of_the_lines() -> None:
    first = page("{{ b.x }} text\n\n{{ check c.x }}", LANGUAGES[0], "first.md")
    second = page("![A](figures/a.svg)\n\n{{ b.x }}", LANGUAGES[0], "second.md")
    outside = page("{{ d.x }}", LANGUAGES[0], "outside.md")
    configuration = "docs_dir: docs\nnav:\n  - first.md\n  - ? Lessons\n    : - second.md\nplugins:\n  - outside.md\n"
    assert first_uses([outside, second, first], configuration) == ["b", "c", "a"]


def test_a_claim_needs_a_badge_on_its_own_page() -> None:
    marked = WHOLE + "{{ verdict it-is-so }}\n"
    assert checks.check(both(marked, marked), STATED) == []
    elsewhere = [page(marked, language, "y.md") for language in LANGUAGES]
    where = "claim it-is-so (figures_src/evidence/claims/x.py)"
    assert checks.check(elsewhere, STATED) == [Failure(where, "has no badge on index.md; write {{ verdict it-is-so }}")]


def test_a_badge_needs_a_claim() -> None:
    marked = WHOLE + "{{ verdict it-is-so }} {{ verdict it-was-so }}\n"
    failures = checks.check(both(marked, marked), STATED)
    message = "unknown verdict 'it-was-so'; the nearest is 'it-is-so'"
    assert failures == [Failure("docs/en/index.md:8", message), Failure("docs/zh/index.md:8", message)]


def test_the_badges_of_both_languages_are_the_same() -> None:
    failures = checks.check(both(WHOLE + "{{ verdict it-is-so }}\n", WHOLE), STATED)
    assert [failure.what for failure in failures] == [
        "section #t: verdict it-is-so stands here 0 times and 1 times in docs/zh/index.md:1"
    ]


def test_what_bears_on_a_claim_need_not_stand_on_a_page() -> None:
    bare = "# T {#t}\n\n{{ verdict it-is-so }}\n"
    assert checks.check(both(bare, bare), STATED) == []


def test_a_check_that_no_longer_holds_is_refused_with_its_values() -> None:
    broken = Catalog({"sigmoid": offered(replace(LAW, predicted=Number(3, "d")))}, CATALOG.figures, CATALOG.tables)
    assert checks.check(both(WHOLE, WHOLE), broken) == [
        Failure("check sigmoid.law", "no longer holds: measured 2 = predicted 3 is false")
    ]


def test_a_page_in_one_language_only_is_refused() -> None:
    (failure,) = checks.check([page(WHOLE, "zh")], CATALOG)
    assert failure == Failure("docs/zh/index.md", "has no counterpart docs/en/index.md")
    others = [page(WHOLE, language, "other.md") for language in LANGUAGES]
    assert checks.check([page(WHOLE, "zh"), *others], CATALOG) == [failure]


def test_a_page_that_a_further_language_lacks_is_one_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LANGUAGES", ("zh", "en", "xx"))
    assert list(checks.check_languages(both(WHOLE, WHOLE))) == [
        Failure("docs/zh/index.md", "has no counterpart docs/xx/index.md")
    ]
    assert list(checks.check_languages([*both(WHOLE, WHOLE), page(WHOLE, "xx")])) == []
    (failure,) = checks.check_headings([*both(WHOLE, WHOLE), page(WHOLE + "## B {#b}\n", "xx")])
    assert failure.what.startswith("headings differ from docs/xx/index.md: ")


def test_front_matter_shifts_no_section() -> None:
    head, longer = "---\ndescription: a\n---\n", "---\ndescription: a much longer one\n---\n"
    body = "# T {#t}\n\n{{ sigmoid.maximum }}\n\n## A {#a}\n\n- b\n\n## B {#b}\n\n{{ check sigmoid.law }}\n"
    assert list(checks.check_languages(both(head + body, longer + body))) == []
    assert page(longer + body).sections[1].contents["list items"] == 1


@pytest.mark.parametrize(
    ("zh", "en", "message"),
    [
        ("# T {#t}\n## A {#a}\n", "# T {#t}\n", "headings differ from docs/en/index.md: 2 beside 1"),
        ("# T {#t}\n## A {#a}\n", "# T {#t}\n### A {#a}\n", "#a (level 2) beside #a (level 3)"),
        (
            "# T {#t}\n[x](y.md)\n",
            "# T {#t}\n[x](z.md)\n",
            "section #t: link to y.md stands here 1 times and 0 times, link to z.md stands here 0 times and 1 times",
        ),
        ("# T {#t}\n- a\n- b\n", "# T {#t}\n- a\n", "section #t: list items stands here 1 times and 2 times"),
        ("# T {#t}\n$$a$$\n", "# T {#t}\n$$b$$\n", "section #t: formula a stands here 1 times"),
        (
            "# T {#t}\n```python\nx\n```\n",
            "# T {#t}\n",
            "section #t: python code block stands here 0 times and 1 times in docs/zh",
        ),
    ],
)
def test_languages_that_differ_in_shape_are_refused(zh: str, en: str, message: str) -> None:
    pages = both(zh, en)
    failures = [*checks.check_headings(pages), *checks.check_languages(pages)]
    assert any(message in failure.what for failure in failures), failures


def test_a_heading_without_an_anchor_is_refused() -> None:
    (failure,) = checks.check_anchors([page("# Title\n")])
    assert failure == Failure("docs/en/index.md:1", "the heading has no explicit ASCII anchor, such as {#sigmoid}")


@pytest.mark.parametrize("typed", ["0.25", "1.5", "50%", "50 ％", "81,621,739", "1e-8", "约 2.4 倍"])
def test_a_typed_number_is_refused(typed: str) -> None:
    (failure,) = checks.check_typed_numbers([page(f"# T {{#t}}\n\nIt is {typed}.\n")])
    assert failure.where == "docs/en/index.md:3"
    assert "is typed" in failure.what


@pytest.mark.parametrize(
    "marked",
    [
        "{{ sigmoid.maximum }}",
        "{{ constant 2.13 }}",
        "{{ quotation 0.1448 }}",
        "`1.5`",
        "20 layers",
        "[a](b-1.5.md)",
        "$x_1$",
    ],
)
def test_what_is_no_measurement_is_let_through(marked: str) -> None:
    assert list(checks.check_typed_numbers([page(f"# T {{#t}}\n\nIt is {marked}.\n")])) == []


def test_code_hides_references_and_lines_are_kept() -> None:
    text = "a\n```\n{{ x.y }}\n```\n`{{ x.y }}` <!-- {{ x.y }} -->\n{{ a.b }} {{ quotation 0.1448 }}\n"
    assert references(text) == [Reference("number", "a.b", 6), Reference("constant", "0.1448", 6)]


def test_a_block_is_offered_by_the_exhibit_of_its_name(tmp_path: Path) -> None:
    entry = tmp_path / "fan"
    entry.mkdir()
    (entry / "exhibit.json").write_text(written(offered(LAW)), encoding="utf-8")
    for language in LANGUAGES:
        (entry / f"block.figure.{language}.md").write_text(f"<p>{language}</p>\n", encoding="utf-8")
    laid_out = publish({"fan": entry}, gather({"fan": entry}), {}, tmp_path / "out")
    assert laid_out.tables == {"fan.figure"}
    assert (tmp_path / "out" / "en" / "fan.figure.md").read_text(encoding="utf-8") == "<p>en</p>\n"
    text = '# T {#t}\n\n--8<-- "fan.figure.md"\n\n{{ check fan.law }}\n'
    assert checks.check(both(text, text), laid_out) == []
    wrong = text.replace("fan.figure", "fan.figrue")
    messages = [failure.what for failure in checks.check_references(both(wrong, wrong), laid_out)]
    assert messages == ["unknown table 'fan.figrue'; the nearest is 'fan.figure'"] * 2


def test_a_missing_notebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildFailedError, match=r"notebook\.py: is missing"):
        read_pages(tmp_path)


def test_the_notebooks_lines_are_those_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "notebook.py").write_text(
        '# %% [markdown] lang="zh"\n# # 甲 {#a}\n\n'
        '# %% [markdown] lang="en"\n# # A {#a}\n#\n# {{ no.such }}\n\n# %%\nprint()\n'
    )
    (tmp_path / "zh").mkdir()
    (tmp_path / "en").mkdir()
    failures = checks.check_references(read_pages(tmp_path), CATALOG)
    assert [failure.where for failure in failures] == [f"{tmp_path / 'notebook.py'}:7"]


def test_lines_of_later_cells_are_those_of_the_file_too(tmp_path: Path) -> None:
    marker = '# %% [markdown] lang="en"\n'
    parts = ["# # A {#a}\n#\n# b", "# c", "# {{ no.such }}"]
    (tmp_path / "notebook.py").write_text("\n\n".join(f"{marker}{part}" for part in parts))
    (tmp_path / "en").mkdir()
    (tmp_path / "zh").mkdir()
    pages = read_pages(tmp_path)
    assert pages[-1].text == "# A {#a}\n\nb\n\nc\n\n{{ no.such }}\n"
    failures = checks.check_references(pages, CATALOG)
    assert [failure.where for failure in failures] == [f"{tmp_path / 'notebook.py'}:10"]


def test_of_slips_in_one_block_the_first_is_told() -> None:
    failures = checks.check_markup([page("# T {#t}\n\n- a ~b\n- c ^d\n\ne\n\n\\\\f")])
    assert [failure.where for failure in failures] == ["docs/en/index.md:3", "docs/en/index.md:8"]


def test_marks_that_are_alike_are_each_told_in_blocks_of_their_own() -> None:
    failures = checks.check_markup([page("# T {#t}\n\na ~b\n\nc\n\nd ~e\n\nf\n\n~g")])
    assert [failure.where for failure in failures] == [f"docs/en/index.md:{line}" for line in (3, 7, 11)]


def test_the_real_pages_pass(made: Catalog) -> None:
    assert checks.check(read_pages(), made) == []


def test_a_formula_that_cannot_be_typeset_is_refused_with_its_place() -> None:
    text = "# T {#t}\n\nIt is $\\sigmoid z$.\n\n```\n$\\no code$\n```\n"
    (failure,) = checks.check_markup([page(text)])
    assert failure.where == "docs/en/index.md:3"
    assert "\\sigmoid" in failure.what
    assert "\n" not in failure.what


def test_a_notebook_cell_without_a_language_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "notebook.py").write_text("# %% [markdown]\n# Text\n")
    with pytest.raises(BuildFailedError, match=r"notebook\.py: line 1: a Markdown cell needs lang="):
        read_pages(tmp_path)
