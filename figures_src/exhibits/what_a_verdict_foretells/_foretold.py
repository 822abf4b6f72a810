"""Networks with their verdicts and outcomes, counted, for all exhibits of the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

from figures_src.cache.records import Machine
from figures_src.exhibits.what_a_verdict_foretells import _outside, _unseen
from figures_src.exhibits.what_a_verdict_foretells._judged import HEALTHY, INCONCLUSIVE, NONE, PART, Judged, judged
from figures_src.exhibits.what_a_verdict_foretells._outside import Config
from figures_src.exhibits.what_a_verdict_foretells._unseen import First
from figures_src.model.language import Text
from gradlab.probing.finding import ORDER

NETWORKS = Text(zh="网络数", en="Networks")
THE_RECORD = Text(zh="训练的记录", en="the record of the trainings")
EXACT = Text(zh="清点的结果，没有误差", en="counted, without error")


@dataclass(frozen=True)
class Foretold:
    """A network with its verdict before training and the result.

    Attributes:
        name: of the network.
        family: that it belongs to.
        made_by: the library that made it, or ``"own"``.
        fault: what was broken on purpose, if anything.
        verdict: of the rules, before training.
        adam: the lowest loss with Adam, as a share of chance.
        sgd: the same with gradient descent.
        result: ``"whole"`` where both optimizers had all of it learn, ``"one"`` where one had, ``"part"`` where it
            learned but a layer never moved, ``"fails"`` where it did not learn.
        is_named: whether a finding lies where the fault was planted.

    """

    name: str
    family: str
    made_by: str
    fault: str
    verdict: str
    adam: float
    sgd: float
    result: str
    is_named: bool

    @property
    def is_sound(self) -> bool:
        """Whether nothing was broken on purpose."""
        return not self.fault

    @property
    def is_called_ill(self) -> bool:
        """Whether the verdict is neither healthy nor doubt."""
        return self.verdict not in (HEALTHY, INCONCLUSIVE)

    @property
    def fails(self) -> bool:
        """Whether no optimizer had all of it learn."""
        return self.result in (PART, NONE)

    @property
    def best(self) -> float:
        """The lowest loss of both."""
        return min(self.adam, self.sgd)


@dataclass(frozen=True)
class Result:
    """All networks of the bank.

    Attributes:
        config: of their training.
        machine: that trained them.
        versions: of the libraries that made them.
        networks: in the bank's order.

    """

    config: Config
    machine: Machine
    versions: dict[str, str]
    networks: tuple[Foretold, ...]

    @property
    def day(self) -> date:
        """The day of the record."""
        return date.fromisoformat(self.machine.date)

    def count(self, *chosen: Callable[[Foretold], bool]) -> int:
        """Number of networks of which all that is asked for holds."""
        return len(self.which(*chosen))

    def which(self, *chosen: Callable[[Foretold], bool]) -> tuple[Foretold, ...]:
        """The networks of which all that is asked for holds."""
        return tuple(one for one in self.networks if all(choose(one) for choose in chosen))

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The verdicts that occur, the healthy first and doubt last."""
        found = {one.verdict for one in self.networks}
        return tuple(verdict for verdict in (HEALTHY, *ORDER) if verdict in found)


def _foretold(one: Judged, first: First | None = None) -> Foretold:
    member, outcome = one.member, one.outcome
    return Foretold(
        name=member.name,
        family=member.family,
        made_by=member.made_by,
        fault=member.fault,
        verdict=first.verdict if first else one.verdict,
        adam=outcome.best("adam"),
        sgd=outcome.best("sgd"),
        result=one.result,
        is_named=first.is_named if first else one.is_named,
    )


@cache
def foretold() -> Result:
    """The record, and what today's rules say of it."""
    machine, outside = _outside.read()
    networks = tuple(map(_foretold, judged(outside.recorded)))
    return Result(outside.config, machine, outside.versions, networks)


@cache
def unseen() -> Result:
    """The record of the held-out set, and what the rules said of it at first sight."""
    machine, held_out = _unseen.read()
    networks = tuple(_foretold(one, said) for one, said in zip(judged(held_out.recorded), held_out.first, strict=True))
    return Result(held_out.config, machine, held_out.versions, networks)


def of_verdict(verdict: str) -> Callable[[Foretold], bool]:
    """Whether a network has a verdict."""
    return lambda one: one.verdict == verdict


def of_result(*results: str) -> Callable[[Foretold], bool]:
    """Whether training a network had one of these results."""
    return lambda one: one.result in results
