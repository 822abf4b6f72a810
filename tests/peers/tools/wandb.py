"""Weights & Biases: `watch` with its default, histograms of gradients, here at every step instead of every 1000th."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import wandb

from tests.bench_probe import Step, Training

DISTRIBUTION = "wandb"


@contextmanager
def watch(train: Training) -> Iterator[Step]:
    """A run without a server around the steps."""
    with (
        tempfile.TemporaryDirectory() as folder,
        wandb.init(mode="offline", dir=folder, settings=wandb.Settings(silent=True)) as run,
    ):
        run.watch(train.model, log_freq=1)

        def step() -> None:
            train.step()
            run.log({"step": 1})

        yield step
        run.unwatch(train.model)
