"""Workers that make the exhibits that are not in the store yet, in parallel, each in a process of its own.

A process of its own, because a long-lived one (the live preview) would otherwise draw with the code it imported first,
because what an exhibit really imported can then be held against what its fingerprint covers, and because one that dies
or never ends is then known by its name.
"""

import importlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from figures_src.cache.serialization import written
from figures_src.cache.sources import SourceTree, current
from figures_src.cache.store import Store
from figures_src.drawing.fonts import FIGURE_FONT
from figures_src.make import children, limits
from figures_src.model import exhibit as exhibit_module
from figures_src.model.failures import BuildFailedError, Failure, from_exception, from_import, relative
from figures_src.model.language import LANGUAGES
from gradlab._internal.ending import EndedError, heeded

KIND = "exhibits"
# Not the exhibit's import, but what turns its result into files.
MAKERS = ("figures_src.make.files",)
PRELOADED = ["matplotlib.figure", "matplotlib.backends.backend_svg", "torch"]
# Every process that trains imports it with its first optimizer, for a second: one exhibit may do without, many do not.
FOR_MANY = ["torch._dynamo"]
MANY = 10
FORKS = sys.platform == "linux"
# Time between two looks whether a process is alive, or has taken too long.
LOOK_SECONDS = 1.0
# For a process that has answered, or was asked to end.
LEAVE_SECONDS = 2.0
Make = Callable[[str], Failure | None]


def _modules(name: str, tree: SourceTree) -> Mapping[str, Path]:
    """All that an exhibit's files are made by."""
    return tree.closure([exhibit_module.module_name(name, tree.exhibits), *MAKERS])


def key(name: str, tree: SourceTree) -> str:
    """The store's key of an exhibit: its sources and the laboratory's below it, font, languages, environment."""
    languages = [tree.language(language) for language in LANGUAGES]
    return tree.fingerprint(_modules(name, tree).values(), name, tree.digest(FIGURE_FONT), *languages)


def find(names: Iterable[str]) -> dict[str, Path]:
    """The folders of the exhibits that are made already, by name."""
    tree, store = current(), Store()
    found = {name: store.find(KIND, name, key(name, tree)) for name in names}
    return {name: folder for name, folder in found.items() if folder}


def _not_in_fingerprint(name: str, own: Set[str]) -> list[str]:
    """The project's modules that making an exhibit imported although its key does not cover them.

    `own` are those that were imported before the making.
    """
    covered = _modules(name, SourceTree())
    prefixes = ("gradlab.", "figures_src.exhibits.")
    return sorted(module for module in sys.modules.keys() - covered.keys() - own if module.startswith(prefixes))


def make_one(name: str) -> Failure | None:
    """Make an exhibit; what went wrong."""
    from figures_src.make.files import write_exhibit

    where, own = exhibit_module.where(name), frozenset(sys.modules)
    try:
        import torch

        torch.set_num_threads(1)
        Store().keep(
            KIND, name, key(name, SourceTree()), lambda folder: write_exhibit(exhibit_module.load(name), folder)
        )
        unseen = _not_in_fingerprint(name, own)
    except EndedError:
        raise
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        return from_import(error) or from_exception(where, error)
    if unseen:
        return Failure(where, f"imported {', '.join(unseen)} out of sight of the cache; import modules by statement")
    return None


def make(names: Sequence[str], workers: int | None = None, making: Make = make_one) -> list[Failure]:
    """Make exhibits in parallel and return what went wrong; the others are in the store all the same."""
    if not names:
        return []
    pool = _Pool(making, _context([*PRELOADED, *FOR_MANY] if len(names) >= MANY else PRELOADED))
    found = pool.run(names, workers or os.cpu_count() or 1)
    # A failure of a module that many exhibits import is said once.
    return list(dict.fromkeys(found[name] for name in names if name in found))


def _read_imports(names: Iterable[str]) -> None:
    """Read what every source imports, which each process would read anew: a forked one inherits it."""
    tree = SourceTree()
    for name in names:
        with suppress(BuildFailedError):  # told by the exhibit that stands on the source
            _modules(name, tree)


def _context(preloaded: Sequence[str]) -> BaseContext:
    """The way to fork processes: here on Linux, elsewhere in a server, as not every library of macOS can be forked.

    Either has imported what takes longest.
    """
    if FORKS:
        for module in preloaded:
            importlib.import_module(module)
        return multiprocessing.get_context("fork")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preloaded))
    return context


@dataclass(frozen=True)
class _Job:
    """An exhibit in the making."""

    name: str
    process: BaseProcess
    answer: Connection
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began


