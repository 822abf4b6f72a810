"""Values that are not finite: the operation that made them, and whether the last update did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from gradlab.language import Text
from gradlab.probing.finding import Advice, Cause, Finding
from gradlab.probing.step import Step

SENTENCES: Mapping[Cause, Text] = {}
ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = {}


def find(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Origins of values that are not finite."""
    yield from ()
