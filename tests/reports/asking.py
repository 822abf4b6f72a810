"""The probe on a training of the bank."""

from __future__ import annotations

from dataclasses import dataclass

import gradlab
from tests.reports.case import Case, Training

STEPS = 20


@dataclass(frozen=True)
class Told:
    """Answer of the probe.

    Attributes:
        hindering: causes, or verdicts where a finding has none, that hinder training.
        notes: causes of notes.
        text: the reports as they are printed.

    """

    hindering: frozenset[str]
    notes: frozenset[str]
    text: str


def told(training: Training, optimizer: bool, steps: int = STEPS) -> Told:
    """The answer of the probe to so many steps: the reports of the first step and of the last.

    Raises:
        ProbeError: if nothing could be recorded; its message is what the probe says then.

    """
    with gradlab.probe(training.model, optimizer=training.optimizer if optimizer else None) as record:
        for _ in range(steps):
            training.step()
    reports = record.report(step=0), record.report()
    found = [finding for report in reports for finding in report.findings]
    return Told(
        frozenset(one.cause or one.verdict for one in found if one.severity == "hinders"),
        frozenset(one.cause for one in found if one.cause and one.severity == "note"),
        "\n\n".join(map(str, reports)),
    )


def named(case: Case, answer: Told) -> bool:
    """Whether the probe named what was wrong."""
    return bool({*case.causes} & {*answer.hindering, *answer.notes}) or any(word in answer.text for word in case.says)
