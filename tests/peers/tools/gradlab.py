"""The probe of this project, which is asked for its one verdict."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import gradlab
from tests.bench_probe import Step, Training, probed
from tests.peers.asked import Question

DISTRIBUTION = "gradient-lab"


def diagnose(question: Question) -> Iterable[str]:
    """The verdict."""
    posed = question()
    with gradlab.probe(posed.model, grad_scale=posed.grad_scale) as record:
        posed.loss().backward()  # type: ignore[no-untyped-call]
    return [record.report().verdict]


@contextmanager
def watch(train: Training) -> Iterator[Step]:
    """One with-block around the steps."""
    with probed(train) as step:
        yield step
