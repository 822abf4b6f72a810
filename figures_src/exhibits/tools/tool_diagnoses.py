"""Diagnoses of other tools for the bank of networks whose truth is known, from the record."""

from figures_src.exhibits.tools import _answers
from figures_src.exhibits.tools._scores import asked, is_right, members
from figures_src.exhibits.tools._tools import CLASSES, EXACT, THE_RECORD, Recorded
from figures_src.exhibits.tools._vocabulary import DIAGNOSING, EXPLODING, HEALTHY, OURS, TOOLS, TRUTHS, VANISHING
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.probing import bank

TITLE = Text(zh="各工具诊断的对错", en="Diagnoses of the tools, right and wrong")
COUNT = Text(zh="计数", en="Count")
OWN = Text(zh="职责之内", en="Its own purpose")
ALL = Text(zh="全部", en="All")
ALARMS = Text(zh="误报", en="False alarms")
CRASHES = Text(zh="崩溃", en="Crashes")
COUNTED = Text(zh="{}（{}）", en="{} ({})")
NOT_ITS_PURPOSE = "–"
PEERS = tuple(name for name in DIAGNOSING if name != OURS)


def compute() -> Recorded:
    """Read the record: a build asks no other tools."""
    return Recorded(*_answers.read())


def table(result: Recorded, text: Localize) -> Table:
    """List what each tool's answers come to, and its right answers in each class, with a column for every tool."""
    scores = {name: result.score(name) for name in DIAGNOSING}
    rows: list[tuple[str, ...]] = [
        (text(OWN), *(f"{score.own}/{asked(result.answers, name)}" for name, score in scores.items())),
        (text(ALL), *(f"{score.all}/{len(result.answers.members)}" for score in scores.values())),
        (text(ALARMS), *(str(score.alarms) for score in scores.values())),
        (text(CRASHES), *(str(score.crashes) for score in scores.values())),
    ]
    for truth in TRUTHS:
        label = text(COUNTED).format(text(CLASSES[truth]), len(members(result.answers, truth)))
        right = (
            str(score.right[truth]) if truth in TOOLS[name].detects else NOT_ITS_PURPOSE
            for name, score in scores.items()
        )
        rows.append((label, *right))
    names = (f"{TOOLS[name].name} {result.answers.of(name).version}" for name in DIAGNOSING)
    return Table((text(COUNT), *names), tuple(rows))


def _best(result: Recorded) -> str:
    return max(PEERS, key=lambda name: result.score(name).own / asked(result.answers, name))


def _rescaled(result: Recorded, tool: str) -> int:
    """Number of networks with another loss scale that are diagnosed wrongly."""
    rescaled = [member for member in result.answers.members if member.loss_scale != 1]
    return len(rescaled) - sum(
        is_right(tool, member.truth, answer)
        for member, answer in zip(result.answers.members, result.answers.of(tool).answers, strict=True)
        if member.loss_scale != 1
    )


def numbers(result: Recorded) -> dict[str, Number]:
    best = _best(result)
    offered = {
        "members": Number(len(result.answers.members), "d"),
        "later": Number(len(bank.MEMBERS) - len(result.answers.members), "d"),
        "year": Number(result.day.year, "d"),
        "month": Number(result.day.month, "d"),
        "day": Number(result.day.day, "d"),
        "best_right": Number(result.score(best).own, "d"),
        "best_asked": Number(asked(result.answers, best), "d"),
        "fewest_alarms": Number(min(result.score(name).alarms for name in PEERS), "d"),
        "most_alarms": Number(max(result.score(name).alarms for name in PEERS), "d"),
        "rescaled": Number(sum(member.loss_scale != 1 for member in result.answers.members), "d"),
    }
    offered |= {truth: Number(len(members(result.answers, truth)), "d") for truth in (HEALTHY, VANISHING, EXPLODING)}
    for name in DIAGNOSING:
        score = result.score(name)
        offered |= {f"{name}_all": Number(score.all, "d"), f"{name}_crashes": Number(score.crashes, "d")}
    return offered


def checks(result: Recorded) -> dict[str, Check]:
    best = _best(result)
    return {
        "ours": Check(
            sentence=Text(
                zh="对问到的每一个网络，gradlab 的诊断都与事实相符",
                en="gradlab's verdict is right on every network that was asked about",
            ),
            measured=Number(result.score(OURS).all, "d"),
            relation="=",
            predicted=Number(len(result.answers.members), "d"),
            because=EXACT,
            source=THE_RECORD,
        ),
        "others": Check(
            sentence=Text(
                zh="其他工具各按自己的职责计分，最好的一个也有答错的网络",
                en="Each scored on its own purpose only, even the best of the other tools is wrong on some networks",
            ),
            measured=Number(result.score(best).own, "d"),
            relation="<",
            predicted=Number(asked(result.answers, best), "d"),
            because=EXACT,
            source=THE_RECORD,
        ),
        "rescaled": Check(
            sentence=Text(
                zh="只把损失乘上一个常数，其他工具每一个都会答错（这里是错得最少的一个，答错的网络数）",
                en="Where the loss is multiplied by a constant, every other tool is wrong on some of the networks "
                "(here the one that is wrong least often)",
            ),
            measured=Number(min(_rescaled(result, name) for name in PEERS), "d"),
            relation=">",
            predicted=Number(0, "d"),
            because=EXACT,
            source=THE_RECORD,
        ),
        "alarms": Check(
            sentence=Text(
                zh="其他工具每一个都有误报（这里是误报最少的一个，误报的健康网络数）",
                en="Every other tool calls some healthy networks ill (here the one with the fewest false alarms)",
            ),
            measured=Number(min(result.score(name).alarms for name in PEERS), "d"),
            relation=">",
            predicted=Number(0, "d"),
            because=EXACT,
            source=THE_RECORD,
        ),
    }
