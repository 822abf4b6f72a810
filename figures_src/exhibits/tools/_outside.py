"""The record of what the tools said of every network of the outside bank, and how that agrees with training.

What a tool says is read as it is for the other bank, and what is true of a network is what training made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from figures_src.cache import records
from figures_src.cache.sources import data_file
from figures_src.exhibits.tools._answers import Answer, Answers, Config
from figures_src.exhibits.tools._scores import verdicts
from figures_src.exhibits.tools._vocabulary import (
    CUT_OFF,
    DEAD,
    DIAGNOSING,
    EXPLODING,
    HEALTHY,
    NON_FINITE,
    OURS,
    SATURATED,
    VANISHING,
)
from figures_src.exhibits.what_a_verdict_foretells import _outside
from figures_src.exhibits.what_a_verdict_foretells._foretold import Foretold, foretold
from figures_src.exhibits.what_a_verdict_foretells._judged import INCONCLUSIVE, WHOLE

FILE = data_file(Path(__file__))
SETTING = "outside"
"""The setting of the timing: some of the bank's sound networks, each with its own task."""

_NOTHING_ARRIVES = (CUT_OFF, VANISHING, DEAD)
_TOO_LARGE = (EXPLODING, SATURATED, NON_FINITE)
NAMES_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "detached": _NOTHING_ARRIVES,
        "zero read-out": _NOTHING_ARRIVES,
        "loss times 0": _NOTHING_ARRIVES,
        "dead": _NOTHING_ARRIVES,
        "weights divided by 3": (VANISHING,),
        "sigmoid for the activation": (VANISHING, SATURATED),
        "weights times 3": _TOO_LARGE,
        "times 100": (*_TOO_LARGE, VANISHING),
        "no normalization": (*_TOO_LARGE, VANISHING, DEAD),
        "infinite weight": (NON_FINITE, EXPLODING),
        "overflow in half precision": (NON_FINITE, EXPLODING),
    }
)
"""The verdicts that name a planted fault; in doubt one more."""


def outside_config() -> Config:
    """The questions about the outside bank: all its networks, for every tool that diagnoses."""
    names = tuple(one.member.name for one in _outside.read()[1].recorded)
    return Config(members=names, tools=DIAGNOSING, settings=(SETTING,))


def read(path: Path = FILE) -> tuple[records.Machine, Answers]:
    """The committed record.

    Raises `ValueError` of one line where it is missing, damaged or of other networks and tools than today's.
    """
    return records.read(path, Answers, outside_config(), "make record-outside")


def illnesses(tool: str, answer: Answer, *, remarks: bool = False) -> set[str]:
    """The illnesses that an answer stands for."""
    return verdicts(tool, answer, remarks) - {HEALTHY, INCONCLUSIVE}


def names(tool: str, answer: Answer, fault: str) -> bool:
    """Whether an answer names a planted fault, or one of several."""
    wanted = {verdict for name in fault.split(", ") for verdict in NAMES_OF[name]}
    return not wanted.isdisjoint(illnesses(tool, answer, remarks=True))


@dataclass(frozen=True)
class OutsideScore:
    """A tool's score on the outside bank.

    Attributes:
        alarms: sound networks that train with both optimizers, and are called ill.
        silent: networks that do not train, and are not called ill.
        named: planted faults that keep a network from training, and are named.
        crashes: networks on which the tool failed.

    """

    alarms: int
    silent: int
    named: int
    crashes: int


@dataclass(frozen=True)
class Judgments:
    """Networks of the outside bank with how their training went, and the answers of the tools.

    Attributes:
        machine: that the tools ran on.
        answers: of the tools.
        networks: of the bank, in its order.

    """

    machine: records.Machine
    answers: Answers
    networks: tuple[Foretold, ...]

    @property
    def config(self) -> tuple[object, ...]:
        """The machine, and the versions of the tools."""
        return self.machine, tuple((one.tool, one.version) for one in self.answers.tested)

    @property
    def sound(self) -> tuple[Foretold, ...]:
        """Networks in which nothing was broken, and that train with both optimizers."""
        return tuple(one for one in self.networks if _is_sound(one))

    @property
    def ill(self) -> tuple[Foretold, ...]:
        """Networks that do not train, or only in part."""
        return tuple(one for one in self.networks if one.fails)

    @property
    def planted(self) -> tuple[Foretold, ...]:
        """Ill networks in which a fault was planted."""
        return tuple(one for one in self.ill if one.fault)

    def score(self, tool: str) -> OutsideScore:
        """Count one tool."""
        pairs = list(zip(self.networks, self.answers.of(tool).answers, strict=True))
        return OutsideScore(
            alarms=_count(bool(illnesses(tool, answer)) for one, answer in pairs if _is_sound(one)),
            silent=_count(not answer.crash and not illnesses(tool, answer) for one, answer in pairs if one.fails),
            named=_count(names(tool, answer, one.fault) for one, answer in pairs if one.fails and one.fault),
            crashes=_count(bool(answer.crash) for _, answer in pairs),
        )


def _is_sound(one: Foretold) -> bool:
    return one.is_sound and one.result == WHOLE


def _count(found: Iterable[bool]) -> int:
    return sum(found)


def judgments() -> Judgments:
    """The record beside how training went.

    What this project's own tool says is what its rules say today of what the probe saw.
    """
    machine, answers = read()
    networks = foretold().networks
    today = tuple(Answer((one.verdict,), "") for one in networks)
    tested = tuple(replace(one, answers=today) if one.tool == OURS else one for one in answers.tested)
    return Judgments(machine, replace(answers, tested=tested), networks)
