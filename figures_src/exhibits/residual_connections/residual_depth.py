"""Residual networks of growing depth: over all blocks together the gradient grows by 2^L, by e, or by a power of L."""

import math

from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import MUTED_LINE
from figures_src.exhibits._shared.agreement import errors_of_seeds, standard_errors, worst
from figures_src.exhibits._shared.labels import (
    PREDICTED_COLUMN,
    decades,
    factor,
    magnitude,
    percent,
)
from figures_src.exhibits.residual_connections._residual import BRANCHES
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.architecture import residual_depth

CONFIG = residual_depth.Config()
TITLE = Text(zh="残差网络的深度与梯度的增长", en="The depth of a residual network and the growth of its gradient")
BLOCKS = Text(zh="残差块数 L（对数坐标）", en="residual blocks L (log scale)")
GROWTH = Text(zh="‖δ‖² 的总倍数（对数坐标）", en="total growth of ‖δ‖² (log scale)")
BRANCH_COLUMN = Text(zh="残差分支", en="Branch")
BLOCKS_COLUMN = Text(zh="块数 L", en="Blocks L")
MEASURED_TOTAL = Text(zh="‖δ‖² 的总倍数（实测）", en="Total growth of ‖δ‖² (measured)")
STANDARD_ERROR = Text(zh="标准误差（相对）", en="Standard error (relative)")
SEEDS = errors_of_seeds(CONFIG.seeds)
BATCH_BIAS = Text(
    zh=f"{SEEDS.zh}，再加批量大小 {CONFIG.normalized_batch} 的偏差：每块残差分支的份额至多多出 1/125",
    en=f"{SEEDS.en}, and the bias of a batch of {CONFIG.normalized_batch}: at most 1/125 more of every branch's share",
)
# End of the figure's axis; 2^L leaves it.
LARGEST = 2e6
# The exercise: blocks, and by how much the norm may grow over them.
EXERCISE_BLOCKS, EXERCISE_GROWTH = 100, 10.0
COMPARED_BLOCKS = 32


def compute() -> residual_depth.Result:
    """Measure the three kinds at every depth."""
    return measured(residual_depth, CONFIG)


def _points(result: residual_depth.Result, kind: str) -> list[residual_depth.Point]:
    return [point for point in result.points if point.kind == kind]


def _at(result: residual_depth.Result, kind: str, blocks: int) -> residual_depth.Point:
    return next(point for point in _points(result, kind) if point.blocks == blocks)


def draw(figure: Figure, result: residual_depth.Result, text: Localize) -> None:
    """Draw the total growth against the number of blocks, both on log axes."""
    axes = figure.subplots()
    depths = result.config.blocks
    between = range(depths[0], depths[-1] + 1)
    for kind in result.config.kinds:
        label, color, marker, dashes = BRANCHES[kind]
        curve = [math.prod(residual_depth.block_factors(kind, blocks)) for blocks in between]
        axes.plot(between, curve, color=color, linestyle=dashes, linewidth=1.2)
        points = _points(result, kind)
        axes.errorbar(
            [point.blocks for point in points],
            [point.total for point in points],
            yerr=[2 * point.total_standard_error for point in points],
            color=color,
            marker=marker,
            linestyle="none",
            capsize=3,
            label=text(label),
        )
    axes.plot(depths, [math.e] * len(depths), color=MUTED_LINE, linestyle=":", linewidth=1, label="e")
    axes.set(xscale="log", yscale="log", xlabel=text(BLOCKS), ylabel=text(GROWTH), ylim=(1, LARGEST))
    axes.set_xticks(depths, [str(blocks) for blocks in depths])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    label_curves(axes)


def table(result: residual_depth.Result, text: Localize) -> Table:
    """List every point."""
    rows = tuple(
        (
            text(BRANCHES[point.kind][0]),
            point.blocks,
            str(magnitude(point.total)),
            str(percent(point.total_standard_error / point.total)),
            str(magnitude(point.predicted_total)),
        )
        for point in result.points
    )
    columns = (BRANCH_COLUMN, BLOCKS_COLUMN, MEASURED_TOTAL, STANDARD_ERROR, PREDICTED_COLUMN)
    return Table(tuple(map(text, columns)), rows)


def data(result: residual_depth.Result) -> Table:
    """Every point."""
    rows = tuple(
        (point.kind, point.blocks, point.total, point.total_standard_error, point.predicted_total)
        for point in result.points
    )
    return Table(("branch", "blocks", "total", "standard_error", "predicted_total"), rows)


def normalized_log_total(blocks: float) -> float:
    """Ln ∏ (1 + 1/(2 + l c)), l = 0 ... L-1, with c = 1 - 1/π: by Γ, for any L.

    A factor is (l + 3/c)/(l + 2/c), so the product is Γ(L + 3/c) Γ(2/c)/(Γ(L + 2/c) Γ(3/c)), which grows as L^(1/c).
    """
    p = 1 / (1 - 1 / math.pi)
    return math.lgamma(blocks + 3 * p) + math.lgamma(2 * p) - math.lgamma(blocks + 2 * p) - math.lgamma(3 * p)


