"""Networks that the rules had not seen: the verdict of the rules at first sight, and what training made of them."""

from figures_src.exhibits._shared.labels import percent
from figures_src.exhibits.what_a_verdict_foretells import _foretold as record
from figures_src.exhibits.what_a_verdict_foretells import _tables
from figures_src.exhibits.what_a_verdict_foretells._foretold import Result, of_result, of_verdict
from figures_src.exhibits.what_a_verdict_foretells._judged import HEALTHY, WHOLE
from figures_src.exhibits.what_a_verdict_foretells._tables import fails, is_ill
from figures_src.model import tables
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Localize, Text, localizer

TITLE = Text(zh="规则没有见过的网络", en="Networks that the rules had not seen")
MOST_UNSEEN = 0.05
"""The largest share of errors that is promised; so few networks allow no smaller one."""


def compute() -> Result:
    """Read the record: what the rules said at first sight is never said again."""
    return record.unseen()


def table(result: Result, text: Localize) -> Table:
    """Count the outcomes of every verdict."""
    return _tables.outcomes(result, text)


def blocks(result: Result, language: Language) -> dict[str, str]:
    """The networks of which verdict and outcome disagree."""
    return {"borders": tables.aligned(_tables.borders(result, localizer(language)))}


def numbers(result: Result) -> dict[str, Number]:
    """Counts."""
    own = result.count(lambda one: one.made_by == "own")
    return _tables.counts(result) | {"own": Number(own, "d"), "by_libraries": Number(len(result.networks) - own, "d")}


def checks(result: Result) -> dict[str, Check]:
    """The two errors that a verdict can make, on networks that no rule was made for."""
    healthy = of_verdict(HEALTHY)
    return {
        "ill_fails": Check(
            sentence=Text(
                zh="规则没有见过的网络，被说成有病的，没有一个用两种优化器都能整个学会",
                en="Of the networks that the rules had not seen, none that is called ill learns as a whole with both "
                "optimizers",
            ),
            measured=Number(result.count(is_ill, of_result(WHOLE)), "d"),
            relation="=",
            predicted=Number(0, "d"),
            because=record.EXACT,
            source=record.THE_RECORD,
        ),
        "healthy_trains": Check(
            sentence=Text(
                zh="规则没有见过的网络，被说成正常的，学不会的不到百分之五",
                en="Of the networks that the rules had not seen and that are called healthy, fewer than five in a "
                "hundred fail to train",
            ),
            measured=percent(result.count(healthy, fails) / result.count(healthy)),
            relation="<",
            predicted=percent(MOST_UNSEEN),
            because=record.EXACT,
            source=record.THE_RECORD,
        ),
    }
