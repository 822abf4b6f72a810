"""The comparison as plain text."""

from collections.abc import Iterable, Iterator

from figures_src.cache.records import this_machine
from figures_src.exhibits.tools._answers import Answers, OneTool
from figures_src.exhibits.tools._outside import Judgments
from figures_src.exhibits.tools._scores import asked, members, score
from figures_src.exhibits.tools._vocabulary import DIAGNOSING, TOOLS, TRUTHS
from figures_src.exhibits.what_a_verdict_foretells._foretold import foretold
from tests.bench_probe import SETTINGS
from tests.table import aligned


def diagnoses(answers: Answers) -> Iterator[str]:
    """Yield the table of right diagnoses; a dash stands where a class is not a tool's purpose."""
    classes = (f"{truth} {len(members(answers, truth))}" for truth in TRUTHS)
    rows = [("", *classes, "its own", "all", "alarms", "crashes")]
    for name in DIAGNOSING:
        one, tool = score(answers, name), TOOLS[name]
        right = [str(one.right[truth]) if truth in tool.detects else f"({one.right[truth]})" for truth in TRUTHS]
        shares = f"{one.own}/{asked(answers, name)}", f"{one.all}/{len(answers.members)}"
        rows.append((f"{tool.name} {answers.of(name).version}", *right, *shares, str(one.alarms), str(one.crashes)))
    yield from aligned(rows)
    yield "In brackets: not the tool's purpose. alarms: healthy members that are called ill."


def costs(tools: Iterable[OneTool]) -> Iterator[str]:
    """Yield what a watched step costs, as a ratio to a plain one."""
    rows = [("a watched training step / a plain one", *(f"{one.name} (quartiles)" for one in SETTINGS.values()))]
    for tested in tools:
        ratios = [cost.ratio for cost in tested.costs]
        cells = [f"{ratio.median:.3g} ({ratio.low:.3g}-{ratio.high:.3g})" for ratio in ratios]
        rows.append((f"{TOOLS[tested.tool].name} {tested.version}: {TOOLS[tested.tool].watches.en}", *cells))
    yield from aligned(rows)


def outside(answers: Answers) -> Iterator[str]:
    """Yield the table of errors on the outside bank, and what a watched step costs there."""
    found = Judgments(this_machine(), answers, foretold().networks)
    sizes = len(found.sound), len(found.ill), len(found.planted), len(found.networks)
    titles = ("false alarms", "missed", "faults named", "crashes")
    rows = [("", *(f"{title} of {size}" for title, size in zip(titles, sizes, strict=True)), "cost (quartiles)")]
    for one in answers.tested:
        score, ratio = found.score(one.tool), one.costs[0].ratio
        counts = map(str, (score.alarms, score.silent, score.named, score.crashes))
        cost = f"{ratio.median:.3g} ({ratio.low:.3g}-{ratio.high:.3g})"
        rows.append((f"{TOOLS[one.tool].name} {one.version}", *counts, cost))
    yield from aligned(rows)


def page(answers: Answers) -> Iterable[str]:
    """Both tables."""
    return [*diagnoses(answers), "", *costs(answers.tested)]
