"""A network treated: remedies tried on copies, measured and trained before and after, and compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from gradlab._internal import checks
from gradlab.language import Language
from gradlab.probing import Advised, Finding, ProbeError, snippets
from gradlab.probing.causes import undefined
from gradlab.probing.record import checked
from gradlab.probing.told import told
from gradlab.treatment import wording
from gradlab.treatment.isolation import copied, undisturbed
from gradlab.treatment.outcome import Condition, Treatment, Trial
from gradlab.treatment.patient import Patient, TrainingStep, loss_of, measured
from gradlab.treatment.remedies import Remedy, prescribed
from gradlab.treatment.training import MakeOptimizer, OptimizerKind, at_found_rate, better_rate, changed, watched

_ROUNDS = 3
"""Remedies, at most, that are applied one upon the other."""
_ADAM_AND_DESCENT: tuple[OptimizerKind, ...] = (torch.optim.Adam, torch.optim.SGD)
_NOTHING_FOUND = Finding("inconclusive", (), "", 0.0, None, None, None)
_TOLERANCE = 1e-3
"""Share of a loss by which another counts as the same."""
_LOWER = 0.1
"""Share by which a loss has to be lower than another to count as lowered."""


@dataclass(frozen=True, eq=False)
class Clinic:
    """Trainings of copies.

    Attributes:
        steps: of each.
        optimizer: the person's; None where rates are found.
        kinds: optimizers whose rates are found; remedies are ranked by the first.

    """

    steps: int
    optimizer: MakeOptimizer | None = None
    kinds: tuple[OptimizerKind, ...] = _ADAM_AND_DESCENT

    def condition(self, patient: Patient, rate: float = 1.0, *, all_kinds: bool = False) -> Condition:
        """The state of a network, with trainings of copies by every optimizer or by the first."""
        own = (patient.model, patient.step)
        if self.optimizer is not None:
            make = changed(self.optimizer, rate)
            course, pace = watched(*own, make, self.steps, patient.state, patient.language)
            return Condition(patient.report, patient.per_layer, (course,), pace)
        kinds = self.kinds if all_kinds else self.kinds[:1]
        courses = tuple(at_found_rate(*own, kind, self.steps, patient.state) for kind in kinds)
        return Condition(patient.report, patient.per_layer, courses)

    def completed(self, condition: Condition, patient: Patient) -> Condition:
        """The same state with the trainings by the other optimizers as well."""
        if self.optimizer is not None:
            return condition
        own = (patient.model, patient.step)
        others = (at_found_rate(*own, kind, self.steps, patient.state) for kind in self.kinds[1:])
        return replace(condition, courses=(*condition.courses, *others))

    def remedies(self, patient: Patient, so_far: Trial) -> tuple[Finding, tuple[Remedy, ...]]:
        """The worst finding for which there are remedies, and what is tried: these, and another learning rate."""
        pace = so_far.condition.pace if so_far.condition else ()
        # A step in which nothing was found may train badly all the same: then its surroundings are looked at, unless
        # the pace alone is to blame.
        findings: tuple[Finding, ...] = patient.deciding or pace or (*patient.report.findings, _NOTHING_FOUND)
        if findings[0].cause:
            # What chance may show as well is not treated in the place of a cause that is left to the person.
            findings = tuple(one for one in findings if one.cause or one.verdict != "inconclusive")
        every = ((one, prescribed(one, patient)) for one in findings)
        target, found = next((pair for pair in every if pair[1]), (findings[0], ()))
        used = {remedy.kind for remedy in so_far.remedies}
        # What was sound already has been tried at other rates.
        rate = () if "rate" in used or (used and patient.sound) else self.rates(patient)
        return target, tuple(remedy for remedy in (*found, *rate) if remedy.kind not in used)

    def rates(self, patient: Patient) -> Iterator[Remedy]:
        """Another rate of the person's optimizer, if one brings the loss lower."""
        if self.optimizer is None:
            return
        factor = better_rate(patient.model, patient.step, self.optimizer, self.steps, patient.state)
        if factor != 1:
            said = told(wording.RATE, factor=f"{factor:.3g}")
            yield Remedy("rate", said, snippets.rate(factor), lambda _: None, wording.AT_OPTIMIZER, rate=factor)


