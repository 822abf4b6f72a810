"""The workshop: makes the exhibits that are not in the store yet, in parallel, each in a process of its own.

A process of its own, because a long-lived one (the live preview) would otherwise draw with the code it imported first,
and because what an exhibit really imported can then be held against what its fingerprint covers.
"""

import json
import multiprocessing
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from figures_src import exhibit as exhibit_module
from figures_src.failures import Failure, from_exception, relative
from figures_src.fonts import FIGURE_FONT
from figures_src.sources import closure, fingerprint
from figures_src.store import Store

KIND = "exhibits"
# Not the exhibit's import, but what turns its result into files.
MAKERS = ("figures_src.drawing",)
PRELOADED = ["matplotlib.figure", "matplotlib.backends.backend_svg", "torch"]


def key(name: str) -> str:
    """The store's key of an exhibit: its sources and the laboratory's below it, the font, the environment."""
    modules = closure([exhibit_module.module_name(name), *MAKERS])
    return fingerprint([*modules.values(), FIGURE_FONT], name)


def find(name: str) -> Path | None:
    """The folder with an exhibit's files, or None where they are not made yet."""
    return Store().find(KIND, name, key(name))


def stale(names: Iterable[str]) -> list[str]:
    """The exhibits that have to be made."""
    return [name for name in names if find(name) is None]


def _not_in_fingerprint(name: str) -> list[str]:
    """The project's modules that making an exhibit imported although its key does not cover them."""
    covered = closure([exhibit_module.module_name(name), *MAKERS])
    prefixes = ("gradlab.", "figures_src.exhibits.")
    return sorted(module for module in sys.modules if module.startswith(prefixes) and module not in covered)


def _make(name: str) -> Failure | None:
    from figures_src.drawing import write_exhibit  # matplotlib is needed only where something is drawn

    where = f"exhibit {name} ({relative(exhibit_module.FOLDER / name)}.py)"
    try:
        import torch

        torch.set_num_threads(1)
        Store().keep(KIND, name, key(name), lambda folder: write_exhibit(exhibit_module.load(name), folder))
        unseen = _not_in_fingerprint(name)
    except Exception as error:
        return from_exception(where, error)
    if unseen:
        return Failure(where, f"imported {', '.join(unseen)} out of sight of the cache; import modules by statement")
    return None


def make(names: Sequence[str], workers: int | None = None) -> list[Failure]:
    """Make exhibits in parallel and return what went wrong; the others are in the store all the same."""
    if not names:
        return []
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(PRELOADED)
    workers = min(len(names), workers or os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=context, max_tasks_per_child=1) as pool:
        return [failure for failure in pool.map(_make, names) if failure]


def main(names: Sequence[str]) -> None:
    """Make the named exhibits and print the failures as one line of JSON, for the process that asked."""
    print(json.dumps([asdict(failure) for failure in make(names)]))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(sys.argv[1:])
