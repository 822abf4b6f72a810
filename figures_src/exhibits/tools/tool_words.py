"""The reading of the tools' words, and the difference that another reading makes."""

from figures_src.exhibits._shared.labels import percent
from figures_src.exhibits.tools import _answers
from figures_src.exhibits.tools._scores import asked, members
from figures_src.exhibits.tools._tools import CLASSES, EXACT, THE_RECORD, Recorded
from figures_src.exhibits.tools._vocabulary import DIAGNOSING, HEALTHY, OURS, SAYS_SO, TOOLS, Word
from figures_src.model.exhibit import Cell, Check, Number, Table
from figures_src.model.finite import Overflow, not_finite
from figures_src.model.language import Localize, Text

TITLE = Text(zh="工具的用语怎样对应", en="How the tools' words were read")
WORDS = Text(zh="工具的原话", en="The tool's words")
MEANS = Text(zh="当作", en="Counted as")
NOTHING = Text(zh="不计", en="nothing")
NOT_A_WORD = "–"
READ = tuple(TOOLS[name] for name in DIAGNOSING if name != OURS)


def compute() -> Recorded:
    """Read the record."""
    return Recorded(*_answers.read())


def table(result: Recorded, text: Localize) -> Table:  # noqa: ARG001
    """List every word with what it counts as, below its tool's name."""
    rows: list[tuple[Cell, Cell]] = []
    for tool in READ:
        rows.append((f"**{tool.name}**", NOT_A_WORD))
        rows += ((_said(word, text), text(CLASSES[word.means] if word.means else NOTHING)) for word in tool.words)
    return Table(tuple(map(text, (WORDS, MEANS))), tuple(rows))


def _said(word: Word, text: Localize) -> Cell:
    """The words and, on a second line, why they are read so, where they do not say it themselves."""
    said = word.says if word.why == SAYS_SO else f"{word.says}<br><small>{text(word.why)}</small>"
    # A tool's own word for what is not finite is quoted as it is.
    return Overflow(said) if not_finite(said) else said


def _without_alarms(result: Recorded, tool: str) -> float:
    """The share of its networks that a tool is right about if it is taken to be so on all healthy ones."""
    score = result.score(tool)
    return (score.own - score.right[HEALTHY] + len(members(result.answers, HEALTHY))) / asked(result.answers, tool)


def numbers(result: Recorded) -> dict[str, Number]:  # noqa: ARG001
    return {"words": Number(sum(len(tool.words) for tool in READ), "d")}


def checks(result: Recorded) -> dict[str, Check]:
    """The checks of the reading."""
    return {
        "forgiven": Check(
            sentence=Text(
                zh="即使健康网络上的误报一概不计，其他工具在自己的职责之内也没有一个全对（这里是最好的一个）",
                en="Even if no false alarm counted, no other tool would be right on all networks of its own purpose "
                "(here the best of them)",
            ),
            measured=percent(max(_without_alarms(result, name) for name in DIAGNOSING if name != OURS)),
            relation="<",
            predicted=percent(1),
            because=EXACT,
            source=THE_RECORD,
        )
    }
