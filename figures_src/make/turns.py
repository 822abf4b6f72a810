"""One build of a project at a time: another one waits, and says for whom."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from figures_src.cache.store import clear_way, make_folder, write_if_changed
from figures_src.make.scratch import CACHE
from figures_src.model.failures import ROOT

LOCK, HOLDER = CACHE / "site.lock", CACHE / "building.json"
# Entered again where it is held, as a build of the site does that makes the exhibits first.
_lock = FileLock(LOCK)


@contextmanager
def turn() -> Iterator[None]:
    """Hold what builds write, alone; another build is waited for, and named."""
    if _lock.is_locked:
        yield
        return
    make_folder(CACHE, inside=ROOT)
    clear_way(LOCK)
    clear_way(HOLDER)
    try:
        _lock.acquire(timeout=0)
    except Timeout:
        print(f"waiting for another build{_holder()}", file=sys.stderr, flush=True)  # noqa: T201 - for who waits
        _lock.acquire()
    try:
        began = time.strftime("%H:%M:%S")
        write_if_changed(HOLDER, json.dumps({"process": os.getpid(), "began": began}).encode())
        yield
    finally:
        HOLDER.unlink(missing_ok=True)
        _lock.release()


def _holder() -> str:
    """The process that builds, and the time at which it began, in words; nothing where it has not said so."""
    try:
        said = json.loads(HOLDER.read_text(encoding="utf-8"))
        return f" (process {said['process']}, since {said['began']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
