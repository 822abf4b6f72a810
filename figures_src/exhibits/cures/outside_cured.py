"""Treatments of networks that libraries and users made, which need the libraries: their record."""

from dataclasses import dataclass

from figures_src.cache.records import Machine
from figures_src.exhibits._shared import planted
from figures_src.exhibits.cures import _outside
from figures_src.exhibits.cures._outside import OWN, Outside
from figures_src.exhibits.cures._treated import Kept
from figures_src.exhibits.cures.cured import REMEDIES, exceeded
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text

TITLE = Text(zh="别人的网络，治疗之后", en="Others' networks, treated")
NETWORK = Text(zh="网络与毛病", en="Network and fault")
REMEDY = Text(zh="办法", en="Remedy")
OWN_LOSS = Text(zh="处理后的损失", en="Loss afterwards")
TWIN = Text(zh="健康的对照", en="Sound twin")
HIGHER = Text(zh="更高的对数", en="Higher, of pairs")
CURED = Text(zh="治好", en="Cured")
YES = Text(zh="是", en="yes")
NO = Text(zh="否", en="no")
UNTRIED = Text(zh="没有试", en="not tried")
THEN = Text(zh="，然后", en=", then ")
ENOUGH = 0.95
"""Share of networks that are to be cured: of a few dozen, one that is not is three in a hundred."""


@dataclass(frozen=True)
class Result:
    """The record of the treatments."""

    machine: Machine
    outside: Outside

    @property
    def config(self) -> tuple[object, ...]:
        """The configuration of the run, and the machine."""
        return self.machine, self.outside.config


def compute() -> Result:
    """Read the record: a build has none of the libraries."""
    return Result(*_outside.read())


def _of_libraries(result: Result) -> list[Kept]:
    return [case for case in result.outside.with_remedy if case.made_by != OWN]


def table(result: Result, text: Localize) -> Table:
    """List the networks of libraries for which there is a remedy, and then those that were not tried."""
    rows = tuple(
        (
            planted.told(case.name, text),
            text(THEN).join(text(REMEDIES[kind]) for kind in case.remedies),
            *("–" if loss is None else str(Number(loss, ".2g")) for loss in (case.loss, case.twin)),
            f"{case.worse} / {case.pairs}",
            text(YES if case.cured else NO),
        )
        for case in _of_libraries(result)
    )
    untried = tuple((planted.told(name, text), *"––––", text(UNTRIED)) for name in result.outside.untried)
    return Table(tuple(map(text, (NETWORK, REMEDY, OWN_LOSS, TWIN, HIGHER, CURED))), (*rows, *untried))


def numbers(result: Result) -> dict[str, Number]:
    outside, libraries = result.outside, _of_libraries(result)
    own = [case for case in outside.with_remedy if case.made_by == OWN]
    return {
        "planted": Number(len(outside.cases) + len(outside.untried), "d"),
        "untried": Number(len(outside.untried), "d"),
        "ill": Number(len(outside.ill), "d"),
        "waiting": Number(len(outside.waiting), "d"),
        "treatable": Number(len(outside.with_remedy), "d"),
        "cured": Number(sum(case.cured for case in outside.with_remedy), "d"),
        "by_hand": Number(len(outside.ill) - len(outside.with_remedy), "d"),
        "libraries": Number(len(libraries), "d"),
        "libraries_cured": Number(sum(case.cured for case in libraries), "d"),
        "users": Number(len(own), "d"),
        "users_cured": Number(sum(case.cured for case in own), "d"),
        "steps": Number(outside.config.steps, "d"),
    }


def checks(result: Result) -> dict[str, Check]:
    offered = numbers(result)
    return {
        "cured": Check(
            sentence=Text(
                zh=f"外部题库里有办法可用的网络，至少有 {ENOUGH:.0%} 改后正常，学得也不比健康的对照差（记录中的个数）",
                en=f"Of the outside networks for which there is a remedy at least {ENOUGH:.0%} are sound afterwards "
                "and train as well as their sound twin (as recorded: how many)",
            ),
            measured=offered["cured"],
            relation=">",
            predicted=exceeded(len(result.outside.with_remedy), ENOUGH),
            because=Text(zh="逐个网络计数", en="counted network by network"),
            source="gradlab.treatment",
        )
    }
