"""The store: what was computed or drawn once is kept under a key of its content and never made twice.

An entry is a folder. It is written under a temporary name and renamed when it is whole, so an interrupted write
leaves nothing that a later build could take for an entry. A list of its files with their SHA-256 lies beside them:
an entry that was damaged later (a full disk, a crash of the machine) is made again. What stands in an entry's way, a
file or a link in place of a folder, is removed: all that lies in the store can be made again.

Beside an entry's files stand the entries that it was made of: whoever uses the one uses the others.
"""

import glob
import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from figures_src.model.failures import ROOT

FOLDER_VARIABLE = "GRADIENT_LAB_STORE"
CONTENTS = "contents.json"
USES = "uses.json"
# Days on which something was built, so that neither a pause nor a clock that is wrong for once makes anything old. Long
# enough to go back to another branch and find its entries.
KEPT_UNUSED = 60
DAYS = "days.json"
# Entries of one page are made anew in a moment, and every edit of a page leaves some behind.
PAGES, PAGES_UNUSED = "pages", 2
ANSWER = "answer.json"
Kept = TypeVar("Kept")
# Entries used by those that are being written, one inside the other.
_being_made: list[set[str]] = []


def default_folder() -> Path:
    """The store's folder: from the environment where it is named there, else inside the project."""
    return Path(os.environ.get(FOLDER_VARIABLE) or ROOT / ".cache" / "store")


class Store:
    """Folders by kind, name and key under one folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()

    def _used(self, entry: Path) -> Path:
        """Note that an entry was used just now, by what is being made here too, and with it what it was made of."""
        if _being_made:
            _being_made[-1].add(entry.relative_to(self.folder).as_posix())
        self._touch(entry)
        return entry

    def _touch(self, entry: Path) -> None:
        # Another process may just remove it.
        with suppress(OSError):
            os.utime(entry)
        for name in _names(entry / USES):
            self._touch(self.folder / name)

    def path(self, kind: str, name: str, key: str) -> Path:
        """The path of an entry, stored or not."""
        return self.folder / kind / f"{name}-{key[:32]}"

    def find(self, kind: str, name: str, key: str) -> Path | None:
        """The folder of an entry, or None where there is none."""
        path = self.path(kind, name, key)
        return self._used(path) if _is_whole(path) else None

    def keep(self, kind: str, name: str, key: str, write: Callable[[Path], None]) -> Path:
        """The folder of an entry, written by `write` into a fresh folder unless it is there already.

        Processes that want the same entry wait for the first: nothing is made twice.
        """
        path = self.path(kind, name, key)
        if _is_whole(path):
            return self._used(path)
        make_folder(path.parent, inside=self.folder)
        lock = _lock_of(path)
        clear_way(lock)
        with FileLock(lock):
            if not _is_whole(path):
                _write_whole(path, write)
        return self._used(path)

    def drop(self, entry: Path) -> None:
        """Remove an entry that does not hold what was to be kept."""
        with FileLock(_lock_of(entry)):
            remove(entry)

    def answer(self, kind: str, name: str, key: str, ask: Callable[[], Any]) -> Any:
        """The answer of a function, in JSON's types, which is asked only where no answer is there."""

        def write(folder: Path) -> None:
            (folder / ANSWER).write_text(json.dumps(ask(), ensure_ascii=False), encoding="utf-8")

        return self.reading(kind, name, key, write, lambda entry: json.loads((entry / ANSWER).read_text("utf-8")))

    def reading(
        self, kind: str, name: str, key: str, write: Callable[[Path], None], read: Callable[[Path], Kept]
    ) -> Kept:
        """The content of an entry; one that cannot be read is written anew, once."""
        entry = self.keep(kind, name, key, write)
        try:
            return read(entry)
        except Exception:  # whatever a file of another kind makes of a reader
            self.drop(entry)
            return read(self.keep(kind, name, key, write))

    def clear_up(self) -> None:
        """Remove what processes that were killed left half-written; what is being written is locked."""
        for left in self.folder.glob("*/.*"):
            entry = left.with_name(left.name[1:].rpartition("-")[0])
            with locked_or_none(_lock_of(entry)) as held, suppress(OSError):
                if held:
                    remove(left)

    def prune(self, unused: int = KEPT_UNUSED) -> None:
        """Remove what nothing has asked for on so many days of building.

        Time only decides what is kept, never what is valid.
        """
        days = self._days_of_building()
        for path in list(self.folder.glob("*/*")):
            limit = min(unused, PAGES_UNUSED) if path.parent.name == PAGES else unused
            # Another build may have removed it, or renamed it as whole.
            with suppress(OSError):
                last = datetime.fromtimestamp(path.lstat().st_mtime, UTC).date()
                if len([day for day in days if day > last]) >= limit:
                    remove(path)

    def _days_of_building(self) -> list[date]:
        """The last days on which something was built, today among them."""
        noted = []
        for text in _names(self.folder / DAYS):
            with suppress(ValueError):
                noted.append(date.fromisoformat(text))
        days = sorted({*noted, datetime.now(UTC).date()})[-KEPT_UNUSED - 1 :]
        clear_way(self.folder / DAYS)
        write_if_changed(self.folder / DAYS, json.dumps([day.isoformat() for day in days]).encode())
        return days


