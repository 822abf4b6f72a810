"""Failures of a build: one line each, with the place and the nearest name, reported together at the end."""

import traceback
from codecs import BOM_UTF8
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from gradlab._internal.refusals import RefusalError, nearest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
# The folders of an author's own errors, and the one module there that only reports them.
WRITTEN = ("figures_src/exhibits/", "figures_src/evidence/claims/", "gradlab/")
GUARD = "gradlab/_internal/checks.py"
# Names in one message; more would hide the rest of it.
LISTED = 20


@dataclass(frozen=True, order=True)
class Failure:
    """One thing that is wrong, on one line.

    Attributes:
        where: a path with a line, or an exhibit.
        what: what is wrong there.
        about: the exhibit whose offer is missed there, if it is one's.
        importing: the module that cannot be imported, if it is that: all that import it fail alike.

    """

    where: str
    what: str
    about: str | None = field(default=None, compare=False)
    importing: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class BuildFailedError(Exception):
    """Every failure of one run, together."""

    def __init__(self, failures: Iterable[Failure]) -> None:
        self.failures = tuple(failures)
        super().__init__(self.summary())

    def summary(self) -> str:
        """The failures, one a line, after a line that counts them."""
        count = len(self.failures)
        head = f"{count} failure{'' if count == 1 else 's'}:"
        return "\n".join([head, *(f"  {failure}" for failure in self.failures)])


def unknown(kind: str, name: str, allowed: Collection[str]) -> str:
    """The message for a name that does not exist: the name, the nearest one, or some that are allowed."""
    near = nearest(name, allowed)
    if near:
        return f"unknown {kind} {name!r}; the nearest is {near!r}"
    if not allowed:
        return f"unknown {kind} {name!r}; there is none"
    more = f" and {len(allowed) - LISTED} more" if len(allowed) > LISTED else ""
    return f"unknown {kind} {name!r}; allowed: {', '.join(sorted(allowed)[:LISTED])}{more}"


def relative(path: Path) -> str:
    """A path as the reader of a message knows it: relative to the project where it lies inside."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


def decoded(content: bytes, path: Path) -> str:
    """The text of a hand-written file, whatever an editor's ends of lines and its mark of the encoding are.

    Raises `BuildFailedError` where it is not UTF-8.
    """
    content = content.removeprefix(BOM_UTF8)
    try:
        return content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"found the byte 0x{content[error.start]:02x}, allowed: UTF-8"
        raise BuildFailedError([Failure(f"{relative(path)}:{line}", what)]) from None


def from_exception(where: str, error: BaseException) -> Failure:
    """A failure from an exception, with the traceback trimmed to the author's own last frame.

    The author writes exhibits and experiments; what only guards or draws them is named where nothing else is.
    """
    frames = _frames(error)
    written = [(file, line) for file, line in frames if file.startswith(WRITTEN) and file != GUARD]
    reason = "".join(f": {text}" for text in [" ".join(str(error).split())] if text)
    place = "".join(f" (at {file}:{line})" for file, line in (written or frames)[-1:])
    return Failure(where, f"{_kind(error)}{reason}{place}")


def from_import(error: BaseException) -> Failure | None:
    """The failure of a module of the laboratory's that cannot be imported, where an exception comes from that."""
    imported = [(file, line) for file, line in _frames(error, "<module>") if file.startswith("gradlab/")]
    if not imported:
        return None
    file, line = imported[-1]
    reason = " ".join(str(error).split())
    return Failure(f"{file}:{line}", f"{_kind(error)}: {reason}; all that import it wait", importing=file)


def _kind(error: BaseException) -> str:
    # The laboratory's refusals are ValueErrors to all who read them.
    return (ValueError if isinstance(error, RefusalError) else type(error)).__name__


def _frames(error: BaseException, name: str | None = None) -> list[tuple[str, int | None]]:
    """The project's own files and lines that an exception came through, in functions of a name if one is given."""
    return [
        (relative(Path(frame.filename)), frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(ROOT)
        and "site-packages" not in frame.filename
        and name in (None, frame.name)
    ]
