"""Inputs and targets: their scale and centre, and whether they differ at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from gradlab.language import Text
from gradlab.probing.finding import Advice, Cause, Finding
from gradlab.probing.step import Step

SENTENCES: Mapping[Cause, Text] = {}
ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = {}


def find(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Inputs from which the network cannot learn well."""
    yield from ()
