"""Shared by the exhibits of pre-norm and post-norm: their names, their look, and the last layer's gradient."""

from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, NullLocator

from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, SECOND
from figures_src.exhibits._shared.agreement import ERRORS, errors_of_seeds
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.transformers.norm_placement import Config, Point, Result, Slope

PRE = Text(zh="前置归一化", en="pre-norm")
POST = Text(zh="后置归一化", en="post-norm")
STYLES = {"pre": (PRE, FIRST, "o", "-"), "post": (POST, SECOND, "s", "--")}
"""Label, colour, marker and line, by name in ``gradlab.experiments.transformers.norm_placement.PLACEMENTS``."""
SOURCE = Text(zh="Xiong et al. 2020, arXiv:2002.04745，定理 1", en="Xiong et al. 2020, arXiv:2002.04745, Theorem 1")
BLOCKS = Text(zh="块数 L（对数坐标）", en="blocks L (log scale)")
GRADIENT = Text(zh="最后一层的梯度（对数坐标）", en="gradient of the last layer (log scale)")


def of(result: Result, placement: str) -> list[Point]:
    """The points of one placement, by depth."""
    return [point for point in result.points if point.placement == placement]


def slope(result: Result, placement: str) -> Slope:
    """The slope of one placement."""
    return next(one for one in result.slopes if one.placement == placement)


def draw_gradients(axes: Axes, result: Result, text: Localize) -> None:
    """Draw the last layer's gradient of both placements against the depth, both on log axes.

    Theory says how it changes with the depth, and its lines are laid through the points as a whole.
    """
    for placement, (label, color, marker, dashes) in STYLES.items():
        points = of(result, placement)
        depths = [point.blocks for point in points]
        quotients = [point.gradient / point.predicted_share for point in points]
        level = sum(quotients) / len(quotients)
        predicted = [level * point.predicted_share for point in points]
        axes.plot(depths, predicted, color=color, linestyle=dashes, linewidth=1.2)
        axes.errorbar(
            depths,
            [point.gradient for point in points],
            yerr=[2 * point.gradient_standard_error for point in points],
            color=color,
            marker=marker,
            linestyle="none",
            capsize=3,
            label=text(label),
        )
    axes.set(xscale="log", yscale="log", xlabel=text(BLOCKS), ylabel=text(GRADIENT), ylim=(0.09, 1.2))
    axes.set_xticks(depths, [str(blocks) for blocks in depths])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    label_curves(axes)


def data(result: Result) -> Table:
    """Every point."""
    rows = tuple(
        (point.placement, point.blocks, point.gradient, point.gradient_standard_error, point.predicted_share)
        for point in result.points
    )
    return Table(("placement", "blocks", "gradient", "standard_error", "predicted_share"), rows)


def shown(value: float) -> Number:
    """A slope, which is small for one placement."""
    return Number(value, ".2f")


def slope_checks(result: Result, config: Config) -> dict[str, Check]:
    """The slopes of both placements: one as theory says, the other near none."""
    pre, post = slope(result, "pre"), slope(result, "post")
    first, last = config.blocks[0], config.blocks[-1]
    # Pairs of positions that have grown alike share a little of their gradient, which theory leaves out.
    most = 0.1
    return {
        "pre": Check(
            sentence=Text(
                zh=f"前置归一化时，从 {first} 块到 {last} 块，最后一层的梯度按 L 的幂缩小，指数与理论相符",
                en=f"With pre-norm the last layer's gradient shrinks as a power of L from {first} to {last} blocks, "
                "with the exponent that theory says",
            ),
            measured=shown(pre.value),
            relation="≈",
            predicted=shown(pre.predicted),
            tolerance=ERRORS * pre.standard_error / abs(pre.predicted),
            because=errors_of_seeds(config.seeds),
            source=Text(zh=f"1/√q_L；{SOURCE.zh}", en=f"1/√q_L; {SOURCE.en}"),
        ),
        "post": Check(
            sentence=Text(
                zh=f"后置归一化时，从 {first} 块到 {last} 块，最后一层的梯度几乎不随 L 变（实测值是指数的大小）",
                en=f"With post-norm the last layer's gradient hardly depends on L, from {first} to {last} blocks "
                "(measured: size of the exponent)",
            ),
            measured=shown(abs(post.value)),
            relation="<",
            predicted=shown(most),
            because=Text(
                zh="理论值是 0；界限是前置归一化指数的五分之一左右",
                en="theory says 0; the bound is about a fifth of the exponent with pre-norm",
            ),
            source=SOURCE,
        ),
    }
