"""traintools: a monitor of gradients that is called after the backward pass, and a probe of activations."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from traintools import GradientHealthMonitor, PlasticityProbe

from tests.bench_probe import Step, Training
from tests.peers.asked import Question

DISTRIBUTION = "traintools"


def diagnose(question: Question) -> Iterable[str]:
    """The warnings of the monitor, and the flags of the layers that the probe calls critical.

    A question has no optimizer, so the monitor is given no learning rate, which it does not ask for.
    """
    posed = question()
    probe = PlasticityProbe(posed.model)
    posed.loss().backward()  # type: ignore[no-untyped-call]
    said = list(GradientHealthMonitor().inspect(posed.model).warnings)
    for layer in probe.measure().layers:
        if layer.is_critical():
            said += [f"critical layer: {flag}" for flag in layer.flags]
    probe.remove_hooks()
    return said


@contextmanager
def watch(train: Training) -> Iterator[Step]:
    """The monitor after every backward pass."""
    monitor = GradientHealthMonitor()
    rate = train.optimizer.param_groups[0]["lr"]
    yield lambda: train.step(lambda: monitor.inspect(train.model, lr=rate))
