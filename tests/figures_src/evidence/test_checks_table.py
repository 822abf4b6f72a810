"""The tables about the site itself: every check stands in one folded block, that of its experiment."""

import pytest
from bs4 import BeautifulSoup
from markdown import Markdown

from figures_src.cache.catalog import Catalog
from figures_src.evidence import checks_table
from figures_src.markdown.plain_formulas import set_indices
from figures_src.model.anchors import check_anchor
from figures_src.model.language import LANGUAGES, Language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_has_one_row_under_its_experiment(made: Catalog, language: Language) -> None:
    md = Markdown(extensions=["tables", "md_in_html", "pymdownx.superfences", "pymdownx.details"])
    page = BeautifulSoup(md.convert(checks_table.checks(made, language)), "html.parser")
    blocks = {}
    for block in page.select("details.checks"):
        code = block.select("a[href^='source/']")
        assert len(code) == 1
        exhibit = str(code[0]["href"]).removeprefix("source/").removesuffix(".md")
        assert (exhibit in made.figures) == bool(block.select(f"a[href='figures/{exhibit}.svg']"))
        blocks[exhibit] = block
        summary = block.select("summary")[0].text
        assert summary.startswith(made.title(exhibit, language))
        assert " " not in summary.removeprefix(made.title(exhibit, language))
        assert str(len(block.select("tbody tr"))) in summary.removeprefix(made.title(exhibit, language))
    assert len(page.select("tbody tr")) == len(made.checks)
    for name, check in made.checks.items():
        row = blocks[name.partition(".")[0]].select(f"tr:has(#{check_anchor(name)})")
        assert len(row) == 1
        assert len(row[0].select("td")) == 5
        sentence = BeautifulSoup(set_indices(check.sentence(language)), "html.parser").text
        assert sentence in row[0].text
        assert str(check.measured) in row[0].text


def test_the_checks_follow_the_order_of_the_pages(made: Catalog) -> None:
    folded = checks_table.checks(made, "en", ["repair", "explosion"])
    places = [folded.index(f"(source/{name}.md)") for name in ("repair", "explosion", "activation_cost")]
    assert places == sorted(places)
