"""Findings around a network, and phrases of advice that several families of causes give."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from gradlab.language import Text
from gradlab.probing import recovered, snippets
from gradlab.probing.finding import Advice, Cause, Finding, Severity, Verdict
from gradlab.probing.step import LayerCall, Step

BINARY_LOSS = "binary_cross_entropy_with_logits"
EARLY = 8
"""Steps in which the probe looks at inputs and targets."""


@dataclass(frozen=True)
class Origins:
    """Findings that another may follow from; beside one of these it is not told, or told as a note.

    Attributes:
        causes: causes, also where they are notes.
        here: whether these count at the same layer only.
        verdicts: verdicts that hinder training.
        others: whether it follows from any cause that hinders training, but those of this set; None where it does not.
        is_noted: whether it is told all the same, as a note.

    """

    causes: frozenset[Cause] = frozenset()
    here: bool = False
    verdicts: frozenset[Verdict] = frozenset()
    others: frozenset[Cause] | None = None
    is_noted: bool = False

    def explain(self, found: Finding, other: Finding) -> bool:
        """Whether what was found follows from another finding."""
        if other.cause in self.causes and not (self.here and other.starts_at != found.starts_at):
            return True
        if other.severity != "hinders":
            return False
        is_other = self.others is not None and bool(other.cause) and other.cause not in self.others
        return is_other or (not other.cause and other.verdict in self.verdicts)


def misconfigured(
    cause: Cause,
    label: str,
    measured: float,
    *,
    verdict: Verdict = "misconfigured",
    severity: Severity = "hinders",
    known: Mapping[str, float | str] = MappingProxyType({}),
    **facts: float | str,
) -> Finding:
    """A finding at one layer that comes of something around the network, with its facts."""
    told = (*known.items(), *facts.items())
    return Finding(verdict, (label,), label, measured, None, None, None, severity, cause=cause, facts=told)


def shown(finding: Finding) -> dict[str, str]:
    """The facts of a finding as a sentence has them."""
    return {name: value if isinstance(value, str) else f"{value:.3g}" for name, value in finding.facts}


def where(finding: Finding) -> str:
    """The layer's name as an English sentence has it."""
    label = finding.starts_at
    return f"layer {label}" if label.partition(" ")[0].isdecimal() else label


def call_of(finding: Finding, step: Step) -> LayerCall | None:
    """The call at which a finding starts."""
    return next((call for call in step.calls if call.label == finding.starts_at), None)


def off_the_output(finding: Finding, ends: str) -> Text:
    """The first half of a sentence: to take an activation off the output."""
    return Text(en=f"Take {ends} off the output ({where(finding)})", zh=f"去掉输出末尾的 {ends}（{finding.starts_at}）")


def without_activation(finding: Finding, step: Step, ends: str) -> str:
    """Lines that take an activation off the output."""
    call = call_of(finding, step)
    if call is not None and call.role == "activation" and call.name:
        return f"{snippets.without(call.name)}  # in place of {call.kind}"
    return f"# at the end of forward: return the logits, without {ends}"


def on_logits(loss: str, targets: str = "targets", output: str = "model(x)") -> str:
    """The line that computes a loss on logits."""
    return f"loss = torch.nn.functional.{loss}({output}, {targets})"


_ASKING: frozenset[Cause] = frozenset({"logits as probabilities", "softmax of one"})


def of_targets(finding: Finding, steps: Iterable[Step]) -> Finding:
    """A finding, with the fact that the targets are 0 and 1, or classes, if some step told so.

    Only then is a sigmoid a remedy: a price has none, and an output that is clipped says nothing of its target.
    """
    if finding.cause not in _ASKING or not any(map(_tells_labels, steps)):
        return finding
    return replace(finding, facts=(*finding.facts, ("targets", "labels")))


def _tells_labels(step: Step) -> bool:
    loss = step.readings.loss
    by_number = loss is not None and any(node.operation in ("NllLoss", "NllLoss2D") for node in loss.nodes)
    return by_number or any(one.labels or one.binary for one in step.readings.written)


def are_labels(finding: Finding) -> bool:
    """Whether the targets behind a finding are known to be 0 and 1, or classes."""
    return dict(finding.facts).get("targets") == "labels"


ON_VALUES = f"{on_logits('mse_loss')}  # for values"
AS_REAL = on_logits(BINARY_LOSS, "torch.ones_like(logits)", "logits")


def in_code(operation: str, call: LayerCall) -> str:
    """An operation as code has it: a linear one by the class of its module."""
    return call.kind if operation == "linear" else operation


def range_of(operation: str) -> str:
    """The values that an output can have which ends in an operation; of one without limits, those of probabilities."""
    low, high = recovered.RANGES.get(operation, (0.0, 1.0))
    return f"[{low:g}, {'∞)' if math.isinf(high) else f'{high:g}]'}"


def always(helps: Text, code: str, fails: Text, *evidence: str) -> Callable[[Finding, Step], Advice]:
    """The same advice for every finding of a cause."""
    advice = Advice(helps, code, fails, "causes", evidence)
    return lambda *_: advice
