"""The page of licenses names every package and every file that the site has from others."""

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from figures_src.evidence import licenses_table
from figures_src.evidence.licenses_table import CARRIED, Carried, license_of, locked, packages, recorded, texts
from figures_src.markdown.mathematics import temml_version
from figures_src.model.failures import ROOT, BuildFailedError
from figures_src.model.language import LANGUAGES, Language, Text

# Places of files that others made.
VENDORED = ("docs/theme/assets/fonts/*", "figures_src/drawing/fonts/*[!y]", "figures_src/markdown/vendor/*/*")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_locked_package_is_named_with_its_version_and_license(language: Language) -> None:
    rows = re.findall(r"^\| \[(\S+)\]\(\S+\) \| (\S+) \| (\S.*) \|$", packages(language), re.MULTILINE)
    assert {name: version for name, version, _ in rows} == locked()
    assert {name: said for name, _, said in rows} == recorded()
    assert {"mkdocs-material", "torch", "numpy", "jinja2", "colorama"} < locked().keys()


def test_what_is_recorded_is_what_the_installed_packages_say() -> None:
    compared = 0
    for name, said in recorded().items():
        try:
            assert license_of(distribution(name)) == said, f"run python -m {licenses_table.__name__}"
        except PackageNotFoundError:
            continue
        compared += 1
    assert compared > 100


def test_a_package_without_a_license_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(licenses_table, "locked", lambda: {"unheard-of": "1"})
    with pytest.raises(BuildFailedError) as failed:
        packages("en")
    (failure,) = failed.value.failures
    assert str(failure).startswith("figures_src/evidence/licenses.json: found no license of unheard-of, allowed: ")


def test_every_file_from_others_is_carried_by_something_that_is_named() -> None:
    kept = {path for pattern in VENDORED for path in ROOT.glob(pattern) if path.is_file()}
    named = {path for one in CARRIED for pattern in one.files for path in ROOT.glob(pattern)}
    assert kept == named
    assert len(kept) >= 8
    licenses = {path for path in ROOT.glob("*/**/*") if re.match("LICEN[CS]E|OFL", path.name) and _is_own(path)}
    assert licenses == {ROOT / one.text for one in CARRIED if one.files}


def _is_own(path: Path) -> bool:
    return path.relative_to(ROOT).parts[0] in {"docs", "figures_src", "gradlab", "tests", "requirements"}


def test_versions_are_those_of_the_files() -> None:
    versions = {one.name: one.version for one in CARRIED}
    assert versions["Temml"] == temml_version()
    for one in CARRIED:
        if one.text.endswith(".txt") and one.files:
            assert f"version {one.version}" in (ROOT / one.text).read_text(encoding="utf-8"), one.name
    theme = Path(str(distribution("mkdocs-material").locate_file("material/templates/assets/javascripts/workers")))
    (worker,) = theme.glob("search.*.js")
    assert f'version="{versions["lunr"]}"' in worker.read_text(encoding="utf-8")


def test_licenses_that_are_sent_are_those_of_what_is_named() -> None:
    sent = dict(texts())
    assert len(sent) == len({one.file for one in CARRIED if "://" not in one.text}) >= 7
    assert "Permission is hereby granted" in sent["licenses/temml.txt"]
    assert "Martin Donath" in sent["licenses/material-for-mkdocs.txt"]


def test_a_license_that_its_package_has_elsewhere_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = Carried("Theme", Text(zh="主题", en="theme"), "MIT", f"{licenses_table.THEME}:no/LICENSE")
    monkeypatch.setattr(licenses_table, "CARRIED", (moved,))
    with pytest.raises(BuildFailedError, match=r"licenses_table\.py: found no no/LICENSE in mkdocs-material \d"):
        dict(texts())
