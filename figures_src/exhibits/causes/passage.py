"""Calls that pass no gradient: what the probe says of each, and what their mending does."""

from figures_src.exhibits.causes import _faults
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Localize, Text
from gradlab.experiments.diagnosis import faults

TITLE = Text(zh="卡在一次调用上：四种毛病", en="One call blocks: four faults")


def compute() -> faults.Result:
    """Train every program, with its fault and without."""
    return _faults.compute()


def listings(result: faults.Result, language: Language) -> dict[str, str]:
    """The findings of every fault."""
    return _faults.listings(result, "passage", language)


def numbers(result: faults.Result) -> dict[str, Number]:
    return _faults.numbers(result)


def table(result: faults.Result, text: Localize) -> Table:
    """The losses."""
    return _faults.table(result, "passage", text)


def checks(result: faults.Result) -> dict[str, Check]:
    return _faults.checks(result, "passage")
