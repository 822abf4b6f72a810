"""The tools on the outside bank: networks of libraries and of users, whose truth is what training made of them."""

from collections.abc import Callable

from figures_src.exhibits._shared.planted import FAULTS
from figures_src.exhibits.tools._outside import NAMES_OF, Judgments, OutsideScore, judgments
from figures_src.exhibits.tools._tools import CLASSES, EXACT, THE_RECORD, TOOL
from figures_src.exhibits.tools._vocabulary import DIAGNOSING, OURS, TOOLS
from figures_src.exhibits.tools.tool_costs import shown
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Localize, Text
from figures_src.model.tables import markdown

TITLE = Text(zh="各工具对别人的网络的诊断", en="The tools on networks of others")
ALARMS = Text(zh="误报（{} 个健康网络中）", en="False alarms of {} sound")
SILENT = Text(zh="漏报（{} 个学不会的网络中）", en="Missed of {} that do not learn")
NAMED = Text(zh="说中的毛病（{} 处中）", en="Faults named of {}")
CRASHES = Text(zh="崩溃（{} 个网络中）", en="Crashes of {}")
COST = Text(zh="一步的时间，普通一步为 1", en="A watched step, plain = 1")
FAULT = Text(zh="动了什么手脚", en="What was broken")
COUNTED = Text(zh="怎样说算说中", en="Named by any word for")
BETWEEN = Text(zh="、", en=", ")
PEERS = tuple(name for name in DIAGNOSING if name != OURS)


def compute() -> Judgments:
    """Read the record: a build asks no other tools."""
    return judgments()


def table(result: Judgments, text: Localize) -> Table:
    """List every tool with its errors and its cost."""
    sizes = len(result.sound), len(result.ill), len(result.planted), len(result.networks)
    header = [text(name).format(size) for name, size in zip((ALARMS, SILENT, NAMED, CRASHES), sizes, strict=True)]
    rows = []
    for name in DIAGNOSING:
        score, one = result.score(name), result.answers.of(name)
        counts = score.alarms, score.silent, score.named, score.crashes
        rows.append((f"{TOOLS[name].name} {one.version}", *counts, shown(one.costs[0])))
    return Table((text(TOOL), *header, text(COST)), tuple(rows))


def blocks(_: Judgments, language: Language) -> dict[str, str]:
    """The words that name each planted fault."""
    rows = [
        (FAULTS[name](language), BETWEEN(language).join(CLASSES[verdict](language) for verdict in verdicts))
        for name, verdicts in NAMES_OF.items()
    ]
    return {"faults": markdown((FAULT(language), COUNTED(language)), rows)}


def _least(result: Judgments, errors: Callable[[OutsideScore], int]) -> int:
    """The fewest errors that any other tool makes."""
    return min(errors(result.score(name)) for name in PEERS)


def _errors(score: OutsideScore) -> int:
    return score.alarms + score.silent + score.crashes


def numbers(result: Judgments) -> dict[str, Number]:
    """Counts."""
    ours = result.score(OURS)
    counts = {
        "networks": len(result.networks),
        "sound": len(result.sound),
        "ill": len(result.ill),
        "planted": len(result.planted),
        "timed": max(one.costs[0].rounds for one in result.answers.tested),
        "our_alarms": ours.alarms,
        "our_silent": ours.silent,
        "our_named": ours.named,
        "fewest_alarms": _least(result, lambda score: score.alarms),
        "most_alarms": max(result.score(name).alarms for name in PEERS),
    }
    offered = {name: Number(count, "d") for name, count in counts.items()}
    offered |= {f"{name}_crashes": Number(result.score(name).crashes, "d") for name in PEERS}
    return offered


def checks(result: Judgments) -> dict[str, Check]:
    """The comparison of the tools by their errors."""
    ours = result.score(OURS)
    return {
        "others": Check(
            sentence=Text(
                zh="在别人的网络上，误报、漏报、崩溃合计，其他工具每一个都比 gradlab 多（这里是最少的一个）",
                en="On networks of others, every other tool has more false alarms, misses and crashes together than "
                "gradlab (here the one with the fewest)",
            ),
            measured=Number(_least(result, _errors), "d"),
            relation=">",
            predicted=Number(_errors(ours), "d"),
            because=EXACT,
            source=THE_RECORD,
        ),
    }
