"""Networks of which the verdict promised something else than training brought, each by its name."""

from figures_src.exhibits._shared.labels import percent
from figures_src.exhibits.what_a_verdict_foretells import _foretold as record
from figures_src.exhibits.what_a_verdict_foretells import _tables
from figures_src.exhibits.what_a_verdict_foretells._foretold import Result
from figures_src.exhibits.what_a_verdict_foretells._tables import is_harmful
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text

TITLE = Text(zh="边界情形", en="Border cases")
NAMED = 0.95
"""The smallest share of planted faults that are to be named at their place."""


def compute() -> Result:
    """Judge the recorded networks by today's rules."""
    return record.foretold()


def table(result: Result, text: Localize) -> Table:
    """List them, the worst first."""
    return _tables.borders(result, text)


def numbers(result: Result) -> dict[str, Number]:
    """Counts of the planted faults, and of networks without a verdict."""
    planted = result.count(lambda one: bool(one.fault))
    counts = _tables.counts(result)
    offered = {name: counts[name] for name in ("harmful", "harmful_named", "doubt", "doubt_learn")}
    return offered | {"planted": Number(planted, "d"), "harmless": Number(planted - result.count(is_harmful), "d")}


def checks(result: Result) -> dict[str, Check]:
    """The promise of a place."""
    harmful = result.which(is_harmful)
    return {
        "named": Check(
            sentence=Text(
                zh="故意弄坏、而且确实学不会的网络，一百个里有九十五个以上，毛病在它的位置被点名",
                en="Of the faults that were planted and keep a network from training, more than 95 in a hundred are "
                "named at their place",
            ),
            measured=percent(sum(one.is_named for one in harmful) / len(harmful)),
            relation=">",
            predicted=percent(NAMED),
            because=record.EXACT,
            source=record.THE_RECORD,
        )
    }
