"""Treatments of networks that the bank's authors did not think of as a bank, each beside its sound twin.

`python -m tests.cured.others programs` treats the ill programs of the published benchmark, `reports` public reports of
networks that did not train, and `networks` those that users write, with a fault planted; further arguments are names of
some. `record` treats programs and reports, and writes what the page of cures reads. Those of libraries are in a record
of their own, with the users' networks: `tests.cured.outside`. The twin of a program or report is its resolution, scored
after a training of its own with its own optimizer; that of a network is the same without the fault, by its loss. What
is compared is what `gradlab.experiments.diagnosis.cures` compares: networks of other seeds, treated in the same way,
beside twins, in as many pairs as settle it.

What is left to the person is no remedy: a network counts where no named cause remains that only its owner can mend.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

import torch
from torch import Tensor, nn

import gradlab
from figures_src.cache import records
from figures_src.exhibits.cures import _others
from figures_src.exhibits.cures._others import Others
from figures_src.exhibits.cures._treated import Config, Kept
from gradlab._internal import checks
from gradlab.experiments.diagnosis._paired import APART, Ended, Pairs, compared
from gradlab.experiments.diagnosis.cures import drawn
from gradlab.probing.causes import course
from gradlab.treatment import MakeOptimizer, Remedy, TrainingStep, Treatment
from gradlab.treatment.isolation import copied, undisturbed
from gradlab.treatment.training import at_found_rate, better_rate, changed
from gradlab.treatment.treating import Clinic, treat_in
from tests.cured.reports import REPORTS, Judged, Reported, lacking, made
from tests.outside.bank import ENTRIES
from tests.outside.entries import Entry
from tests.published.bank import PROGRAMS
from tests.published.programs import Batch, Program
from tests.table import aligned

STEPS, PAIRS = 20, 100
"""Steps of a short training, and pairs of a treated network and a twin, at most."""
LONG = 100
"""Steps after which a program is scored."""
_MOST = 256


@dataclass(frozen=True)
class Outcome:
    """A network, treated.

    Attributes:
        name: of the network.
        verdict: before.
        ill: whether anything was found before that hinders training.
        kinds: of the best remedies, in their order; none where none was applied.
        left: named causes that only the person can mend.
        sound: whether nothing is found afterwards that hinders training.
        pairs: how networks so treated train, the lower the better, and their twins.

    """

    name: str
    verdict: str
    ill: bool = True
    kinds: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    sound: bool = False
    pairs: Pairs = field(default_factory=Pairs)

    @property
    def has_remedy(self) -> bool:
        """Whether remedies were applied to an ill network, and no named cause is left to its owner."""
        return bool(self.kinds) and not self.left

    @property
    def cured(self) -> bool:
        """Whether it is sound, and trains at least as well as its twin."""
        return self.has_remedy and self.sound and self.pairs.as_well


def kept(made_by: str, told: Outcome) -> Kept:
    """The parts of an outcome that a record keeps."""
    own, twin = _median(told.pairs.treated), _median(told.pairs.twins)
    pairs, worse = len(told.pairs.treated), told.pairs.worse
    return Kept(told.name, made_by, told.verdict, told.ill, told.kinds, told.left, told.sound, own, twin, pairs, worse)


def _median(ended: Sequence[Ended]) -> float | None:
    middle = median(one.last for one in ended) if ended else math.inf
    return middle if math.isfinite(middle) else None


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _outcome(name: str, treatment: Treatment, own: Callable[[int], Ended], twin: Callable[[int], Ended]) -> Outcome:
    before, after = treatment.before, treatment.after
    told = Outcome(name, before.verdict, not before.sound)
    if before.sound or not treatment.trials:
        return told
    causes = (finding.cause for finding in (*treatment.by_hand, *treatment.as_well))
    left = tuple(dict.fromkeys(cause for cause in causes if cause and cause not in course.PACE))
    told = replace(told, kinds=tuple(one.kind for one in treatment.trials[0].remedies), left=left)
    if after is None or left:
        return told
    return replace(told, sound=after.sound, pairs=compared(own, twin, PAIRS))


def _lack(batch: Batch, model: nn.Module, make: MakeOptimizer) -> Ended:
    """The score that a program lacks to that of knowing all, in a training."""
    model = copied(model)
    first = 1 - batch.scored(model)
    optimizer = make(model.parameters())
    for _ in range(LONG):
        optimizer.zero_grad()
        loss = batch.loss(model)
        if not bool(torch.isfinite(loss)):
            break
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return Ended(1 - batch.scored(model), first)


def of_program(program: Program) -> Outcome:
    """A program as it was, treated with its own optimizer."""
    with undisturbed():
        batch = program.batch("faulty", 0, _MOST)
        treatment = gradlab.treat(batch.model, batch.loss, optimizer=batch.optimizer, steps=STEPS)

        def own(number: int) -> Ended:
            remedies = treatment.trials[0].remedies
            model = drawn(program.batch("faulty", APART + number, _MOST).model, remedies, number)
            return _lack(batch, model, _rated(model, batch.loss, batch.optimizer, remedies))

        def twin(number: int) -> Ended:
            patched = program.batch("patched", 0, _MOST)
            return _lack(patched, program.batch("patched", number, _MOST).model, patched.optimizer)

        return _outcome(program.name, treatment, own, twin)


def of_report(report: Callable[[], Reported]) -> Outcome:
    """A network as it was reported, treated with its own optimizer."""
    with undisturbed():
        reported, model = made(report, 0, faulty=True)
        treatment = gradlab.treat(
            model, lambda one: reported.step(one, True), optimizer=reported.optimizer, steps=STEPS
        )

        def own(number: int) -> Ended:
            remedies = treatment.trials[0].remedies
            guarded = replace(reported, step=_guarded(reported.step, remedies), lack=_guarded(reported.lack, remedies))
            other = drawn(made(report, APART + number, faulty=True)[1], remedies, number)
            make = _rated(other, lambda one: guarded.step(one, True), reported.optimizer, remedies)
            return _lack_of(guarded, other, make, True)

        def twin(number: int) -> Ended:
            return _lack_of(reported, made(report, number, faulty=False)[1], reported.resolved, False)

        return _outcome(report.__name__, treatment, own, twin)


def _rated(model: nn.Module, step: TrainingStep, make: MakeOptimizer, remedies: Iterable[Remedy]) -> MakeOptimizer:
    """The person's optimizer, at a rate that is found for this network where finding one is among the remedies."""
    if all(remedy.rate == 1 for remedy in remedies):
        return make
    with undisturbed() as state:
        return changed(make, better_rate(model, step, make, STEPS, state))