class _Pool:
    """Exhibits that are made at once, each watched until it answers, dies, or has taken too long."""

    def __init__(self, making: Make, context: BaseContext) -> None:
        self._making, self._context = making, context
        self._limit = limits.exhibit_seconds()
        self._running: dict[Connection, _Job] = {}
        self._failures: dict[str, Failure] = {}
        # Modules that cannot be imported, by their files.
        self._broken: set[str] = set()
        self._said = time.monotonic()

    def run(self, names: Sequence[str], workers: int) -> dict[str, Failure]:
        """Make the exhibits, and return the failures by exhibit; an interruption ends all processes first."""
        waiting = list(reversed(names))
        try:
            while waiting or self._running:
                while waiting and len(self._running) < workers:
                    if not self._stands_on_what_is_broken(name := waiting.pop()):
                        self._begin(name)
                answered = wait(list(self._running), LOOK_SECONDS)
                for job in list(self._running.values()):
                    self._look_at(job, is_answered=job.answer in answered)
                self._say_still()
        finally:
            for job in self._running.values():
                job.process.terminate()
            for job in self._running.values():
                _end(job.process)
        return self._failures

    def _stands_on_what_is_broken(self, name: str) -> bool:
        """Whether an exhibit imports what could not be imported, and so need not be tried."""
        return bool(self._broken) and not self._broken.isdisjoint(map(relative, _modules(name, SourceTree()).values()))

    def _begin(self, name: str) -> None:
        reader, writer = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_work, args=(self._making, name, writer))  # type: ignore[attr-defined]
        with warnings.catch_warnings():
            # The one other thread here waits for the end of whoever asked, and holds nothing.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        writer.close()
        self._running[reader] = _Job(name, process, reader)

    def _look_at(self, job: _Job, *, is_answered: bool) -> None:
        is_alive = job.process.is_alive()
        is_late = bool(self._limit) and job.seconds > self._limit
        if is_answered:
            self._note(job, self._received(job))
        elif not is_alive:
            # It may have answered since.
            self._note(job, self._received(job) if job.answer.poll() else self._died(job))
        elif is_late:
            self._note(job, self._failure(job, limits.exceeded(self._limit, limits.EXHIBIT_VARIABLE)))
        else:
            return
        if not is_answered:
            job.process.terminate()
        _end(job.process)
        job.answer.close()
        del self._running[job.answer]

    def _received(self, job: _Job) -> Failure | None:
        try:
            return job.answer.recv()  # type: ignore[no-any-return]
        except (EOFError, OSError):
            job.process.join(LEAVE_SECONDS)
            return self._died(job)

    def _died(self, job: _Job) -> Failure:
        code = job.process.exitcode
        how = "it left its work" if code is None else children.ending(code)
        return self._failure(job, f"its process ended before it was done, without an exception ({how})")

    @staticmethod
    def _failure(job: _Job, what: str) -> Failure:
        return Failure(exhibit_module.where(job.name), what)

    def _note(self, job: _Job, failure: Failure | None) -> None:
        if failure:
            self._failures[job.name] = failure
            if failure.importing:
                self._broken.add(failure.importing)

    def _say_still(self) -> None:
        """Name what takes long, and how long it has taken."""
        if time.monotonic() - self._said < children.STILL_SECONDS:
            return
        self._said = time.monotonic()
        long = [job for job in self._running.values() if job.seconds >= children.STILL_SECONDS]
        if long:
            children.say_still(", ".join(f"exhibit {job.name} ({job.seconds:.0f} s)" for job in long))


def _end(process: BaseProcess) -> None:
    """End a process that is done or was asked to end, and takes too long over it."""
    process.join(LEAVE_SECONDS)
    process.kill()
    process.join()


def _work(making: Make, name: str, answer: Connection) -> None:
    """Make an exhibit in a process of its own, and answer what went wrong."""
    parent = multiprocessing.parent_process()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    # Output of this process is no answer to anybody.
    os.dup2(2, 1)
    code = 1
    with suppress(EndedError, OSError), heeded():
        answer.send(making(name))
        code = 0
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    # At once: what an exhibit left running would be waited for.
    os._exit(code)


def _end_with(parent: BaseProcess | None) -> None:
    """End this process and its group, in which all processes of the pool are, with the one that started it."""
    if parent is not None:
        parent.join()
        os.killpg(0, signal.SIGKILL)


def main(names: Sequence[str]) -> None:
    """Make the named exhibits and answer with the failures as JSON."""
    if FORKS:
        _read_imports(names)
    children.answer(written(make(names), indent=None))


if __name__ == "__main__":
    main(sys.argv[1:])
