"""Settings that every test shares."""

import pytest

from figures_src.cache.catalog import Catalog
from figures_src.make.prepare import prepare


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the built site or a browser, and keep the other tests of a module on one worker.

    They share what the module computed. Tests of the built site share only the site and are spread one by one.
    """
    for item in items:
        if not {"site", "browser"}.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.built)
        elif not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    # Small networks are as fast on one thread as on many, and immune to other processes on the machine.
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def made() -> Catalog:
    """Make and lay out the exhibits, and hold the pages against them; what is in the store is not made again."""
    return prepare()[0]
