"""The probe of this project, which is asked for its one verdict."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import gradlab
from gradlab.probing.bank import Member
from tests.bench_probe import Step, Training, probed
from tests.peers.asked import mean_loss

DISTRIBUTION = "gradient-lab"


def diagnose(member: Member) -> Iterable[str]:
    """The verdict."""
    model, x = member.make()
    with gradlab.probe(model) as record:
        mean_loss(member, model(x)).backward()  # type: ignore[no-untyped-call]
    return [record.report().verdict]


@contextmanager
def watch(train: Training) -> Iterator[Step]:
    """One with-block around the steps."""
    with probed(train) as step:
        yield step
