"""Outcome of a treatment: the network before and after, every remedy that was tried, and the lines to write."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import nn

from gradlab._internal import terminal
from gradlab.language import Language, Text
from gradlab.probing import Advised, Report, Verdict, snippets
from gradlab.treatment import wording
from gradlab.treatment.patient import SETTLED, Course
from gradlab.treatment.remedies import Remedy


@dataclass(frozen=True)
class Condition:
    """The state of the network before or after the treatment.

    Attributes:
        report: what the probe says of one step.
        per_layer: factor of ‖δ‖ per layer from the loss to the input; None where there is nothing to compare.
        courses: short trainings, one for each optimizer.
        pace: what the first of them tells, where the person's optimizer is known: a rate too high or too low, too few
            steps.

    """

    report: Report
    per_layer: float | None
    courses: tuple[Course, ...]
    pace: tuple[Advised, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing was found that hinders training."""
        return not any(finding.severity == "hinders" for finding in (*self.report.findings, *self.pace))

    @property
    def verdict(self) -> Verdict:
        """The verdict on one step, or where that is sound on the pace."""
        hindering = (one.verdict for one in self.pace if one.severity == "hinders")
        return self.report.verdict if self.report.verdict != "healthy" else next(hindering, "healthy")


@dataclass(frozen=True)
class Trial:
    """One remedy, and what it did to a copy of the network.

    Attributes:
        remedies: what was applied, in this order; the last one is on trial.
        condition: the copy afterwards; None where it could not run.
        finding_gone: whether what it was tried for is no longer found.
        helped: whether the copy is sound, and trains no worse than without the remedy.
        lowered: whether its loss ends lower than without the remedy, whatever is still found.
        error: why it could not run; empty where it did.

    """

    remedies: tuple[Remedy, ...]
    condition: Condition | None
    finding_gone: bool
    helped: bool
    lowered: bool = False
    error: str = ""

    @property
    def loss(self) -> float:
        """The loss after the short training with the first optimizer."""
        return self.condition.courses[0].last if self.condition and self.condition.courses else math.inf

    def says(self, language: Language) -> str:
        """The remedies that were applied, in one sentence without its end."""
        said = self.remedies[0].says(language)
        for remedy in self.remedies[1:]:
            said = wording.THEN(language, one=said, other=remedy.says(language))
        return said


