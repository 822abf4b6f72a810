"""torchmortem: watches a training and writes its autopsy at the end."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from torchmortem import Autopsy

from tests.bench_probe import Step, Training
from tests.peers.asked import STEPS, Question, still

DISTRIBUTION = "torchmortem"


def diagnose(question: Question) -> Iterable[str]:
    """The findings' titles after some steps."""
    posed, optimizer, loss = still(question)
    with Autopsy(posed.model, optimizer=optimizer) as autopsy:
        for _ in range(STEPS):
            autopsy.step(loss=loss())
    return [finding.title for finding in autopsy.get_report().findings]


@contextmanager
def watch(train: Training) -> Iterator[Step]:
    """The tool's with-block around the steps, and its call after each; writing the autopsy is not timed."""
    with Autopsy(train.model, optimizer=train.optimizer) as autopsy:

        def step() -> None:
            train.step()
            autopsy.step()

        yield step
