"""Output and loss contradict each other, as δ at the output tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from gradlab.language import Text
from gradlab.probing.finding import Advice, Cause, Finding
from gradlab.probing.step import Step

SENTENCES: Mapping[Cause, Text] = {}
ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = {}


def find(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Outputs that do not fit the loss or the targets."""
    yield from ()
