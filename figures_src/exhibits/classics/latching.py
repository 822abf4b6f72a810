"""Latching or learning (Bengio, Simard and Frasconi 1994): what holds a bit robustly lets no gradient through."""

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.powers import decade_tick
from figures_src.drawing.style import FIRST, PREDICTION, SECOND
from figures_src.exhibits._shared.agreement import Comparison, worst
from figures_src.exhibits._shared.labels import decades, factor, magnitude, percent
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.recurrence import latching
from gradlab.experiments.recurrence.latching import Latch

CONFIG = latching.Config()
TITLE = Text(zh="记得牢，还是学得会", en="Latching or learning")
PUSH = Text(zh="顶得住的推力", en="push that it withstands")
GRADIENT = Text(zh="剩下的梯度（对数坐标）", en="gradient that is left (log scale)")
OVER_ONE = Text(zh="1 步之后", en="after 1 step")
OVER_MANY = Text(zh=f"{CONFIG.held} 步之后", en=f"after {CONFIG.held} steps")
LENGTH_COLUMN = Text(zh="时间步数 T", en="Time steps T")
LEFT_COLUMN = Text(zh="训练前的梯度", en="Gradient before training")
LEARNED_COLUMN = Text(zh="学会的比例", en="Share that learns")
# The bisection for the largest push ends before the slowest units have turned over.
MARGIN_TOLERANCE = 1e-3
SLOPE_TOLERANCE = 1e-6
SOURCE = "w(1 − tanh²a), Bengio, Simard, Frasconi 1994"
HALF = 0.5
TYPICAL = 2.0


def compute() -> latching.Result:
    """Look at every unit, and train for every length."""
    return measured(latching, CONFIG)


def _line(held: int) -> list[tuple[float, float]]:
    low, high = CONFIG.weights[0], CONFIG.weights[-1]
    weights = [low + (high - low) * place / 80 for place in range(81)]
    return [(theory.latch_margin(weight), theory.latch_factor(weight) ** held) for weight in weights]


def draw(figure: Figure, result: latching.Result, text: Localize) -> None:
    """Draw what is left of a gradient against the push that a unit withstands, on a log axis."""
    axes = figure.subplots()
    held = result.config.held
    pushes = [one.margin for one in result.latches]
    for steps, label, color, marker, left in (
        (1, OVER_ONE, FIRST, "o", [one.factor for one in result.latches]),
        (held, OVER_MANY, SECOND, "s", [one.kept for one in result.latches]),
    ):
        axes.plot(*zip(*_line(steps), strict=True), color=PREDICTION, linewidth=1.2)
        axes.plot(pushes, left, color=color, marker=marker, linestyle="none", label=text(label))
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: decade_tick(value)))
    axes.set_xlabel(text(PUSH))
    axes.set_ylabel(text(GRADIENT))
    label_curves(axes)


def data(result: latching.Result) -> Table:
    """Every unit."""
    rows = tuple(
        (one.weight, one.margin, one.predicted_margin, one.factor, one.predicted_factor, one.kept)
        for one in result.latches
    )
    header = (
        "weight",
        "push_withstood",
        "predicted_push",
        "factor_of_a_step",
        "predicted_factor",
        "factor_of_all_steps",
    )
    return Table(header, rows)


def table(result: latching.Result, text: Localize) -> Table:
    """List every length that was trained with."""
    rows = tuple((one.length, str(magnitude(one.gradient)), str(percent(one.share, 0))) for one in result.learned)
    return Table(tuple(map(text, (LENGTH_COLUMN, LEFT_COLUMN, LEARNED_COLUMN))), rows)


def _typical(result: latching.Result) -> Latch:
    return next(one for one in result.latches if one.weight == TYPICAL)


def numbers(result: latching.Result) -> dict[str, Number]:
    config, typical = result.config, _typical(result)
    first, last = result.learned[0], result.learned[-1]
    return {
        "weight": Number(typical.weight, "g"),
        "push": Number(typical.margin, ".2f"),
        "factor": Number(typical.factor, ".2f"),
        "held": Number(config.held, "d"),
        "kept": decades(typical.kept),
        "weakest_weight": Number(result.latches[0].weight, "g"),
        "weakest_push": Number(result.latches[0].margin, ".3f"),
        "weakest_factor": Number(result.latches[0].factor, ".2f"),
        "runs": Number(config.runs, "d"),
        "updates": Number(config.updates, "d"),
        "noise": Number(config.noise, "g"),
        "start_weight": Number(config.weight, "g"),
        "learned": Number(config.learned, "d"),
        "shortest": Number(first.length, "d"),
        "longest": Number(last.length, "d"),
        "share_shortest": percent(first.share, 0),
        "share_longest": percent(last.share, 0),
    }


def checks(result: latching.Result) -> dict[str, Check]:
    first, last = result.learned[0], result.learned[-1]
    return {
        "margin": worst(Comparison(one.margin, one.predicted_margin, MARGIN_TOLERANCE) for one in result.latches).check(
            sentence=Text(
                zh="权重越大，记住一位的单元顶得住的推力越大，正如公式所说（这里是偏离最大的权重）",
                en="A unit that holds a bit withstands the push that the formula says, more with a larger weight (here "
                "the weight that deviates most)",
            ),
            shown=factor,
            because=Text(zh="推力只略大时，状态翻转得极慢", en="a push that is barely too large turns it over slowly"),
            source="√(w(w − 1)) − artanh √(1 − 1/w)",
        ),
        "vanishes": worst(
            Comparison(one.factor, one.predicted_factor, SLOPE_TOLERANCE) for one in result.latches
        ).check(
            sentence=Text(
                zh="权重越大，梯度每步乘的数越小，正如公式所说（这里是偏离最大的权重）",
                en="And the gradient is multiplied by what the formula says at every step, less with a larger weight "
                "(here the weight that deviates most)",
            ),
            shown=factor,
            because=Text(zh="单元尚未完全落到稳定状态", en="the unit has nearly settled"),
            source=SOURCE,
        ),
        "short": Check(
            sentence=Text(
                zh=f"要记的时间短，几乎每次训练都成功（T = {first.length}）",
                en=f"Where the bit has to be held for a short time nearly every training succeeds (T = {first.length})",
            ),
            measured=percent(first.share, 0),
            relation=">",
            predicted=percent(1 - HALF / 5, 0),
            because=Text(zh=f"{CONFIG.runs} 次训练", en=f"{CONFIG.runs} trainings"),
            source="Bengio, Simard, Frasconi 1994",
        ),
        "long": Check(
            sentence=Text(
                zh=f"要记的时间长，大多数训练都失败（T = {last.length}）",
                en=f"Where it has to be held for long most trainings fail (T = {last.length})",
            ),
            measured=percent(last.share, 0),
            relation="<",
            predicted=percent(HALF, 0),
            because=Text(zh=f"{CONFIG.runs} 次训练", en=f"{CONFIG.runs} trainings"),
            source="Bengio, Simard, Frasconi 1994",
        ),
    }
