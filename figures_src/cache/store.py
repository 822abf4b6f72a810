"""The store: what was computed or drawn once is kept under a key of its content and never made twice.

An entry is a folder. It is written under a temporary name and renamed when it is whole, so an interrupted write
leaves nothing that a later build could take for an entry. A list of its files with their SHA-256 lies beside them:
an entry that was damaged later (a full disk, a crash of the machine) is made again.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock

from figures_src.model.failures import ROOT

FOLDER_VARIABLE = "GRADIENT_LAB_STORE"
CONTENTS = "contents.json"
# Long enough to go back to another branch and find its entries.
KEPT_UNUSED = timedelta(days=60)
# What is made of one page is made anew in a moment, and every edit of a page leaves some behind.
PAGES, PAGES_UNUSED = "pages", timedelta(days=2)
ANSWER = "answer.json"


def default_folder() -> Path:
    """The store's folder: from the environment where it is named there, else inside the project."""
    return Path(os.environ.get(FOLDER_VARIABLE) or ROOT / ".cache" / "store")


class Store:
    """Folders by kind, name and key under one folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()

    def path(self, kind: str, name: str, key: str) -> Path:
        """The path of an entry, stored or not."""
        return self.folder / kind / f"{name}-{key[:32]}"

    def find(self, kind: str, name: str, key: str) -> Path | None:
        """The folder of an entry, or None where there is none."""
        path = self.path(kind, name, key)
        return _used(path) if _is_whole(path) else None

    def keep(self, kind: str, name: str, key: str, write: Callable[[Path], None]) -> Path:
        """The folder of an entry, written by `write` into a fresh folder unless it is there already.

        Processes that want the same entry wait for the first: nothing is made twice.
        """
        path = self.path(kind, name, key)
        if _is_whole(path):
            return _used(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f"{path.name}.lock")):
            if not _is_whole(path):
                self._write_whole(path, write)
        return path

    def answer(self, kind: str, name: str, key: str, ask: Callable[[], Any]) -> Any:
        """The answer of a function, in JSON's types, which is asked only where no answer is there."""

        def write(folder: Path) -> None:
            (folder / ANSWER).write_text(json.dumps(ask(), ensure_ascii=False), encoding="utf-8")

        return json.loads((self.keep(kind, name, key, write) / ANSWER).read_text(encoding="utf-8"))

    def prune(self, unused: timedelta = KEPT_UNUSED) -> None:
        """Remove what no build has asked for in a while. Time only decides what is kept, never what is valid."""
        for path in self.folder.glob("*/*"):
            limit = min(unused, PAGES_UNUSED) if path.parent.name == PAGES else unused
            # Another build may have removed it, or renamed it as whole.
            with suppress(FileNotFoundError):
                if path.stat().st_mtime >= time.time() - limit.total_seconds():
                    continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    @staticmethod
    def _write_whole(path: Path, write: Callable[[Path], None]) -> None:
        unfinished = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
        try:
            write(unfinished)
            listed = json.dumps(_contents(unfinished), indent=1)
            (unfinished / CONTENTS).write_text(listed, encoding="utf-8")
            shutil.rmtree(path, ignore_errors=True)
            unfinished.rename(path)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise


def _used(entry: Path) -> Path:
    os.utime(entry)
    return entry


def _contents(folder: Path) -> dict[str, str]:
    """The files of an entry by name, with their SHA-256."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name != CONTENTS
    }


def _is_whole(folder: Path) -> bool:
    """Whether an entry is there and holds just what was written into it."""
    try:
        listed = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
        return bool(listed == _contents(folder))
    except (OSError, ValueError):
        return False


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write a file under a temporary name and rename it, unless it holds just these bytes; True where it wrote."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
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
