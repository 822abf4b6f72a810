"""Causes of a training that fails, told from exact traces that they leave in a step.

Each module is one family: a function ``find`` that yields its findings, and for every cause of it the sentence of a
report and the advice. Exact facts come first, ratios next; what sound trainings show too is no cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from gradlab.probing.causes import course, inputs, outputs, passage, time, undefined, wiring
from gradlab.probing.finding import Advice, Cause, Finding, Sentence
from gradlab.probing.step import Step

_FAMILIES = (undefined, wiring, outputs, passage, inputs, course, time)

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
    """The causes that a step shows, together with the recorded steps before it."""
    for family in _FAMILIES:
        yield from family.find(step, earlier)
