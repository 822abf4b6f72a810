"""Values that are not finite: what the probe says of each origin, and what its mending does."""

from figures_src.exhibits.causes import _faults
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Localize, Text
from gradlab.experiments.diagnosis import faults

TITLE = Text(zh="无穷大或 NaN：九种来历", en="Values that are not finite: nine origins")


def compute() -> faults.Result:
    """Train every program, with its fault and without."""
    return _faults.compute()


def listings(result: faults.Result, language: Language) -> dict[str, str]:
    """The findings of every fault."""
    return _faults.listings(result, "undefined", language)


def numbers(result: faults.Result) -> dict[str, Number]:
    return _faults.numbers(result)


def table(result: faults.Result, text: Localize) -> Table:
    """The losses."""
    return _faults.table(result, "undefined", text)


def checks(result: faults.Result) -> dict[str, Check]:
    return _faults.checks(result, "undefined")
