"""TensorBoard: a histogram of every parameter's gradient."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from torch.utils.tensorboard.writer import SummaryWriter

from tests.bench_probe import Step, Training

DISTRIBUTION = "tensorboard"


@contextmanager
def watch(train: Training) -> Iterator[Step]:
    """The histograms of every step, into a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:

        def write() -> None:
            for name, parameter in train.model.named_parameters():
                writer.add_histogram(name, parameter.grad)

        yield lambda: train.step(write)
