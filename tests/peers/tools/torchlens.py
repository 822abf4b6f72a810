"""torchlens: a trace of every operation forward and backward, and an audit of it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torchlens
from torch import Tensor, nn

from tests.bench_probe import Step, Training
from tests.peers.asked import Question

DISTRIBUTION = "torchlens"
# The part of its audit whose findings do not say which verdict they carry; its rows do.
FLOW = "gradient_flow_audit"


def _trace(model: nn.Module, x: Tensor, loss: Callable[[Tensor], Tensor]) -> Any:
    trace = torchlens.trace(model, x, capture=torchlens.options.CaptureOptions(save_grads=True))
    trace.log_backward(loss(trace[trace.output_layers[0]].out))
    return trace


def diagnose(question: Question) -> Iterable[str]:
    """The findings of the audit.

    It is told by how much mixed precision multiplies the gradients; else it calls those that it flags "unknown".
    """
    posed = question()
    trace = _trace(posed.whole, posed.x, posed.read)
    said = [f"{finding.check}: {finding.message}" for finding in trace.audit().findings if finding.check != FLOW]
    rows, _ = torchlens.debug.gradient_flow_audit_rows(trace, grad_scale=posed.grad_scale)
    return [*said, *(f"{FLOW}: {row['verdict']}" for row in rows if row["severity"] > 0)]


@contextmanager
def watch(train: Training) -> Iterator[Step]:
    """A traced step with its audit; the trace does the forward and the backward pass."""

    def step() -> None:
        train.optimizer.zero_grad()
        _trace(train.model, train.x, lambda output: output.square().mean()).audit()
        train.optimizer.step()

    yield step
