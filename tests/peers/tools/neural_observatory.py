"""neural-observatory: watches a training and reports on every layer."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from neural_observatory import Observatory

from tests.bench_probe import Step, Training
from tests.peers.asked import STEPS, Question, still

DISTRIBUTION = "neural-observatory"


def diagnose(question: Question) -> Iterable[str]:
    """Warnings and notes about all layers after some steps."""
    posed, _, loss = still(question)
    observatory = Observatory(posed.model)
    observatory.watch()
    for index in range(STEPS):
        observatory.step(step=index, epoch=0)
        loss()
    observatory.stop()
    said = []
    for result in observatory.report().results:
        said += [*result.warnings, *(f"note: {note}" for note in result.info)]
    return said


@contextmanager
def watch(train: Training) -> Iterator[Step]:
    """The tool's call before every step; the report is not timed."""
    observatory = Observatory(train.model)
    observatory.watch()
    index = 0

    def step() -> None:
        nonlocal index
        observatory.step(step=index, epoch=0)
        train.step()
        index += 1

    try:
        yield step
    finally:
        observatory.stop()
