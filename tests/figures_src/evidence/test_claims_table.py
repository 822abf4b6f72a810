"""The claims on the evidence page: counts, filter, rows, and the small drawings."""

import re

import pytest
from bs4 import BeautifulSoup
from markdown import Markdown

from figures_src.cache.catalog import Catalog
from figures_src.drawing.bullet_graph import bullet_graph, position
from figures_src.evidence import claims_table
from figures_src.markdown.plain_formulas import set_indices
from figures_src.model.language import LANGUAGES, Language


def shown(sentence: str) -> str:
    """A plain sentence as it is read where its indices and powers are set."""
    return BeautifulSoup(set_indices(sentence), "html.parser").text


def rendered(made: Catalog, language: Language) -> BeautifulSoup:
    md = Markdown(extensions=["tables", "md_in_html", "attr_list"])
    return BeautifulSoup(md.convert(claims_table.claims(made, language)), "html.parser")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_claim_has_a_row_with_its_checks(made: Catalog, language: Language) -> None:
    rows = rendered(made, language).select("tbody tr")
    assert len(rows) == len(made.claims)
    for row, (name, assessed) in zip(rows, made.claims.items(), strict=True):
        claim = assessed.claim
        mark = row.select_one("[data-verdict]")
        assert mark
        assert (mark["id"], mark["data-verdict"], mark["data-topic"], mark["data-origin"]) == (
            f"statement-{name}",
            assessed.verdict,
            claim.topic,
            {"M": "misconceptions", "C": "classics"}.get(claim.number[0], "article"),
        )
        told = row.select_one(".statement-number a")
        assert (told and told["href"]) == (f"{claim.page}#{claim.section}" if claim.section else None)
        assert len(row.select("td")) == 2
        assert shown(claim.sentence(language)) in row.text
        assert shown(claim.condition(language)) in row.text
        checks = [*claim.supports, *claim.limits]
        folded = row.select("details.statement-checks")
        assert len(folded) == bool(checks)
        if folded:
            assert re.findall(r"\d+", folded[0].select("summary")[0].text) == [
                str(count) for count in (len(checks), len(claim.supports), len(claim.limits)) if count
            ]
        listed = row.select(".statement-check")
        assert len(listed) == (len(checks) or 1)
        for name, drawn in zip(checks, listed, strict=False):
            check = made.checks[name]
            assert drawn.select_one("svg.bullet-graph")
            assert str(check.measured) in drawn.text
            assert str(check.predicted) in drawn.text
            assert f"source/{name.partition('.')[0]}.md" in {link["href"] for link in drawn.select("a")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_filter_says_from_the_start_what_is_shown_and_every_control_has_a_label(
    made: Catalog, language: Language
) -> None:
    form = rendered(made, language).select_one("form.statement-filter")
    assert form
    assert [label["for"] for label in form.select("label") if label.text.strip()] == [
        select["id"] for select in form.select("select")
    ]
    values = {
        select["name"]: [option["value"] for option in select.select("option")] for select in form.select("select")
    }
    assert values["verdict"] == ["", "supported", "conditional", "misleading", "reference"]
    assert {assessed.claim.topic for assessed in made.claims.values()} == set(values["topic"]) - {""}
    assert values["origin"] == ["", "article", "misconceptions", "classics"]
    shown = form.select_one("output[aria-live=polite]")
    assert shown
    assert shown.text == str(shown["data-shown"]).format(all=len(made.claims), shown=len(made.claims))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_counts_add_up(made: Catalog, language: Language) -> None:
    table = Markdown(extensions=["tables"]).convert(claims_table.counts(made, language))
    rows = BeautifulSoup(table, "html.parser").select("tbody tr")
    assert [cell.get("style") for cell in rows[0].select("td")][1:] == ["text-align: right;"] * 3
    for column, all_of_them in ((1, 46), (2, 18), (3, made.classics["total"])):
        *counts, total = (int(row.select("td")[column].text) for row in rows)
        assert sum(counts) == total == all_of_them


@pytest.mark.parametrize(
    ("measured", "relation", "predicted", "tolerance", "low", "high"),
    [
        (1.01, "≈", 1.0, 0.02, 0.49, 0.51),
        (-1.01, "≈", -1.0, 0.02, -0.51, -0.49),
        (1.0, "≈", 1.0, 0.0, 0.0, 0.0),
        (2.0, "=", 2.0, 0.0, 0.0, 0.0),
        (1e-5, "<", 1e-3, 0.0, -1.3, -0.3),
        (1.0001, ">", 1.0, 0.0, 0.3, 0.31),
        (-3.0, "<", 2.0, 0.0, -1.3, -0.3),
        (-3.0, ">", -30.0, 0.0, 0.3, 1.3),
        (0.0, "<", 1.0, 0.0, -1.3, -0.3),
    ],
)
def test_a_measurement_is_drawn_on_its_side(
    measured: float, relation: str, predicted: float, tolerance: float, low: float, high: float
) -> None:
    assert low <= position(measured, relation, predicted, tolerance) <= high


def test_nothing_is_drawn_outside(made: Catalog) -> None:
    for check in made.checks.values():
        drawing = BeautifulSoup(bullet_graph(check), "html.parser")
        circle = drawing.find("circle")
        assert circle
        assert 3 <= float(str(circle["cx"])) <= 61
        assert drawing.svg
        assert drawing.svg["aria-hidden"] == "true"
