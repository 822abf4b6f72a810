"""`make record-cures-outside`: treat the ill networks of the outside bank and of its held-out set for the record.

With a number of seconds none is begun after them; what is recorded then is of the networks that were tried, and names
the others. Called again with a number, it goes on where it was.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import version

import torch

from figures_src.cache import records
from figures_src.exhibits.cures import _outside
from figures_src.exhibits.cures._outside import Outside
from figures_src.exhibits.cures._treated import Config, Kept
from tests.cured import others
from tests.outside import unseen
from tests.outside.__main__ import LIBRARIES
from tests.outside.bank import ENTRIES
from tests.outside.entries import Entry

PLANTED: tuple[Entry, ...] = tuple(entry for entry in (*ENTRIES, *unseen.ENTRIES) if entry.fault)
"""The networks with a planted fault."""


def known() -> dict[str, Kept]:
    """The networks of the record, by name; none without a record."""
    return {one.name: one for one in _outside.read()[1].cases} if _outside.FILE.exists() else {}


def written(found: dict[str, Kept]) -> Outside:
    """The record of these networks, and the names of the others."""
    cases = tuple(found[entry.name] for entry in PLANTED if entry.name in found)
    untried = tuple(entry.name for entry in PLANTED if entry.name not in found)
    versions = {name: version(name).partition("+")[0] for name in LIBRARIES}
    return Outside(Config(others.STEPS, others.PAIRS), versions, cases, untried)


def by_size(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the networks, the smallest first."""
    sized = [(sum(one.numel() for one in entry.make()[0].parameters()), entry) for entry in entries]
    yield from (entry for _, entry in sorted(sized, key=lambda one: one[0]))


def main(arguments: list[str]) -> None:
    """Treat what is not recorded yet, or without a number of seconds all."""
    torch.set_num_threads(1)
    os.environ["HF_HUB_OFFLINE"] = "1"
    end = time.monotonic() + float(arguments[0]) if arguments else float("inf")
    found = known() if arguments else {}
    for entry in by_size(one for one in PLANTED if one.name not in found):
        if time.monotonic() >= end:
            break
        found[entry.name] = others.kept(entry.member.made_by, others.of_network(entry))
        print(found[entry.name], file=sys.stderr, flush=True)
        records.write(_outside.FILE, records.this_machine(), written(found))
    record = written(found)
    print(f"{len(record.cases)} tried, {len(record.untried)} not; {len(record.with_remedy)} with a remedy; not cured:")
    print("\n".join(case.name for case in record.with_remedy if not case.cured))


if __name__ == "__main__":
    main(sys.argv[1:])