@dataclass(frozen=True, eq=False)
class _Tried:
    """A trial, with the copy as it was measured; None where it could not run.

    Attributes:
        trial: what was tried.
        patient: the copy.
        lasts: whether nothing that was found before may come back.

    """

    trial: Trial
    patient: Patient | None
    lasts: bool = True

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, float]:
        """Order of trials: those that helped, then those that took the finding away, by the loss after the training.

        What has only become rarer comes behind what is mended, whatever the loss: a few steps do not show the rest.
        """
        trial = self.trial
        return not trial.helped, not trial.finding_gone, not self.lasts, trial.condition is None, self.loss

    @property
    def loss(self) -> float:
        """The loss after the training, for comparisons."""
        return self.trial.condition.courses[0].compared if self.trial.condition else math.inf


def _trains(one: Condition, untreated: Condition) -> bool:
    """Whether the loss falls with the first optimizer, and ends below where it begins and ends without a remedy."""
    mine, theirs = one.courses[0], untreated.courses[0]
    known = [loss for loss in (theirs.first, theirs.last) if math.isfinite(loss)]
    return mine.fell and all(mine.last <= loss + _TOLERANCE * abs(loss) for loss in known)


def _tried(remedy: Remedy, target: Finding, so_far: _Tried, clinic: Clinic, untreated: Condition) -> _Tried:
    """Apply a remedy for a finding to a copy of what came before it, measure and train."""
    patient, chain = so_far.patient, (*so_far.trial.remedies, remedy)
    assert patient is not None  # noqa: S101 - nothing is tried on what could not run
    model = copied(patient.model)
    patient.state.restore()
    try:
        remedy.apply(model)
        after = measured(model, remedy.guard(patient.step), patient.state, patient.language)
        condition = clinic.condition(after, math.prod(one.rate for one in chain))
    except Exception as error:
        said = str(error).strip().partition("\n")[0]
        return _Tried(Trial(chain, None, False, False, error=f"{type(error).__name__}: {said}"), None)
    lowered = condition.courses[0].fell and condition.courses[0].compared < (1 - _LOWER) * untreated.courses[0].compared
    left = (*after.deciding, *condition.pace)
    gone = not any((one.verdict, one.cause) == (target.verdict, target.cause) for one in left)
    trial = Trial(chain, condition, gone, condition.sound and _trains(condition, untreated), lowered)
    return _Tried(trial, after, not any(_coming_back(untreated.report.findings, chain)))


def _at_other_rates(mended: _Tried, target: Finding, clinic: Clinic, untreated: Condition) -> Iterator[_Tried]:
    """A copy that became sound, at a rate at which it learns clearly better: remedy and fault may want two rates."""
    condition, patient = mended.trial.condition, mended.patient
    known = any(remedy.kind == "rate" for remedy in mended.trial.remedies)
    if condition is None or patient is None or not patient.sound or known:
        return
    for remedy in clinic.rates(patient):
        faster = _tried(remedy, target, mended, clinic, untreated)
        better = faster.trial.helped and faster.trial.loss < (1 - _LOWER) * condition.courses[0].compared
        yield replace(faster, trial=replace(faster.trial, helped=better, finding_gone=better))


def _rounds(patient: Patient, clinic: Clinic, untreated: Condition) -> list[_Tried]:
    """Try every remedy; where none heals, go on from the best one that took its finding away."""
    trial, everything = Trial((), untreated, False, False), list[_Tried]()
    # A read-out of zeros opens the way by its own first update: where the loss falls there is nothing to treat.
    waiting = all(one.verdict == "inconclusive" and one.reason == "blocked" for one in patient.deciding)
    if waiting and not untreated.pace and untreated.courses[0].fell:
        return []
    for _ in range(_ROUNDS):
        target, remedies = clinic.remedies(patient, trial)
        so_far = _Tried(trial, patient)
        tried = [_tried(remedy, target, so_far, clinic, untreated) for remedy in remedies]
        tried += [other for one in tried for other in _at_other_rates(one, target, clinic, untreated)]
        everything += tried
        best = min(tried, key=lambda one: one.rank, default=None)
        if best is None or best.patient is None or not best.trial.finding_gone:
            break
        # One that is sound and learns hardly better than the ill one did is no cure yet.
        if best.trial.helped and best.trial.lowered and not _outdone(best, tried):
            break
        trial, patient = _before_rate(best, tried)
    return sorted(everything, key=lambda one: one.rank)


