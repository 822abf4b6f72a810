"""The store: nothing twice, nothing half-written."""

import json
import os
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from figures_src.cache import store as store_module
from figures_src.cache.store import (
    ANSWER,
    DAYS,
    KEPT_UNUSED,
    PAGES,
    PAGES_UNUSED,
    Store,
    make_folder,
    write_if_changed,
)


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


def test_an_interruption_as_the_folder_is_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, make = Store(tmp_path), Path.mkdir

    def interrupted(folder: Path, *arguments: Any, **options: Any) -> None:
        make(folder, *arguments, **options)
        if folder.name.startswith("."):
            raise KeyboardInterrupt

    monkeypatch.setattr(Path, "mkdir", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.keep("kind", "name", "key", lambda folder: (folder / "file").touch())
    assert [path.name for path in (tmp_path / "kind").iterdir() if path.is_dir()] == []


def test_a_folder_left_by_a_killed_process_is_no_entry(tmp_path: Path) -> None:
    store = Store(tmp_path)
    # A process that was killed in the middle leaves its folder under a temporary name.
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


def _aged(store: Store, *names: str) -> dict[str, Path]:
    """Entries that were last used on the first of very many days of building."""
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(KEPT_UNUSED + 1)]
    (store.folder / DAYS).write_text(json.dumps([day.isoformat() for day in days]))
    entries = {name: store.keep("kind", name, "key", _touch) for name in names}
    for entry in entries.values():
        os.utime(entry, (1735689600, 1735689600))
    return entries


def _touch(folder: Path) -> None:
    (folder / "file").touch()


def test_what_nobody_asked_for_in_a_while_is_removed_and_what_is_asked_for_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    entries = _aged(store, "old", "used")
    store.find("kind", "used", "key")
    store.prune()
    assert not entries["old"].exists()
    assert entries["used"].exists()


def test_a_pages_entries_are_kept_for_fewer_days_than_others(tmp_path: Path) -> None:
    store = Store(tmp_path)
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(PAGES_UNUSED + 1)]
    (store.folder / DAYS).write_text(json.dumps([day.isoformat() for day in days]))
    entries = [store.keep(kind, "name", "key", _touch) for kind in (PAGES, "kind")]
    for entry in entries:
        os.utime(entry, (1735689600, 1735689600))
    store.prune()
    assert [entry.exists() for entry in entries] == [False, True]


def test_what_the_store_notes_of_its_days_may_be_anything(tmp_path: Path) -> None:
    for noted in ("{", "7", "null", '"text"', '["no day", 7, "2025-01-01"]'):
        (tmp_path / DAYS).write_text(noted)
        Store(tmp_path).prune()
        assert json.loads((tmp_path / DAYS).read_text())[-1] == datetime.now(UTC).date().isoformat()
    assert json.loads((tmp_path / DAYS).read_text())[0] == "2025-01-01"


def test_what_a_killed_process_left_of_a_file_goes_and_what_a_living_one_writes_stays(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    left, others, foreign = (tmp_path / f".file-{who}-abc" for who in (ended.pid, os.getpid(), "someone"))
    for path in (left, others, foreign):
        path.touch()
    write_if_changed(tmp_path / "file", b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([others.name, foreign.name, "file"])


def test_an_unfinished_file_has_the_name_by_which_it_is_found_when_its_process_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    renamed = Path.replace

    def replace(self: Path, target: Path) -> Path:
        seen.append(self.name)
        return renamed(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    write_if_changed(tmp_path / "file", b"new")
    assert [name.rpartition("-")[0] for name in seen] == [f".file-{os.getpid()}"]


def test_the_name_of_an_entry_has_the_first_half_of_its_key(tmp_path: Path) -> None:
    assert Store(tmp_path).path("kind", "name", "a" * 32 + "b" * 32) == tmp_path / "kind" / f"name-{'a' * 32}"


def test_what_another_build_removes_in_this_moment_does_not_end_the_pruning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = _aged(Store(tmp_path), "gone", "old")
    remove = store_module.remove

    def removed(path: Path) -> None:
        remove(path)
        if path == entries["gone"]:
            raise FileNotFoundError(path)

    monkeypatch.setattr(store_module, "remove", removed)
    Store(tmp_path).prune()
    assert not any(entry.exists() for entry in entries.values())


def test_a_clock_that_is_years_ahead_removes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.keep("kind", "name", "key", _touch)
    os.utime(path, (1, 1))
    store.prune()
    assert path.exists()


def test_what_an_entry_was_made_of_is_used_with_it(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def write(folder: Path) -> None:
        store.keep("results", "inner", "key", _touch)
        _touch(folder)

    store.keep("exhibits", "outer", "key", write)
    inner = store.path("results", "inner", "key")
    os.utime(inner, (1, 1))
    store.find("exhibits", "outer", "key")
    assert inner.stat().st_mtime > 1


@pytest.mark.parametrize("kind", ["a file", "a dangling link", "an empty folder"])
@pytest.mark.parametrize("place", ["entry", "lock", "folder"])
def test_what_stands_in_the_way_is_removed(tmp_path: Path, place: str, kind: str) -> None:
    store = Store(tmp_path / "store")
    entry = store.path("kind", "name", "key")
    path = {"entry": entry, "lock": entry.with_name(f"{entry.name}.lock"), "folder": entry.parent}[place]
    path.parent.mkdir(parents=True)
    if kind == "a file":
        path.write_text("file")
    elif kind == "a dangling link":
        path.symlink_to("nowhere")
    else:
        path.mkdir()
    assert (store.keep("kind", "name", "key", _touch) / "file").is_file()


def test_an_answer_that_is_none_is_asked_for_again(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def write(folder: Path) -> None:
        (folder / ANSWER).write_text("{")

    store.keep("kind", "name", "key", write)
    assert store.answer("kind", "name", "key", lambda: 7) == 7


def test_what_killed_processes_left_is_cleared_up_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    store = Store(tmp_path)
    left = tmp_path / "kind" / ".name-key-abc12345"
    left.mkdir(parents=True)

    def write(folder: Path) -> None:
        store.clear_up()
        _touch(folder)

    assert (store.keep("kind", "other", "key", write) / "file").is_file()
    assert not left.exists()


def test_a_folder_that_another_process_makes_in_this_moment_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, seen = tmp_path / "store", Path.is_dir

    def late(path: Path) -> bool:
        answer = seen(path)
        if path == folder and not answer:
            path.mkdir()
            (path / "kept").touch()
        return answer

    monkeypatch.setattr(Path, "is_dir", late)
    make_folder(folder / "kind", inside=tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["kept", "kind"]
