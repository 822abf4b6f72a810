"""A folder for temporary files of a build, which the next one removes where a build was killed.

It hangs on a lock that the system takes back from a process however that ends.
"""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from figures_src.cache.store import locked_or_none, make_folder, remove
from figures_src.model.failures import ROOT

CACHE = ROOT / ".cache"
FOLDER = CACHE / "scratch"
_LOCK = ".lock"


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for temporary files, removed at the end."""
    make_folder(FOLDER, inside=CACHE)
    _clear_up()
    # Others look at it only when its lock is held.
    name = secrets.token_hex(4)
    with FileLock(FOLDER / f"{name}{_LOCK}") as lock:
        folder = FOLDER / name
        try:
            folder.mkdir()
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            Path(lock.lock_file).unlink(missing_ok=True)


def _clear_up() -> None:
    """Remove the folders of processes that are gone."""
    for left in list(FOLDER.iterdir()):
        if left.suffix != _LOCK:
            with locked_or_none(lock := left.with_name(f"{left.name}{_LOCK}")) as held, suppress(OSError):
                if held:
                    remove(left)
                    lock.unlink(missing_ok=True)


def temporary(folder: Path) -> dict[str, str]:
    """The variables that have programs write their temporary files into a folder."""
    return {"TMPDIR": str(folder), "JUPYTER_RUNTIME_DIR": str(folder / "jupyter")}
