"""The record of the treatments of published programs and public reports, each beside what resolved it.

`tests.cured.others` treats them, and writes the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from figures_src.cache import records
from figures_src.cache.sources import data_file
from figures_src.exhibits.cures._treated import Config, Kept

FILE = data_file(Path(__file__))
AGAIN = "make record-cures"
BANKS = ("programs", "reports")


@dataclass(frozen=True)
class Others:
    """The whole record; the bank of each network is who it was made by."""

    config: Config
    cases: tuple[Kept, ...]

    def of(self, bank: str) -> tuple[Kept, ...]:
        """The networks of a bank."""
        return tuple(case for case in self.cases if case.made_by == bank)


def read(path: Path = FILE) -> tuple[records.Machine, Others]:
    """The committed record.

    Raises `ValueError` of one line where it is missing, damaged or made with other settings than today's.
    """
    return records.read(path, Others, Config(), AGAIN)
