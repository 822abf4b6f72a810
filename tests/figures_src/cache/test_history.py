"""The project's history as far as it is known, and the message where it is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from figures_src.cache import history
from figures_src.site import build
from tests.site.test_changes import git, write


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for text in ("one", "two"):
        write(folder, "docs/page.md", text)
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", text)
    return folder


def test_a_repository_of_its_own_lacks_nothing(repository: Path) -> None:
    assert history.missing(repository) is None
    commit = history.last_commit(repository)
    assert commit is not None
    assert (len(commit.name), commit.seconds, commit.changed) == (40, "1798675200", False)


@pytest.mark.parametrize(
    ("path", "changed"),
    [("docs/page.md", True), ("docs/new.md", True), ("LICENSE-docs", True), ("tests/test.py", False)],
)
def test_what_a_site_is_made_from_is_changed_or_not(path: str, changed: bool, repository: Path) -> None:
    write(repository, path, "three")
    commit = history.last_commit(repository)
    assert commit is not None
    assert commit.changed is changed


def _archive(repository: Path, patch: pytest.MonkeyPatch) -> Path:
    """A copy without a history, inside another repository."""
    write(repository, "archive/file", "text")
    return repository / "archive"


def _empty(repository: Path, patch: pytest.MonkeyPatch) -> Path:
    folder = repository.parent / "empty"
    folder.mkdir()
    git(folder, "init", "--quiet")
    return folder


def _of_another_user(repository: Path, patch: pytest.MonkeyPatch) -> Path:
    patch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    return repository


def _without_git(repository: Path, patch: pytest.MonkeyPatch) -> Path:
    patch.setenv("PATH", str(repository))
    return repository


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        (_archive, "this folder is no repository of its own"),
        (_empty, "this folder is no repository with a commit"),
        (_of_another_user, "git refuses a folder of another user"),
        (_without_git, "there is no git"),
    ],
)
def test_without_a_history_one_line_says_what_the_site_lacks(
    folder: Callable[[Path, pytest.MonkeyPatch], Path],
    why: str,
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = folder(repository, monkeypatch)
    said = history.missing(root) or ""
    assert said.startswith(f"History not known ({why}")
    assert "\n" not in said
    assert history.last_commit(root) is None
    monkeypatch.setattr(history.last_commit, "__defaults__", (root,))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert build.source_date_epoch() == build.FALLBACK_EPOCH


def test_a_history_that_is_cut_off_is_said(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "1", repository.as_uri(), "shallow")
    assert (history.missing(tmp_path / "shallow") or "").startswith("History cut off")
    assert history.last_commit(tmp_path / "shallow") == history.last_commit(repository)
