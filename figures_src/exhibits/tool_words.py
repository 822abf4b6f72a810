"""How the words of the tools were read."""

from figures_src.comparison.tools import DIAGNOSING, OURS, TOOLS
from figures_src.exhibit import Number, Table
from figures_src.exhibits._tools import CLASSES, TOOL
from figures_src.language import Localize, Text

TITLE = Text(zh="工具的用语怎样对应", en="How the tools' words were read")
WORDS = Text(zh="原话", en="Its words")
MEANS = Text(zh="当作", en="Counted as")
WHY = Text(zh="理由", en="Reason")
NOTHING = Text(zh="不计", en="nothing")


def compute() -> None:
    """Compute nothing: the table of words is written, and the counting obeys it."""


def table(result: None, text: Localize) -> Table:  # noqa: ARG001
    """List every word with what it counts as."""
    rows = tuple(
        (TOOLS[name].name, word.says, text(CLASSES[word.means] if word.means else NOTHING), text(word.why))
        for name in DIAGNOSING
        if name != OURS
        for word in TOOLS[name].words
    )
    return Table(tuple(map(text, (TOOL, WORDS, MEANS, WHY))), rows)


def numbers(result: None) -> dict[str, Number]:  # noqa: ARG001
    """Return what pages quote."""
    return {"words": Number(sum(len(TOOLS[name].words) for name in DIAGNOSING if name != OURS), "d")}
