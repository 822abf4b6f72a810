"""Cost of a training step that a tool watches, from the record."""

from figures_src.exhibits.tools import _answers
from figures_src.exhibits.tools._answers import Cost
from figures_src.exhibits.tools._tools import Recorded
from figures_src.exhibits.tools._vocabulary import OURS, TOOLS
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from figures_src.model.tables import extent

TITLE = Text(zh="各工具的开销", en="What the tools cost")
WATCHES = Text(zh="工具与它所看的", en="Tool and what it looks at")
MLP = Text(zh="全连接网络", en="MLP")
CNN = Text(zh="卷积网络", en="CNN")
GOAL = 1.5


def compute() -> Recorded:
    """Read the record: a build measures no times."""
    return Recorded(*_answers.read())


def shown(cost: Cost) -> str:
    """The median of a cost, with its quartiles."""
    median, low, high = (
        f"{value:.{2 if cost.ratio.median < 10 else 0}f}"
        for value in (cost.ratio.median, cost.ratio.low, cost.ratio.high)
    )
    return f"{median}<br>({extent(low, high)})"


def table(result: Recorded, text: Localize) -> Table:
    """List every tool with the ratios to a plain step."""
    rows = tuple(
        (
            f"{TOOLS[one.tool].name} {one.version}<br><small>{text(TOOLS[one.tool].watches)}</small>",
            *map(shown, one.costs),
        )
        for one in result.answers.tested
    )
    return Table(tuple(map(text, (WATCHES, MLP, CNN))), rows)


def numbers(result: Recorded) -> dict[str, Number]:
    offered = {
        "least_rounds": Number(min(cost.rounds for one in result.answers.tested for cost in one.costs), "d"),
        "most_rounds": Number(max(cost.rounds for one in result.answers.tested for cost in one.costs), "d"),
    }
    for one in result.answers.tested:
        for setting, cost in zip(result.answers.config.settings, one.costs, strict=True):
            digits = ".2f" if cost.ratio.median < 10 else ".0f"
            offered[f"{one.tool}_{setting}"] = Number(cost.ratio.median, digits)
    return offered


def checks(result: Recorded) -> dict[str, Check]:
    mlp = result.answers.of(OURS).costs[0].ratio
    return {
        "ours": Check(
            sentence=Text(
                zh="在记录所用的机器上，gradlab 观察的一步，时间不超过普通一步的 1.5 倍（全连接网络）",
                en="On the machine of the record, a step that gradlab watches takes less than 1.5 times a plain one "
                "(MLP)",
            ),
            measured=Number(mlp.median, ".2f"),
            relation="<",
            predicted=Number(GOAL, "g"),
            because=Text(zh="成对比值的中位数", en="the median of ratios taken pair by pair"),
            source=Text(zh="记录的时间", en="recorded times"),
        )
    }