def _write_whole(path: Path, write: Callable[[Path], None]) -> None:
    # An interruption may come at any moment, so that the folder is removed by a name which is known before it is made.
    unfinished = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    _being_made.append(set())
    try:
        unfinished.mkdir(mode=0o700)
        write(unfinished)
        listed = json.dumps(_contents(unfinished), indent=1)
        (unfinished / CONTENTS).write_text(listed, encoding="utf-8")
        if uses := sorted(_being_made[-1]):
            (unfinished / USES).write_text(json.dumps(uses), encoding="utf-8")
        remove(path)
        unfinished.rename(path)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    finally:
        _being_made.pop()


def _lock_of(entry: Path) -> Path:
    return entry.with_name(f"{entry.name}.lock")


def _names(path: Path) -> list[str]:
    """The texts in a list of JSON; none where there is no such file."""
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []


@contextmanager
def locked_or_none(path: Path) -> Iterator[FileLock | None]:
    """The lock at a path, held; None where another process holds it, or it is none."""
    try:
        lock = FileLock(path)
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        yield None
        return
    try:
        yield lock
    finally:
        lock.release()


def make_folder(path: Path, inside: Path) -> None:
    """Make a folder, and remove the files in its way inside another folder, where all was made and can be again."""
    for folder in [*reversed(path.relative_to(inside).parents), path.relative_to(inside)][1:]:
        if not (inside / folder).is_dir():
            # Another process may make it in this moment: a folder is never removed here, and `unlink` takes none.
            with suppress(FileNotFoundError, IsADirectoryError, PermissionError):
                (inside / folder).unlink()
    path.mkdir(parents=True, exist_ok=True)


def remove(path: Path) -> None:
    """Remove whatever is at a path; of a link the link, never what it leads to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def clear_way(file: Path) -> None:
    """Remove what stands where a file is to be written that was made before, unless it is a file."""
    if file.is_symlink() or file.is_dir():
        remove(file)


def _contents(folder: Path) -> dict[str, str]:
    """The files of an entry by name, with their SHA-256."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name not in (CONTENTS, USES)
    }


def _is_whole(folder: Path) -> bool:
    """Whether an entry is there and holds just what was written into it."""
    try:
        listed = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
        return bool(listed) and bool(listed == _contents(folder))
    except (OSError, ValueError):
        return False


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write a file under a temporary name and rename it, unless it holds just these bytes; True where it wrote.

    What a process that was killed in the middle of it left beside the file is removed.
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{glob.escape(path.name)}-*-*"):
        if not _is_alive(left.name.split("-")[-2]):
            left.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-{os.getpid()}-", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        unfinished.chmod(0o644)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return True


def _is_alive(process: str) -> bool:
    """Whether a process is there; what is no number is none of ours, and is left alone."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError, OverflowError):
        return True
    return True
