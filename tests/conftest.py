"""Settings that every test shares."""

import pytest

from figures_src.cache.catalog import Catalog
from figures_src.make.prepare import prepare


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    # Small networks are as fast on one thread as on many, and immune to other processes on the machine.
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def made() -> Catalog:
    """Make and lay out the exhibits, and hold the pages against them; what is in the store is not made again."""
    return prepare()[0]
