"""Causes of a training that fails, told from exact traces that they leave in a step.

Each module is one family: a function ``find`` that yields its findings, and for every cause of it the sentence of a
report and the advice. Exact facts come first, ratios next; what sound trainings show too is no cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from gradlab.probing.causes import course, inputs, outputs, passage, time, undefined, wiring, written
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


without_gradient = wiring.without_gradient


def found(step: Step, earlier: Sequence[Step] = ()) -> Iterator[Finding]:
    """The causes that a step shows, together with the recorded steps before it.

    Where an exact trace tells a cause, in this step or in the first, what the course of the loss would say of the pace
    follows from it; so it does from inputs that are not scaled, although many networks get over them.
    """
    told = list(_exact(step, earlier))
    yield from told
    begun = _exact(earlier[0], ()) if earlier else ()
    known = (*told, *begun)
    explained = any(finding.severity == "hinders" or finding.cause == "inputs not scaled" for finding in known)
    for finding in course.find(step, earlier):
        if not (explained and finding.cause in course.PACE):
            yield finding


def _exact(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """What the families tell of a step; two may tell the same of one layer."""
    told = set()
    for family in _FAMILIES:
        for finding in family.find(step, earlier) if family is not course else ():
            if (finding.cause, finding.starts_at) not in told:
                told.add((finding.cause, finding.starts_at))
                yield finding
