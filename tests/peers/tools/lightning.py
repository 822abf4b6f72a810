"""PyTorch Lightning: the norms of all parameters' gradients, as its hook `on_before_optimizer_step` calls for them."""

from collections.abc import Iterator
from contextlib import contextmanager

from lightning.pytorch.utilities import grad_norm

from tests.bench_probe import Step, Training

DISTRIBUTION = "lightning"


@contextmanager
def watch(train: Training) -> Iterator[Step]:
    """The norms before every update."""
    yield lambda: train.step(lambda: grad_norm(train.model, norm_type=2))
