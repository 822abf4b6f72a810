"""torchinstruments: statistics of activations and gradients, once a minute."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from torchinstruments import inject_observer, remove_observer

from tests.bench_probe import Step, Training

DISTRIBUTION = "torchinstruments"


@contextmanager
def watch(train: Training) -> Iterator[Step]:
    """The tool's observer with its default interval: the first step is looked at, those after it pass by."""
    with tempfile.TemporaryDirectory() as folder:
        inject_observer(train.model, output_dir=Path(folder) / "stats")
        try:
            yield train.step
        finally:
            remove_observer(train.model)
