"""Networks of which the verdict promised something else than training brought, each by its name."""

from collections.abc import Callable

from figures_src.exhibits._shared.labels import percent
from figures_src.exhibits.what_a_verdict_foretells._foretold import (
    EXACT,
    THE_RECORD,
    Foretold,
    Result,
    foretold,
)
from figures_src.exhibits.what_a_verdict_foretells._judged import HEALTHY, INCONCLUSIVE, NONE, ONE, PART, WHOLE
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.probing.wording import NAMES

TITLE = Text(zh="边界情形", en="Border cases")
NETWORK = Text(zh="网络", en="Network")
VERDICT = Text(zh="结论", en="Verdict")
ADAM = Text(zh="Adam 的最低损失", en="Lowest loss, Adam")
SGD = Text(zh="梯度下降的最低损失", en="Lowest loss, gradient descent")
CASE = Text(zh="情形", en="Case")
ALARM = Text(zh="误报：两种优化器都学会了", en="false alarm: it learns with both")
HINDERED = Text(zh="有一种优化器学会了", en="it learns with one optimizer")
MISSED = Text(zh="漏报：没有学会", en="missed: it does not learn")
UNMOVED = Text(zh="漏报：有的层始终不动", en="missed: some layers never move")
DOUBT = Text(zh="没有下结论", en="no verdict was given")
NAMED = 0.95
"""The smallest share of planted faults that are to be named at their place."""


def compute() -> Result:
    """Judge the recorded networks by today's rules."""
    return foretold()


def _is_in_doubt(one: Foretold) -> bool:
    return one.verdict == INCONCLUSIVE


_CASES: tuple[tuple[Text, Callable[[Foretold], bool]], ...] = (
    (ALARM, lambda one: one.is_called_ill and one.result == WHOLE),
    (MISSED, lambda one: one.verdict == HEALTHY and one.result == NONE),
    (UNMOVED, lambda one: one.verdict == HEALTHY and one.result == PART),
    (HINDERED, lambda one: one.is_called_ill and one.result == ONE),
    (DOUBT, _is_in_doubt),
)


def table(result: Result, text: Localize) -> Table:
    """List them, the worst first."""
    rows = [
        (f"`{one.name}`", text(NAMES[one.verdict]), text(case), f"{one.adam:.2g}", f"{one.sgd:.2g}")
        for case, holds in _CASES
        for one in result.which(holds)
    ]
    return Table(tuple(map(text, (NETWORK, VERDICT, CASE, ADAM, SGD))), tuple(rows))


def is_harmful(one: Foretold) -> bool:
    """Whether a fault was planted in a network, and it fails to train."""
    return bool(one.fault) and one.fails


def numbers(result: Result) -> dict[str, Number]:
    """Counts."""
    broken = result.which(lambda one: bool(one.fault))
    harmful = result.which(is_harmful)
    counts = {
        "planted": len(broken),
        "named": sum(one.is_named for one in broken),
        "harmful": len(harmful),
        "harmful_named": sum(one.is_named for one in harmful),
        "harmless": len(broken) - len(harmful),
        "doubt": result.count(_is_in_doubt),
        "doubt_learn": result.count(_is_in_doubt, lambda one: not one.fails),
    }
    return {name: Number(value, "d") for name, value in counts.items()}


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
            because=EXACT,
            source=THE_RECORD,
        )
    }
