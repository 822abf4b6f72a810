"""The states of files, by which a long process knows that what it has read of them still holds.

A state is what the file system tells of a file without reading it: which one it is, its length, and when its content
and the file itself changed last. Times are counted in ticks, and two edits of equal length within one leave the same
state. So a file that changed just before it was read counts as unchanged only with the same content.
"""

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

# Device, number, length, and the times of the last change of the content and of the file.
State = tuple[int, int, int, int, int]
# The longest tick that a file system counts in: that of FAT.
TICK_NANOSECONDS = 2_000_000_000
# Compiled modules come and go as programs run.
_COMPILED = "__pycache__"


def _state(path: str) -> State | None:
    """The state of a file; None where there is none."""
    try:
        now = os.stat(path)  # noqa: PTH116 - for some hundred files, several times in a build
    except OSError:
        return None
    return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns


def _below(folder: str) -> Iterator[tuple[str, State | None]]:
    """Every file below a folder."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if not entry.is_dir():
            yield entry.path, _state(entry.path)
        elif entry.name != _COMPILED:
            yield from _below(entry.path)


class States:
    """All files below some folders and single ones elsewhere, in the states in which they are about to be read."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(map(str, folders))
        self._began = time.time_ns()
        self._inside = self._now()
        self._outside: dict[str, State | None] = {}

    def _now(self) -> dict[str, State | None]:
        return {path: state for folder in self._folders for path, state in _below(folder)}

    def note(self, path: Path) -> None:
        """Have a single file watched too, which may not be there; before it is read."""
        if str(path) not in self._inside:
            self._outside.setdefault(str(path), _state(str(path)))

    def hold(self, contents: Mapping[Path, bytes]) -> bool:
        """Whether no file was added, removed or changed since; `contents` are those that were read."""
        if self._inside != self._now() or any(_state(path) != state for path, state in self._outside.items()):
            return False
        read = ((path, content) for path, content in contents.items() if self._may_be_edited_again(str(path)))
        return all(_has(path, content) for path, content in read)

    def _may_be_edited_again(self, path: str) -> bool:
        """Whether the next edit of a file could leave it in the state it is in."""
        state = self._inside.get(path) or self._outside.get(path)
        return state is None or max(state[-2:]) > self._began - TICK_NANOSECONDS


def _has(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False
