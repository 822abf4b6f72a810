"""Treatments of the whole bank, which take minutes: their record."""

from dataclasses import dataclass

from figures_src.cache.records import Machine
from figures_src.exhibits.cures import _whole
from figures_src.exhibits.cures._whole import Whole
from figures_src.exhibits.cures.cured import exceeded
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Text

TITLE = Text(zh="整个题库的治疗", en="Treatments of the whole bank")


@dataclass(frozen=True)
class Result:
    """The record of the treatments."""

    machine: Machine
    whole: Whole

    @property
    def config(self) -> tuple[object, ...]:
        """The configuration of the run, and the machine."""
        return self.machine, self.whole.config


def compute() -> Result:
    """Read the record: a build treats only the smallest network of each kind."""
    return Result(*_whole.read())


def numbers(result: Result) -> dict[str, Number]:
    cases, treatable = result.whole.cases, result.whole.with_remedy
    return {
        "networks": Number(len(cases), "d"),
        "treatable": Number(len(treatable), "d"),
        "cured": Number(sum(case.cured for case in treatable), "d"),
        "steps": Number(result.whole.config.steps, "d"),
    }


def checks(result: Result) -> dict[str, Check]:
    treatable = result.whole.with_remedy
    return {
        "cured": Check(
            sentence=Text(
                zh="整个题库里有办法可用的网络，至少有 98.5% 改后正常，学得也不比健康的对照差（记录中的个数）",
                en="Of all networks of the bank for which there is a remedy at least 98.5% are sound afterwards and "
                "train as well as their sound twin (as recorded: how many)",
            ),
            measured=numbers(result)["cured"],
            relation=">",
            predicted=exceeded(len(treatable)),
            because=Text(zh="逐个网络计数", en="counted network by network"),
            source="gradlab.treatment",
        )
    }
