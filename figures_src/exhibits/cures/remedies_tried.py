"""Treatments of ill networks of the bank, by remedy: how often each was tried by itself, and how often it helped."""

from collections import Counter

from figures_src.cache.results import measured
from figures_src.exhibits.cures import cured as exhibit
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.diagnosis import cures
from gradlab.experiments.diagnosis.cures import Attempt, Case
from gradlab.treatment.remedies import ALL

TITLE = Text(zh="每种办法单独的成效", en="What each remedy did by itself")
REMEDY = Text(zh="办法", en="Remedy")
TRIED = Text(zh="试过", en="tried")
HELPED = Text(zh="有用", en="helped")
BEST = Text(zh="效果最好", en="was the best")
LOWER = 0.9
"""Share of the loss without a remedy below which a loss has to be."""


def compute() -> cures.Result:
    """The same treatments."""
    return measured(cures, exhibit.CONFIG)


def _alone(case: Case) -> list[Attempt]:
    """The attempts with one remedy: which are tried upon another depends on what that other did."""
    return [attempt for attempt in case.attempts if len(attempt.kinds) == 1]


def _helped(case: Case) -> list[Attempt]:
    """The remedies that helped by themselves; a loss that is hardly lower may be so by rounding."""
    return [attempt for attempt in _alone(case) if attempt.helped and attempt.loss < LOWER * case.untreated]


def _counted(result: cures.Result) -> tuple[Counter[str], Counter[str], Counter[str]]:
    tried = Counter(attempt.kinds[0] for case in result.cases for attempt in _alone(case))
    helped = Counter(attempt.kinds[0] for case in result.cases for attempt in _helped(case))
    best = Counter(
        min(_helped(case), key=lambda attempt: attempt.loss).kinds[0] for case in result.cases if _helped(case)
    )
    return tried, helped, best


def table(result: cures.Result, text: Localize) -> Table:
    """Count by remedy, in the order in which they are tried."""
    tried, helped, best = _counted(result)
    rows = tuple(
        (text(label), tried[kind], helped[kind], best[kind]) for kind, label in exhibit.REMEDIES.items() if tried[kind]
    )
    return Table(tuple(map(text, (REMEDY, TRIED, HELPED, BEST))), rows)


def numbers(result: cures.Result) -> dict[str, Number]:
    tried, helped, best = _counted(result)
    others = [case for case in result.with_remedy if not _helped(case)]
    together = sum(len(case.attempts[0].kinds) > 1 for case in others)
    return {
        "alone": Number(best.total(), "d"),
        "together": Number(together, "d"),
        "hardly": Number(len(others) - together, "d"),
        "kinds": Number(len(ALL), "d"),
        "attempts": Number(tried.total(), "d"),
        "lower": Number(1 - LOWER, ".0%"),
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
