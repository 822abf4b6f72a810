"""The page of licenses names every package and every file that the site has from others."""

import re
from dataclasses import replace
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

from figures_src.evidence import licenses_table
from figures_src.evidence.licenses_table import CARRIED, Carried, license_of, locked, packages, recorded, texts
from figures_src.markdown.mathematics import temml_version
from figures_src.model import tables
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


def test_what_is_carried_is_listed_with_its_license(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Carried("The theme", Text(zh="主题", en="theme"), "MIT", "a:LICENSE")
    other = replace(first, name="Fine Font 2", license="OFL-1.1", text="https://example.org/OFL", version="2.1")
    monkeypatch.setattr(licenses_table, "CARRIED", (first, other, replace(first, name="Signs")))
    assert licenses_table.carried("en").splitlines() == [
        "| Name | Used for | Version | License |",
        "| :-- | :-- | :-- | :-- |",
        f"| The theme | theme | {locked()[licenses_table.THEME]} | [MIT](licenses/the-theme.txt) |",
        "| Fine Font 2 | theme | 2.1 | [OFL-1.1](https://example.org/OFL) |",
        f"| Signs | theme | {tables.NOTHING} | [MIT](licenses/signs.txt) |",
    ]
    assert licenses_table.carried("zh").startswith("| 名称 | 用在哪里 | 版本 | 许可证 |")


def _installed(folder: Path, metadata: str, text: str = "") -> Distribution:
    about = folder / "some-1.dist-info"
    (about / "licenses").mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.4\nName: some\nVersion: 1\n{metadata}", encoding="utf-8")
    (about / "licenses" / "LICENSE").write_text(text, encoding="utf-8")
    (about / "RECORD").write_text("some-1.dist-info/METADATA,,\nsome-1.dist-info/licenses/LICENSE,,\n")
    return Distribution.at(about)


@pytest.mark.parametrize(
    ("metadata", "text", "expected"),
    [
        ("License-Expression: MIT OR Apache-2.0\nLicense: BSD\n", "", "MIT OR Apache-2.0"),
        ("License: MIT License\n  Copyright (c) somebody\n", "", "MIT"),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: BSD License\n", "", "BSD"),
        ("License: see the file, please\nClassifier: Topic :: MIT License\n", "", None),
        ("Classifier: License :: OSI Approved :: ISC License (ISCL)\n", "MIT License\n", "ISC"),
        ("", "MIT License\n\nCopyright", "MIT"),
        ("", "Copyright", None),
    ],
)
def test_a_package_states_its_license_in_one_of_many_ways(
    metadata: str, text: str, expected: str | None, tmp_path: Path
) -> None:
    assert license_of(_installed(tmp_path, metadata, text)) == expected


def test_what_is_installed_is_recorded_and_what_was_known_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {
        "stated": _installed(tmp_path / "stated", "License: MIT\n"),
        "silent": _installed(tmp_path / "silent", ""),
    }

    def looked_up(name: str) -> Distribution:
        if name not in found:
            raise PackageNotFoundError(name)
        return found[name]

    monkeypatch.setattr(licenses_table, "distribution", looked_up)
    monkeypatch.setattr(licenses_table, "locked", lambda: dict.fromkeys(("absent", "silent", "stated", "unheard"), "1"))
    known = {"absent": "BSD", "silent": "ISC", "stated": "ISC", "gone": "MIT"}
    assert licenses_table.record(known) == {"absent": "BSD", "silent": "ISC", "stated": "MIT"}


def test_a_license_that_its_package_has_elsewhere_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = Carried("Theme", Text(zh="主题", en="theme"), "MIT", f"{licenses_table.THEME}:no/LICENSE")
    monkeypatch.setattr(licenses_table, "CARRIED", (moved,))
    with pytest.raises(BuildFailedError, match=r"licenses_table\.py: found no no/LICENSE in mkdocs-material \d"):
        dict(texts())
