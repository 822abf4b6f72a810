"""The workshop: makes the exhibits that are not in the store yet, in parallel, each in a process of its own.

A process of its own, because a long-lived one (the live preview) would otherwise draw with the code it imported first,
and because what an exhibit really imported can then be held against what its fingerprint covers.
"""

import multiprocessing
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path

from figures_src.cache.serialization import written
from figures_src.cache.sources import SourceTree
from figures_src.cache.store import Store
from figures_src.drawing.fonts import FIGURE_FONT
from figures_src.model import exhibit as exhibit_module
from figures_src.model.failures import Failure, from_exception
from figures_src.model.language import LANGUAGES

KIND = "exhibits"
# Not the exhibit's import, but what turns its result into files.
MAKERS = ("figures_src.make.files",)
PRELOADED = ["matplotlib.figure", "matplotlib.backends.backend_svg", "torch"]


def _modules(name: str, tree: SourceTree) -> dict[str, Path]:
    """All that an exhibit's files are made by."""
    return tree.closure([exhibit_module.module_name(name), *MAKERS])


def key(name: str, tree: SourceTree) -> str:
    """The store's key of an exhibit: its sources and the laboratory's below it, font, languages, environment."""
    languages = [tree.language(language) for language in LANGUAGES]
    return tree.fingerprint(_modules(name, tree).values(), name, tree.digest(FIGURE_FONT), *languages)


def find(names: Iterable[str]) -> dict[str, Path]:
    """The folders of the exhibits that are made already, by name."""
    tree, store = SourceTree(), Store()
    found = {name: store.find(KIND, name, key(name, tree)) for name in names}
    return {name: folder for name, folder in found.items() if folder}


def _not_in_fingerprint(name: str) -> list[str]:
    """The project's modules that making an exhibit imported although its key does not cover them."""
    covered = _modules(name, SourceTree())
    prefixes = ("gradlab.", "figures_src.exhibits.")
    return sorted(module for module in sys.modules if module.startswith(prefixes) and module not in covered)


def _make(name: str) -> Failure | None:
    from figures_src.make.files import write_exhibit

    where = exhibit_module.where(name)
    try:
        import torch

        torch.set_num_threads(1)
        Store().keep(
            KIND, name, key(name, SourceTree()), lambda folder: write_exhibit(exhibit_module.load(name), folder)
        )
        unseen = _not_in_fingerprint(name)
    except (Exception, SystemExit) as error:
        return from_exception(where, error)
    if unseen:
        return Failure(where, f"imported {', '.join(unseen)} out of sight of the cache; import modules by statement")
    return None


def make(names: Sequence[str], workers: int | None = None) -> list[Failure]:
    """Make exhibits in parallel and return what went wrong; the others are in the store all the same."""
    if not names:
        return []
    failures, unfinished = _attempt(names, workers or os.cpu_count() or 1)
    # A process that dies takes the whole pool along: alone, each shows whether it was the one.
    for name in unfinished:
        failed, dead = _attempt([name], 1)
        failures += failed
        failures += [
            Failure(exhibit_module.where(one), "its process ended before it was done, without an exception")
            for one in dead
        ]
    return failures


def _attempt(names: Sequence[str], workers: int) -> tuple[list[Failure], list[str]]:
    """Make exhibits in a pool of processes; what went wrong, and what the death of a process left undone."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(PRELOADED)
    tasks: dict[str, Future[Failure | None]] = {}
    with (
        ProcessPoolExecutor(min(len(names), workers), mp_context=context, max_tasks_per_child=1) as pool,
        suppress(BrokenProcessPool),
    ):
        for name in names:
            tasks[name] = pool.submit(_make, name)
    unfinished = [name for name in names if name not in tasks or isinstance(tasks[name].exception(), BrokenProcessPool)]
    answers = [tasks[name].result() for name in names if name not in unfinished]
    return [failure for failure in answers if failure], unfinished


def main(names: Sequence[str]) -> None:
    """Make the named exhibits and print the failures as one line of JSON, for the process that asked."""
    print(written(make(names), indent=None))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(sys.argv[1:])
