"""Cures tried on the ill networks of the bank.

They are looked at before and after, and trained beside their sound twins.

Every network whose truth is an illness is given to :func:`gradlab.treat` with a loss that any network has, half the
mean squared distance from random targets. Its twin is the same network without the fault, or with the setting that
theory asks for. The remedy is chosen on one network. How well it does is asked of others: the same ill network drawn
from later seeds and changed in the same way, each beside a twin from a seed of its own, all trained alike on the same
data. Pairs are drawn until a sequential test settles whether the treated network ends higher more often than not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import torch
from torch import Generator, Tensor, nn

from gradlab._internal import checks, progress
from gradlab.experiments.diagnosis import _paired
from gradlab.experiments.diagnosis._paired import APART, Ended, Pairs
from gradlab.probing import advice
from gradlab.probing.bank import HE, MEMBERS, Member
from gradlab.treatment import Remedy, TrainingStep, Treatment
from gradlab.treatment.isolation import undisturbed
from gradlab.treatment.patient import Course
from gradlab.treatment.training import at_found_rate
from gradlab.treatment.treating import Clinic, treat_in

_OPTIMIZER = partial(torch.optim.Adam, fused=True)
"""The optimizer of all trainings, at a rate that is found; one kernel does each update."""


@dataclass(frozen=True)
class Config:
    """Selection of networks, and their training.

    Attributes:
        largest: of each kind of illness the smallest network is treated, where it has no more than this many layers
            times units; None treats the whole bank.
        steps: training steps before and after.
        pairs: of a treated network and a twin, at most; what they do not settle is not said to train as well.

    """

    largest: int | None = 1920
    steps: int = 12
    pairs: int = 100

    def __post_init__(self) -> None:
        checks.positive_integer("steps", self.steps)
        checks.positive_integer("pairs", self.pairs)
        if self.largest is not None:
            checks.positive_integer("largest", self.largest)


@dataclass(frozen=True)
class Attempt:
    """One remedy, or several one upon the other, tried on one network.

    Attributes:
        kinds: of the remedies, in the order in which they were applied.
        helped: whether the network is sound afterwards, and trains no worse than before.
        loss: after the short training, without the factor on the loss.

    """

    kinds: tuple[str, ...]
    helped: bool
    loss: float


@dataclass(frozen=True)
class Case:
    """One network, treated.

    Attributes:
        name: name of the member.
        cause: what the advice depends on, such as ``"vanishing-relu"``.
        after: the verdict after the best remedy; empty where no remedy applies by itself.
        sound: whether nothing is found any more that hinders training.
        loss: after the short training with the best remedy; infinite without one.
        untreated: the same without a remedy.
        pairs: treated networks and sound ones of other seeds, after the same training; none where no remedy applies by
            itself.
        attempts: every remedy that was tried, the best first.

    """

    name: str
    cause: str
    after: str
    sound: bool
    loss: float
    untreated: float
    pairs: Pairs
    attempts: tuple[Attempt, ...]

    @property
    def as_well(self) -> bool:
        """Whether it is settled that networks so treated train as well as their twins."""
        return self.pairs.as_well

    @property
    def cured(self) -> bool:
        """Whether it is sound, and trains at least as well as its twin."""
        return self.sound and self.as_well


@dataclass(frozen=True)
class Result:
    """Outcome of every network.

    Attributes:
        config: what was run.
        cases: one for each network.

    """

    config: Config
    cases: tuple[Case, ...]

    @property
    def with_remedy(self) -> tuple[Case, ...]:
        """The networks for which a remedy applies by itself."""
        return tuple(case for case in self.cases if case.attempts)


def as_well(pairs: int, worse: int) -> bool:
    """Whether so many pairs, in some of which the treated network ends worse, settle that it trains as well."""
    return _paired.settled(pairs, worse) is True


def told_worse(share: float, config: Config) -> float:
    """The chance that a treatment is not told to be as good, if it ends worse in a share of all pairs."""
    return _paired.told_worse(share, config.pairs)


def twin(member: Member) -> Member:
    """The same network without its fault, or with the setting that theory asks for."""
    if member.fault != "none":
        return replace(member, fault="none")
    if not member.bypassed:
        return replace(member, bypassed=True)
    if member.residual is not None or member.normalization == "batch":
        return replace(member, residual=1 / math.sqrt(member.depth))
    if member.activation == "sigmoid":
        return replace(member, sigma_w=1.0, normalization="batch")
    if member.activation in ("gelu", "silu"):
        return replace(member, normalization="layer")
    return replace(member, sigma_w=1.0 if member.activation == "tanh" else HE)


def ill(config: Config) -> tuple[Member, ...]:
    """The members of the bank that are treated."""
    members = [member for member in MEMBERS if member.truth != "healthy"]
    if config.largest is None:
        return tuple(members)
    smallest: dict[tuple[object, ...], Member] = {}
    for member in sorted(members, key=_size):
        kind = (member.truth, member.activation, member.kind, member.normalization, member.fault, member.dtype)
        key = (*kind, member.residual is None, member.bypassed)
        if _size(member) <= config.largest:
            smallest.setdefault(key, member)
    return tuple(member for member in members if member in smallest.values())


_LAYERS = {"convolution": 4, "transformer": 2, "recurrent": 2}
"""Number of linear layers of that width that cost as much as one layer, or block, of a kind."""


def _size(member: Member) -> int:
    """Layers times units."""
    return member.depth * member.width * _LAYERS.get(member.kind, 1)


def step_of(member: Member, model: nn.Module, x: Tensor) -> TrainingStep:
    """The training step of a member: half the mean squared distance of its output from random targets."""
    with torch.no_grad():
        shape = model(x).shape
    drawn = torch.empty(shape, dtype=torch.float64).normal_(generator=Generator().manual_seed(member.seed + 1))
    y = drawn.to(x.dtype if x.is_floating_point() else torch.float32)

    def step(one: nn.Module) -> Tensor:
        loss: Tensor = (one(x) - y).square().mean() / 2 * member.loss_scale
        return loss

    return step


def treated(member: Member, config: Config) -> Case:
    """One network treated, and its twins trained."""
    with undisturbed():
        torch.manual_seed(member.seed)
        model, x = member.make()
        # On another copy: batch normalization would count the pass.
        step = step_of(member, member.make()[0], x)
        treatment = treat_in(Clinic(config.steps, kinds=(_OPTIMIZER,)), model, step, "en")
    remedies = treatment.trials[0].remedies if treatment.after else ()
    return _told(member, treatment, compared(member, remedies, config) if remedies else Pairs())


def compared(member: Member, remedies: Sequence[Remedy], config: Config) -> Pairs:
    """Networks like a member, with these remedies, beside its twins; losses are without the factor on the loss."""
    sound = replace(twin(member), name="", truth="")
    step = step_of(member, *member.make())
    for remedy in remedies:
        step = remedy.guard(step)

    def own(number: int) -> Ended:
        model = drawn(replace(member, seed=member.seed + APART + number).make()[0], remedies, number)
        with undisturbed() as state:
            return Ended.of(at_found_rate(model, step, _OPTIMIZER, config.steps, state), member.loss_scale)

    def other(number: int) -> Ended:
        return Ended.of(_twin_trained(sound, number, config.steps), sound.loss_scale)

    return _paired.compared(own, other, config.pairs)


def drawn(model: nn.Module, remedies: Iterable[Remedy], number: int) -> nn.Module:
    """A network changed by remedies that draw what they draw by a number of its own."""
    with undisturbed():
        torch.manual_seed(-1 - number)  # no network's own seed
        for remedy in remedies:
            remedy.apply(model)
    return model


@cache
def _twin_trained(sound: Member, later: int, steps: int) -> Course:
    """The training of a sound network of a later seed, on the data of its own; ill ones share twins."""
    step = step_of(sound, *sound.make())
    with undisturbed() as state:
        return at_found_rate(replace(sound, seed=sound.seed + later).make()[0], step, _OPTIMIZER, steps, state)


def _told(member: Member, treatment: Treatment, pairs: Pairs) -> Case:
    report, after = treatment.before.report, treatment.after
    attempts = tuple(
        Attempt(tuple(one.kind for one in trial.remedies), trial.helped, trial.loss / member.loss_scale)
        for trial in treatment.trials
    )
    return Case(
        member.name,
        advice.cause(report.findings[0], report.step) if report.findings else report.verdict,
        after.report.verdict if after else "",
        after.sound if after else False,
        attempts[0].loss if after else math.inf,
        treatment.before.courses[0].last / member.loss_scale,
        pairs,
        attempts,
    )


def run(config: Config | None = None) -> Result:
    """Treat every network, and train its twins."""
    config = config or Config()
    members: Sequence[Member] = ill(config)
    return Result(config, tuple(treated(member, config) for member in progress.track(members, "cures")))
