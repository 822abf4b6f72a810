"""A long table is folded to the rows that tell the story, and unfolds without a script."""

import re
from typing import Any

import pytest

from figures_src.site.long_tables import LONGEST, with_folds
from tests.serving import Site


def table(*cells: str, row: str = "<tr>") -> str:
    rows = "".join(f"{row}\n<td>{cell}</td>\n<td>x</td>\n</tr>\n" for cell in cells)
    content = f"<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n{rows}</tbody>\n</table>"
    return f'<div class="md-typeset__scrollwrap"><div class="md-typeset__table">{content}</div></div>'


def seen(html: str) -> list[str]:
    return re.findall(r"<tr>\s*<td>(.*?)</td>", html)


NAMES = [f"row {number}" for number in range(LONGEST + 5)]


def test_a_short_table_stays() -> None:
    assert with_folds(table(*NAMES[:LONGEST]), "en") == table(*NAMES[:LONGEST])


def test_the_edges_are_seen_and_how_many_rows_there_are() -> None:
    html = with_folds(table(*NAMES), "en")
    assert seen(html) == [*NAMES[:3], *NAMES[-3:]]
    assert html.count('<tr class="folded">') == len(NAMES) - 6
    assert html.endswith('<details class="rows"><summary>All 20 rows</summary></details>')
    assert "<summary>全部 20 行</summary>" in with_folds(table(*NAMES), "zh")


@pytest.mark.parametrize(
    "cell", ['7<a class="check">✓</a>', '7<a class="claim claim-misleading">✗</a>', "<strong>7</strong>"]
)
def test_a_row_with_a_mark_or_in_bold_tells(cell: str) -> None:
    assert cell in seen(with_folds(table(*NAMES[:9], cell, *NAMES[9:]), "en"))


def test_of_numbered_rows_every_fifth_is_seen() -> None:
    layers = [f'<data class="number" value="{layer}">{layer}</data>' for layer in range(1, 21)]
    assert seen(with_folds(table(*layers), "en")) == [layers[place] for place in (0, 4, 9, 14, 19)]


@pytest.mark.parametrize(
    "html",
    [
        f"<details><summary>All</summary>{table(*NAMES)}</details>",
        table('<span id="claim-x"></span>', *NAMES),
    ],
)
def test_a_table_in_a_fold_and_one_that_links_lead_to_stay(html: str) -> None:
    assert with_folds(html, "en") == html
    # The next one is folded as ever.
    assert with_folds(html + table(*NAMES), "en").startswith(html + '<div class="md-typeset__scrollwrap">')
    assert '<tr class="folded">' in with_folds(html + table(*NAMES), "en")


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize(("name", "kind"), [("", "tr"), ("diagnose/", "samp")])
def test_what_is_folded_unfolds_and_is_printed(site: Site, tab: Any, name: str, kind: str, script: bool) -> None:
    page = tab(java_script_enabled=script)
    page.goto(f"{site.address}en/{name}")
    folded = page.locator(f"article {kind}.folded")
    switch = page.locator(f"article :has({kind}.folded) + details.rows summary").first
    assert folded.count() >= 1
    assert folded.filter(visible=True).count() == 0
    switch.click()
    assert folded.first.is_visible()
    switch.click()
    assert not folded.first.is_visible()
    page.emulate_media(media="print")
    assert folded.filter(visible=True).count() == folded.count()
    assert not switch.is_visible()
