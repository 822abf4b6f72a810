"""Links between pages: what does not exist is refused with its place and the nearest name."""

import re

import pytest

from figures_src.cache.catalog import Catalog
from figures_src.model.failures import DOCS
from figures_src.model.language import LANGUAGES, Language
from figures_src.pages.links import check_links
from figures_src.pages.page import read_pages
from tests.figures_src.pages.test_checks import CATALOG, STATED, both, page

TEXT = """# T {{#top}}

[a]({}) `[code](nowhere.md)`

![A](figures/sigmoid.svg)

--8<-- "site-checks.md"
"""


@pytest.mark.parametrize(
    "target",
    [
        "#top",
        "index.md",
        "index.md#top",
        "#figure-sigmoid",
        "#claim-sigmoid-law",
        "source/sigmoid.md",
        "data/sigmoid.csv",
    ],
)
def test_what_exists_is_let_through(target: str) -> None:
    assert list(check_links(both(TEXT.format(target), TEXT.format(target)), CATALOG)) == []


@pytest.mark.parametrize("target", ["https://example.org/a.md", "mailto:a@b.md", "downloads/gradient-lab.ipynb"])
def test_what_is_no_page_is_left_alone(target: str) -> None:
    assert list(check_links(both(TEXT.format(target), TEXT.format(target)), CATALOG)) == []


def test_addresses_are_read_from_the_page_s_own_folder() -> None:
    inner = [
        page(text, language, "a/inner.md") for language, text in (("zh", "[a](../index.md#top)"), ("en", "[a](b.md)"))
    ]
    outer = both("# T {#top}\n\n[a](a/inner.md)", "# T {#top}\n\n[a](inner.md)")
    failures = list(check_links([*inner, *outer], CATALOG))
    assert [(failure.where, failure.what.partition(";")[0]) for failure in failures] == [
        ("docs/en/a/inner.md:1", "unknown page 'a/b.md'"),
        ("docs/en/index.md:3", "unknown page 'inner.md'"),
    ]


def test_a_member_of_an_object_on_the_page_is_left_to_the_generator() -> None:
    text = (
        "# T {#top}\n\n[a](#gradlab.theory.fan_in) [b](#gradlab.theories.fan_in) [c](#top.fan_in)\n\n::: gradlab.theory"
    )
    (first, second) = check_links([page(text)], CATALOG)
    assert first.what.startswith("unknown anchor of index.md 'gradlab.theories.fan_in'")
    assert second.what.startswith("unknown anchor of index.md 'top.fan_in'")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("y.md", "unknown page 'y.md'; the nearest is 'index.md'"),
        ("source/sigmiod.md", "unknown page 'source/sigmiod.md'; the nearest is 'source/sigmoid.md'"),
        ("index.md?depth=50", "'depth=50' is no setting of playground.md"),
        ("#tpo", "unknown anchor of index.md 'tpo'; the nearest is 'top'"),
        (
            "index.md#claim-sigmoid-lwa",
            "unknown anchor of index.md 'claim-sigmoid-lwa'; the nearest is 'claim-sigmoid-law'",
        ),
    ],
)
def test_what_does_not_exist_is_refused_with_its_place(target: str, message: str) -> None:
    failures = list(check_links(both(TEXT.format(target), TEXT.format(target)), CATALOG))
    assert [(failure.where, failure.what) for failure in failures] == [
        ("docs/zh/index.md:3", message),
        ("docs/en/index.md:3", message),
    ]


def test_a_claim_has_its_row_where_the_table_of_claims_stands() -> None:
    text = TEXT.format("#statement-it-is-so")
    assert len(list(check_links([page(text)], STATED))) == 1
    assert list(check_links([page(f'{text}\n--8<-- "site-claims.md"\n')], STATED)) == []


def test_the_real_pages_lead_somewhere(made: Catalog) -> None:
    assert list(check_links(read_pages(), made)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_misconception_is_referred_to_by_the_number_that_it_has(language: Language) -> None:
    text = (DOCS / language / "misconceptions.md").read_text(encoding="utf-8")
    headed = set(re.findall(r"^### (M\d+).*\{#([\w-]+)\}$", text, flags=re.MULTILINE))
    referred = set(re.findall(r"\[(M\d+)\]\(#([\w-]+)\)", text))
    assert referred
    # An anchor of an older order leads there as well, but beside a number that another has now.
    assert referred <= headed
