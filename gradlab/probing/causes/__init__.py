"""Causes of a training that fails, told from exact traces that they leave in a step.

Each module is one family: a function ``find`` that yields its findings, and for every cause of it the sentence of a
report and the advice. Exact facts come first, ratios next; what sound trainings show too is no cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from gradlab.probing.causes import course, inputs, outputs, passage, time, undefined, wiring, written
from gradlab.probing.causes.common import EARLY, Origins, of_targets
from gradlab.probing.finding import Advice, Cause, Finding, Sentence
from gradlab.probing.step import Step

_FAMILIES = (undefined, wiring, outputs, written, passage, inputs, course, time)

SENTENCES: Mapping[Cause, Sentence] = MappingProxyType(
    {cause: sentence for family in _FAMILIES for cause, sentence in family.SENTENCES.items()}
)
"""The sentence of each cause, with places for ``start``, ``layers`` and the finding's facts."""
ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = MappingProxyType(
    {cause: advice for family in _FAMILIES for cause, advice in family.ADVICE.items()}
)
"""For each cause what is advised against it in this step's network."""


FOLLOWS: Mapping[Cause, Origins] = MappingProxyType({**undefined.FOLLOWS, **course.FOLLOWS})
"""Findings that a cause may follow from."""
without_gradient = wiring.without_gradient


def found(step: Step, earlier: Sequence[Step] = ()) -> Iterator[Finding]:
    """The causes that a step shows, together with the recorded steps before it; two families may tell the same."""
    told, looked_at = set(), (step, *earlier[:EARLY])
    for family in _FAMILIES:
        for finding in family.find(step, earlier):
            if (finding.cause, finding.starts_at) not in told:
                told.add((finding.cause, finding.starts_at))
                yield of_targets(finding, looked_at)


def told(findings: Iterable[Finding], others: Iterable[Finding]) -> Iterator[Finding]:
    """Findings to tell: those that only follow from others are left out, or become notes."""
    known = (*others,)
    for finding in findings:
        origins = FOLLOWS.get(finding.cause)
        if origins is None or not any(origins.explain(finding, other) for other in known):
            yield finding
        elif origins.is_noted:
            yield replace(finding, severity="note")
