"""Treatments of ill networks of the bank, by remedy: how often each was tried, and how often it helped."""

from collections import Counter

from figures_src.exhibits.cures import cured as exhibit
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.diagnosis import cures
from gradlab.treatment.remedies import ALL

TITLE = Text(zh="每种办法的成效", en="What each remedy did")
REMEDY = Text(zh="办法", en="Remedy")
TRIED = Text(zh="试过", en="tried")
HELPED = Text(zh="有用", en="helped")
BEST = Text(zh="效果最好", en="was the best")


def compute() -> cures.Result:
    """The same treatments."""
    return exhibit.compute()


def _counted(result: cures.Result) -> tuple[Counter[str], Counter[str], Counter[str]]:
    attempts = [attempt for case in result.cases for attempt in case.attempts]
    tried = Counter(attempt.kinds[-1] for attempt in attempts)
    helped = Counter(attempt.kinds[-1] for attempt in attempts if attempt.helped)
    best = Counter(case.attempts[0].kinds[-1] for case in result.cases if case.attempts and case.attempts[0].helped)
    return tried, helped, best


def table(result: cures.Result, text: Localize) -> Table:
    """Count by remedy, in the order in which they are tried."""
    tried, helped, best = _counted(result)
    rows = tuple(
        (text(label), tried[kind], helped[kind], best[kind]) for kind, label in exhibit.REMEDIES.items() if tried[kind]
    )
    return Table(tuple(map(text, (REMEDY, TRIED, HELPED, BEST))), rows)


def numbers(result: cures.Result) -> dict[str, Number]:
    tried, helped, _ = _counted(result)
    return {
        "kinds": Number(len(ALL), "d"),
        "attempts": Number(tried.total(), "d"),
        "not_helped": Number(tried.total() - helped.total(), "d"),
    }


def checks(result: cures.Result) -> dict[str, Check]:
    offered = numbers(result)
    return {
        "not_helped": Check(
            sentence=Text(
                zh="办法并非次次有用，没有用的也照实写出（实测：没有用的次数）",
                en="Not every remedy helps, and the ones that do not are named (measured: how many did not)",
            ),
            measured=offered["not_helped"],
            relation=">",
            predicted=Number(0, "d"),
            because=Text(zh="逐次计数", en="counted one by one"),
            source="gradlab.treatment",
        )
    }
