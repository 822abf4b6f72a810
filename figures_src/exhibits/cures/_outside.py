"""The record of the outside bank's treatments: networks of libraries and of users with a planted fault.

`tests.cured.outside` treats them in the environment of `make models`, and writes the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from figures_src.cache import records
from figures_src.cache.sources import data_file

FILE = data_file(Path(__file__))
AGAIN = "make record-cures-outside"
OWN = "own"


@dataclass(frozen=True)
class Config:
    """Settings of the treatments.

    Attributes:
        steps: training steps before and after.
        seeds: seeds of the sound twins.

    """

    steps: int = 20
    seeds: int = 20


@dataclass(frozen=True)
class Kept:
    """A network of the bank, treated.

    Attributes:
        name: of the network.
        made_by: the library that it is of, or ``"own"`` where it is written here the way users write it.
        verdict: before.
        ill: whether anything was found before that hinders training.
        remedies: the best remedy, or several one upon the other; none where none applies by itself.
        left: named causes that only the person can mend.
        sound: whether nothing is found any more that hinders training.
        loss: after the short training; None where it was not compared.
        twin: the highest of its sound twins, which are gone through until one is no better.

    """

    name: str
    made_by: str
    verdict: str
    ill: bool
    remedies: tuple[str, ...]
    left: tuple[str, ...]
    sound: bool
    loss: float | None
    twin: float | None

    @property
    def waits(self) -> bool:
        """Whether one step does not tell, because a read-out of zeros lets no gradient through before it has moved."""
        return self.ill and self.verdict == "inconclusive" and not self.remedies and not self.left

    @property
    def has_remedy(self) -> bool:
        """Whether a remedy applies by itself to an ill network, and no named cause is left to its owner."""
        return self.ill and bool(self.remedies) and not self.left

    @property
    def cured(self) -> bool:
        """Whether it is sound, and trains at least as well as its twin."""
        return self.has_remedy and self.sound and self.loss is not None and self.loss <= (self.twin or 0.0)


@dataclass(frozen=True)
class Outside:
    """The whole record, with the names of the networks that were not tried."""

    config: Config
    versions: dict[str, str]
    cases: tuple[Kept, ...]
    untried: tuple[str, ...]

    @property
    def ill(self) -> tuple[Kept, ...]:
        """The networks in which anything hinders training, without those that only wait for their first update."""
        return tuple(case for case in self.cases if case.ill and not case.waits)

    @property
    def waiting(self) -> tuple[Kept, ...]:
        """The networks that one step does not tell about, and that train without a remedy."""
        return tuple(case for case in self.cases if case.waits)

    @property
    def with_remedy(self) -> tuple[Kept, ...]:
        """The networks for which a remedy applies by itself."""
        return tuple(case for case in self.cases if case.has_remedy)


def read(path: Path = FILE) -> tuple[records.Machine, Outside]:
    """The committed record.

    Raises `ValueError` of one line where it is missing, damaged or made with other settings than today's.
    """
    return records.read(path, Outside, Config(), AGAIN)
