"""Hit rate of the probe.

Over the bank of networks whose truth is known, and over fresh ones drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gradlab._internal import checks, progress
from gradlab.probing import probe
from gradlab.probing.bank import MEMBERS, Member, random_members
from gradlab.probing.report import report


@dataclass(frozen=True)
class Config:
    """Random networks beside the bank.

    Attributes:
        fresh: how many members are drawn at random.
        seed: seed of what is drawn.

    """

    fresh: int = 100
    seed: int = 2026

    def __post_init__(self) -> None:
        checks.positive_integer("fresh", self.fresh)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Entry:
    """The diagnosis of one network.

    Attributes:
        name: name of the member.
        truth: its right verdict.
        verdict: the probe's verdict.

    """

    name: str
    truth: str
    verdict: str

    @property
    def right(self) -> bool:
        """Whether truth and verdict agree."""
        return self.truth == self.verdict


@dataclass(frozen=True)
class Result:
    """The diagnoses of all networks.

    Attributes:
        config: what was drawn.
        bank: one for each member of the bank.
        fresh: one for each member drawn at random.

    """

    config: Config
    bank: tuple[Entry, ...]
    fresh: tuple[Entry, ...]


def _diagnosed(members: Sequence[Member], what: str) -> tuple[Entry, ...]:
    entries = []
    for member in progress.track(members, what):
        model, x = member.make()
        with probe(model) as record:
            member.loss(model(x)).backward()  # type: ignore[no-untyped-call]
        entries.append(Entry(member.name, member.truth, report(record.steps, "en").verdict))
    return tuple(entries)


def run(config: Config | None = None) -> Result:
    """Diagnose the bank and the fresh members."""
    config = config or Config()
    return Result(
        config, _diagnosed(MEMBERS, "bank"), _diagnosed(random_members(config.fresh, config.seed), "fresh members")
    )
