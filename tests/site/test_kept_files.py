"""A file that a build changes is changed once."""

from pathlib import Path

import pytest

from figures_src.cache.store import FOLDER_VARIABLE
from figures_src.site.kept_files import kept_text

CALLS: list[str] = []


def shouted(text: str) -> str:
    CALLS.append(text)
    return text.upper()


def test_a_text_is_changed_once_and_another_one_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    CALLS.clear()
    assert [kept_text("a", text, shouted) for text in ("one", "one", "two")] == ["ONE", "ONE", "TWO"]
    assert CALLS == ["one", "two"]


def test_a_text_that_cannot_be_changed_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))

    def refusing(text: str) -> str:
        raise ValueError(text)

    for _ in range(2):
        with pytest.raises(ValueError, match="one"):
            kept_text("a", "one", refusing)
