"""Batch normalization and the size of the batch: the growth of the gradient, in training and in evaluation mode."""

from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, FOURTH, MUTED_LINE
from figures_src.exhibits._shared.agreement import Comparison, standard_errors, worst
from figures_src.exhibits._shared.labels import decades, factor, with_error
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.architecture import batch_size

CONFIG = batch_size.Config(batches=(16, 32, 64, 128, 256))
SMALLEST = batch_size.Config(batches=(8,), seeds=64)
"""The smallest batch, whose factor varies most, and takes the least time."""
TITLE = Text(zh="批量大小与批量归一化", en="Batch normalization and the size of the batch")
BATCH = Text(zh="批量大小（对数坐标）", en="batch size (log scale)")
BATCH_COLUMN = Text(zh="批量大小", en="Batch size")
FACTOR = Text(zh="ReLU 网络的逐层因子", en="per-layer factor of a ReLU network")
TRAINING = Text(zh="训练模式", en="training mode")
FROZEN = Text(zh="评估模式，批统计量", en="evaluation, batch statistics")
LIMIT = Text(zh="极限 √(π/(π−1))", en="limit √(π/(π−1))")
TRAINING_COLUMN = Text(zh="训练模式（实测）", en="Training mode (measured)")
FROZEN_COLUMN = Text(zh="评估模式，这一批的统计量（实测）", en="Evaluation, this batch's statistics (measured)")
PREDICTED_TRAINING = Text(zh="训练模式（预测）", en="Training mode (predicted)")
PREDICTED_FROZEN = Text(zh="评估模式（预测）", en="Evaluation (predicted)")
FRESH = Text(zh="评估模式，统计量 0 和 1（实测）", en="Evaluation, statistics 0 and 1 (measured)")
SEEDS = Text(
    zh=f"{CONFIG.seeds} 个随机种子（批量大小为 {SMALLEST.batches[0]} 时 {SMALLEST.seeds} 个）的 4 倍标准误差",
    en=f"4 standard errors of {CONFIG.seeds} seeds, or {SMALLEST.seeds} for a batch of {SMALLEST.batches[0]}",
)
EXACT = 1e-11
"""Deviation of a factor that is the same but for ε and rounding."""
# By how much the factor may exceed that of an infinite batch, in the exercise.
MARGIN = 0.01


@dataclass(frozen=True)
class Result:
    """ReLU networks: the smallest batch from more seeds, and the others."""

    smallest: batch_size.Result
    others: batch_size.Result

    @property
    def config(self) -> tuple[batch_size.Config, batch_size.Config]:
        """The configuration of the run."""
        return self.smallest.config, self.others.config

    @property
    def points(self) -> tuple[batch_size.Point, ...]:
        """Every size of the batch, the smallest first."""
        return self.smallest.points + self.others.points


