"""The site under test is built once for a state of the project, and anew for another."""

import os
from pathlib import Path

import pytest

from figures_src.cache.sources import SourceTree
from tests import tested_site
from tests.serving import PUBLISHED
from tests.tested_site import KEPT_UNUSED, site_folder


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The address and the repository of every build, in a folder of the test's own."""
    found: list[tuple[str, str]] = []

    def build(site: Path) -> None:
        found.append((os.environ["SITE_URL"], os.environ["REPOSITORY_URL"]))
        site.mkdir()

    monkeypatch.setattr(tested_site, "build", build)
    monkeypatch.setattr(tested_site, "FOLDER", tmp_path / "tested")
    return found


def test_a_site_is_built_once_and_anew_for_another_address(built: list[tuple[str, str]]) -> None:
    first = site_folder()
    assert site_folder() == first
    other = site_folder("https://a.b/c/", "https://a.b/d/e")
    assert other != first
    assert built == [(PUBLISHED, f"{tested_site.REPOSITORY}.git"), ("https://a.b/c/", "https://a.b/d/e")]


def test_a_site_is_built_anew_when_what_it_is_made_from_changes(
    built: list[tuple[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    monkeypatch.setattr(tested_site, "ROOT", tmp_path)
    monkeypatch.setattr(tested_site, "COPIED", ("page.md",))
    monkeypatch.setattr(tested_site, "SourceTree", lambda: SourceTree(tmp_path))
    folders = []
    for text in ("one", "two", "one"):
        page.write_text(text, encoding="utf-8")
        folders.append(site_folder())
    assert folders[0] == folders[2] != folders[1]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    assert site_folder() not in folders
    assert len(built) == 3


def test_a_site_that_nothing_asks_for_is_removed(built: list[tuple[str, str]]) -> None:
    old = site_folder()
    os.utime(old, times=(0, old.stat().st_mtime - KEPT_UNUSED.total_seconds() - 1))
    new = site_folder("https://a.b/c/")
    assert not old.exists()
    assert new.is_dir()
