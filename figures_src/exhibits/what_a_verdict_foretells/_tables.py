"""Tables and counts of networks with their verdicts and outcomes, for the bank and for the held-out set."""

from __future__ import annotations

from collections.abc import Callable

from figures_src.exhibits._shared import planted
from figures_src.exhibits.what_a_verdict_foretells import _foretold as record
from figures_src.exhibits.what_a_verdict_foretells._foretold import Foretold, Result, of_result, of_verdict
from figures_src.exhibits.what_a_verdict_foretells._judged import HEALTHY, INCONCLUSIVE, NONE, ONE, PART, WHOLE
from figures_src.exhibits.what_a_verdict_foretells._outside import TRAINED
from figures_src.model.exhibit import Number, Table
from figures_src.model.language import Localize, Text
from gradlab.probing.wording import NAMES

VERDICT = Text(zh="训练前的诊断", en="Verdict before training")
BOTH = Text(zh="两种都学会", en="Learns with both optimizers")
ADAM_ONLY = Text(zh="只有 Adam", en="With Adam only")
SGD_ONLY = Text(zh="只有梯度下降", en="With gradient descent only")
IN_PART = Text(zh="学会，有层不动", en="Learns, but some layers never move")
FAILS = Text(zh="学不会", en="Does not learn")
NETWORK = Text(zh="网络", en="Network")
SAID = Text(zh="诊断", en="Verdict")
ADAM = Text(zh="Adam 的最低损失", en="Lowest loss, Adam")
SGD = Text(zh="梯度下降的最低损失", en="Lowest loss, gradient descent")
CASE = Text(zh="情形", en="Case")
ALARM = Text(zh="误报：两种优化器都学会了", en="false alarm: it learns with both")
HINDERED = Text(zh="有一种优化器学会了", en="it learns with one optimizer")
MISSED = Text(zh="漏报：没有学会", en="missed: it does not learn")
UNMOVED = Text(zh="漏报：有的层始终不动", en="missed: some layers never move")
DOUBT = Text(zh="无法判断", en="no verdict was given")


def is_ill(one: Foretold) -> bool:
    """Whether a network is called ill."""
    return one.is_called_ill


def is_sound(one: Foretold) -> bool:
    """Whether nothing was planted in a network."""
    return one.is_sound


def fails(one: Foretold) -> bool:
    """Whether a network fails to train."""
    return one.fails


def is_in_doubt(one: Foretold) -> bool:
    """Whether no verdict was given."""
    return one.verdict == INCONCLUSIVE


def is_harmful(one: Foretold) -> bool:
    """Whether a fault was planted in a network, and it fails to train."""
    return bool(one.fault) and one.fails


def adam_learns(one: Foretold) -> bool:
    """Whether a network learns with Adam."""
    return one.adam <= TRAINED


def outcomes(result: Result, text: Localize) -> Table:
    """Count the outcomes of every verdict."""
    rows = []
    for verdict in result.verdicts:
        mine = of_verdict(verdict)
        rows.append(
            (
                text(NAMES[verdict]),
                result.count(mine),
                result.count(mine, of_result(WHOLE)),
                result.count(mine, of_result(ONE), adam_learns),
                result.count(mine, of_result(ONE), lambda one: not adam_learns(one)),
                result.count(mine, of_result(PART)),
                result.count(mine, of_result(NONE)),
            )
        )
    header = (VERDICT, record.NETWORKS, BOTH, ADAM_ONLY, SGD_ONLY, IN_PART, FAILS)
    return Table(tuple(map(text, header)), tuple(rows))


_CASES: tuple[tuple[Text, Callable[[Foretold], bool]], ...] = (
    (ALARM, lambda one: one.is_called_ill and one.result == WHOLE),
    (MISSED, lambda one: one.verdict == HEALTHY and one.result == NONE),
    (UNMOVED, lambda one: one.verdict == HEALTHY and one.result == PART),
    (HINDERED, lambda one: one.is_called_ill and one.result == ONE),
    (DOUBT, is_in_doubt),
)


def borders(result: Result, text: Localize) -> Table:
    """List the networks of which verdict and outcome disagree, the worst first."""
    rows = [
        (
            planted.told(one.name, text, "`{}`"),
            text(NAMES[one.verdict]),
            text(case),
            *(str(Number(loss, ".2g")) for loss in (one.adam, one.sgd)),
        )
        for case, holds in _CASES
        for one in result.which(holds)
    ]
    return Table(tuple(map(text, (NETWORK, SAID, CASE, ADAM, SGD))), tuple(rows))


def counts(result: Result) -> dict[str, Number]:
    """Counts that prose quotes."""
    healthy, sound, harmful = of_verdict(HEALTHY), result.count(is_sound), result.which(is_harmful)
    found = {
        "networks": len(result.networks),
        "sound": sound,
        "broken": len(result.networks) - sound,
        "ill": result.count(is_ill),
        "ill_fail": result.count(is_ill, fails),
        "ill_one": result.count(is_ill, of_result(ONE)),
        "ill_train": result.count(is_ill, of_result(WHOLE)),
        "healthy": result.count(healthy),
        "healthy_fail": result.count(healthy, fails),
        "sound_ill": result.count(is_sound, is_ill),
        "sound_ill_train": result.count(is_sound, is_ill, of_result(WHOLE)),
        "harmful": len(harmful),
        "harmful_named": sum(one.is_named for one in harmful),
        "doubt": result.count(is_in_doubt),
        "doubt_learn": result.count(is_in_doubt, lambda one: not one.fails),
        "year": result.day.year,
        "month": result.day.month,
        "day": result.day.day,
    }
    return {name: Number(value, "d") for name, value in found.items()}
