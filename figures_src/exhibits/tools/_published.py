"""The record of the published benchmark: its programs, rebuilt, how training them went, and what the probe said.

`tests.published` builds and trains them, and writes the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from figures_src.cache import records
from figures_src.cache.sources import data_file

FILE = data_file(Path(__file__))
AGAIN = "make record-published"
LEAST = 0.9
"""A program has learned when its score is at least this share of that of the patched one."""
RIGHT, PARTLY, MISSED = JUDGEMENTS = ("right", "partly", "missed")
"""A kind of fault named and nothing else; named along with what the table does not have; not named."""
SYMPTOMS = frozenset({"vanishing", "exploding", "dead", "saturated", "non-finite", "cut off", "inconclusive"})
"""Verdicts, as the names of findings without a cause."""


@dataclass(frozen=True)
class Config:
    """Settings of the programs' trainings.

    Attributes:
        seeds: of weights, data and order, with each of which every program was trained.
        recorded: steps, spread over the whole training, that the probe recorded.

    """

    seeds: int = 3
    recorded: int = 40


@dataclass(frozen=True)
class Run:
    """A program with one setting.

    Attributes:
        steps: of the training with the first seed, which ends when nearly all is right.
        scores: how much better than guessing it came out, with every seed: 1 is all right, 0 guessing.
        hindering: causes that the probe named as hindering the training, with the first seed; a finding without a cause
            by its verdict.
        notes: causes that it named as a note.

    """

    steps: int
    scores: tuple[float, ...]
    hindering: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """The middle one of the scores."""
        return median(self.scores)


@dataclass(frozen=True)
class Recorded:
    """A program.

    Attributes:
        name: number of its question, or name of its repository.
        what: what it is.
        faults: the kinds that the published table names; none where the table says that there is no fault.
        allowed: causes and verdicts that name one of these kinds.
        apart: whether no rule was tried on it before the count.
        patched: as it runs with the patch, or without a fault.
        faulty: as it was; None without a fault.

    """

    name: str
    what: str
    faults: tuple[str, ...]
    allowed: tuple[str, ...]
    apart: bool
    patched: Run
    faulty: Run | None

    @property
    def hurts(self) -> bool:
        """Whether the rebuilt program, too, learns less than the patched one."""
        return self.faulty is not None and self.faulty.score < LEAST * self.patched.score

    @property
    def judgement(self) -> str:
        """One of :data:`JUDGEMENTS`; empty without a fault.

        Right is what names a kind of fault that the table has, and nothing else as hindering; symptoms, as a verdict
        without a cause is, are no kinds and do not count, unless they are allowed.
        """
        if self.faulty is None:
            return ""
        if not {*self.faulty.hindering, *self.faulty.notes} & {*self.allowed}:
            return MISSED
        return PARTLY if {*self.faulty.hindering} - {*self.allowed} - SYMPTOMS else RIGHT

    @property
    def is_detected(self) -> bool:
        """Whether the probe says of the faulty program that something is wrong, or names a cause as a note."""
        return self.faulty is not None and bool(self.faulty.hindering or self.faulty.notes)


@dataclass(frozen=True)
class Published:
    """The whole record."""

    config: Config
    programs: tuple[Recorded, ...]

    @property
    def faulty(self) -> tuple[Recorded, ...]:
        """The programs that have a fault."""
        return tuple(one for one in self.programs if one.faulty is not None)

    def judged(self, judgement: str, *, apart: bool | None = None) -> int:
        """Number of programs with a judgement, of all or of those that were or were not kept apart."""
        among = (one for one in self.faulty if apart is None or one.apart is apart)
        return sum(one.judgement == judgement for one in among)

    @property
    def alarms(self) -> tuple[str, ...]:
        """Programs that are called ill with the patch, or without a fault."""
        return tuple(one.name for one in self.programs if one.patched.hindering)


def read(path: Path = FILE) -> tuple[records.Machine, Published]:
    """The committed record.

    Raises `ValueError` of one line where it is missing, damaged or made with other settings than today's.
    """
    return records.read(path, Published, Config(), AGAIN)
