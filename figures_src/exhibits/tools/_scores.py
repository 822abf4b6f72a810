"""Counting: how many members of each class a tool is right about."""

from dataclasses import dataclass

from figures_src.exhibits.tools._answers import Answer, Answers
from figures_src.exhibits.tools._vocabulary import EXPLODING, HEALTHY, TOOLS, TRUTHS, VANISHING
from gradlab.probing import bank

OPPOSITE = {VANISHING: EXPLODING, EXPLODING: VANISHING}


def verdicts(tool: str, answer: Answer, remarks: bool) -> set[str]:
    """The verdicts that an answer stands for, with or without those of mere remarks."""
    words = [TOOLS[tool].word(says) for says in answer.words]
    return {word.means for word in words if word.means is not None and (remarks or not word.remark)}


def is_right(tool: str, truth: str, answer: Answer) -> bool:
    """Whether an answer names what is wrong, whatever else it says; or, on a healthy network, raises no alarm."""
    if answer.crash:
        return False
    if truth == HEALTHY:
        return verdicts(tool, answer, remarks=False) <= {HEALTHY}
    return truth in verdicts(tool, answer, remarks=True)


@dataclass(frozen=True)
class Score:
    """A tool's score.

    Attributes:
        right: number of right answers in each class of truth.
        crashes: number of members on which it failed.
        alarms: number of healthy members that it calls ill.
        opposite: number of vanishing or exploding members of which it says the opposite, be it beside the truth.

    """

    tool: str
    right: dict[str, int]
    crashes: int
    alarms: int
    opposite: int

    @property
    def all(self) -> int:
        """Right answers in all classes."""
        return sum(self.right.values())

    @property
    def own(self) -> int:
        """Right answers in the classes that the tool claims to detect."""
        return sum(self.right[truth] for truth in TOOLS[self.tool].detects)


def members(answers: Answers, truth: str) -> tuple[bank.Member, ...]:
    """The members of one class that were asked about."""
    return tuple(member for member in answers.members if member.truth == truth)


def asked(answers: Answers, tool: str) -> int:
    """The number of members in the classes that a tool claims to detect."""
    return sum(len(members(answers, truth)) for truth in TOOLS[tool].detects)


def score(answers: Answers, tool: str) -> Score:
    """Count one tool."""
    right = dict.fromkeys(TRUTHS, 0)
    crashes = alarms = opposite = 0
    for member, answer in zip(answers.members, answers.of(tool).answers, strict=True):
        truth = member.truth
        right[truth] += is_right(tool, truth, answer)
        crashes += bool(answer.crash)
        alarms += truth == HEALTHY and not answer.crash and not is_right(tool, truth, answer)
        opposite += OPPOSITE.get(truth) in verdicts(tool, answer, remarks=False)
    return Score(tool, right, crashes, alarms, opposite)
