"""Change of the output by one step of Adam against the width: a standard transformer, and one scaled by muP."""

from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, SECOND
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.transformers import width_updates

CONFIG = width_updates.Config()
TITLE = Text(zh="宽度与一步更新的大小", en="The width and the size of one update")
STANDARD = Text(zh="标准", en="standard")
MUP = Text(zh="muP", en="muP")
STYLES = {"standard": (STANDARD, FIRST, "o"), "mup": (MUP, SECOND, "s")}
WIDTH = Text(zh="宽度（对数坐标）", en="width (log scale)")
CHANGE = Text(zh="一步使输出改变多少（对数坐标）", en="change of the output by a step (log scale)")


def compute() -> width_updates.Result:
    """Measure both scalings at every width."""
    return measured(width_updates, CONFIG)


def _points(result: width_updates.Result, scaling: str) -> list[width_updates.Point]:
    return [point for point in result.points if point.scaling == scaling]


def _growth(result: width_updates.Result, scaling: str) -> float:
    points = _points(result, scaling)
    return points[-1].change / points[0].change


def draw(figure: Figure, result: width_updates.Result, text: Localize) -> None:
    """Draw the change of the output against the width, both on log axes."""
    axes = figure.subplots()
    for scaling, (label, color, marker) in STYLES.items():
        points = _points(result, scaling)
        axes.errorbar(
            [point.width for point in points],
            [point.change for point in points],
            yerr=[2 * point.change_standard_error for point in points],
            color=color,
            marker=marker,
            capsize=3,
            label=text(label),
        )
    axes.set(xscale="log", yscale="log", xlabel=text(WIDTH), ylabel=text(CHANGE))
    axes.set_xticks(CONFIG.widths, [str(width) for width in CONFIG.widths])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    label_curves(axes)


def data(result: width_updates.Result) -> Table:
    """Every point."""
    rows = tuple((point.scaling, point.width, point.change, point.change_standard_error) for point in result.points)
    return Table(("scaling", "width", "change", "standard_error"), rows)


def numbers(result: width_updates.Result) -> dict[str, Number]:
    first, last = CONFIG.widths[0], CONFIG.widths[-1]
    return {
        "first": Number(first, "d"),
        "last": Number(last, "d"),
        "times": Number(last // first, "d"),
        "seeds": Number(CONFIG.seeds, "d"),
        "learning_rate": Number(CONFIG.learning_rate, "g"),
        "standard": Number(_growth(result, "standard"), ".0f"),
        "mup": Number(_growth(result, "mup"), ".1f"),
    }


def checks(result: width_updates.Result) -> dict[str, Check]:
    times = CONFIG.widths[-1] // CONFIG.widths[0]
    because = Text(zh="界限离实测值很远", en="the bounds are far from what is measured")
    return {
        "standard": Check(
            sentence=Text(
                zh=f"宽度变为 {times} 倍时，同一个学习率的一步使输出改变的量变为 {times // 2} 倍以上",
                en=f"At {times} times the width one step at the same learning rate changes the output more than "
                f"{times // 2} times as much",
            ),
            measured=Number(_growth(result, "standard"), ".1f"),
            relation=">",
            predicted=Number(times // 2, "d"),
            because=because,
            source="Yang et al. 2022, arXiv:2203.03466",
        ),
        "mup": Check(
            sentence=Text(
                zh=f"按 muP 缩放时，宽度变为 {times} 倍，一步使输出改变的量不增大",
                en=f"Scaled by muP, {times} times the width do not make one step change the output more",
            ),
            measured=Number(_growth(result, "mup"), ".2f"),
            relation="<",
            predicted=Number(1, "d"),
            because=because,
            source="Yang et al. 2022, arXiv:2203.03466",
        ),
    }
