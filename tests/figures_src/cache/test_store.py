"""The store: nothing twice, nothing half-written."""

import os
from pathlib import Path

import pytest

from figures_src.cache.store import Store, write_if_changed


def test_an_entry_is_written_once(tmp_path: Path) -> None:
    store, calls = Store(tmp_path), []

    def write(folder: Path) -> None:
        calls.append(folder)
        (folder / "file").write_text("content")

    first = store.keep("kind", "name", "key", write)
    second = store.keep("kind", "name", "key", write)
    assert first == second
    assert len(calls) == 1
    assert (first / "file").read_text() == "content"


def test_another_key_is_another_entry(tmp_path: Path) -> None:
    store = Store(tmp_path)
    paths = {store.keep("kind", "name", key, lambda folder: (folder / "file").touch()) for key in ("a", "b")}
    assert len(paths) == 2


def test_an_interrupted_write_leaves_no_entry(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def interrupted(folder: Path) -> None:
        (folder / "file").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.keep("kind", "name", "key", interrupted)
    assert store.find("kind", "name", "key") is None
    assert [path.name for path in (tmp_path / "kind").iterdir() if path.is_dir()] == []
    path = store.keep("kind", "name", "key", lambda folder: (folder / "file").touch())
    assert (path / "file").exists()


def test_a_folder_left_by_a_killed_process_is_no_entry(tmp_path: Path) -> None:
    store = Store(tmp_path)
    # What a process that was killed in the middle leaves: its folder under a temporary name.
    (tmp_path / "kind" / ".name-key-abc123").mkdir(parents=True)
    assert store.find("kind", "name", "key") is None


def test_unchanged_bytes_are_not_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    assert write_if_changed(path, b"one")
    before = path.stat()
    assert not write_if_changed(path, b"one")
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino
    assert write_if_changed(path, b"two")
    assert path.read_bytes() == b"two"


def test_a_failed_write_keeps_the_last_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_if_changed(path, b"whole")

    def broken(self: Path, target: Path) -> Path:
        raise OSError(f"no space left for {self} as {target}")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="no space"):
        write_if_changed(path, b"half")
    assert path.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("damage", ["cut short", "missing", "unlisted"])
def test_a_damaged_entry_is_made_again(tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path)

    def write(folder: Path) -> None:
        (folder / "file").write_text("content")

    path = store.keep("kind", "name", "key", write)
    if damage == "cut short":
        (path / "file").write_text("con")
    elif damage == "missing":
        (path / "file").unlink()
    else:
        (path / "contents.json").write_text('{"fi')
    assert store.find("kind", "name", "key") is None
    assert (store.keep("kind", "name", "key", write) / "file").read_text() == "content"
    assert store.find("kind", "name", "key") == path


def test_what_nobody_asked_for_in_a_while_is_removed_and_what_is_asked_for_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for key in ("old", "used"):
        path = store.keep("kind", "name", key, lambda folder: (folder / "file").touch())
        os.utime(path, (1, 1))
    store.find("kind", "name", "used")
    store.prune()
    assert store.find("kind", "name", "old") is None
    assert store.find("kind", "name", "used")
