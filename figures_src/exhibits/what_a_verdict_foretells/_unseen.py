"""The record of the held-out set: networks that no rule was corrected on, with what the rules said at first sight.

It is written as that of the outside bank is, by `tests.outside`. A rule may change later, and these networks may be
looked at then; what the rules said before stays in the record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from figures_src.cache import records
from figures_src.cache.sources import data_file
from figures_src.exhibits.what_a_verdict_foretells._judged import is_named
from figures_src.exhibits.what_a_verdict_foretells._outside import Config, Recorded

FILE = data_file(Path(__file__))


@dataclass(frozen=True)
class First:
    """Verdict of the rules on a network when they saw it for the first time.

    Attributes:
        verdict: of the report.
        is_named: whether a finding lay where a fault was planted.

    """

    verdict: str
    is_named: bool


@dataclass(frozen=True)
class Unseen:
    """The whole record.

    Attributes:
        config: of the trainings.
        versions: of the libraries that made the networks.
        recorded: the networks.
        first: what the rules said of each at first sight.

    """

    config: Config
    versions: dict[str, str]
    recorded: tuple[Recorded, ...] = field(repr=False)
    first: tuple[First, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.first) != len(self.recorded):
            raise ValueError(f"first: found {len(self.first)}, allowed: {len(self.recorded)}, one for each network")


def first(one: Recorded) -> First:
    """The verdict of today's rules on a network."""
    report = one.report()
    return First(report.verdict, is_named(one.member, report))


def read(path: Path = FILE) -> tuple[records.Machine, Unseen]:
    """The committed record.

    Raises `ValueError` of one line where it is missing, damaged or of other trainings than today's.
    """
    return records.read(path, Unseen, Config(), "make record-models ONLY=unseen")
