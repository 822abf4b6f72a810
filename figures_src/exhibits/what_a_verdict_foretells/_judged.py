"""Verdicts of today's rules beside the outcomes of training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from figures_src.exhibits.what_a_verdict_foretells._outside import OPTIMIZERS, Member, Outcome, Recorded
from gradlab.probing.report import Report
from gradlab.probing.step import LayerCall, Step

HEALTHY, INCONCLUSIVE = "healthy", "inconclusive"
WHOLE, ONE, PART, NONE = "whole", "one", "part", "fails"
"""Results of training: both optimizers had all of a network learn, or one had; it learned but a layer never moved; or
it did not learn."""


@dataclass(frozen=True)
class Judged:
    """A network that was trained, and what today's rules say of it.

    Attributes:
        member: which.
        outcome: of its training.
        report: of the rules on what the probe saw before.

    """

    member: Member
    outcome: Outcome
    report: Report

    @property
    def verdict(self) -> str:
        """The verdict."""
        return self.report.verdict

    @property
    def is_called_ill(self) -> bool:
        """Whether the verdict is one of an illness: not healthy, and not doubt."""
        return self.verdict not in (HEALTHY, INCONCLUSIVE)

    @property
    def result(self) -> str:
        """The result of training, one of four."""
        learned = [self.outcome.trains(name) for name in OPTIMIZERS]
        if not any(learned):
            return NONE
        if self.outcome.still:
            return PART
        return WHOLE if all(learned) else ONE

    @cached_property
    def is_named(self) -> bool:
        """Whether a finding, or a note that is one, lies where the fault was planted; anywhere if it is everywhere."""
        return is_named(self.member, self.report)


def is_named(member: Member, report: Report) -> bool:
    """Whether a finding of a report lies where a fault was planted; anywhere if it is everywhere."""
    found = report.findings
    if not member.places:
        return bool(found)
    near = _near(report.step, member.places)
    return any(_is_at(label, near) for finding in found for label in (finding.starts_at, finding.layers[-1]))


def _is_at(label: str, names: set[str]) -> bool:
    """Whether a label is one of these names, lies in such a module, or is a block around one."""
    return any(f"{label}.".startswith(f"{name}.") or f"{name}.".startswith(f"{label}.") for name in names)


def _near(step: Step, places: tuple[str, ...]) -> set[str]:
    """Names of the modules in which a fault lies, and of what lies from the layers before them to those after.

    A gradient that jumps between two layers is seen at either, and a dead layer at the activation behind it.
    """
    inside = {call.index for call in step.calls if any(f"{call.name}.".startswith(f"{place}.") for place in places)}
    near = {index for call in step.calls if call.index in inside for index in _below(step, call)}
    near |= {call.index for call in step.calls if inside & _below(step, call)}
    return {*places, *(step.calls[index].label for index in inside | near)}


def _below(step: Step, call: LayerCall) -> set[int]:
    """Indices of the calls that lead to a call, each way back as far as its first linear layer."""
    found: set[int] = set()
    waiting = [*call.parents]
    while waiting:
        index = waiting.pop()
        if index not in found:
            found.add(index)
            if step.calls[index].role != "linear":
                waiting += step.calls[index].parents
    return found


def judged(recorded: Iterable[Recorded]) -> tuple[Judged, ...]:
    """All networks that were trained, with today's verdicts."""
    return tuple(_judged(one, one.outcome) for one in recorded if one.outcome is not None)


def _judged(one: Recorded, outcome: Outcome) -> Judged:
    return Judged(one.member, outcome, one.report())