def compute() -> Result:
    """Measure a ReLU network."""
    return Result(measured(batch_size, SMALLEST), measured(batch_size, CONFIG))


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw the factor against the size of the batch, in two modes."""
    axes = figure.subplots()
    points = result.points
    batches = [point.batch for point in points]
    limit = [result.others.predicted_factor_infinite_batch] * len(batches)
    axes.plot(batches, limit, color=MUTED_LINE, linestyle=":", label=text(LIMIT))
    between = [round(batches[0] * 2 ** (step / 4)) for step in range(4 * (len(batches) - 1) + 1)]
    axes.plot(between, list(map(theory.batch_norm_relu_factor, between)), color=FIRST, linewidth=1.2)
    frozen = [theory.batch_norm_frozen_factor("relu", batch) for batch in between]
    axes.plot(between, frozen, color=FOURTH, linewidth=1.2, linestyle="--")
    axes.errorbar(
        batches,
        [point.factor for point in points],
        yerr=[2 * point.factor_standard_error for point in points],
        color=FIRST,
        marker="o",
        linestyle="none",
        capsize=3,
        label=text(TRAINING),
    )
    axes.errorbar(
        batches,
        [point.frozen_factor for point in points],
        yerr=[2 * point.frozen_factor_standard_error for point in points],
        color=FOURTH,
        marker="D",
        linestyle="none",
        capsize=3,
        label=text(FROZEN),
    )
    axes.set(xscale="log", xlabel=text(BATCH), ylabel=text(FACTOR), ylim=(1.19, 1.52))
    axes.set_xticks(batches, [str(batch) for batch in batches])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    label_curves(axes, "left")


def table(result: Result, text: Localize) -> Table:
    """List every size of the batch."""
    rows = tuple(
        (
            point.batch,
            with_error(point.factor, point.factor_standard_error),
            f"{point.predicted_factor:.4f}",
            with_error(point.frozen_factor, point.frozen_factor_standard_error),
            f"{point.predicted_frozen_factor:.4f}",
            f"{point.fresh_factor:.4f}",
        )
        for point in result.points
    )
    columns = (BATCH_COLUMN, TRAINING_COLUMN, PREDICTED_TRAINING, FROZEN_COLUMN, PREDICTED_FROZEN, FRESH)
    return Table(tuple(map(text, columns)), rows)


def data(result: Result) -> Table:
    """Every size of the batch."""
    header = (
        "batch",
        "training",
        "training_standard_error",
        "training_predicted",
        "evaluation",
        "evaluation_standard_error",
        "evaluation_predicted",
        "evaluation_fresh",
        "plain",
    )
    rows = tuple(
        (
            point.batch,
            point.factor,
            point.factor_standard_error,
            point.predicted_factor,
            point.frozen_factor,
            point.frozen_factor_standard_error,
            point.predicted_frozen_factor,
            point.fresh_factor,
            point.plain_factor,
        )
        for point in result.points
    )
    return Table(header, rows)


def _batch_within(limit: float) -> int:
    """The smallest batch whose predicted factor is at most ``limit``."""
    batch = 5
    while theory.batch_norm_relu_factor(batch) > limit:
        batch += 1
    return batch


def numbers(result: Result) -> dict[str, Number]:
    config = result.others.config
    infinite = result.others.predicted_factor_infinite_batch
    first, last = result.points[0], result.points[-1]
    # 50 layers, of which the first has a factor of its own.
    steps = 48
    offered = {
        "layers": Number(config.depth, "d"),
        "width": Number(config.width, "d"),
        "seeds": Number(config.seeds, "d"),
        "smallest_seeds": Number(result.smallest.config.seeds, "d"),
        "smallest_error": factor(first.factor_standard_error),
        "infinite": factor(infinite),
        "fresh": factor(last.fresh_factor),
        "margin": Number(MARGIN, ".0%"),
        "margin_batch": Number(_batch_within((1 + MARGIN) * infinite), "d"),
        "smallest_batch": Number(first.batch, "d"),
        "largest_batch": Number(last.batch, "d"),
        "deep_layers": Number(steps + 2, "d"),
        "deep_smallest": decades(first.predicted_factor**steps),
        "deep_largest": decades(last.predicted_factor**steps),
        "deep_quotient": Number((first.predicted_factor / last.predicted_factor) ** steps, ".0f"),
    }
    for point in result.points:
        offered |= {
            f"training_{point.batch}": factor(point.factor),
            f"predicted_{point.batch}": factor(point.predicted_factor),
            f"frozen_{point.batch}": factor(point.frozen_factor),
            f"predicted_frozen_{point.batch}": factor(point.predicted_frozen_factor),
        }
    return offered


def _agreement(comparisons: list[Comparison], sentence: Text, source: str | Text) -> Check:
    farthest = worst(comparisons)
    return farthest.check(
        sentence=sentence,
        shown=".4f",
        because=SEEDS,
        source=source,
    )


def checks(result: Result) -> dict[str, Check]:
    points = result.points
    # Those that hold differ by rounding, which is another on every kind of processor.
    fresh = worst((Comparison(point.fresh_factor, point.plain_factor, EXACT) for point in points), negligible=1)
    return {
        "training": _agreement(
            [standard_errors(point.factor, point.predicted_factor, point.factor_standard_error) for point in points],
            Text(
                zh="批越小，批量归一化使 ReLU 网络的梯度增长越快；每种批量大小都符合 Yang 等人 2019 年的公式"
                "（取最接近出界的一个）",
                en="The smaller the batch, the faster batch normalization makes the gradient of a ReLU network grow, "
                "at every size as Yang et al. 2019 predict (the one closest to failing)",
            ),
            Text(
                zh="Yang et al. 2019, arXiv:1902.08129，定理 8，式 (25)",
                en="Yang et al. 2019, arXiv:1902.08129, Theorem 8, equation (25)",
            ),
        ),
        "frozen": _agreement(
            [
                standard_errors(point.frozen_factor, point.predicted_frozen_factor, point.frozen_factor_standard_error)
                for point in points
            ],
            Text(
                zh="评估模式用这一批的统计量时，梯度同样逐层增大，每种批量大小都符合公式（取最接近出界的一个）",
                en="In evaluation mode with the statistics of this batch the gradient grows as well, at every size "
                "by what the formula says (the one closest to failing)",
            ),
            "B E φ′² / ((B−3)(E φ(y₁)² − E φ(y₁)φ(y₂)))",
        ),
        "fresh": fresh.check(
            sentence=Text(
                zh="没见过数据的网络处于评估模式时，批量归一化不起作用：逐层因子就是没有批量归一化的那一个",
                en="In evaluation mode a network that has seen no data is one without batch normalization: "
                "the factor is the same",
            ),
            shown=".6f",
            because=Text(
                zh="统计量是 0 和 1，只差分母里的 ε = 10⁻¹² 与舍入",
                en="the statistics are 0 and 1; ε of 10⁻¹² in the denominator and rounding remain",
            ),
            source="(z − 0)/√(1 + ε)",
        ),
    }