def _normalized_blocks(log_total: float) -> float:
    """The number of blocks with batch normalization whose total is that large, by bisection."""
    low, high = 1.0, 1e12
    while high / low > 1 + 1e-9:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if normalized_log_total(middle) < log_total else (low, middle)
    return low


def numbers(result: residual_depth.Result) -> dict[str, Number]:
    config = result.config
    deepest, before = config.blocks[-1], config.blocks[-2]
    exponent = theory.batch_norm_factor("relu") ** 2
    scale = math.sqrt(EXERCISE_GROWTH ** (2 / EXERCISE_BLOCKS) - 1)
    normalized = _points(result, "batch_norm")
    offered = {
        "width": Number(config.width, "d"),
        "seeds": Number(config.seeds, "d"),
        "batch": Number(config.batch, "d"),
        "normalized_batch": Number(config.normalized_batch, "d"),
        "smallest": Number(config.blocks[0], "d"),
        "deepest": Number(deepest, "d"),
        "before_deepest": Number(before, "d"),
        "exponent": factor(exponent),
        "doubling": Number(normalized[-1].total / normalized[-2].total, ".2f"),
        "predicted_doubling": Number(normalized[-1].predicted_total / normalized[-2].predicted_total, ".2f"),
        "limit_doubling": Number(2**exponent, ".2f"),
        "e": Number(math.e, ".4f"),
        "exercise_blocks": Number(EXERCISE_BLOCKS, "d"),
        "exercise_growth": Number(EXERCISE_GROWTH, "g"),
        "exercise_scale": factor(scale),
        "exercise_inverse_root": Number(1 / math.sqrt(EXERCISE_BLOCKS), "g"),
        "exercise_unscaled": decades(2 ** (EXERCISE_BLOCKS / 2)),
        "exercise_inverse_root_growth": Number((1 + 1 / EXERCISE_BLOCKS) ** (EXERCISE_BLOCKS / 2), ".2f"),
        "compared_blocks": Number(COMPARED_BLOCKS, "d"),
        "equal_blocks": decades(_normalized_blocks(COMPARED_BLOCKS * math.log(2))),
    }
    for kind, name in (("one", "unscaled"), ("inverse_sqrt_depth", "scaled"), ("batch_norm", "normalized")):
        for point in _points(result, kind):
            offered[f"{name}_{point.blocks}"] = magnitude(point.total)
            offered[f"predicted_{name}_{point.blocks}"] = magnitude(point.predicted_total)
    for point in _points(result, "inverse_sqrt_depth"):
        offered[f"scaled_error_{point.blocks}"] = percent(point.total_standard_error / point.total)
    for blocks in config.blocks:
        below = 1 - _at(result, "inverse_sqrt_depth", blocks).predicted_total / math.e
        offered[f"below_e_{blocks}"] = percent(below)
    return offered


def _agreement(result: residual_depth.Result, kind: str, sentence: Text, because: Text, source: str) -> Check:
    farthest = worst(
        standard_errors(point.total, point.predicted_total, point.total_standard_error, point.batch_bias)
        for point in _points(result, kind)
    )
    return farthest.check(
        sentence=sentence,
        shown=magnitude,
        because=because,
        source=source,
    )


def checks(result: residual_depth.Result) -> dict[str, Check]:
    return {
        "one": _agreement(
            result,
            "one",
            Text(
                zh="残差分支不缩小时，L 块合起来把 ‖δ‖² 放大到 2ᴸ 倍，每种深度都如此（取最接近出界的一个）",
                en="Unscaled, L blocks multiply ‖δ‖² by 2ᴸ, at every depth (the one closest to failing)",
            ),
            SEEDS,
            "(1 + s²)ᴸ, s = 1",
        ),
        "scaled": _agreement(
            result,
            "inverse_sqrt_depth",
            Text(
                zh="残差分支乘以 1/√L 时，L 块合起来把 ‖δ‖² 放大到 (1 + 1/L)ᴸ 倍，每种深度都如此（取最接近出界的一个）",
                en="With the branch scaled by 1/√L, L blocks multiply ‖δ‖² by (1 + 1/L)ᴸ, at every depth "
                "(the one closest to failing)",
            ),
            SEEDS,
            "(1 + 1/L)ᴸ, Hanin & Rolnick 2018, arXiv:1803.01719",
        ),
        "batch_norm": _agreement(
            result,
            "batch_norm",
            Text(
                zh="分支开头有批量归一化时，‖δ‖² 随块数按幂律增长，每种深度都符合公式（取最接近出界的一个）",
                en="With batch normalization at the head of the branch ‖δ‖² grows as a power of the number of blocks, "
                "at every depth by what the formula says (the one closest to failing)",
            ),
            BATCH_BIAS,
            "∏ (1 + 1/(2 + l(1 − 1/π))), l = 0 … L−1",
        ),
    }
