"""The probe's reports and the site: advice rests on checks that exist, and pages show what their own code prints."""

import re

import pytest

from figures_src.cache.catalog import Catalog
from figures_src.model.failures import ROOT
from figures_src.model.language import LANGUAGES, Language
from gradlab.probing import site
from gradlab.probing.advice import _BY_CAUSE
from tests.programs import module, run
from tests.site.views import in_one_language

FENCE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
# The pages whose program is held against what they show of its output, with the number of places.
LISTED = {"diagnose": 5, "symptoms": 12}
TITLE = re.compile(r"^# (.*?) \{#", re.MULTILINE)


@pytest.mark.parametrize("cause", sorted(_BY_CAUSE))
def test_an_advice_rests_on_checks_of_this_site(cause: str, made: Catalog) -> None:
    assert _BY_CAUSE[cause].evidence
    for name in _BY_CAUSE[cause].evidence:
        assert name in made.checks, f"{cause}: {name}"
        assert made.checks[name].holds, f"{cause}: {name}"


@pytest.mark.parametrize("cause", sorted(_BY_CAUSE))
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_an_advice_shows_one_of_its_checks(cause: str, language: Language) -> None:
    what = _BY_CAUSE[cause]
    text = (ROOT / "docs" / language / f"{what.page}.md").read_text(encoding="utf-8")
    assert any(f"check {name} }}}}" in text for name in what.evidence), f"{cause}: {what.page}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_reports_name_pages_by_their_titles(language: Language) -> None:
    assert {*(what.page for what in _BY_CAUSE.values()), "causes"} == set(site.TITLES)
    for name, title in site.TITLES.items():
        found = TITLE.search((ROOT / "docs" / language / f"{name}.md").read_text(encoding="utf-8"))
        assert found
        assert found[1] == title(language)


@pytest.mark.parametrize("language", in_one_language("zh"))
@pytest.mark.parametrize(("page", "listings"), LISTED.items())
def test_the_code_of_a_page_prints_its_listings_in_order(
    page: str, listings: int, language: Language, made: Catalog
) -> None:
    text = (ROOT / "docs" / language / f"{page}.md").read_text(encoding="utf-8")
    done = run("\n".join(FENCE.findall(text)))
    assert done.returncode == 0, done.stderr
    shown = [name for name in re.findall(r"\{\{ listing ([\w.]+) \}\}", text) if not name.startswith("command_line.")]
    assert len(shown) == listings
    rest = done.stdout
    for name in shown:
        _, found, rest = rest.partition(made.listings[name][language] + "\n")
        assert found, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_prints_the_listing_on_the_page(language: Language, made: Catalog) -> None:
    unset = f"import os; [os.environ.pop(name, None) for name in ('COLUMNS', {site.VARIABLE!r})]"
    printed = run(f"{unset}\n{module('gradlab', 'demo', '--lang', language)}").stdout
    lines = made.listings["command_line.demo"][language].splitlines()
    assert [line.rstrip() for line in printed.splitlines()][: len(lines)] == [line.rstrip() for line in lines]
