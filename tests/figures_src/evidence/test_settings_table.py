"""The table of all settings."""

import pytest
from bs4 import BeautifulSoup
from markdown import Markdown

from figures_src.cache.catalog import Catalog
from figures_src.evidence import settings_table
from figures_src.model.language import LANGUAGES, Language


@pytest.mark.parametrize("language", LANGUAGES)
def test_settings_are_all_there_and_long_ones_folded(made: Catalog, language: Language) -> None:
    md = Markdown(extensions=["tables", "md_in_html"])
    page = BeautifulSoup(md.convert(settings_table.settings(made, language)), "html.parser")
    rows = page.select("tbody tr")
    assert len(rows) == len(made.exhibits)
    shown = {row.select("code")[0].text: bool(row.select("details code")) for row in rows if row.select("code")}
    expected = {offered.settings for offered in made.exhibits.values()} - {""}
    assert shown == {settings: len(settings) > settings_table.LONGEST_SETTINGS for settings in expected}
