"""The record of the whole bank's treatments: every ill network, with the best remedy and what came of it.

`tests.cured` treats them, and writes the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from figures_src.cache import records
from figures_src.cache.sources import data_file
from figures_src.exhibits.cures._treated import Config
from gradlab.experiments.diagnosis import cures
from gradlab.experiments.diagnosis.cures import Case

FILE = data_file(Path(__file__))
AGAIN = "make record-cures"


@dataclass(frozen=True)
class Kept:
    """A network of the bank, treated.

    Attributes:
        name: of the member.
        cause: what was wrong.
        remedies: the best remedy, or several one upon the other; none where none applies by itself.
        sound: whether nothing is found any more that hinders training.
        pairs: of networks so treated and their sound twins, as many as settle which is worse.
        worse: those in which the treated network ends higher.

    """

    name: str
    cause: str
    remedies: tuple[str, ...]
    sound: bool
    pairs: int
    worse: int

    @classmethod
    def of(cls, case: Case) -> Kept:
        """The parts of a case that the record keeps."""
        best = case.attempts[0].kinds if case.attempts else ()
        return cls(case.name, case.cause, best, case.sound, len(case.pairs.treated), case.pairs.worse)

    @property
    def as_well(self) -> bool:
        """Whether pairs settle that it trains as well as its twin."""
        return cures.as_well(self.pairs, self.worse)

    @property
    def cured(self) -> bool:
        """Whether it is sound, and trains at least as well as its twin."""
        return self.sound and self.as_well


@dataclass(frozen=True)
class Whole:
    """The whole record."""

    config: Config
    cases: tuple[Kept, ...]

    @property
    def with_remedy(self) -> tuple[Kept, ...]:
        """The networks for which a remedy applies by itself."""
        return tuple(case for case in self.cases if case.remedies)


def read(path: Path = FILE) -> tuple[records.Machine, Whole]:
    """The committed record.

    Raises `ValueError` of one line where it is missing, damaged or made with other settings than today's.
    """
    return records.read(path, Whole, Config(), AGAIN)
