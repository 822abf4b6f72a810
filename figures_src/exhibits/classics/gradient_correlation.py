"""Shattered gradients: the correlation of two inputs' gradients falls with depth, faster in plain networks."""

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, MUTED_LINE, PREDICTION, SECOND
from figures_src.exhibits._shared.agreement import standard_errors, worst
from figures_src.exhibits._shared.labels import MEASURED_COLUMN, PREDICTED_COLUMN, decades, factor
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.architecture import gradient_correlation
from gradlab.experiments.architecture.gradient_correlation import Point

CONFIG = gradient_correlation.Config()
TITLE = Text(zh="碎裂的梯度：两个输入的梯度有多相关", en="Shattered gradients: how alike two gradients are")
DEPTH = Text(zh="层数", en="layers")
CORRELATION = Text(zh="两个输入的梯度的相关系数（对数坐标）", en="correlation of two gradients (log scale)")
PLAIN = Text(zh="普通网络", en="plain")
RESIDUAL = Text(zh="残差网络", en="residual")
PUBLISHED = Text(zh="论文的 2⁻ᴸ", en="the paper's 2⁻ᴸ")
KIND_COLUMN = Text(zh="网络", en="Network")
DEPTH_COLUMN = Text(zh="层数", en="Layers")
PAPER_COLUMN = Text(zh="论文的公式", en="The paper's formula")
NAMES = {"plain": PLAIN, "residual": RESIDUAL}
FAR = 10
"""A multiple of the paper's number that counts as far above it."""
LOWEST = 1e-3


def compute() -> gradient_correlation.Result:
    """Measure the correlation in plain and in residual networks."""
    return measured(gradient_correlation, CONFIG)


def _points(result: gradient_correlation.Result, kind: str) -> list[Point]:
    return [point for point in result.points if point.kind == kind]


def draw(figure: Figure, result: gradient_correlation.Result, text: Localize) -> None:
    """Draw both kinds with their predictions, and the paper's formula for the plain one."""
    axes = figure.subplots()
    for kind, color, marker in (("plain", FIRST, "o"), ("residual", SECOND, "s")):
        points = _points(result, kind)
        depths = [point.depth for point in points]
        axes.plot(depths, [point.predicted for point in points], color=PREDICTION, linewidth=1.2)
        axes.errorbar(
            depths,
            [point.correlation for point in points],
            yerr=[2 * point.standard_error for point in points],
            color=color,
            marker=marker,
            linestyle="none",
            elinewidth=1,
            label=text(NAMES[kind]),
        )
    published = [point for point in _points(result, "plain") if point.published > LOWEST]
    axes.plot(
        [point.depth for point in published],
        [point.published for point in published],
        color=MUTED_LINE,
        linestyle=":",
        label=text(PUBLISHED),
    )
    axes.set(xscale="log", yscale="log", xlabel=text(DEPTH), ylabel=text(CORRELATION), ylim=(LOWEST, 1))
    axes.set_xticks(result.config.depths, [str(depth) for depth in result.config.depths])
    axes.minorticks_off()
    label_curves(axes)


def data(result: gradient_correlation.Result) -> Table:
    """Every point."""
    header = ("kind", "layers", "correlation", "standard_error", "predicted", "published")
    rows = tuple(
        (point.kind, point.depth, point.correlation, point.standard_error, point.predicted, point.published)
        for point in result.points
    )
    return Table(header, rows)


def table(result: gradient_correlation.Result, text: Localize) -> Table:
    """List every point with its prediction and the paper's formula."""
    rows = tuple(
        (
            text(NAMES[point.kind]),
            point.depth,
            f"{point.correlation:.3f} ±\N{NO-BREAK SPACE}{point.standard_error:.3f}",
            str(factor(point.predicted)),
            str(factor(point.published) if point.published > LOWEST else decades(point.published)),
        )
        for point in result.points
    )
    return Table(tuple(map(text, (KIND_COLUMN, DEPTH_COLUMN, MEASURED_COLUMN, PREDICTED_COLUMN, PAPER_COLUMN))), rows)


