"""Verdicts of today's rules beside the outcomes of training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from figures_src.exhibits.foretelling._outside import Member, Outcome, Outside, Recorded
from gradlab.probing.report import Report
from gradlab.probing.step import LayerCall, Step

HEALTHY, INCONCLUSIVE = "healthy", "inconclusive"


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

    def trains(self, optimizer: str | None = None) -> bool:
        """Whether the network learns its task, and all of it does."""
        return self.outcome.trains(optimizer) and not self.outcome.still

    @cached_property
    def is_named(self) -> bool:
        """Whether a finding, or a note that is one, lies where the fault was planted; anywhere if it is everywhere."""
        found = self.report.findings
        if not self.member.places:
            return bool(found)
        near = _near(self.report.step, self.member.places)
        return any(_is_at(label, near) for finding in found for label in (finding.starts_at, finding.layers[-1]))


def _is_at(label: str, names: set[str]) -> bool:
    """Whether a label is one of these names, lies in such a module, or is a block around one."""
    return any(f"{label}.".startswith(f"{name}.") or f"{name}.".startswith(f"{label}.") for name in names)


def _near(step: Step, places: tuple[str, ...]) -> set[str]:
    """Names of the modules in which a fault lies, and of the layers just before and after them.

    A gradient that jumps between two layers is seen at either, and one fault of a weight shows there first.
    """
    at = [call for call in step.calls if any(f"{call.name}.".startswith(f"{place}.") for place in places)]
    names = {*places, *(call.name for call in at)}
    inside = {call.index for call in at}
    for call in at:
        names.update(_layer_before(step, call, inside))
    for call in step.calls:
        if call.role == "linear" and call.index not in inside and inside & _layers_below(step, call):
            names.add(call.name)
    return names


def _layers_below(step: Step, call: LayerCall) -> set[int]:
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


def _layer_before(step: Step, call: LayerCall, inside: set[int]) -> set[str]:
    """Names of the linear layers that a call takes its input from, and of what lies between."""
    return {step.calls[index].name for index in _layers_below(step, call) - inside}


def judged(outside: Outside) -> tuple[Judged, ...]:
    """All networks that were trained, with today's verdicts."""
    return tuple(_judged(one, one.outcome) for one in outside.recorded if one.outcome is not None)


def _judged(one: Recorded, outcome: Outcome) -> Judged:
    return Judged(one.member, outcome, one.report())
