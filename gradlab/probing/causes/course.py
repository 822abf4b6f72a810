"""Over steps: a rate too high or too low, too few steps, a loss that stays at that of a constant guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from gradlab.language import Text
from gradlab.probing.finding import Advice, Cause, Finding
from gradlab.probing.step import Step

SENTENCES: Mapping[Cause, Text] = {}
ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = {}


def find(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Causes that several steps show together."""
    yield from ()
