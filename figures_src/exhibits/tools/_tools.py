"""Words about tools and members of the bank that the exhibits of the comparison share."""

from dataclasses import dataclass
from datetime import date

from figures_src.cache.records import Machine
from figures_src.exhibits.tools._answers import Answers
from figures_src.exhibits.tools._scores import Score, score
from figures_src.exhibits.tools._vocabulary import CUT_OFF, DEAD, EXPLODING, HEALTHY, NON_FINITE, SATURATED, VANISHING
from figures_src.model.language import Text

TOOL = Text(zh="工具", en="Tool")
CLASSES = {
    HEALTHY: Text(zh="健康", en="healthy"),
    VANISHING: Text(zh="梯度消失", en="vanishing"),
    EXPLODING: Text(zh="梯度爆炸", en="exploding"),
    DEAD: Text(zh="死亡单元", en="dead"),
    SATURATED: Text(zh="饱和", en="saturated"),
    NON_FINITE: Text(zh="无穷大、NaN", en="non-finite"),
    CUT_OFF: Text(zh="断开", en="cut off"),
}
THE_RECORD = Text(zh="记录的回答", en="recorded answers")
EXACT = Text(zh="清点的结果，没有误差", en="counted, without error")


@dataclass(frozen=True)
class Recorded:
    """The record: the machine, and what the tools said and cost there."""

    machine: Machine
    answers: Answers

    @property
    def config(self) -> tuple[object, ...]:
        """The configuration of the run, and the machine."""
        versions = tuple((one.tool, one.version) for one in self.answers.tested)
        return self.machine, versions

    @property
    def day(self) -> date:
        """The day of the record."""
        return date.fromisoformat(self.machine.date)

    def score(self, tool: str) -> Score:
        """One tool's score."""
        return score(self.answers, tool)
