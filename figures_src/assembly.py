"""Everything that must be true before pages are built: exhibits made, laid out, and the pages held against them."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from figures_src import catalog, pages, snippets, workshop
from figures_src.catalog import Catalog
from figures_src.exhibit import discover
from figures_src.failures import ROOT, BuildFailedError, Failure


def make_stale(names: Sequence[str]) -> tuple[int, list[Failure]]:
    """Make what the store lacks, in a process of its own; how many were made or tried, and what went wrong."""
    waiting = workshop.stale(names)
    if not waiting:
        return 0, []
    command = [sys.executable, "-m", "figures_src.workshop", *waiting]
    # Its own standard error stays visible: a crash of the process itself must not look like success.
    output = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout  # noqa: S603
    return len(waiting), [Failure(**failure) for failure in json.loads(output.splitlines()[-1])]


def lay_out(entries: dict[str, Path]) -> Catalog:
    """Publish the exhibits that are made, with the tables about the site itself."""
    offered = Catalog(catalog.gather(entries), frozenset(), frozenset())
    return catalog.publish(entries, snippets.generated(offered))


def prepare() -> tuple[Catalog, int]:
    """Make, lay out and check; the catalog, and how many exhibits had to be made.

    Raises `BuildFailedError` with every failure of the run together.
    """
    names = discover()
    made, failures = make_stale(names)
    entries = {name: entry for name in names if (entry := workshop.find(name))}
    offered = lay_out(entries)
    failed = [name for name in names if name not in entries]
    wrong = [failure for failure in pages.check(pages.read_pages(), offered) if not _blamed(failure, failed)]
    if failures or wrong:
        raise BuildFailedError([*failures, *wrong])
    return offered, made


def _blamed(failure: Failure, failed: Sequence[str]) -> bool:
    """Whether a page only misses what an exhibit that failed would have offered."""
    return any(
        f" '{name}.md" in failure.what or f" '{name}'" in failure.what or f" '{name}." in failure.what
        for name in failed
    )