@dataclass(frozen=True, eq=False, repr=False)
class Treatment:
    """Outcome of a treatment; printed, it shows before and after side by side, and every remedy that was tried.

    Attributes:
        before: the network as it is.
        after: a copy with the best remedy; None where nothing was tried or nothing helped.
        trials: every remedy that was tried, the best first.
        model: the copy with the best remedy, not trained; None where there is none. It has nothing of what a remedy
            changes in the step or at the optimizer.
        by_hand: findings against which no remedy applies by itself; the advice of each says what to write.
        as_well: findings that a remedy of another kind has taken away here, and that may come back.
        language: language of what is printed.

    """

    before: Condition
    after: Condition | None
    trials: tuple[Trial, ...]
    model: nn.Module | None
    by_hand: tuple[Advised, ...]
    language: Language
    as_well: tuple[Advised, ...] = ()

    @property
    def helped(self) -> bool:
        """Whether a remedy was found that helps."""
        return self.after is not None and self.trials[0].helped

    @property
    def code(self) -> str:
        """The lines that do to the network what helped its copy; empty where nothing did."""
        return "\n\n".join(remedy.code for remedy in self._best)

    @property
    def _best(self) -> tuple[Remedy, ...]:
        return self.trials[0].remedies if self.after else ()

    def __repr__(self) -> str:
        """One line: the verdicts before and after."""
        after = self.after.verdict if self.after else "-"
        return f"<Treatment: {self.before.verdict} -> {after}; {len(self.trials)} tried; print(treatment)>"

    def __str__(self) -> str:
        """Before and after side by side, then every remedy that was tried, and what to write."""
        parts = [self._title(), *map(self.before.report.sentence, self._found), self._table()]
        if self.trials:
            parts.append("\n".join([wording.TRIED(self.language), *map(self._trial, self.trials)]))
        if self.after:
            parts += map(self._to_write, self._best)
        parts += [self._hand(finding, wording.BY_HAND) for finding in self.by_hand]
        parts += [self._hand(finding, wording.AS_WELL) for finding in self.as_well]
        if self.before.sound and not self.trials:
            parts.append(_written(wording.ELSEWHERE(self.language), snippets.WATCH))
        parts.append(wording.UNCHANGED(self.language))
        return "\n\n".join(parts)

    @property
    def _found(self) -> tuple[Advised, ...]:
        """Findings before that hinder training, worst first; where there are none, the causes that are notes."""
        findings = self.before.report.findings
        hindering = tuple(finding for finding in findings if finding.severity == "hinders")
        return (*(hindering or (finding for finding in findings if finding.cause)), *self.before.pace)

    def _name(self, condition: Condition) -> str:
        if condition.sound and condition.verdict != "healthy":
            return wording.NOTHING_FOUND(self.language)
        causes = (one.cause for one in condition.report.findings if one.severity == "hinders")
        if condition.verdict == "inconclusive" and any(causes):
            # What hinders training is no ratio of gradients then.
            return wording.NAMES["misconfigured"](self.language)
        return wording.NAMES[condition.verdict](self.language)

    def _title(self) -> str:
        before = self._name(self.before)
        if self.after is not None and self.before.sound and self._name(self.after) == before:
            return wording.FASTER(self.language, before=before)
        if self.after is not None:
            return wording.TITLE(self.language, before=before, after=self._name(self.after))
        if self.before.sound:
            return wording.SOUND(self.language, verdict=before)
        title = wording.UNTREATED if self.trials else wording.NONE_KNOWN
        said = title(self.language, before=before)
        return said[0].upper() + said[1:]

    def _table(self) -> str:
        conditions = [self.before, *([self.after] if self.after else [])]
        rows = [["", *(column(self.language) for column, _ in zip(wording.COLUMNS, conditions, strict=False))]]
        rows.append([wording.VERDICT(self.language), *map(self._name, conditions)])
        if any(one.per_layer is not None for one in conditions):
            shown = ["–" if one.per_layer is None else f"× {one.per_layer:.3g}" for one in conditions]
            rows.append([wording.FACTOR(self.language), *shown])
        settled = self._settled
        for courses in zip(*(one.courses for one in conditions), strict=False):
            finite = [loss for course in courses for loss in course.losses if math.isfinite(loss)]
            low, high = min(finite, default=0.0), min(max(course.first for course in courses), max(finite, default=0.0))
            rows.append(
                [
                    wording.LOSS(self.language, optimizer=courses[0].optimizer),
                    *(
                        f"{_number(one.first)} {wording.sparkline(one.losses, low, high)} {_end(one, settled)}"
                        if len(one.losses) > 1
                        else _number(one.first)
                        for one in courses
                    ),
                ]
            )
            rates = [self._rate(course) for course in courses]
            rows.append([f"  {wording.AT_RATE(self.language)}", *rates])
        widths = [max(terminal.columns(row[place]) for row in rows) for place in range(len(rows[0]))]
        return "\n".join(
            "  ".join(
                cell + " " * (size - terminal.columns(cell)) for cell, size in zip(row, widths, strict=True)
            ).rstrip()
            for row in rows
        )

    @property
    def _settled(self) -> float:
        """A loss that is as good as 0, whichever of the networks it is of."""
        tried = (trial.condition for trial in self.trials if trial.condition)
        firsts = (course.first for one in (self.before, *tried) for course in one.courses)
        return SETTLED * min((first for first in firsts if 0 < first < math.inf), default=0.0)

    def _rate(self, course: Course) -> str:
        if course.rate is not None:
            return _number(course.rate)
        return wording.NO_UPDATE(self.language) if len(course.losses) == 1 else "–"

    def _trial(self, trial: Trial) -> str:
        if trial.condition is None:
            outcome, verdict = wording.FAILED(self.language, error=trial.error), "–"
        else:
            named = wording.LOWERED if trial.lowered else wording.NOT
            named = wording.HELPED if trial.helped else wording.PARTLY if trial.finding_gone else named
            outcome, verdict = named(self.language), self._name(trial.condition)
        loss = _end(trial.condition.courses[0], self._settled) if trial.condition else "–"
        said = wording.TRIAL(
            self.language, outcome=outcome, remedy=trial.says(self.language), verdict=verdict, loss=loss
        )
        return f"- {said}"

    def _to_write(self, remedy: Remedy) -> str:
        return _written(wording.WRITE(self.language, place=remedy.place(self.language)), remedy.code)

    def _hand(self, finding: Advised, text: Text) -> str:
        place = wording.place_of(finding)(self.language)
        said = text(self.language, place=place, helps=finding.advice.helps(self.language))
        # What the network had before is told above.
        sentence = [] if _is_among(finding, self._found) else [self.before.report.sentence(finding)]
        return "\n".join([*sentence, _written(said, finding.advice.code)])


def _written(said: str, code: str) -> str:
    """A sentence, and below it lines of code."""
    return "\n".join([said, *(f"    {line}".rstrip() for line in code.splitlines())])


def _number(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else str(value)


def _end(course: Course, settled: float) -> str:
    """The last loss; of one that is as good as 0 no digits."""
    return "≈ 0" if 0 <= course.losses[-1] < settled else _number(course.losses[-1])


def _is_among(finding: Advised, others: tuple[Advised, ...]) -> bool:
    return (finding.cause, finding.verdict, finding.starts_at) in [
        (one.cause, one.verdict, one.starts_at) for one in others
    ]
