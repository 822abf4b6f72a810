"""Parameters that do not move: what the probe says of each fault, and what its mending does."""

from figures_src.exhibits.causes import _faults
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Localize, Text
from gradlab.experiments.diagnosis import faults

TITLE = Text(zh="什么都不动：七种毛病", en="Nothing moves: seven faults")


def compute() -> faults.Result:
    """Train every program, with its fault and without."""
    return _faults.compute()


def listings(result: faults.Result, language: Language) -> dict[str, str]:
    """The findings of every fault."""
    return _faults.listings(result, "wiring", language)


def numbers(result: faults.Result) -> dict[str, Number]:
    return _faults.numbers(result)


def table(result: faults.Result, text: Localize) -> Table:
    """The losses."""
    return _faults.table(result, "wiring", text)


def checks(result: faults.Result) -> dict[str, Check]:
    return _faults.checks(result, "wiring")
