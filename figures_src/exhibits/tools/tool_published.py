"""The published benchmark of real programs: what four tools were reported to find in them, and what the probe names."""

from dataclasses import dataclass
from datetime import date

from figures_src.cache.records import Machine
from figures_src.exhibits.tools import _published
from figures_src.exhibits.tools._published import MISSED, PARTLY, RIGHT, Published
from figures_src.exhibits.tools._tools import EXACT, TOOL
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text

TITLE = Text(zh="已发表的一组真实程序", en="A published benchmark of real programs")
PROGRAMS = Text(zh="程序", en="Programs")
DETECTED = Text(zh="看出有问题", en="Called faulty")
KIND = Text(zh="说对了问题的种类", en="Right kind of fault")
PLACE = Text(zh="说对了位置", en="Right place")
OURS = Text(zh="gradlab（重建的程序，PyTorch）", en="gradlab (rebuilt programs, PyTorch)")
NOT_COUNTED = "–"
REPORTED = 52
"""Programs of the benchmark (Cao et al. 2022, ICSE)."""
FIGURES = {"UMLAUT": (50, 14, 12), "AutoTrainer": (12, 10, 8), "DeepLocalize": (36, 7, 5), "DeepFD": (47, 27, 22)}
"""Programs that each tool called faulty, and of which it named a right kind and a right place (the same paper)."""
RECORD = Text(zh="记录的回答", en="recorded answers")


@dataclass(frozen=True)
class Result:
    """The record of the rebuilt programs."""

    machine: Machine
    published: Published

    @property
    def config(self) -> tuple[object, ...]:
        """The configuration of the run, and the machine."""
        return self.machine, self.published.config


def compute() -> Result:
    """Read the record: a build trains none of the programs."""
    return Result(*_published.read())


def table(result: Result, text: Localize) -> Table:
    """List the published figures of four tools, and ours beside them."""
    rows = [(name, str(REPORTED), *map(str, figures)) for name, figures in FIGURES.items()]
    faulty = result.published.faulty
    detected = sum(one.is_detected for one in faulty)
    ours = (text(OURS), str(len(faulty)), str(detected), str(result.published.judged(RIGHT)), NOT_COUNTED)
    return Table(tuple(map(text, (TOOL, PROGRAMS, DETECTED, KIND, PLACE))), (*rows, ours))


def numbers(result: Result) -> dict[str, Number]:
    published = result.published
    day = date.fromisoformat(result.machine.date)
    apart = [one for one in published.faulty if one.apart]
    offered = {
        "reported": REPORTED,
        "best": max(kind for _, kind, _ in FIGURES.values()),
        "programs": len(published.programs),
        "faulty": len(published.faulty),
        "right": published.judged(RIGHT),
        "partly": published.judged(PARTLY),
        "missed": published.judged(MISSED),
        "apart": len(apart),
        "apart_right": published.judged(RIGHT, apart=True),
        "hurts": sum(one.hurts for one in published.faulty),
        "alarms": len(published.alarms),
        "seeds": published.config.seeds,
        "recorded": published.config.recorded,
        "year": day.year,
        "month": day.month,
        "day": day.day,
    }
    return {name: Number(value, "d") for name, value in offered.items()}


def checks(result: Result) -> dict[str, Check]:
    published = result.published
    return {
        "right": Check(
            sentence=Text(
                zh="重建的程序中，gradlab 说对了问题种类、又没有说错别的，"
                "比四个工具中最好的一个在原来的程序中说对的还多",
                en="gradlab names a right kind of fault, and nothing else, in more of the rebuilt programs than the "
                "best of the four tools did in the original ones",
            ),
            measured=Number(published.judged(RIGHT), "d"),
            relation=">",
            predicted=Number(max(kind for _, kind, _ in FIGURES.values()), "d"),
            because=EXACT,
            source=RECORD,
        ),
        "patched": Check(
            sentence=Text(
                zh="改好的程序，gradlab 一个也不说成有病",
                en="gradlab calls none of the patched programs ill",
            ),
            measured=Number(len(published.alarms), "d"),
            relation="=",
            predicted=Number(0, "d"),
            because=EXACT,
            source=RECORD,
        ),
    }
