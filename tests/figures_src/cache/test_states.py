"""States of files: whatever an edit leaves as it was, it is seen, and what nobody touched is not read."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from figures_src.cache import states
from figures_src.cache.states import States

LATER = 2 * states.TICK_NANOSECONDS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "read" / "below").mkdir(parents=True)
    for name in ("read/one.py", "read/below/two.py", "beside"):
        (tmp_path / name).write_text("1", encoding="utf-8")
    return tmp_path


def _looked_at(folder: Path, *noted: str) -> tuple[States, dict[Path, bytes]]:
    """The states of a folder, and the content of its files and of others beside it."""
    seen = States([folder / "read"])
    for name in noted:
        seen.note(folder / name)
    read = [*(folder / "read").rglob("*.py"), *map(folder.joinpath, noted)]
    return seen, {path: path.read_bytes() for path in read if path.is_file()}


def _edit(path: Path) -> None:
    path.write_text("2", encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: _edit(folder / "read/one.py"),
        lambda folder: _edit(folder / "read/below/two.py"),
        lambda folder: _edit(folder / "beside"),
        lambda folder: _edit(folder / "read/new.py"),
        lambda folder: _edit(folder / "missing"),
        lambda folder: (folder / "read/below/two.py").unlink(),
        lambda folder: (folder / "beside").unlink(),
        lambda folder: (folder / "read/one.py").rename(folder / "read/other.py"),
    ],
)
def test_files_that_are_edited_added_or_removed_no_longer_hold(folder: Path, change: Callable[[Path], None]) -> None:
    seen, contents = _looked_at(folder, "beside", "missing")
    assert seen.hold(contents)
    change(folder)
    assert not seen.hold(contents)


def test_an_edit_that_keeps_length_and_time_is_seen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + LATER)
    seen, contents = _looked_at(folder)
    file = folder / "read/one.py"
    before = file.stat()
    _edit(file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not seen.hold(contents)


def test_an_edit_within_the_tick_of_the_last_one_is_seen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: states._state(str(path)) for path in (folder / "read").rglob("*.py")}
    monkeypatch.setattr(states, "_state", lambda path: before[Path(path)])
    seen, contents = _looked_at(folder)
    assert seen.hold(contents)
    _edit(folder / "read/one.py")
    assert not seen.hold(contents)


def test_what_was_not_touched_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + LATER)
    seen, contents = _looked_at(folder, "beside")
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    assert seen.hold(contents)


def test_compiled_modules_do_not_count(folder: Path) -> None:
    seen, contents = _looked_at(folder)
    (folder / "read" / "__pycache__").mkdir()
    _edit(folder / "read" / "__pycache__" / "one.pyc")
    assert seen.hold(contents)
