"""The mean squared gradient of ReLU networks at every width, for a random gradient and for a summed loss."""

from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, SECOND
from figures_src.exhibits._shared import agreement
from figures_src.exhibits._shared.labels import PREDICTED_COLUMN, factor, with_error
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.scale import output_gradient

CONFIG = output_gradient.Config()
TITLE = Text(zh="从输出端进来的梯度", en="The gradient that enters at the output")
WIDTH = Text(zh="宽度", en="Width")
RANDOM = Text(zh=f"随机的梯度，{CONFIG.depth} 层", en=f"Random gradient, {CONFIG.depth} layers")
SUMMED = Text(zh="输出之和<wbr>作损失，最后一层", en="Sum of the outputs as loss, last layer")
RANDOM_CURVE = Text(zh=f"随机的梯度，{CONFIG.depth}\xa0层", en=f"random gradient, {CONFIG.depth}\xa0layers")
SUMMED_CURVE = Text(zh="输出之和，最后一层", en="sum of the outputs, last layer")
WIDTH_AXIS = Text(zh="宽度 n（对数坐标）", en="width n (log scale)")
GROWTH = Text(zh="梯度均方值的倍数", en="growth of the mean square")
FOUR_ERRORS = Text(zh=f"{CONFIG.networks} 个网络的 4 倍标准误差", en=f"4 standard errors of {CONFIG.networks} networks")


def compute() -> output_gradient.Result:
    """Run both kinds of gradient at four widths."""
    return measured(output_gradient, CONFIG)


def draw(figure: Figure, result: output_gradient.Result, text: Localize) -> None:
    """Draw the growth of the mean square against the width, for both gradients."""
    axes = figure.subplots()
    widths = [point.width for point in result.points]
    sigma_w = result.config.sigma_w
    between = range(widths[0], widths[-1] + 1)
    kept = [theory.relu_factor(sigma_w) ** (2 * result.config.depth) for _ in between]
    added = [theory.relu_summed_factor(width, sigma_w) ** 2 for width in between]
    drawn = (
        ([point.random for point in result.points], kept, RANDOM_CURVE, FIRST, "o", "-"),
        ([point.summed for point in result.points], added, SUMMED_CURVE, SECOND, "s", "--"),
    )
    for growths, law, label, color, marker, dashes in drawn:
        axes.plot(between, law, color=color, linestyle=dashes, linewidth=1.2)
        axes.errorbar(
            widths,
            [growth.value for growth in growths],
            yerr=[2 * growth.standard_error for growth in growths],
            color=color,
            marker=marker,
            linestyle="none",
            capsize=3,
            label=text(label),
        )
    axes.set(xscale="log", xlabel=text(WIDTH_AXIS), ylabel=text(GROWTH))
    axes.set_xticks(widths, [str(width) for width in widths])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    label_curves(axes)


def data(result: output_gradient.Result) -> Table:
    header = ("width", "gradient", "growth", "standard_error", "predicted")
    rows = tuple(
        (point.width, name, growth.value, growth.standard_error, growth.predicted)
        for point in result.points
        for name, growth in (("random", point.random), ("summed", point.summed))
    )
    return Table(header, rows)


def table(result: output_gradient.Result, text: Localize) -> Table:
    """List the widths."""
    rows = tuple(
        (
            str(point.width),
            with_error(point.random.value, point.random.standard_error),
            f"{point.random.predicted:.4f}",
            with_error(point.summed.value, point.summed.standard_error),
            f"{point.summed.predicted:.4f}",
        )
        for point in result.points
    )
    predicted = text(PREDICTED_COLUMN)
    return Table((text(WIDTH), text(RANDOM), predicted, text(SUMMED), predicted), rows)


def numbers(result: output_gradient.Result) -> dict[str, Number]:
    widest = result.points[-1]
    return {
        "networks": Number(result.config.networks, "d"),
        "layers": Number(result.config.depth, "d"),
        "narrowest": Number(result.points[0].width, "d"),
        "widest": Number(widest.width, "d"),
        "random": factor(widest.random.value),
        "random_predicted": factor(widest.random.predicted),
        "summed": factor(widest.summed.value),
        "summed_predicted": factor(widest.summed.predicted),
        "summed_deep": Number(widest.summed_deep, ".2f"),
    }


def _worst(growths: list[output_gradient.Growth]) -> agreement.Comparison:
    return agreement.worst(
        agreement.standard_errors(growth.value, growth.predicted, growth.standard_error) for growth in growths
    )


def checks(result: output_gradient.Result) -> dict[str, Check]:
    random = _worst([point.random for point in result.points])
    summed = _worst([point.summed for point in result.points])
    return {
        "any_width": random.check(
            sentence=Text(
                zh=f"宽度从 1 到 {CONFIG.widths[-1]}，He 初始化的 {CONFIG.depth} 层 ReLU 网络都保住梯度范数平方的均值"
                "（这里是偏离最大的一个宽度）",
                en=f"At every width from 1 to {CONFIG.widths[-1]} ReLU networks of {CONFIG.depth} layers with He "
                "initialization keep the mean of the squared norm of the gradient (here the width that deviates most)",
            ),
            shown=".4f",
            because=FOUR_ERRORS,
            source="(σ_w²/2)^L, He et al. 2015, arXiv:1502.01852",
        ),
        "summed": summed.check(
            sentence=Text(
                zh="以输出之和作损失时，最后一层把这个均值放大到 1 + (1 − 1/n)/π 倍（这里是偏离最大的一个宽度）",
                en="With the sum of the outputs as loss the last layer multiplies that mean by 1 + (1 − 1/n)/π "
                "(here the width that deviates most)",
            ),
            shown=".4f",
            because=FOUR_ERRORS,
            source="(σ_w²/2) (1 + (1 − 1/n)/π)",
        ),
    }
