"""A network treated: remedies tried on copies, measured and trained before and after, and compared."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from gradlab._internal import checks, terminal
from gradlab.language import Language
from gradlab.probing import Advised, Finding, ProbeError, Report, Verdict, snippets
from gradlab.probing.record import checked
from gradlab.probing.told import told
from gradlab.treatment import wording
from gradlab.treatment.isolation import copied, undisturbed
from gradlab.treatment.patient import SETTLED, Course, Patient, TrainingStep, loss_of, measured
from gradlab.treatment.remedies import Remedy, prescribed
from gradlab.treatment.training import MakeOptimizer, at_found_rate, better_rate, changed, watched

_ROUNDS = 3
"""Remedies, at most, that are applied one upon the other."""
_KINDS: tuple[type[torch.optim.Optimizer], ...] = (torch.optim.Adam, torch.optim.SGD)
_NOTHING_FOUND = Finding("inconclusive", (), "", 0.0, None, None, None)
_TOLERANCE = 1e-3
"""Share of a loss by which another counts as the same."""


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
        error: why it could not run; empty where it did.

    """

    remedies: tuple[Remedy, ...]
    condition: Condition | None
    finding_gone: bool
    helped: bool
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
        model: the copy with the best remedy, not trained; None where there is none.
        by_hand: findings against which no remedy applies by itself; the advice of each says what to write.
        language: language of what is printed.

    """

    before: Condition
    after: Condition | None
    trials: tuple[Trial, ...]
    model: nn.Module | None
    by_hand: tuple[Advised, ...]
    language: Language

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
        parts = [self._title(), *map(self.before.report.sentence, self.before.pace), self._table()]
        if self.trials:
            parts.append("\n".join([wording.TRIED(self.language), *map(self._trial, self.trials)]))
        if self.after:
            parts += (
                _written(wording.WRITE(self.language, place=one.place(self.language)), one.code) for one in self._best
            )
        parts += map(self._hand, self.by_hand)
        parts.append(wording.UNCHANGED(self.language))
        return "\n\n".join(parts)

    def _name(self, condition: Condition) -> str:
        return wording.NAMES[condition.verdict](self.language)

    def _title(self) -> str:
        before = self._name(self.before)
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
        for courses in zip(*(one.courses for one in conditions), strict=False):
            finite = [loss for course in courses for loss in course.losses if math.isfinite(loss)]
            low, high = min(finite, default=0.0), min(max(course.first for course in courses), max(finite, default=0.0))
            rows.append(
                [
                    wording.LOSS(self.language, optimizer=courses[0].optimizer),
                    *(
                        f"{_number(one.first)} {wording.sparkline(one.losses, low, high)} {_end(one)}"
                        for one in courses
                    ),
                ]
            )
            rates = ["–" if course.rate is None else _number(course.rate) for course in courses]
            rows.append([f"  {wording.AT_RATE(self.language)}", *rates])
        widths = [max(terminal.columns(row[place]) for row in rows) for place in range(len(rows[0]))]
        return "\n".join(
            "  ".join(
                cell + " " * (size - terminal.columns(cell)) for cell, size in zip(row, widths, strict=True)
            ).rstrip()
            for row in rows
        )

    def _trial(self, trial: Trial) -> str:
        if trial.condition is None:
            outcome, verdict = wording.FAILED(self.language, error=trial.error), "–"
        else:
            named = wording.HELPED if trial.helped else wording.PARTLY if trial.finding_gone else wording.NOT
            outcome, verdict = named(self.language), self._name(trial.condition)
        loss = _end(trial.condition.courses[0]) if trial.condition else "–"
        said = wording.TRIAL(
            self.language, outcome=outcome, remedy=trial.says(self.language), verdict=verdict, loss=loss
        )
        return f"- {said}"

    def _to_write(self, remedy: Remedy) -> str:
        return _written(wording.WRITE(self.language, place=remedy.place(self.language)), remedy.code)

    def _hand(self, finding: Advised) -> str:
        place = wording.place(finding.cause)(self.language)
        said = wording.BY_HAND(self.language, place=place, helps=finding.advice.helps(self.language))
        # The pace was told above, beside the course of the loss that shows it.
        sentence = [] if finding in self.before.pace else [self.before.report.sentence(finding)]
        return "\n".join([*sentence, _written(said, finding.advice.code)])


def _written(said: str, code: str) -> str:
    """A sentence, and below it lines of code."""
    return "\n".join([said, *(f"    {line}".rstrip() for line in code.splitlines())])


def _number(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else str(value)


def _end(course: Course) -> str:
    """The last loss; of one that is as good as 0 no digits."""
    settled = 0 <= course.losses[-1] < SETTLED * course.first
    return "≈ 0" if settled else _number(course.losses[-1])


@dataclass(frozen=True, eq=False)
class _Clinic:
    """Trainings of copies: with the person's optimizer, or with Adam and gradient descent at rates that are found."""

    optimizer: MakeOptimizer | None
    steps: int

    def condition(self, patient: Patient, rate: float = 1.0, *, all_kinds: bool = False) -> Condition:
        """The state of a network, with trainings of copies by every optimizer or by the first."""
        own = (patient.model, patient.step)
        if self.optimizer is not None:
            make = changed(self.optimizer, rate)
            course, pace = watched(*own, make, self.steps, patient.state, patient.language)
            return Condition(patient.report, patient.per_layer, (course,), pace)
        kinds = _KINDS if all_kinds else _KINDS[:1]
        courses = tuple(at_found_rate(*own, kind, self.steps, patient.state) for kind in kinds)
        return Condition(patient.report, patient.per_layer, courses)

    def remedies(self, patient: Patient, so_far: Trial) -> tuple[Finding, tuple[Remedy, ...]]:
        """The worst finding for which there are remedies, and what is tried: these, and another learning rate."""
        pace = so_far.condition.pace if so_far.condition else ()
        # A step in which nothing was found may train badly all the same: then its surroundings are looked at, unless
        # the pace alone is to blame.
        findings: tuple[Finding, ...] = patient.deciding or pace or (*patient.report.findings, _NOTHING_FOUND)
        every = ((one, prescribed(one, patient)) for one in findings)
        target, found = next((pair for pair in every if pair[1]), (findings[0], ()))
        used = {remedy.kind for remedy in so_far.remedies}
        rate = () if self.optimizer is None else self._rates(patient, self.optimizer)
        return target, tuple(remedy for remedy in (*found, *rate) if remedy.kind not in used)

    def _rates(self, patient: Patient, optimizer: MakeOptimizer) -> Iterator[Remedy]:
        factor = better_rate(patient.model, patient.step, optimizer, self.steps, patient.state)
        if factor != 1:
            said = told(wording.RATE, factor=f"{factor:.3g}")
            yield Remedy("rate", said, snippets.rate(factor), lambda _: None, wording.AT_OPTIMIZER, rate=factor)


