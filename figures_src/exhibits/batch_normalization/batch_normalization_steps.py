"""The first steps of training a deep ReLU network with batch normalization: the explosion mostly goes away."""

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, MUTED_LINE, SPREAD
from figures_src.exhibits._shared.labels import below, magnitude, percent
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.architecture import batch_normalization

CONFIG = batch_normalization.Config()
TITLE = Text(zh="批量归一化与最初几步训练", en="Batch normalization and the first steps of training")
STEPS = Text(zh="已走的训练步数", en="steps taken")
RATIO = Text(zh="‖δ₁‖ 与最后一层之比（对数坐标）", en="‖δ₁‖ relative to the last layer (log scale)")
SEEDS = CONFIG.training_seeds
MEAN = Text(zh=f"{SEEDS}\xa0个随机种子\n的几何平均", en=f"geometric mean of {SEEDS} seeds")
OVER_SEEDS = Text(zh=f"{SEEDS} 个随机种子的几何平均", en=f"the geometric mean of {SEEDS} seeds")
RANGE = Text(zh="最小到最大", en="smallest to largest")
STEP_COLUMN = Text(zh="步数", en="Steps")
MEAN_COLUMN = Text(zh="‖δ₁‖ 与最后一层之比，几何平均", en="‖δ₁‖ relative to the last layer, geometric mean")
LEAST = Text(
    zh="取降得最少的随机种子，与训练前自己的值相比", en="the seed that falls least, against its own value before"
)
# The layer whose weights the first step lengthens most, and one in the middle.
SECOND_LAYER, TENTH_LAYER = 2, 10


def compute() -> batch_normalization.Result:
    """Take the network of `batch_normalization`, whose ReLU network is trained for some steps."""
    return measured(batch_normalization, CONFIG)


def _ranges(result: batch_normalization.Result) -> tuple[list[float], list[float]]:
    columns = list(zip(*result.training_ratios_by_seed, strict=True))
    return [min(column) for column in columns], [max(column) for column in columns]


def draw(figure: Figure, result: batch_normalization.Result, text: Localize) -> None:
    """Draw the ratio of the first to the last gradient after every step."""
    axes = figure.subplots()
    steps = range(len(result.training_ratios))
    low, high = _ranges(result)
    axes.fill_between(steps, low, high, color=SPREAD, linewidth=0, label=text(RANGE))
    axes.plot(steps, result.training_ratios, color=FIRST, marker="o", linewidth=1.2, label=text(MEAN))
    axes.axhline(1, color=MUTED_LINE, linewidth=1, linestyle=":")
    axes.set(yscale="log", xlabel=text(STEPS), ylabel=text(RATIO), xticks=list(steps), ylim=(0.6, 1.5 * max(high)))
    label_curves(axes)


def table(result: batch_normalization.Result, text: Localize) -> Table:
    """List the first step and the last; what lies between hangs on rounding."""
    before, after_one, *_, after = result.training_ratios
    last = (result.config.training_steps, f"<\N{NO-BREAK SPACE}{below(after)}")
    rows = ((0, str(magnitude(before))), (1, str(magnitude(after_one))), last)
    return Table((text(STEP_COLUMN), text(MEAN_COLUMN)), rows)


def data(result: batch_normalization.Result) -> Table:
    """Every step of every seed."""
    columns = (result.training_ratios, *result.training_ratios_by_seed)
    header = ("steps", "geometric_mean", *(f"seed_{seed}" for seed in range(result.config.training_seeds)))
    return Table(header, tuple(zip(range(len(result.training_ratios)), *columns, strict=True)))


def numbers(result: batch_normalization.Result) -> dict[str, Number]:
    config, lengthening = result.config, result.training_lengthening
    before, after_one, *_, after = result.training_ratios
    return {
        "width": Number(config.training_width, "d"),
        "layers": Number(config.depth, "d"),
        "points": Number(2 * ((config.batch + 1) // 2), "d"),
        "steps": Number(config.training_steps, "d"),
        "seeds": Number(config.training_seeds, "d"),
        "learning_rate": Number(config.training_learning_rate, "g"),
        "before": magnitude(before),
        "after_one": magnitude(after_one),
        "after": below(after),
        "second_layer": Number(SECOND_LAYER, "d"),
        "tenth_layer": Number(TENTH_LAYER, "d"),
        "lengthening_second": magnitude(lengthening[SECOND_LAYER - 1]),
        "lengthening_tenth": magnitude(lengthening[TENTH_LAYER - 1]),
        "lengthening_last": Number(lengthening[-1], ".2f"),
    }


def checks(result: batch_normalization.Result) -> dict[str, Check]:
    by_seed = result.training_ratios_by_seed
    pairs = zip(result.training_lengthening, result.training_perpendicular, strict=True)
    lengthening, predicted = max(pairs, key=lambda pair: abs(pair[0] / pair[1] - 1))
    return {
        "one_step": Check(
            sentence=Text(
                zh="走一步梯度下降，首末两层的梯度之比就降到原来的一半以下，每个随机种子都如此",
                en="One step of gradient descent more than halves the ratio of the first to the last gradient, "
                "from every seed",
            ),
            measured=Number(max(ratios[1] / ratios[0] for ratios in by_seed), ".3f"),
            relation="<",
            predicted=Number(0.5, "g"),
            because=LEAST,
            source="1/2",
        ),
        "all_steps": Check(
            sentence=Text(
                zh="走完所有这些步，首末两层的梯度之比降到原来的百分之一以下（取各随机种子的几何平均）",
                en="All these steps together take the ratio of the first to the last gradient below one hundredth "
                "of what it was (the geometric mean of the seeds)",
            ),
            measured=percent(result.training_ratios[-1] / result.training_ratios[0], 0),
            relation="<",
            predicted=percent(0.01, 0),
            because=OVER_SEEDS,
            source="1/100",
        ),
        "perpendicular": Check(
            sentence=Text(
                zh="有批量归一化的层，权重的梯度垂直于权重，一步之后权重的长度由勾股定理给出（取误差最大的一层）",
                en="The gradient of a normalized layer's weights is perpendicular to them: after one step their "
                "length is that of Pythagoras (the layer with the largest error)",
            ),
            measured=Number(lengthening, ".6f"),
            relation="≈",
            predicted=Number(predicted, ".6f"),
            tolerance=1e-5,
            because=Text(
                zh="归一化的分母里有 ε = 10⁻⁵，尺度不变只精确到这个程度",
                en="the normalization has an ε of 10⁻⁵ in its denominator, which limits its independence of the scale",
            ),
            source="√(1 + η² ‖∂W‖²/‖W‖²), Arora, Li & Lyu 2019, arXiv:1812.03981",
        ),
    }
