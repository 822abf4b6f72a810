"""Settings that every test shares."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    # Small networks are as fast on one thread as on many, and immune to other processes on the machine.
    import torch

    torch.set_num_threads(1)
