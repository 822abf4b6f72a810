"""Settings that every test shares."""

import gc
import io
import sys
from collections.abc import Iterator

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from figures_src.cache.catalog import Catalog
from figures_src.make.prepare import prepare

# Modules whose tests share nothing but the built site, and so are spread over the workers one by one. They come last,
# in this order, so that the longest of them are begun first, and no worker is waited for.
SPREAD = (
    *(
        f"tests/site/test_{name}.py"
        for name in ("reproducible", "printing", "reading", "playground", "files", "browser")
    ),
    "tests/audit/seeded_faults.py",
)
# In the slow suite and in the audit's faults: each takes longer than any other, and would be waited for at the end.
LONGEST = ("::test_two_builds_are_the_same_to_the_byte", "::test_quality_and_speed")
# Packages whose texts must be the same under every locale.
OURS = ("figures_src", "gradlab")
# Objects of the first generation, and rounds of the first two, before Python looks for garbage; 700 are usual, with 10
# and 10. A test that asks whether something is gone collects by itself.
RARELY = (20_000, 10, 10)
# The PDFs are made once, for one worker.
PDF = "::test_the_pdf_"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the built site or a browser; begin with the longest, and end with those that are spread."""
    items.sort(key=lambda item: (not any(name in item.nodeid for name in LONGEST), turn(item.nodeid)))
    for item in items:
        if not {"site", "browser"}.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.built)


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and never in what lasts as long as the run.

    The site's pages, parsed once for all tests, are millions of objects; to look through them again and again took a
    tenth of the suite's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)


def turn(nodeid: str) -> int:
    """The place of a test's module among those that are spread, from 1; 0 of one that is not."""
    return next((place for place, module in enumerate(SPREAD, 1) if nodeid.startswith(module)), 0)


def worker_scope(nodeid: str) -> str:
    """A name that tests have in common which are to run on one worker."""
    if nodeid.startswith(SPREAD):
        return PDF if PDF in nodeid else nodeid
    return nodeid.partition("::")[0]


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist brings no types
    """Keeps the tests of a module, which share what it computed, on one worker, and spreads those of the built site.

    The marks of xdist's `loadgroup` would say it too, but pytest 9 does not pass them on.
    """

    def _split_scope(self, nodeid: str) -> str:
        return worker_scope(nodeid)


@pytest.hookimpl(tryfirst=True)  # before the one of xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """The order in which workers are given tests."""
    return Scheduling(config, log)


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    # Small networks are as fast on one thread as on many, and immune to other processes on the machine.
    import torch

    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def _encodings_are_named() -> Iterator[None]:
    """A file without a named encoding is another one under another locale: no module of ours may leave it open."""
    taken = io.text_encoding

    def text_encoding(encoding: str | None, stacklevel: int = 2) -> str:
        module = str(sys._getframe(2).f_globals.get("__name__"))
        if encoding is None and module.partition(".")[0] in OURS:
            raise AssertionError(f"{module}: a text is read or written in the encoding of this machine")
        return taken(encoding, stacklevel + 1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(io, "text_encoding", text_encoding)
        yield


@pytest.fixture(scope="session")
def made() -> Catalog:
    """Make and lay out the exhibits, and hold the pages against them; what is in the store is not made again."""
    return prepare()[0]
