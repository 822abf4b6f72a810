"""gradviz: the norm of every parameter's gradient, by hooks."""

from collections.abc import Iterator
from contextlib import contextmanager

from gradviz import GradViz

from tests.bench_probe import Step, Training

DISTRIBUTION = "gradviz"


@contextmanager
def watch(train: Training) -> Iterator[Step]:
    """The tool's call after every step."""
    view = GradViz(train.model)
    view.attach()

    def step() -> None:
        train.step()
        view.step()

    try:
        yield step
    finally:
        view.detach()
