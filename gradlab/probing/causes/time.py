"""Through time: δ of a recurrent layer's input by time step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from gradlab.language import Text
from gradlab.probing.finding import Advice, Cause, Finding
from gradlab.probing.step import Step

SENTENCES: Mapping[Cause, Text] = {}
ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = {}


def find(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Recurrent layers that do not carry a gradient through time."""
    yield from ()