def _last(result: gradient_correlation.Result, kind: str) -> Point:
    return _points(result, kind)[-1]


def _eight(result: gradient_correlation.Result) -> Point:
    return next(point for point in result.points if point.kind == "plain" and point.depth == COMPARED)


COMPARED = CONFIG.depths[-2]
"""Depth at which a plain network is held against the paper's formula: deeper, nothing is left to be measured."""


def numbers(result: gradient_correlation.Result) -> dict[str, Number]:
    plain, residual, compared = _last(result, "plain"), _last(result, "residual"), _eight(result)
    return {
        "width": Number(CONFIG.width, "d"),
        "networks": Number(CONFIG.networks, "d"),
        "deepest": Number(plain.depth, "d"),
        "plain": Number(plain.correlation, ".2f"),
        "residual": Number(residual.correlation, ".2f"),
        "predicted_plain": factor(plain.predicted),
        "predicted_residual": factor(residual.predicted),
        "compared": Number(compared.depth, "d"),
        "plain_compared": Number(compared.correlation, ".2f"),
        "published_compared": Number(compared.published, ".3f"),
    }


def checks(result: gradient_correlation.Result) -> dict[str, Check]:
    # At width n a layer adds a relative bias of the order of 1/n.
    law = worst(
        standard_errors(point.correlation, point.predicted, point.standard_error, point.depth / CONFIG.width)
        for point in result.points
    )
    compared = _eight(result)
    smallest = min(
        residual.correlation / max(plain.correlation, plain.standard_error)
        for plain, residual in zip(_points(result, "plain")[2:], _points(result, "residual")[2:], strict=True)
    )
    return {
        "law": law.check(
            sentence=Text(
                zh="两个正交输入的梯度，相关系数随深度下降，每种深度都符合无穷宽度的预测（取最接近出界的一个）",
                en="The correlation between the gradients of two orthogonal inputs falls with depth as predicted for "
                "infinite width (the depth that comes closest to failing)",
            ),
            shown=".3f",
            because=Text(
                zh=f"{CONFIG.networks} 个网络的 4 倍标准误差，再加有限宽度的偏差 L/{CONFIG.width}",
                en=f"4 standard errors of {CONFIG.networks} networks, and the finite width's bias L/{CONFIG.width}",
            ),
            source="∏ (1 − θ_l/π)",
        ),
        "residual_keeps": Check(
            sentence=Text(
                zh="从第三种深度起，残差网络保留的相关系数都是普通网络的一倍半以上（实测值是最小的商）",
                en="From the third depth on residual networks keep more than one and a half times the correlation of "
                "plain ones (measured: the smallest quotient)",
            ),
            measured=Number(smallest, ".2f"),
            relation=">",
            predicted=Number(1.5, "g"),
            because=Text(zh="界限比预测的商低", en="the bound is below the predicted quotients"),
            source="Balduzzi et al. 2017, arXiv:1702.08591",
        ),
        "above_paper": Check(
            sentence=Text(
                zh=f"{COMPARED} 层的普通网络，相关系数是论文的 2⁻ᴸ 的 {FAR} 倍以上"
                "（实测值是两者之商，已减去两倍标准误差）",
                en=f"In a plain network of {COMPARED} layers the correlation is more than {FAR} times the paper's 2⁻ᴸ "
                "(measured: the quotient, less two standard errors)",
            ),
            measured=Number((compared.correlation - 2 * compared.standard_error) / compared.published, ".0f"),
            relation=">",
            predicted=Number(FAR, "d"),
            because=Text(
                zh="各层使输入越来越相像，单元同开的机会超过四分之一",
                en="layers make inputs alike, and units are on for both more often than one time in four",
            ),
            source=Text(zh="Balduzzi et al. 2017，假定同开的概率是 1/4", en="Balduzzi et al. 2017, who assume 1/4"),
        ),
    }