def _guarded(step: Judged, remedies: Iterable[Remedy]) -> Judged:
    """A step with what remedies change in it."""

    def guarded(model: nn.Module, faulty: bool) -> Tensor:
        def plain(one: nn.Module) -> Tensor:
            return step(one, faulty)

        own: TrainingStep = plain
        for remedy in remedies:
            own = remedy.guard(own)
        return own(model)

    return guarded


def _lack_of(reported: Reported, model: nn.Module, make: MakeOptimizer, faulty: bool) -> Ended:
    """The score that a network of a report lacks, in a training."""
    model = copied(model)
    optimizer = make(model.parameters())
    torch.manual_seed(0)
    first = lacking(reported, model, faulty)
    torch.manual_seed(0)
    for _ in range(LONG):
        optimizer.zero_grad()
        loss = reported.step(model, faulty)
        if not bool(torch.isfinite(loss)):
            return Ended(math.inf, first)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return Ended(lacking(reported, model, faulty), first)


def of_network(entry: Entry) -> Outcome:
    """A network with a planted fault, treated."""
    with undisturbed() as state:
        model, task = entry.make()
        sound = replace(entry, fault=None)
        good = sound.make()[1]
        clinic = Clinic(STEPS, kinds=(torch.optim.Adam,))
        english = checks.language("language", "en")

        def step(one: nn.Module, _: bool = True) -> Tensor:
            return task.loss(one) * task.factor

        treatment = treat_in(clinic, model, step, english)

        def own(number: int) -> Ended:
            remedies = treatment.trials[0].remedies
            other = drawn(replace(entry, seed=entry.seed + APART + number).make()[0], remedies, number)
            guarded = _guarded(step, remedies)
            return Ended.of(at_found_rate(other, lambda one: guarded(one, True), torch.optim.Adam, STEPS, state))

        def twin(number: int) -> Ended:
            other = replace(sound, seed=entry.seed + number).make()[0]
            return Ended.of(at_found_rate(other, good.loss, torch.optim.Adam, STEPS, state))

        return _outcome(entry.name, treatment, own, twin)


def outcomes(bank: str, names: tuple[str, ...] = ()) -> Iterator[Outcome]:
    """Treat the programs, the reports or the networks, all of them or those of some names."""
    if bank == "programs":
        yield from (of_program(one) for one in PROGRAMS if one.faulty and (not names or one.name in names))
    elif bank == "reports":
        yield from (of_report(one) for one in REPORTS if not names or one.__name__ in names)
    else:
        own = (one for one in ENTRIES if one.fault and one.member.made_by == "own")
        yield from (of_network(one) for one in own if not names or one.name in names)


def page(found: list[Outcome]) -> Iterator[str]:
    """Yield every network for which remedies were applied, and the counts."""
    rows = [("network", "before", "remedies", "left to the person", "sound", "own", "twin", "worse in", "cured")]
    for one in found:
        if one.kinds:
            own, twin = _median(one.pairs.treated), _median(one.pairs.twins)
            numbers = _shown(own), _shown(twin), f"{one.pairs.worse} of {len(one.pairs.treated)}"
            said = "yes" if one.cured else "no" if one.has_remedy else ""
            rows.append(
                (one.name, one.verdict, ", ".join(one.kinds), ", ".join(one.left), str(one.sound), *numbers, said)
            )
    yield from aligned(rows)
    with_remedy = [one for one in found if one.has_remedy]
    yield f"{len(found)} treated, {len(with_remedy)} with a remedy, {sum(one.cured for one in with_remedy)} cured"


def record() -> None:
    """Treat the programs and the reports, and write the record."""
    cases = tuple(kept(bank, one) for bank in _others.BANKS for one in outcomes(bank))
    records.write(_others.FILE, records.this_machine(), Others(Config(STEPS, PAIRS), cases))
    treatable = [case for case in cases if case.has_remedy]
    print(f"{len(treatable)} with a remedy; not cured: ", end="")
    print(*(case.name for case in treatable if not case.cured), sep=", ")


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] == "record":
        record()
    else:
        print("\n".join(page(list(outcomes(sys.argv[1], tuple(sys.argv[2:]))))))
