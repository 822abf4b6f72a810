"""The record of what the tools said of every member of the bank, and of what a step costs that they watch."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from figures_src.cache import records
from figures_src.cache.sources import data_file
from figures_src.exhibits.tools._vocabulary import DIAGNOSING, TOOLS
from gradlab.experiments.activations.activation_cost import Spread
from gradlab.probing import bank

FILE = data_file(Path(__file__))


def _members() -> tuple[str, ...]:
    return tuple(member.name for member in bank.MEMBERS)


def _recorded(path: Path) -> tuple[str, ...]:
    """The members that a record names, of today's bank and in its order; none of a record that is damaged."""
    try:
        named = set(json.loads(path.read_text(encoding="utf-8"))["result"]["config"]["members"])
    except (OSError, ValueError, LookupError, TypeError):
        return ()
    return tuple(name for name in _members() if name in named)


@dataclass(frozen=True)
class Config:
    """The questions put to every tool.

    Attributes:
        members: names of the members that were asked about: the whole bank as it was then.
        tools: the tools, as `figures_src.exhibits.tools._vocabulary` calls them.
        settings: what was trained when costs were measured.

    """

    members: tuple[str, ...] = field(default_factory=_members)
    tools: tuple[str, ...] = tuple(TOOLS)
    settings: tuple[str, ...] = ("mlp", "cnn")


@dataclass(frozen=True)
class Answer:
    """A tool's answer for one member.

    Attributes:
        words: its words, as in the table of words.
        crash: name of the exception that it raised; empty if it did not.

    """

    words: tuple[str, ...]
    crash: str


@dataclass(frozen=True)
class Cost:
    """A step that a tool watches.

    Attributes:
        rounds: pairs of steps.
        ratio: to the plain step that was timed beside it.

    """

    rounds: int
    ratio: Spread


@dataclass(frozen=True)
class OneTool:
    """One tool.

    Attributes:
        tool: which.
        version: of it.
        answers: one for each member; none where the tool only records.
        costs: one for each setting.

    """

    tool: str
    version: str
    answers: tuple[Answer, ...]
    costs: tuple[Cost, ...]

    def __post_init__(self) -> None:
        if self.tool not in TOOLS:
            raise ValueError(f"tool: found {self.tool!r}, allowed: {', '.join(TOOLS)}")
        known = {word.says for word in TOOLS[self.tool].words}
        for answer in self.answers:
            if not known.issuperset(answer.words):
                raise ValueError(f"answers: found {sorted({*answer.words} - known)}, allowed: words of {self.tool}")


@dataclass(frozen=True)
class Answers:
    """Everything, one entry for each tool of the configuration."""

    config: Config
    tested: tuple[OneTool, ...]

    def __post_init__(self) -> None:
        if tuple(one.tool for one in self.tested) != self.config.tools:
            raise ValueError(f"tested: found {[one.tool for one in self.tested]}, allowed: every tool in its order")
        for one in self.tested:
            wanted = len(self.config.members) if one.tool in DIAGNOSING else 0
            if (len(one.answers), len(one.costs)) != (wanted, len(self.config.settings)):
                raise ValueError(f"tested: found {len(one.answers)} answers of {one.tool}, allowed: one a member")

    @property
    def members(self) -> tuple[bank.Member, ...]:
        """The members of the bank that were asked about."""
        by_name = {member.name: member for member in bank.MEMBERS}
        return tuple(by_name[name] for name in self.config.members)

    def of(self, tool: str) -> OneTool:
        """One tool."""
        return next(one for one in self.tested if one.tool == tool)


def read(path: Path = FILE) -> tuple[records.Machine, Answers]:
    """The committed record. The bank may have got members since, but lost none.

    Raises `ValueError` of one line where it is missing, damaged or of other members and tools than today's.
    """
    return records.read(path, Answers, Config(_recorded(path)), "make record-peers")