def _outdone(best: _Tried, tried: Iterable[_Tried]) -> bool:
    """Whether a remedy that only makes a fault rarer trains clearly better than what mends it: then both are needed."""
    rarer = (one.loss for one in tried if one.trial.finding_gone and not one.lasts)
    lowest = min(rarer, default=math.inf)
    return lowest < (1 - _LOWER) * best.loss


def _before_rate(best: _Tried, tried: Iterable[_Tried]) -> tuple[Trial, Patient]:
    """The trial that others are applied upon: the rate, if there was one, is found anew after them."""
    *others, last = best.trial.remedies
    before = next((one for one in tried if others and one.trial.remedies == tuple(others)), None)
    found = before if last.kind == "rate" and before is not None else best
    assert found.patient is not None  # noqa: S101 - nothing could be found with what could not run
    return found.trial, found.patient


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
    clinic = Clinic(checks.positive_integer("steps", steps), _checked(optimizer))
    if not callable(step):
        raise ProbeError(f"step: found {type(step).__name__}, allowed: a function of the model that returns the loss")
    return treat_in(clinic, model, step, spoken)


def treat_in(clinic: Clinic, model: nn.Module, step: TrainingStep, spoken: Language) -> Treatment:
    """The same with trainings of another kind than a person may ask for."""
    own, *_ = checked(model, None, 1, 1.0)
    with undisturbed() as state:
        patient = measured(copied(_with_sizes(own, step)), step, state, spoken)
        before = clinic.condition(patient, all_kinds=True)
        tried = _rounds(patient, clinic, before)
        best = tried[0] if tried and (tried[0].trial.helped or tried[0].trial.finding_gone) else None
        after = _after(best, clinic) if best else None
    last = best.patient if best and best.patient else patient
    helped = best is not None and best.trial.helped
    by_hand = (*last.deciding, *(() if helped else before.pace))
    trials = tuple(one.trial for one in tried)
    as_well = tuple(_coming_back(patient.report.findings, best.trial.remedies)) if best and helped else ()
    model_after = best.patient.model if best and best.patient else None
    return Treatment(before, after, trials, model_after, by_hand, spoken, as_well)


def _coming_back(found: Iterable[Advised], remedies: Iterable[Remedy]) -> Iterator[Advised]:
    """Yield what hindered training and may come back: not what a remedy mends for good.

    Nor weights that no step that was seen has made undefined.
    """
    mended = {cause for remedy in remedies for cause in remedy.mends}
    for one in found:
        first = one.cause == "update not finite" and dict(one.facts).get("since") == "0"
        if one.severity == "hinders" and one.cause in undefined.SENTENCES and not first and one.cause not in mended:
            yield one


def _with_sizes(model: nn.Module, step: TrainingStep) -> nn.Module:
    """The model, or where layers take their sizes from the first input, a copy that has seen it."""
    if not any(map(is_lazy, model.parameters())):
        return model
    twin = copied(model)
    loss_of(twin, step)
    return twin


def _after(best: _Tried, clinic: Clinic) -> Condition | None:
    """The state after the best remedy, with all trainings."""
    if best.patient is None or best.trial.condition is None:
        return None
    return clinic.completed(best.trial.condition, best.patient)


def _checked(optimizer: object) -> MakeOptimizer | None:
    if optimizer is None:
        return None
    if isinstance(optimizer, torch.optim.Optimizer) or not callable(optimizer):
        raise ProbeError(
            f"optimizer: found {type(optimizer).__name__}, allowed: a function that makes one, such as "
            "lambda parameters: torch.optim.Adam(parameters, 1e-3)"
        )
    return optimizer