@dataclass(frozen=True, eq=False)
class _Tried:
    """A trial, with the copy as it was measured; None where it could not run."""

    trial: Trial
    patient: Patient | None

    @property
    def rank(self) -> tuple[bool, bool, bool, float]:
        """Order of trials: those that helped, then those that took the finding away, by the loss after the training."""
        trial = self.trial
        loss = trial.condition.courses[0].compared if trial.condition else math.inf
        return not trial.helped, not trial.finding_gone, trial.condition is None, loss


def _trains(one: Condition, untreated: Condition) -> bool:
    """Whether the loss falls with the first optimizer, and ends below where it begins and ends without a remedy."""
    mine, theirs = one.courses[0], untreated.courses[0]
    known = [loss for loss in (theirs.first, theirs.last) if math.isfinite(loss)]
    return mine.fell and all(mine.last <= loss + _TOLERANCE * abs(loss) for loss in known)


def _tried(remedy: Remedy, target: Finding, so_far: _Tried, clinic: _Clinic, untreated: Condition) -> _Tried:
    """Apply a remedy for a finding to a copy of what came before it, measure and train."""
    patient, chain = so_far.patient, (*so_far.trial.remedies, remedy)
    assert patient is not None  # noqa: S101 - nothing is tried on what could not run
    model = copied(patient.model)
    patient.state.restore()
    try:
        remedy.apply(model)
        after = measured(model, patient.step, patient.state, patient.language)
        condition = clinic.condition(after, math.prod(one.rate for one in chain))
    except Exception as error:
        said = str(error).strip().partition("\n")[0]
        return _Tried(Trial(chain, None, False, False, f"{type(error).__name__}: {said}"), None)
    left = (*after.deciding, *condition.pace)
    gone = not any((one.verdict, one.cause) == (target.verdict, target.cause) for one in left)
    return _Tried(Trial(chain, condition, gone, condition.sound and _trains(condition, untreated)), after)


