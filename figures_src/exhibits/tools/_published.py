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


@dataclass(frozen=True)
class Config:
    """How the programs were run.

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


@dataclass(frozen=True)
class Published:
    """The whole record."""

    config: Config
    programs: tuple[Recorded, ...]


def read(path: Path = FILE) -> tuple[records.Machine, Published]:
    """The committed record.

    Raises `ValueError` of one line where it is missing, damaged or made with other settings than today's.
    """
    return records.read(path, Published, Config(), AGAIN)
