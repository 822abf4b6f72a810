"""torchdiag: functions that are called after the backward pass, and one that runs a whole step."""

import io
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout

import torchdiag

from tests.bench_probe import Step, Training
from tests.peers.asked import Question

DISTRIBUTION = "torchdiag"
# The bounds of the two words in its documentation.
CRITICAL, WARNING = 50, 20


def diagnose(question: Question) -> Iterable[str]:
    """The words of its gradient check, its check for dead neurons and its check of a step."""
    with redirect_stdout(io.StringIO()):
        posed = question()
        posed.loss().backward()  # type: ignore[no-untyped-call]
        said = [f"gradient {layer['status']}" for layer in torchdiag.check_gradients(posed.model).values()]
        for layer in torchdiag.check_dead_neurons(posed.whole, posed.x).values():
            if layer["dead_pct"] > WARNING:
                said.append("neurons CRITICAL" if layer["dead_pct"] > CRITICAL else "neurons WARNING")
        posed = question()
        train = posed.training(1e-3)
        step = torchdiag.verify_step(
            train.model, train.optimizer, lambda output, _: posed.read(output), train.x, train.x
        )
    if not math.isfinite(step["loss"]):
        said.append("step: loss not finite")
    return said


@contextmanager
def watch(train: Training) -> Iterator[Step]:
    """The tool's gradient check after every backward pass."""

    def check() -> None:
        with redirect_stdout(io.StringIO()):
            torchdiag.check_gradients(train.model)

    yield lambda: train.step(check)