def _rounds(patient: Patient, clinic: _Clinic, untreated: Condition) -> list[_Tried]:
    """Try every remedy; where none heals, go on from the best one that took its finding away."""
    trial, everything = Trial((), untreated, False, False), list[_Tried]()
    if not patient.deciding and not untreated.pace and untreated.courses[0].fell:
        return []
    for _ in range(_ROUNDS):
        target, remedies = clinic.remedies(patient, trial)
        so_far = _Tried(trial, patient)
        tried = [_tried(remedy, target, so_far, clinic, untreated) for remedy in remedies]
        everything += tried
        best = min(tried, key=lambda one: one.rank, default=None)
        if best is None or best.patient is None or best.trial.helped or not best.trial.finding_gone:
            break
        trial, patient = best.trial, best.patient
    return sorted(everything, key=lambda one: one.rank)


def treat(
    model: nn.Module,
    step: TrainingStep,
    *,
    optimizer: MakeOptimizer | None = None,
    steps: int = 30,
    language: str = "en",
) -> Treatment:
    """Diagnose a network, try on copies what is advised, and compare before and after.

    Args:
        model: the network; it stays as it is.
        step: ``step(model)`` runs the forward pass of the model that it is given, on a batch of yours, and returns the
            loss, a tensor with one element. It is called some hundred times, always from the same random state, so that
            a batch that is drawn at random in it is the same before and after.
        optimizer: ``optimizer(parameters)`` makes the optimizer of the short trainings, such as
            ``lambda parameters: torch.optim.Adam(parameters, 1e-3)``; if not given, Adam and gradient descent, each at
            a rate that is found in a few steps.
        steps: training steps of a copy before and after.
        language: language of what is printed, ``"en"`` or ``"zh"``.

    Raises:
        ProbeError: no model; one that has no parameters or cannot be copied; a step that does not run the model it is
            given, or returns no loss.
        ValueError: an unknown language, or a number of steps that is no positive integer.

    Examples:
        >>> import torch
        >>> from torch import nn
        >>> import gradlab
        >>> _ = torch.manual_seed(0)
        >>> layers = [nn.Sequential(nn.Linear(32, 32), nn.ReLU())
        ...           for _ in range(12)]
        >>> model = nn.Sequential(*layers, nn.Linear(32, 1))
        >>> x, y = torch.randn(64, 32), torch.randn(64, 1)
        >>> def step(model):
        ...     return nn.functional.mse_loss(model(x), y)
        >>> treatment = gradlab.treat(model, step, steps=5)
        >>> treatment.before.report.verdict, treatment.after.report.verdict
        ('vanishing', 'healthy')

    """
    spoken = checks.language("language", language)
    clinic = _Clinic(_checked(optimizer), checks.positive_integer("steps", steps))
    if not callable(step):
        raise ProbeError(f"step: found {type(step).__name__}, allowed: a function of the model that returns the loss")
    own, *_ = checked(model, None, 1, 1.0)
    with undisturbed() as state:
        patient = measured(_with_sizes(own, step), step, state, spoken)
        before = clinic.condition(patient, all_kinds=True)
        tried = _rounds(patient, clinic, before)
        best = tried[0] if tried and (tried[0].trial.helped or tried[0].trial.finding_gone) else None
        after = _after(best, clinic) if best else None
    last = best.patient if best and best.patient else patient
    helped = best is not None and best.trial.helped
    by_hand = (*last.deciding, *(() if helped else before.pace))
    trials = tuple(one.trial for one in tried)
    return Treatment(before, after, trials, best.patient.model if best and best.patient else None, by_hand, spoken)


def _with_sizes(model: nn.Module, step: TrainingStep) -> nn.Module:
    """The model, or where layers take their sizes from the first input, a copy that has seen it."""
    if not any(map(is_lazy, model.parameters())):
        return model
    twin = copied(model)
    loss_of(twin, step)
    return twin


def _after(best: _Tried, clinic: _Clinic) -> Condition | None:
    """The state after the best remedy, with all trainings."""
    if best.patient is None:
        return None
    return clinic.condition(best.patient, math.prod(one.rate for one in best.trial.remedies), all_kinds=True)


def _checked(optimizer: object) -> MakeOptimizer | None:
    if optimizer is None:
        return None
    if isinstance(optimizer, torch.optim.Optimizer) or not callable(optimizer):
        raise ProbeError(
            f"optimizer: found {type(optimizer).__name__}, allowed: a function that makes one, such as "
            "lambda parameters: torch.optim.Adam(parameters, 1e-3)"
        )
    return optimizer
