"""The record of this site's own pages holds the weights of the built pages."""

from dataclasses import replace

import pytest

from figures_src.exhibits.tools import _weights
from tests.serving import Site
from tests.site.parsing import parsed, the


@pytest.mark.parametrize("name", _weights.OWN)
def test_the_recorded_article_is_the_built_one(site: Site, name: str) -> None:
    recorded, built = _weights.read().of(name), _weights.measure(site.folder, name)
    again = "run `make record-weights`"
    assert replace(recorded, characters=0, weighed=()) == replace(built, characters=0, weighed=()), again
    assert recorded.characters == pytest.approx(built.characters, rel=0.05), again
    assert recorded.known == pytest.approx(built.known, rel=0.05), again


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_shows_the_record(site: Site, language: str) -> None:
    table = the(parsed(site.folder / language / "how-this-site-is-made" / "index.html"), "#weight + p + div table")
    cells = [[cell.text() for cell in row.css("td")][1:] for row in table.css("tbody tr")]
    assert cells == [
        [
            str(one)
            for one in (
                *(page.requests, len(page.hosts), round(page.known / 1000), len(page.weighed)),
                *(round(page.characters / 1000), page.styles, page.scripts),
            )
        ]
        for page in _weights.read().pages
    ]
