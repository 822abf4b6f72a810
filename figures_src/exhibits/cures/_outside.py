"""The record of the outside bank's treatments: networks of libraries and of users with a planted fault.

`tests.cured.outside` treats them in the environment of `make models`, and writes the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from figures_src.cache import records
from figures_src.cache.sources import data_file
from figures_src.exhibits.cures._treated import Config, Kept

FILE = data_file(Path(__file__))
AGAIN = "make record-cures-outside"
OWN = "own"


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
