"""Date of a page's last change: from a real history, a cut one, and none."""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from figures_src.site.changes import last_changes, shown

PAGE, OTHER, NOTEBOOK = "docs/en/page.md", "docs/zh/页.md", "docs/notebook.py"


def git(folder: Path, *arguments: str, day: str = "2026-01-01") -> None:
    who = {f"GIT_{role}_{what}": "a@b.c" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    when = {"GIT_AUTHOR_DATE": f"{day}T23:30:00+00:00", "GIT_COMMITTER_DATE": "2026-12-31T00:00:00+00:00"}
    nobody = {"HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "PATH": "/usr/bin:/bin:/usr/local/bin"}
    subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *arguments],
        cwd=folder,
        env=who | when | nobody,
        check=True,
        capture_output=True,
    )


def write(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Three commits: both pages and the notebook, then one page, then what is no page."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for days, paths in (("2026-02-03", (PAGE, OTHER, NOTEBOOK)), ("2026-11-23", (PAGE,)), ("2026-12-01", ("x.py",))):
        for path in paths:
            write(folder, path, days)
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", days, day=days)
    return folder


def test_the_day_is_that_of_the_last_commit_that_touched_the_file(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    first, last = date(2026, 2, 3), date(2026, 11, 23)
    assert last_changes(repository) == {PAGE: last, OTHER: first, NOTEBOOK: first}


def test_what_is_not_committed_has_no_day(repository: Path) -> None:
    write(repository, PAGE, "changed")
    write(repository, "docs/en/new.md", "new")
    assert set(last_changes(repository)) == {OTHER, NOTEBOOK}


def test_a_history_that_is_cut_off_tells_no_day_that_it_cannot_know(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "2", repository.as_uri(), "shallow")
    assert last_changes(tmp_path / "shallow") == {}
    write(tmp_path / "shallow", PAGE, "later")
    git(tmp_path / "shallow", "commit", "--quiet", "--all", "--message", "later", day="2026-12-02")
    assert last_changes(tmp_path / "shallow") == {PAGE: date(2026, 12, 2)}


def test_a_tree_without_a_history_knows_no_day_even_inside_another_repository(repository: Path, tmp_path: Path) -> None:
    inside = repository / "exported"
    write(inside, PAGE, "text")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "exported")
    assert last_changes(inside) == {}
    assert last_changes(tmp_path) == {}


def test_a_day_is_shown_as_its_language_writes_it() -> None:
    changes = {PAGE: date(2026, 11, 23)}
    assert shown(PAGE, changes, "zh") == {"machine": "2026-11-23", "reader": "2026 年 11 月 23 日"}
    assert shown(PAGE, changes, "en") == {"machine": "2026-11-23", "reader": "November 23, 2026"}
    assert shown(OTHER, changes, "en") is None
