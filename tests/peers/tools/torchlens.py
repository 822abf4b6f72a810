"""torchlens: a trace of every operation forward and backward, and an audit of it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torchlens
from torch import Tensor, nn

from gradlab.probing.bank import Member
from tests.bench_probe import Step, Training
from tests.peers.asked import mean_loss

DISTRIBUTION = "torchlens"
# The part of its audit whose findings do not say which verdict they carry; its rows do.
FLOW = "gradient_flow_audit"


def _trace(model: nn.Module, x: Tensor, loss: Callable[[Tensor], Tensor]) -> Any:
    trace = torchlens.trace(model, x, capture=torchlens.options.CaptureOptions(save_grads=True))
    trace.log_backward(loss(trace[trace.output_layers[0]].out))
    return trace


def diagnose(member: Member) -> Iterable[str]:
    """The findings of the audit.

    It is told that no mixed precision multiplies the gradients; else it calls those that it flags "unknown".
    """
    model, x = member.make()
    trace = _trace(model, x, lambda output: mean_loss(member, output))
    said = [f"{finding.check}: {finding.message}" for finding in trace.audit().findings if finding.check != FLOW]
    rows, _ = torchlens.debug.gradient_flow_audit_rows(trace, grad_scale=1.0)
    return [*said, *(f"{FLOW}: {row['verdict']}" for row in rows if row["severity"] > 0)]


@contextmanager
def watch(train: Training) -> Iterator[Step]:
    """A traced step with its audit; the trace does the forward and the backward pass."""

    def step() -> None:
        train.optimizer.zero_grad()
        _trace(train.model, train.x, lambda output: output.square().mean()).audit()
        train.optimizer.step()

    yield step
