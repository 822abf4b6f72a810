"""Treatments of all banks, counted together, from their records."""

from collections.abc import Iterator
from dataclasses import dataclass

from figures_src.exhibits.cures import _others, _outside, _whole
from figures_src.exhibits.cures._others import Others
from figures_src.exhibits.cures._outside import Outside
from figures_src.exhibits.cures._treated import Kept
from figures_src.exhibits.cures._whole import Whole
from figures_src.exhibits.cures.cured import CURED, ENOUGH, NETWORKS, exceeded
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text

TITLE = Text(zh="所有题库合计", en="All banks together")
BANK = Text(zh="题库", en="Bank")
TREATABLE = Text(zh="有办法可用", en="with a remedy")
PARTLY = Text(zh="还有病因要自己改", en="with another cause left to you")
ALL = Text(zh="合计", en="all")
BANKS = {
    "own": Text(zh="探针自己的题库", en="the probe's own bank"),
    "outside": Text(zh="外部题库", en="the outside bank"),
    "programs": Text(zh="已发表的程序", en="published programs"),
    "reports": Text(zh="公开的求助", en="public reports"),
}


@dataclass(frozen=True)
class Result:
    """The records of the treatments."""

    whole: Whole
    outside: Outside
    others: Others

    @property
    def config(self) -> tuple[object, ...]:
        """The configurations of the runs."""
        return self.whole.config, self.outside.config, self.others.config


def compute() -> Result:
    """Read the records: a build treats only the smallest network of each kind."""
    return Result(_whole.read()[1], _outside.read()[1], _others.read()[1])


@dataclass(frozen=True)
class _Counted:
    """The networks of a bank: all that are ill, those with a remedy, with one against a part, and cured ones."""

    ill: int
    treatable: int
    partly: int
    cured: int


def _counted(cases: tuple[Kept, ...]) -> _Counted:
    ill = [case for case in cases if case.ill and not case.waits]
    treatable = [case for case in ill if case.has_remedy]
    partly = sum(case.is_partly_left for case in ill)
    return _Counted(len(ill), len(treatable), partly, sum(case.cured for case in treatable))


def _banks(result: Result) -> Iterator[tuple[str, _Counted]]:
    treatable = result.whole.with_remedy
    yield "own", _Counted(len(result.whole.cases), len(treatable), 0, sum(case.cured for case in treatable))
    yield "outside", _counted(result.outside.cases)
    for bank in _others.BANKS:
        yield bank, _counted(result.others.of(bank))


def _together(result: Result) -> _Counted:
    every = [counted for _, counted in _banks(result)]
    return _Counted(
        sum(one.ill for one in every),
        sum(one.treatable for one in every),
        sum(one.partly for one in every),
        sum(one.cured for one in every),
    )


def table(result: Result, text: Localize) -> Table:
    """Count by bank, and together."""
    labelled = ((BANKS[name], counted) for name, counted in _banks(result))
    rows = tuple(
        (text(label), one.ill, one.treatable, one.cured, one.partly)
        for label, one in (*labelled, (ALL, _together(result)))
    )
    return Table(tuple(map(text, (BANK, NETWORKS, TREATABLE, CURED, PARTLY))), rows)


def numbers(result: Result) -> dict[str, Number]:
    every = _together(result)
    return {
        "treatable": Number(every.treatable, "d"),
        "cured": Number(every.cured, "d"),
        "share": Number(every.cured / every.treatable, ".1%"),
        "partly": Number(every.partly, "d"),
        "share_with_partly": Number(every.cured / (every.treatable + every.partly), ".1%"),
    }


def checks(result: Result) -> dict[str, Check]:
    every = _together(result)
    return {
        "cured": Check(
            sentence=Text(
                zh=f"四个题库合在一起，有办法可用的网络至少有 {ENOUGH:.1%} 改后正常，"
                "学得也不比健康的对照差（记录中的个数）",
                en=f"Of the networks of all four banks for which there is a remedy at least {ENOUGH:.1%} are sound "
                "afterwards and train as well as their sound twin (as recorded: how many)",
            ),
            measured=Number(every.cured, "d"),
            relation=">",
            predicted=exceeded(every.treatable),
            because=Text(zh="逐个网络计数", en="counted network by network"),
            source="gradlab.treatment",
        )
    }
