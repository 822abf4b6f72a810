"""Verdicts before training, and what training made of the networks: counted, and drawn as a dot for each network."""

from matplotlib.figure import Figure

from figures_src.drawing.style import FIRST, MUTED_LINE, SECOND, legend_above
from figures_src.exhibits._shared.labels import percent
from figures_src.exhibits.what_a_verdict_foretells import _foretold as record
from figures_src.exhibits.what_a_verdict_foretells import _tables
from figures_src.exhibits.what_a_verdict_foretells._foretold import Result, of_result, of_verdict
from figures_src.exhibits.what_a_verdict_foretells._judged import HEALTHY, WHOLE
from figures_src.exhibits.what_a_verdict_foretells._outside import TRAINED
from figures_src.exhibits.what_a_verdict_foretells._tables import fails, is_ill
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.probing.wording import NAMES

TITLE = Text(zh="诊断与训练结果", en="Verdicts and what training made of them")
# As short as a phone needs beside the drawing; NaN is no value of this one.
AT_THE_SIDE = NAMES | {
    "non-finite": Text(zh="无穷大、NaN", en="non-finite"),
    "inconclusive": Text(zh="无法判断", en="not enough\nto say"),
}
SOUND = Text(zh="未动手脚", en="sound")
BROKEN = Text(zh="故意弄坏", en="broken on purpose")
LOSS = Text(zh="训练中达到的最低损失（随机猜测为 1）", en="lowest loss in training (chance = 1)")
MOST = 0.02
"""The largest share of errors that the verdicts are allowed."""
# Dots of one verdict lie above each other, as many as there is room for.
_ROWS = 14


def compute() -> Result:
    """Judge the recorded networks by today's rules."""
    return record.foretold()


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw the lowest loss of every network, in a row for its verdict."""
    axes = figure.subplots()
    axes.axvline(TRAINED, color=MUTED_LINE, linewidth=0.8, linestyle=":")
    verdicts = result.verdicts
    for sound, color, marker, label in ((True, FIRST, "o", SOUND), (False, SECOND, "s", BROKEN)):
        points = [
            (min(one.best, 1.05), row + _shift(index))
            for row, verdict in enumerate(verdicts)
            for index, one in enumerate(result.which(of_verdict(verdict)))
            if one.is_sound == sound
        ]
        axes.plot(
            [x for x, _ in points],
            [y for _, y in points],
            color=color,
            marker=marker,
            markersize=3,
            linestyle="none",
            label=text(label),
        )
    axes.set_yticks(range(len(verdicts)), [text(AT_THE_SIDE[verdict]) for verdict in verdicts])
    axes.set_ylim(len(verdicts) - 0.5, -0.5)
    axes.set_xlabel(text(LOSS))
    axes.grid(visible=False, axis="y")
    legend_above(axes)


def _shift(index: int) -> float:
    """The place of a dot within its row, from -0.35 to 0.35."""
    return 0.7 * (index % _ROWS) / (_ROWS - 1) - 0.35


def table(result: Result, text: Localize) -> Table:
    """Count the outcomes of every verdict."""
    return _tables.outcomes(result, text)


def data(result: Result) -> Table:
    """Every network with its verdict and the lowest losses."""
    header = ("network", "family", "made_by", "planted", "verdict", "result", "lowest_adam", "lowest_sgd")
    rows = tuple(
        (one.name, one.family, one.made_by, one.fault, one.verdict, one.result, one.adam, one.sgd)
        for one in result.networks
    )
    return Table(header, rows)


def numbers(result: Result) -> dict[str, Number]:
    """Counts, and the settings of the training."""
    config = result.config
    settings = {"steps": config.steps, "adam_rates": len(config.adam), "sgd_rates": len(config.sgd)}
    shown = _tables.counts(result) | {name: Number(value, "d") for name, value in settings.items()}
    return shown | {"trained": percent(TRAINED, 0), "momentum": Number(config.momentum, "g")}


def checks(result: Result) -> dict[str, Check]:
    """The promises of a verdict."""
    ill, healthy = result.count(is_ill), result.count(of_verdict(HEALTHY))
    return {
        "ill_fails": Check(
            sentence=Text(
                zh="被说成有病的网络，两种优化器都能整个学会的不超过百分之二",
                en="Of the networks called ill, no more than two in a hundred learn as a whole with both optimizers",
            ),
            measured=percent(result.count(is_ill, of_result(WHOLE)) / ill),
            relation="<",
            predicted=percent(MOST),
            because=record.EXACT,
            source=record.THE_RECORD,
        ),
        "healthy_trains": Check(
            sentence=Text(
                zh="被说成正常的网络，学不会的不超过百分之二",
                en="Of the networks called healthy, no more than two in a hundred fail to train",
            ),
            measured=percent(result.count(of_verdict(HEALTHY), fails) / healthy),
            relation="<",
            predicted=percent(MOST),
            because=record.EXACT,
            source=record.THE_RECORD,
        ),
    }
